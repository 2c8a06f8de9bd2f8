package tokenizer

import (
	"bytes"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/jsonscan"
)

// metaspace writes another character for each space, puts one before a piece that does not begin with it, and cuts there.
type metaspace struct {
	replacement rune
	prepend     prependScheme
	split       bool

	// rawSpaces leaves spaces as they are: the model that follows reads them so. See unigram.rawSpaces.
	rawSpaces bool
}

// prependScheme says before which pieces the character is put: all, none, or the one that begins the text.
type prependScheme int

const (
	prependAlways prependScheme = iota
	prependFirst
	prependNever
)

// readMetaspace reads a Metaspace. Older files have add_prefix_space in the place of prepend_scheme, and no split.
func readMetaspace(s *jsonscan.Scanner) (*metaspace, error) {
	p := &metaspace{split: true}
	prefixSpace, scheme := true, false
	err := s.Object(func(key string) error {
		switch key {
		case "replacement":
			var text string
			err := readChar(s, &text)
			p.replacement, _ = utf8.DecodeRuneInString(text)
			return err
		case "prepend_scheme":
			scheme = true
			choice, err := readChoice(s, "always", "first", "never")
			p.prepend = prependScheme(choice)
			return err
		}
		if s.Null() {
			return nil
		}
		switch key {
		case "add_prefix_space":
			return readBool(s, &prefixSpace)
		case "split":
			return readBool(s, &p.split)
		}
		return s.Skip()
	}, "replacement")
	if err == nil && !prefixSpace {
		if scheme && p.prepend != prependNever {
			err = s.Errorf("add_prefix_space is false, but prepend_scheme is not never")
		}
		p.prepend = prependNever
	}
	return p, err
}

func (m *metaspace) preTokenize(w *work) {
	space := string(m.replacement)
	if m.rawSpaces {
		m.shortenSpaces(w, space)
		space = " "
	} else {
		m.writeSpaces(w, space)
	}
	for _, p := range w.takePieces() {
		if p.token >= 0 {
			w.pieces = append(w.pieces, p)
			continue
		}
		first := len(w.pieces)
		spaced := m.rawSpaces && m.prepends(w, p)
		m.cut(w, p, space)
		if spaced && first < len(w.pieces) {
			w.pieces[first].token = spacedPiece
		}
	}
}

// prepends reports whether a piece gets the character before it, other than the one that it may begin with.
func (m *metaspace) prepends(w *work, p piece) bool {
	switch {
	case p.start == p.end || m.prepend == prependNever || m.beginsWithSpace(w.text[p.start:p.end]):
		return false
	case m.prepend == prependFirst:
		return w.offset(p.start, p.start+1).Start == 0
	}
	return true
}

// beginsWithSpace reports whether text begins with a space or what is written for one.
func (m *metaspace) beginsWithSpace(text []byte) bool {
	r, _ := decode(text)
	return r == ' ' || r == m.replacement
}

// cut cuts a piece before each space.
func (m *metaspace) cut(w *work, p piece, space string) {
	start := p.start
	if m.split && len(space) == 1 {
		for i, c := range w.text[p.start:p.end] {
			if c == space[0] {
				w.keep(start, p.start+int32(i))
				start = p.start + int32(i)
			}
		}
	} else if m.split {
		for start < p.end {
			i := bytes.Index(w.text[start+1:p.end], []byte(space))
			if i < 0 {
				break
			}
			next := start + 1 + int32(i)
			w.keep(start, next)
			start = next
		}
	}
	w.keep(start, p.end)
}

// writeSpaces writes the character for each space, and before the pieces that ought to begin with it.
func (m *metaspace) writeSpaces(w *work, space string) {
	w.rewritePieces(func(p piece) {
		if m.prepends(w, p) {
			w.prepend(space, p.start)
		}
		w.cursor = int(p.start)
		w.copyReplacing(p.end, " ", m.replacement)
	})
}

// shortenSpaces writes a space for each of what stands for one in the text already.
func (m *metaspace) shortenSpaces(w *work, space string) {
	if !bytes.Contains(w.text, []byte(space)) {
		return
	}
	w.rewritePieces(func(p piece) {
		w.cursor = int(p.start)
		w.copyReplacing(p.end, space, ' ')
	})
}

// copyReplacing keeps the text up to end, with r in the place of each character old, of which old is the UTF-8.
func (w *work) copyReplacing(end int32, old string, r rune) {
	for w.cursor < int(end) {
		next := bytes.Index(w.text[w.cursor:end], []byte(old))
		if next < 0 {
			w.copy(int(end) - w.cursor)
			return
		}
		w.copy(next)
		w.replace(r)
	}
}

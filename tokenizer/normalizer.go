package tokenizer

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/jsonscan"
	"github.com/lorica-go/lorica/tokenizer/internal/categories"
)

// normalizer rewrites the text of a work and keeps its spans right.
type normalizer interface {
	normalize(w *work)
}

// readNormalizer reads the "normalizer" section; nil stands for none.
func readNormalizer(s *jsonscan.Scanner) (normalizer, error) {
	if s.Null() {
		return nil, nil
	}
	kind, err := readType(s)
	if err != nil {
		return nil, err
	}
	switch kind {
	case "BertNormalizer":
		return readBertNormalizer(s)
	case "Sequence":
		var all normalizers
		err := readSequence(s, "normalizers", func() error {
			n, err := readNormalizer(s)
			if n != nil {
				all = append(all, n)
			}
			return err
		})
		return all, err
	case "Lowercase":
		return lowercase{}, s.Skip()
	case "NFC":
		return unicodeForm{compose: true}, s.Skip()
	case "NFD":
		return unicodeForm{}, s.Skip()
	case "NFKC":
		return unicodeForm{compatible: true, compose: true}, s.Skip()
	case "NFKD":
		return unicodeForm{compatible: true}, s.Skip()
	case "StripAccents":
		return dropRunes(categories.IsMark), s.Skip()
	case "Strip":
		var n strip
		err := s.Object(func(key string) error {
			switch key {
			case "strip_left":
				return readBool(s, &n.left)
			case "strip_right":
				return readBool(s, &n.right)
			}
			return s.Skip()
		}, "strip_left", "strip_right")
		return n, err
	case "Replace":
		return readReplace(s)
	case "Prepend":
		var n prepend
		err := s.Object(func(key string) error {
			if key == "prepend" {
				return readString(s, (*string)(&n))
			}
			return s.Skip()
		}, "prepend")
		return n, err
	case "ByteLevel":
		return byteLevelNormalizer{}, s.Skip()
	case "Precompiled":
		return readPrecompiled(s)
	}
	return nil, unsupported(s, "normalizer", kind)
}

// normalizers runs one after the other.
type normalizers []normalizer

func (ns normalizers) normalize(w *work) {
	for _, n := range ns {
		n.normalize(w)
	}
}

// lowercase maps each code point to its lower case.
type lowercase struct{}

func (lowercase) normalize(w *work) {
	i := 0
	for ; i < len(w.text) && w.text[i] < utf8.RuneSelf; i++ {
		if c := w.text[i]; c >= 'A' && c <= 'Z' {
			w.text[i] = c + 'a' - 'A'
		}
	}
	if i == len(w.text) {
		return
	}
	w.begin()
	w.copy(i)
	for w.cursor < len(w.text) {
		r, _ := utf8.DecodeRune(w.text[w.cursor:])
		w.writeLower(r, w.step(0))
	}
	w.finish()
}

// writeLower writes the lower case of r.
func (w *work) writeLower(r rune, span Offset) {
	first, second := lower(r)
	w.write(first, span)
	if second != 0 {
		w.write(second, span)
	}
}

// dropRunes drops the code points of a class, which has no ASCII in it.
type dropRunes func(r rune) bool

func (drop dropRunes) normalize(w *work) {
	if isASCII(w.text) {
		return
	}
	w.begin()
	for w.cursor < len(w.text) {
		r, size := decode(w.text[w.cursor:])
		if drop(r) {
			w.skip(1)
		} else {
			w.copy(size)
		}
	}
	w.finish()
}

// strip drops white space at the ends.
type strip struct{ left, right bool }

func (n strip) normalize(w *work) {
	start, end := 0, len(w.text)
	for n.left && start < end {
		r, size := utf8.DecodeRune(w.text[start:])
		if !unicode.IsSpace(r) {
			break
		}
		start += size
	}
	for n.right && start < end {
		r, size := utf8.DecodeLastRune(w.text[:end])
		if !unicode.IsSpace(r) {
			break
		}
		end -= size
	}
	if end-start < len(w.text) {
		w.cut(start, end)
	}
}

// prepend writes a string before a text that is not empty; it stands for the text's first character.
type prepend string

func (n prepend) normalize(w *work) {
	if len(w.text) == 0 || n == "" {
		return
	}
	w.begin()
	w.prepend(string(n), 0)
	w.copy(len(w.text))
	w.finish()
}

// prepend writes s before the byte at which a character begins; it stands for that character.
func (w *work) prepend(s string, at int32) {
	for _, r := range s {
		w.write(r, w.spans[at])
	}
}

// replace puts content in the place of each match of a pattern. It stands for the last character of the match.
type replace struct {
	pattern pattern
	content string
}

func readReplace(s *jsonscan.Scanner) (replace, error) {
	var n replace
	err := s.Object(func(key string) (err error) {
		switch key {
		case "pattern":
			n.pattern, err = readPattern(s)
			return err
		case "content":
			return readString(s, &n.content)
		}
		return s.Skip()
	}, "pattern", "content")
	return n, err
}

func (n replace) normalize(w *work) {
	w.matches = n.pattern.find(w.text, w.matches[:0])
	if !slices.ContainsFunc(w.matches, func(m match) bool { return m.hit }) {
		return
	}
	w.begin()
	for _, m := range w.matches {
		if !m.hit {
			w.copy(int(m.end - m.start))
			continue
		}
		w.cursor = int(m.end)
		span := w.step(1)
		for _, r := range n.content {
			w.write(r, span)
		}
	}
	w.finish()
}

// byteLevelNormalizer writes each byte as the character that GPT-2 gave it.
type byteLevelNormalizer struct{}

func (byteLevelNormalizer) normalize(w *work) {
	w.begin()
	w.writeByteLevel(0, int32(len(w.text)))
	w.finish()
}

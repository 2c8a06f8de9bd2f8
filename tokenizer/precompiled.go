package tokenizer

import (
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/jsonscan"
)

// precompiled is the normalizer that applies a character map, grapheme cluster by grapheme cluster. A cluster of less than
// six bytes is looked up whole, and its shortest beginning that is in the map is the replacement of all of it; a longer one,
// and one that is not found, is replaced character by character. (SentencePiece itself takes the longest match at every
// place; see pieceText.)
type precompiled struct {
	chars *charsMap

	// ascii has what becomes of each ASCII character that becomes one again, notASCII for others.
	ascii [utf8.RuneSelf]byte
}

const notASCII = 0xFF

// wholeCluster is the size in bytes below which a cluster is looked up whole.
const wholeCluster = 6

func readPrecompiled(s *jsonscan.Scanner) (normalizer, error) {
	var n *precompiled
	err := s.Object(func(key string) error {
		if key != "precompiled_charsmap" {
			return s.Skip()
		}
		at := *s
		text, err := s.String()
		if err != nil {
			return err
		}
		blob, ok := decodeBase64(text)
		if !ok {
			return at.Errorf("want base64")
		}
		chars, err := newCharsMap(blob)
		if err != nil {
			return at.Errorf("%v", err)
		}
		n = newPrecompiled(chars)
		return nil
	}, "precompiled_charsmap")
	return n, err
}

func newPrecompiled(chars *charsMap) *precompiled {
	n := &precompiled{chars: chars}
	for c := range n.ascii {
		n.ascii[c] = byte(c)
		if replacement, ok := chars.shortest([]byte{byte(c)}); ok {
			n.ascii[c] = notASCII
			if len(replacement) == 1 {
				n.ascii[c] = replacement[0]
			}
		}
	}
	return n
}

func (n *precompiled) normalize(w *work) {
	start := n.normalizeInPlace(w)
	if start == len(w.text) {
		return
	}
	w.begin()
	w.copy(start)
	r := mapRewrite{work: w, at: start}
	for text := w.text; r.at < len(text); {
		if end := n.plainEnd(text, r.at); end > r.at {
			r.keep(end - r.at)
			continue
		}
		end := clusterEnd(text, r.at)
		if end-r.at < wholeCluster {
			if replacement, ok := n.chars.shortest(text[r.at:end]); ok {
				r.replace(end-r.at, replacement)
				continue
			}
		}
		for r.at < end {
			size := charSize(text[r.at])
			if replacement, ok := n.chars.shortest(text[r.at : r.at+size]); ok {
				r.replace(size, replacement)
			} else {
				r.keep(size)
			}
		}
	}
	w.finish()
}

// normalizeInPlace normalizes as much from the start as keeps its length, and returns where it stopped: at the start of a
// cluster.
func (n *precompiled) normalizeInPlace(w *work) int {
	text := w.text
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf && n.ascii[c] != notASCII && clusterEndsASCII(text, i) {
			text[i] = n.ascii[c]
			i++
			continue
		}
		end := clusterEnd(text, i)
		if !n.unchanged(text[i:end]) {
			return i
		}
		i = end
	}
	return len(text)
}

// unchanged reports whether the map leaves a cluster as it is.
func (n *precompiled) unchanged(cluster []byte) bool {
	if len(cluster) < wholeCluster {
		if replacement, ok := n.chars.shortest(cluster); ok {
			return replacement == string(cluster)
		}
	}
	for i := 0; i < len(cluster); {
		size := charSize(cluster[i])
		if replacement, ok := n.chars.shortest(cluster[i : i+size]); ok && replacement != string(cluster[i:i+size]) {
			return false
		}
		i += size
	}
	return true
}

// plainEnd returns where a run of ASCII clusters ends that begins at byte i and is not changed.
func (n *precompiled) plainEnd(text []byte, i int) int {
	for i < len(text) && text[i] < utf8.RuneSelf && n.ascii[text[i]] == text[i] && clusterEndsASCII(text, i) {
		i++
	}
	return i
}

// mapRewrite is a rewrite that keeps account of ranges as Hugging Face's library does for this normalizer. A character that
// is removed is laid to the one written before it: one that was inserted takes the place of the removed one, and its range.
// When nothing has been written yet, a removed character is not accounted for at all, and everything behind it stands for
// what is that much too far left.
type mapRewrite struct {
	*work
	at       int  // where the text is read; cursor, where it is accounted for, is elsewhere once lost is set
	inserted bool // the last character written was inserted
	lost     bool
}

// keep keeps the next n bytes.
func (r *mapRewrite) keep(n int) {
	r.inserted = false
	if !r.lost {
		r.copy(n)
		r.at += n
		return
	}
	for end := r.at + n; r.at < end; {
		c, size := utf8.DecodeRune(r.text[r.at:])
		r.write(c, r.step(0))
		r.at += size
	}
}

// replace writes a replacement of the next n bytes.
func (r *mapRewrite) replace(n int, replacement string) {
	old := countChars(r.text[r.at : r.at+n])
	r.at += n
	if replacement == "" {
		r.remove(old)
		return
	}
	count := utf8.RuneCountInString(replacement)
	for i, c := range replacement {
		switch {
		case i+utf8.RuneLen(c) == len(replacement) && count < old:
			r.write(c, r.step(count-old))
		case old > 0:
			r.write(c, r.step(0))
		default:
			r.write(c, r.step(1))
		}
		old--
		count--
	}
	r.inserted = old < 0
}

// remove accounts for n characters that nothing replaces.
func (r *mapRewrite) remove(n int) {
	switch {
	case len(r.newText) == 0:
		r.lost = true
	case r.inserted:
		r.inserted = false
		span := r.step(1 - n)
		for i := len(r.newSpans) - 1; i >= 0; i-- {
			r.newSpans[i] = span
			if utf8.RuneStart(r.newText[i]) {
				return
			}
		}
	default:
		r.skip(n)
	}
}

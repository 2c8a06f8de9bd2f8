package tokenizer

import (
	"unicode"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/jsonscan"
	"github.com/lorica-go/lorica/tokenizer/internal/categories"
)

// preTokenizer cuts the pieces of a work into smaller ones. It leaves pieces alone that are added tokens.
type preTokenizer interface {
	preTokenize(w *work)
}

// readPreTokenizer reads the "pre_tokenizer" section; nil stands for none.
func readPreTokenizer(s *jsonscan.Scanner) (preTokenizer, error) {
	if s.Null() {
		return nil, nil
	}
	kind, err := readType(s)
	if err != nil {
		return nil, err
	}
	switch kind {
	case "BertPreTokenizer":
		return &bertPreTokenizer{}, s.Skip()
	case "ByteLevel":
		p, err := readByteLevel(s)
		return &p, err
	case "Sequence":
		var all preTokenizers
		err := readSequence(s, "pretokenizers", func() error {
			p, err := readPreTokenizer(s)
			if p != nil {
				all = append(all, p)
			}
			return err
		})
		return all, err
	case "Whitespace":
		return whitespace{}, s.Skip()
	case "WhitespaceSplit":
		return split{pattern: class(unicode.IsSpace), behavior: removed}, s.Skip()
	case "Punctuation":
		p := split{pattern: class(categories.IsPunctuation), behavior: isolated}
		err := s.Object(func(key string) error {
			if key == "behavior" {
				return readBehavior(s, &p.behavior)
			}
			return s.Skip()
		})
		return p, err
	case "Digits":
		individual := false
		err := s.Object(func(key string) error {
			if key == "individual_digits" {
				return readBool(s, &individual)
			}
			return s.Skip()
		}, "individual_digits")
		p := split{pattern: class(categories.IsNumeric), behavior: contiguous}
		if individual {
			p.behavior = isolated
		}
		return p, err
	case "Split":
		return readSplit(s)
	case "Metaspace":
		return readMetaspace(s)
	}
	return nil, unsupported(s, "pre-tokenizer", kind)
}

// preTokenizers runs one after the other.
type preTokenizers []preTokenizer

func (ps preTokenizers) preTokenize(w *work) {
	for _, p := range ps {
		p.preTokenize(w)
	}
}

// decode is utf8.DecodeRune with a short way for ASCII.
func decode(b []byte) (rune, int) {
	if b[0] < utf8.RuneSelf {
		return rune(b[0]), 1
	}
	return utf8.DecodeRune(b)
}

// Kinds of ASCII characters to the pre-tokenizers below.
const (
	wordKind byte = iota
	spaceKind
	punctuationKind
)

// bertKind is the kind of a character to BERT.
func bertKind(r rune) byte {
	switch {
	case unicode.IsSpace(r):
		return spaceKind
	case categories.IsPunctuation(r):
		return punctuationKind
	}
	return wordKind
}

// whitespaceKind is the kind of a character to Whitespace's \w+|[^\w\s]+.
func whitespaceKind(r rune) byte {
	switch {
	case unicode.IsSpace(r):
		return spaceKind
	case categories.IsWord(r):
		return wordKind
	}
	return punctuationKind
}

// asciiKinds tabulates a kind for ASCII.
func asciiKinds(kind func(rune) byte) (table [utf8.RuneSelf]byte) {
	for c := range table {
		table[c] = kind(rune(c))
	}
	return table
}

var (
	bertASCII       = asciiKinds(bertKind)
	whitespaceASCII = asciiKinds(whitespaceKind)
)

// bertPreTokenizer cuts at white space, which it drops, and around each punctuation character.
type bertPreTokenizer struct {
	python bool // punctuation is what the Python tokenizer takes for it
}

func (b *bertPreTokenizer) preTokenize(w *work) {
	for _, p := range w.takePieces() {
		if p.token >= 0 {
			w.pieces = append(w.pieces, p)
			continue
		}
		text := w.text[:p.end]
		start := p.start // of the word at hand
		for i := p.start; i < p.end; {
			size := int32(1)
			var kind byte
			if c := text[i]; c < utf8.RuneSelf {
				kind = bertASCII[c]
			} else {
				r, n := utf8.DecodeRune(text[i:])
				kind, size = bertKind(r), int32(n)
				if b.python && kind != spaceKind {
					kind = pythonKind(r)
				}
			}
			i += size
			if kind == wordKind {
				continue
			}
			w.keep(start, i-size)
			if kind == punctuationKind {
				w.keep(i-size, i)
			}
			start = i
		}
		w.keep(start, p.end)
	}
}

// whitespace cuts out runs of word characters and runs of what is neither those nor white space.
type whitespace struct{}

func (whitespace) preTokenize(w *work) {
	for _, p := range w.takePieces() {
		if p.token >= 0 {
			w.pieces = append(w.pieces, p)
			continue
		}
		start, last := p.start, spaceKind
		for i := p.start; i < p.end; {
			size := int32(1)
			var kind byte
			if c := w.text[i]; c < utf8.RuneSelf {
				kind = whitespaceASCII[c]
			} else {
				r, n := utf8.DecodeRune(w.text[i:p.end])
				kind, size = whitespaceKind(r), int32(n)
			}
			if kind != last {
				if last != spaceKind {
					w.keep(start, i)
				}
				start, last = i, kind
			}
			i += size
		}
		if last != spaceKind {
			w.keep(start, p.end)
		}
	}
}

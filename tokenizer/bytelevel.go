package tokenizer

import (
	"unicode"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/jsonscan"
	"github.com/lorica-go/lorica/tokenizer/internal/categories"
)

// GPT-2 writes each byte as one printable character, so that its vocabulary is text: the printable ones of Latin-1 stand
// for themselves, the other 68 are numbered from U+0100 on.
var (
	byteChar [256]rune
	charByte [0x144]uint16 // the byte plus one, 0 where there is none
)

func init() {
	next := rune(0x100)
	for b := range byteChar {
		r := rune(b)
		if b < '!' || b > '~' && b < 0xA1 || b == 0xAD {
			r = next
			next++
		}
		byteChar[b] = r
		charByte[r] = uint16(b) + 1
	}
}

// writeByteLevel writes the bytes [start, end) as characters; each stands for what its byte's character stands for.
func (w *work) writeByteLevel(start, end int32) {
	for i := start; i < end; i++ {
		w.write(byteChar[w.text[i]], w.spans[i])
	}
}

// fromByteLevel appends the bytes for which the characters of token stand; ok is false when one stands for none.
func fromByteLevel(dst []byte, token string) (bytes []byte, ok bool) {
	for _, r := range token {
		if int(r) >= len(charByte) || charByte[r] == 0 {
			return dst, false
		}
		dst = append(dst, byte(charByte[r]-1))
	}
	return dst, true
}

// byteLevel cuts a text into words by GPT-2's pattern and writes each byte as a character.
type byteLevel struct {
	addPrefixSpace, useRegex, trimOffsets bool

	// rawBytes leaves the bytes as they are: the model that follows reads bytes. See bpe.readBytes.
	rawBytes bool
}

func readByteLevel(s *jsonscan.Scanner) (byteLevel, error) {
	p := byteLevel{useRegex: true}
	err := s.Object(func(key string) error {
		switch key {
		case "add_prefix_space":
			return readBool(s, &p.addPrefixSpace)
		case "trim_offsets":
			return readBool(s, &p.trimOffsets)
		case "use_regex":
			return readBool(s, &p.useRegex)
		}
		return s.Skip()
	}, "add_prefix_space", "trim_offsets")
	return p, err
}

func (b *byteLevel) preTokenize(w *work) {
	if b.addPrefixSpace {
		b.addSpaces(w)
	}
	if b.useRegex {
		for _, p := range w.takePieces() {
			if p.token >= 0 {
				w.pieces = append(w.pieces, p)
				continue
			}
			for i := p.start; i < p.end; {
				next := gpt2Next(w.text[:p.end], i)
				w.pieces = append(w.pieces, piece{i, next, -1})
				i = next
			}
		}
	}
	if !b.rawBytes {
		w.rewritePieces(func(p piece) { w.writeByteLevel(p.start, p.end) })
	}
}

// addSpaces puts a space before each piece that does not begin with one.
func (b *byteLevel) addSpaces(w *work) {
	missing := false
	for _, p := range w.pieces {
		missing = missing || p.token < 0 && w.text[p.start] != ' '
	}
	if !missing {
		return
	}
	w.rewritePieces(func(p piece) {
		if w.text[p.start] != ' ' {
			w.prepend(" ", p.start)
		}
		w.cursor = int(p.start)
		w.copy(int(p.end - p.start))
	})
}

// rewritePieces makes a new text of the pieces, each as write writes it; added tokens stay as they are.
func (w *work) rewritePieces(write func(p piece)) {
	w.begin()
	for i, p := range w.pieces {
		start := int32(len(w.newText))
		if p.token >= 0 {
			w.cursor = int(p.start)
			w.copy(int(p.end - p.start))
		} else {
			write(p)
		}
		w.pieces[i].start, w.pieces[i].end = start, int32(len(w.newText))
	}
	w.finish()
}

// gpt2Regex is the pattern by which GPT-2 cuts words.
const gpt2Regex = `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`

// Classes of characters in gpt2Regex.
const (
	gpt2Other byte = iota
	gpt2Letter
	gpt2Number
	gpt2Space
)

func gpt2Class(r rune) byte {
	switch {
	case categories.IsLetter(r):
		return gpt2Letter
	case unicode.IsSpace(r):
		return gpt2Space
	case categories.IsNumber(r):
		return gpt2Number
	}
	return gpt2Other
}

// gpt2Byte has the class of each byte that is a character; gpt2Multi stands for parts of longer ones.
var gpt2Byte [256]byte

const gpt2Multi = 0xFF

func init() {
	for c := range gpt2Byte {
		gpt2Byte[c] = gpt2Multi
		if c < utf8.RuneSelf {
			gpt2Byte[c] = gpt2Class(rune(c))
		}
	}
}

// gpt2At returns the class and the size of the character at byte i.
func gpt2At(text []byte, i int32) (byte, int32) {
	if kind := gpt2Byte[text[i]]; kind != gpt2Multi {
		return kind, 1
	}
	r, size := utf8.DecodeRune(text[i:])
	return gpt2Class(r), int32(size)
}

// gpt2Next returns where the match of gpt2Regex ends that begins at byte i; together the matches cover the text.
func gpt2Next(text []byte, i int32) int32 {
	end := int32(len(text))
	if text[i] == '\'' {
		if n := contraction(text[i+1:]); n > 0 {
			return i + 1 + n
		}
	}
	j := i
	if text[i] == ' ' && i+1 < end {
		j++ // the space belongs to the word that follows, if one does
	}
	kind, size := gpt2At(text, j)
	if kind == gpt2Space {
		return gpt2Spaces(text, i)
	}
	for j += size; j < end; j += size {
		next := gpt2Byte[text[j]]
		if size = 1; next == gpt2Multi {
			next, size = gpt2At(text, j)
		}
		if next != kind {
			break
		}
	}
	return j
}

// contraction returns the length of the English ending at the start of text, after an apostrophe, or 0.
func contraction(text []byte) int32 {
	if len(text) == 0 {
		return 0
	}
	switch text[0] {
	case 's', 't', 'm', 'd':
		return 1
	case 'r', 'v':
		if len(text) > 1 && text[1] == 'e' {
			return 2
		}
	case 'l':
		if len(text) > 1 && text[1] == 'l' {
			return 2
		}
	}
	return 0
}

// gpt2Spaces returns the end of a match that begins with white space which no word takes: all of the run when it ends the
// text, else all but its last character, and at least one.
func gpt2Spaces(text []byte, i int32) int32 {
	end := int32(len(text))
	last, j := i, i
	for j < end {
		kind, size := gpt2At(text, j)
		if kind != gpt2Space {
			break
		}
		last = j
		j += size
	}
	if j == end || last == i {
		return j
	}
	return last
}

// gpt2Pattern is gpt2Regex as a pattern of Split; it matches everywhere.
type gpt2Pattern struct{}

func (gpt2Pattern) find(text []byte, dst []match) []match {
	for i := int32(0); int(i) < len(text); {
		next := gpt2Next(text, i)
		dst = append(dst, match{i, next, true})
		i = next
	}
	return dst
}

package pattern

import (
	"unicode/utf8"

	"github.com/lorica-go/lorica/tokenizer/internal/categories"
)

// place is a place in a text that an anchor asks for.
type place uint8

const (
	textStart      place = iota // \A
	textEnd                     // \z
	textEndOrBreak              // \Z: the end, or before the line feed that ends the text
	lineStart                   // ^: the start, or after a line feed that does not end the text
	lineEnd                     // $: the end, or before a line feed
	wordEdge                    // \b
	noWordEdge                  // \B
)

// at reports whether the place is at byte i of the text.
func (p place) at(text []byte, i int) bool {
	switch p {
	case textStart:
		return i == 0
	case textEnd:
		return i == len(text)
	case textEndOrBreak:
		return i == len(text) || i == len(text)-1 && text[i] == '\n'
	case lineStart:
		return i == 0 || i < len(text) && text[i-1] == '\n'
	case lineEnd:
		return i == len(text) || text[i] == '\n'
	}
	before, _ := utf8.DecodeLastRune(text[:i])
	after, _ := utf8.DecodeRune(text[i:])
	edge := (i > 0 && categories.IsOnigurumaWord(before)) != (i < len(text) && categories.IsOnigurumaWord(after))
	return edge == (p == wordEdge)
}

// standsBefore reports whether characters of the sets, in order, end at byte i of the text.
func standsBefore(sets []*set, text []byte, i int) bool {
	for k := len(sets) - 1; k >= 0; k-- {
		r, size := utf8.DecodeLastRune(text[:i])
		if size == 0 || !sets[k].has(r) {
			return false
		}
		i -= size
	}
	return true
}

//go:build !wasm

package tokenizer

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// pieceText is SentencePiece's normalization: at each place the longest user-defined symbol stays as it is, else the longest
// rule of the character map applies, else the character stays; white space is written as ▁.
type pieceText struct {
	chars        *charsMap // nil for none
	user         matcher   // user-defined symbols
	dummyPrefix  bool      // a space is put before the text, or behind it with suffix
	suffix       bool
	removeSpaces bool // at the ends, and all but one of a run
	escape       bool // spaces are written as ▁
}

// prefix returns what becomes of the beginning of text, and how many bytes that is.
func (n *pieceText) prefix(text []byte) (replacement string, size int) {
	if size := n.user.longest(text); size > 0 {
		return string(text[:size]), size
	}
	if n.chars != nil {
		if replacement, size := n.chars.longest(text); size > 0 {
			return replacement, size
		}
	}
	size = charSize(text[0])
	return string(text[:size]), size
}

// rewrite writes the normalized form of the bytes [start, end).
func (n *pieceText) rewrite(w *work, start, end int) {
	first := len(w.newText)
	for n.removeSpaces && start < end {
		replacement, size := n.prefix(w.text[start:end])
		if replacement != " " {
			break
		}
		start += size
	}
	if start >= end {
		return
	}
	if n.dummyPrefix && !n.suffix {
		n.write(w, ' ', w.spans[start])
	}
	afterSpace := n.removeSpaces
	for start < end {
		replacement, size := n.prefix(w.text[start:end])
		if afterSpace {
			replacement = strings.TrimLeft(replacement, " ")
		}
		span := Offset{w.spans[start].Start, w.spans[start+size-1].End}
		for _, r := range replacement {
			n.write(w, r, span)
		}
		if replacement != "" {
			afterSpace = n.removeSpaces && strings.HasSuffix(replacement, " ")
		}
		start += size
	}
	space := []byte(" ")
	if n.escape {
		space = []byte(metaspaceChar)
	}
	for n.removeSpaces && bytes.HasSuffix(w.newText[first:], space) {
		w.newText = w.newText[:len(w.newText)-len(space)]
		w.newSpans = w.newSpans[:len(w.newText)]
	}
	if n.dummyPrefix && n.suffix {
		n.write(w, ' ', w.spans[end-1])
	}
}

func (n *pieceText) write(w *work, r rune, span Offset) {
	if r == ' ' && n.escape {
		r, _ = utf8.DecodeRuneInString(metaspaceChar)
	}
	w.write(r, span)
}

// slowPieces is the pre-tokenizer that normalizes each piece as SentencePiece does, after cutting it at punctuation if asked
// to.
type slowPieces struct {
	text        *pieceText
	punctuation bool
}

func (p *slowPieces) preTokenize(w *work) {
	if p.punctuation {
		split{pattern: class(isPythonPunctuation), behavior: isolated}.preTokenize(w)
	}
	w.rewritePieces(func(piece piece) { p.text.rewrite(w, int(piece.start), int(piece.end)) })
	kept := w.pieces[:0]
	for _, piece := range w.pieces {
		if piece.start < piece.end {
			kept = append(kept, piece)
		}
	}
	w.pieces = kept
}

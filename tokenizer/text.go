package tokenizer

import (
	"unicode/utf8"
)

// Offset is a range [Start, End) of bytes, or of code points where so said, of the original text.
type Offset struct{ Start, End int32 }

// piece is a range of a work's text that no token crosses. token is the id of the added token found there, or -1, or
// spacedPiece.
type piece struct{ start, end, token int32 }

// spacedPiece in the place of a token tells that a space belongs before the piece, which is not in the text.
const spacedPiece = -2

// work is a text on its way from the original to pieces.
//
// For each byte it knows which range of the original text it stands for. While a text is unchanged, or changed only
// character by character into characters of the same length (lower-casing ASCII), that is known without a table: then
// aligned is true, byte i stands for the character of the original that contains byte base+i. Otherwise spans has a range
// for each byte; all bytes of a character share one.
type work struct {
	text    []byte
	spans   []Offset
	aligned bool
	base    int32

	pieces []piece

	// limit bounds how long, in bytes, rewrites may make the text; what goes beyond is dropped. No sensible normalizer comes
	// near it, but a file may ask for sixty that each double the text.
	limit int

	// Buffers that a rewrite writes into before they change places with the above, and cursor, its place in text.
	newText   []byte
	newSpans  []Offset
	cursor    int
	oldPieces []piece
	matches   []match
	marks     []mark
}

// reset makes the work hold a part of the original text that begins at byte base of it.
func (w *work) reset(text []byte, base int32) {
	w.text = append(w.text[:0], text...)
	w.spans = w.spans[:0]
	w.aligned, w.base = true, base
	w.pieces = w.pieces[:0]
	w.limit = 64*len(text) + 1<<16
}

// resetSpans is reset for a text whose bytes do not all stand for themselves; spans may be empty, which means they do.
func (w *work) resetSpans(text []byte, spans []Offset, base int32) {
	w.reset(text, base)
	if len(spans) > 0 {
		w.spans = append(w.spans, spans...)
		w.aligned = false
	}
}

// offset returns the range of the original text for which the bytes [start, end) stand; start < end.
func (w *work) offset(start, end int32) Offset {
	if !w.aligned {
		return Offset{w.spans[start].Start, w.spans[end-1].End}
	}
	for start > 0 && !utf8.RuneStart(w.text[start]) {
		start--
	}
	for int(end) < len(w.text) && !utf8.RuneStart(w.text[end]) {
		end++
	}
	return Offset{w.base + start, w.base + end}
}

// align fills spans, so that a change of lengths can follow.
func (w *work) align() {
	if !w.aligned {
		return
	}
	w.spans = w.spans[:0]
	for i := 0; i < len(w.text); {
		size := 1
		if w.text[i] >= utf8.RuneSelf {
			_, size = utf8.DecodeRune(w.text[i:])
		}
		span := Offset{w.base + int32(i), w.base + int32(i+size)}
		for range size {
			w.spans = append(w.spans, span)
		}
		i += size
	}
	w.aligned = false
}

// isASCII reports whether every byte of b is ASCII.
func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// A rewrite goes through the text from left to right: begin, then any of copy, replace, insert and skip, then finish.
// What a new character stands for follows Hugging Face's NormalizedString: a replaced character's successor inherits its
// range, an inserted character shares the range of the one before it in the old text, and what was skipped is lost.

// begin starts a rewrite.
func (w *work) begin() {
	w.align()
	w.newText, w.newSpans, w.cursor = w.newText[:0], w.newSpans[:0], 0
}

// finish ends a rewrite; what was not stepped over is dropped.
func (w *work) finish() {
	w.text, w.newText = w.newText, w.text
	w.spans, w.newSpans = w.newSpans, w.spans
}

// copy keeps the next n bytes as they are.
func (w *work) copy(n int) {
	w.newText = append(w.newText, w.text[w.cursor:w.cursor+n]...)
	w.newSpans = append(w.newSpans, w.spans[w.cursor:w.cursor+n]...)
	w.cursor += n
}

// skip drops the next n characters.
func (w *work) skip(n int) {
	for ; n > 0 && w.cursor < len(w.text); n-- {
		_, size := utf8.DecodeRune(w.text[w.cursor:])
		w.cursor += size
	}
}

// replace writes r in the place of the next character and steps over that.
func (w *work) replace(r rune) { w.write(r, w.step(0)) }

// insert writes r, which stands for what the last character stepped over stood for.
func (w *work) insert(r rune) { w.write(r, w.step(1)) }

// step returns what the next character written stands for. change is as in the iterators of the Rust crates: 1 for a
// character that is inserted, 0 for one that replaces a character, -n for one that replaces a character and n more.
func (w *work) step(change int) Offset {
	if change <= 0 && w.cursor < len(w.text) {
		span := w.spans[w.cursor]
		w.skip(1 - change)
		return span
	}
	switch {
	case w.cursor > 0:
		return w.spans[w.cursor-1]
	case len(w.spans) > 0:
		return Offset{w.spans[0].Start, w.spans[0].Start}
	}
	return Offset{}
}

func (w *work) write(r rune, span Offset) {
	n := len(w.newText)
	if n >= w.limit {
		return
	}
	w.newText = utf8.AppendRune(w.newText, r)
	for ; n < len(w.newText); n++ {
		w.newSpans = append(w.newSpans, span)
	}
}

// cut keeps the bytes [start, end) only.
func (w *work) cut(start, end int) {
	w.text = w.text[:copy(w.text, w.text[start:end])]
	if w.aligned {
		w.base += int32(start)
	} else {
		w.spans = w.spans[:copy(w.spans, w.spans[start:end])]
	}
}

// takePieces returns the pieces and leaves the work with none, for a pre-tokenizer that puts back what it makes of them.
func (w *work) takePieces() []piece {
	w.pieces, w.oldPieces = w.oldPieces[:0], w.pieces
	return w.oldPieces
}

// keep puts a non-empty piece back.
func (w *work) keep(start, end int32) {
	if start < end {
		w.pieces = append(w.pieces, piece{start, end, -1})
	}
}

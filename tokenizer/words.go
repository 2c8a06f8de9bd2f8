package tokenizer

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// tokenize turns the pieces of the work at hand into tokens, all of them or at least stop+1.
func (e *Encoder) tokenize(out *encodedText, stop int) {
	w := &e.work
	text := slices.Grow(w.text, wordRoom)
	w.text = text
	t := e.tokenizer
	for _, p := range w.pieces {
		if p.token >= 0 {
			e.addAdded(out, p)
			continue
		}
		word, start, origin := text, p.start, p.start // the word begins at byte start of word, which is byte origin of the text
		size := p.end - p.start
		if p.token == spacedPiece {
			e.spaced = slices.Grow(append(append(e.spaced[:0], ' '), text[p.start:p.end]...), wordRoom)
			word, start, origin, size = e.spaced, 0, p.start-1, size+1
		}
		if size > maxCachedWord {
			e.tokens.reset()
			t.model.tokenize(word[start:start+size], &e.tokens)
			e.addWord(out, p, origin)
			if len(out.tokens) > stop {
				return
			}
			continue
		}
		low, high := wordKey(word[:cap(word)], start, start+size)
		entry, found := e.cache.find(low, high)
		if !found {
			e.tokens.reset()
			t.model.tokenize(word[start:start+size], &e.tokens)
			if !entry.store(low, high, &e.tokens) {
				e.addWord(out, p, origin)
				continue
			}
		}
		begin := origin
		for _, packed := range entry.tokens {
			if packed == 0 {
				break
			}
			id, end := int32(packed&maxID), origin+int32(packed>>24)
			from := max(begin, p.start)
			if id == t.shown {
				e.showWord(out, from, end, begin < from)
			}
			out.tokens = append(out.tokens, token{id, out.words, w.tokenOffset(from, max(end, from+1))})
			begin = end
		}
		out.words++
		if len(out.tokens) > stop {
			return
		}
	}
}

// wordRoom is how many bytes wordKey may read beyond the last word.
const wordRoom = 16

// tokenOffset is offset with a short way for texts that are aligned and tokens that split no character.
func (w *work) tokenOffset(start, end int32) Offset {
	if w.aligned && utf8.RuneStart(w.text[start]) && (int(end) == len(w.text) || utf8.RuneStart(w.text[end])) {
		return Offset{w.base + start, w.base + end}
	}
	return w.offset(start, end)
}

// addWord adds the tokens that the model made of a piece. origin is where the word that it was given begins: one byte before
// the piece when a space belongs there. A token that is this space alone stands for the piece's first character.
func (e *Encoder) addWord(out *encodedText, p piece, origin int32) {
	start, last := origin, origin
	for i, id := range e.tokens.ids {
		end := origin + e.tokens.ends[i]
		if end != last {
			start = last
		}
		last = end
		from := max(start, p.start)
		if id == e.tokenizer.shown {
			e.showWord(out, from, end, start < from)
		}
		out.tokens = append(out.tokens, token{id, out.words, e.work.tokenOffset(from, max(end, from+1))})
	}
	out.words++
}

// showWord makes the next token, which is unknown, show what it stands for: the text [start, end), after a space when spaced
// is set. Spaces are shown as the model's tokens have them.
func (e *Encoder) showWord(out *encodedText, start, end int32, spaced bool) {
	s := &out.surfaces
	from := int32(len(s.text))
	if spaced {
		s.text = append(s.text, metaspaceChar...)
	}
	for _, c := range e.work.text[start:max(start, end)] {
		if c == ' ' && e.tokenizer.rawSpaces {
			s.text = append(s.text, metaspaceChar...)
		} else {
			s.text = append(s.text, c)
		}
	}
	s.list = append(s.list, surface{int32(len(out.tokens)), from, int32(len(s.text))})
}

// addAdded adds an added token that was found in the text.
func (e *Encoder) addAdded(out *encodedText, p piece) {
	w := &e.work
	if content, _ := e.tokenizer.IDToToken(p.token); content != string(w.text[p.start:p.end]) {
		show(&out.surfaces, len(out.tokens), w.text[p.start:p.end])
	}
	out.tokens = append(out.tokens, token{p.token, out.words, w.offset(p.start, p.end)})
	out.words++
}

// countSpaces counts the white space, and the Ġ by which GPT-2's vocabulary writes a space, at the two ends of a token, in
// characters.
func countSpaces(token []byte) (left, right int) {
	isSpace := func(r rune) bool { return r == byteChar[' '] || unicode.IsSpace(r) }
	for rest := token; len(rest) > 0; left++ {
		r, size := utf8.DecodeRune(rest)
		if !isSpace(r) {
			break
		}
		rest = rest[size:]
	}
	for rest := token; len(rest) > 0; right++ {
		r, size := utf8.DecodeLastRune(rest)
		if !isSpace(r) {
			break
		}
		rest = rest[:len(rest)-size]
	}
	return left, right
}

// manySpaces stands in a packed count for itself and more.
const manySpaces = 15

// packSpaces returns the counts of countSpaces in half a byte each, the left one below.
func packSpaces(token string) uint8 {
	left, right := countSpaces([]byte(token))
	return uint8(min(left, manySpaces) | min(right, manySpaces)<<4)
}

// trimOffsets takes the spaces at the ends of the tokens from index at on out of their offsets. shown are the surfaces of
// these tokens, raw is their text. Spaces are counted in characters of the token and taken as characters of the text, as in
// Hugging Face's Python binding.
func (t *Tokenizer) trimOffsets(enc *Encoding, at int, shown []surface, raw []byte, prefixSpace bool) {
	for i := at; i < len(enc.IDs); i++ {
		id := enc.IDs[i]
		o := &enc.Offsets[i]
		if len(shown) > 0 && int(shown[0].index) == i {
			left, right := countSpaces(enc.surfaces.of(shown[0]))
			trimOffset(o, left, right, raw, prefixSpace && (i == at || o.Start == 0))
			shown = shown[1:]
			continue
		}
		packed := t.spaces[id]
		if packed == 0 {
			continue
		}
		left, right := int(packed&15), int(packed>>4)
		if left == manySpaces || right == manySpaces {
			token, _ := t.IDToToken(id)
			left, right = countSpaces([]byte(token))
		}
		trimOffset(o, left, right, raw, prefixSpace && (i == at || o.Start == 0))
	}
}

// trimOffset takes the spaces at the ends of one token out of its offset. prefixed tells that a single space at its left may
// be the one that add_prefix_space added.
func trimOffset(o *Offset, left, right int, raw []byte, prefixed bool) {
	if prefixed && left == 1 {
		left = 0
	}
	for ; left > 0 && o.Start < o.End; left-- {
		o.Start += charAt(raw, o.Start)
	}
	if right > 0 && o.Start < o.End {
		o.End = trimRight(raw, *o, right)
	}
}

// charAt returns the size of the character at byte i.
func charAt(raw []byte, i int32) int32 {
	if raw[i] < utf8.RuneSelf {
		return 1
	}
	size, _ := nextChar(raw[i:])
	return int32(size)
}

// trimRight returns the end of o less n characters, but not less than its start. When the text has fewer than n characters
// before the end, nothing is taken.
func trimRight(raw []byte, o Offset, n int) int32 {
	inside := 0
	for i := o.Start; i < o.End; i += charAt(raw, i) {
		inside++
	}
	if n > inside {
		before := 0
		for i := int32(0); i < o.Start && before < n-inside; i += charAt(raw, i) {
			before++
		}
		if before < n-inside {
			return o.End
		}
		return o.Start
	}
	end := o.Start
	for range inside - n {
		end += charAt(raw, end)
	}
	return end
}

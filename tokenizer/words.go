package tokenizer

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// tokenize turns the pieces of the work at hand into tokens, all of them or at least stop+1.
func (e *Encoder) tokenize(out *encodedText, stop int) {
	w := &e.work
	text := slices.Grow(w.text, 16) // room for wordKey to read beyond the last word
	w.text = text
	model := e.tokenizer.model
	for _, p := range w.pieces {
		if p.token >= 0 {
			e.addAdded(out, p)
			continue
		}
		if p.end-p.start > maxCachedWord {
			e.tokens.reset()
			model.tokenize(text[p.start:p.end], &e.tokens)
			e.addWord(out, p)
			if len(out.tokens) > stop {
				return
			}
			continue
		}
		low, high := wordKey(text[:cap(text)], p.start, p.end)
		entry, found := e.cache.find(low, high)
		if !found {
			e.tokens.reset()
			model.tokenize(text[p.start:p.end], &e.tokens)
			if !entry.store(low, high, &e.tokens) {
				e.addWord(out, p)
				continue
			}
		}
		start := p.start
		for _, packed := range entry.tokens {
			if packed == 0 {
				break
			}
			end := p.start + int32(packed>>24)
			out.tokens = append(out.tokens, token{int32(packed & maxID), out.words, w.tokenOffset(start, end)})
			start = end
		}
		out.words++
		if len(out.tokens) > stop {
			return
		}
	}
}

// tokenOffset is offset with a short way for texts that are aligned and tokens that split no character.
func (w *work) tokenOffset(start, end int32) Offset {
	if w.aligned && utf8.RuneStart(w.text[start]) && (int(end) == len(w.text) || utf8.RuneStart(w.text[end])) {
		return Offset{w.base + start, w.base + end}
	}
	return w.offset(start, end)
}

// addWord adds the tokens that the model made of a piece.
func (e *Encoder) addWord(out *encodedText, p piece) {
	start := p.start
	for i, id := range e.tokens.ids {
		end := p.start + e.tokens.ends[i]
		out.tokens = append(out.tokens, token{id, out.words, e.work.tokenOffset(start, end)})
		start = end
	}
	out.words++
}

// addAdded adds an added token that was found in the text.
func (e *Encoder) addAdded(out *encodedText, p piece) {
	w := &e.work
	if content, _ := e.tokenizer.IDToToken(p.token); content != string(w.text[p.start:p.end]) {
		out.surfaces = append(out.surfaces, surface{int32(len(out.tokens)), string(w.text[p.start:p.end])})
	}
	out.tokens = append(out.tokens, token{p.token, out.words, w.offset(p.start, p.end)})
	out.words++
}

// countSpaces counts the white space, and the Ġ by which GPT-2's vocabulary writes a space, at the two ends of a token, in
// characters.
func countSpaces(token string) (left, right int) {
	isSpace := func(r rune) bool { return r == byteChar[' '] || unicode.IsSpace(r) }
	for _, r := range token {
		if !isSpace(r) {
			break
		}
		left++
	}
	for end := len(token); end > 0; right++ {
		r, size := utf8.DecodeLastRuneInString(token[:end])
		if !isSpace(r) {
			break
		}
		end -= size
	}
	return left, right
}

// manySpaces stands in a packed count for itself and more.
const manySpaces = 15

// packSpaces returns the counts of countSpaces in half a byte each, the left one below.
func packSpaces(token string) uint8 {
	left, right := countSpaces(token)
	return uint8(min(left, manySpaces) | min(right, manySpaces)<<4)
}

// trimOffsets takes the spaces at the ends of the tokens from index at on out of their offsets. surfaces are those of these
// tokens, raw is their text. Spaces are counted in characters of the token and taken as characters of the text, as in
// Hugging Face's Python binding.
func (t *Tokenizer) trimOffsets(enc *Encoding, at int, surfaces []surface, raw []byte, prefixSpace bool) {
	for i := at; i < len(enc.IDs); i++ {
		id := enc.IDs[i]
		o := &enc.Offsets[i]
		if len(surfaces) > 0 && int(surfaces[0].index) == i {
			left, right := countSpaces(surfaces[0].text)
			trimOffset(o, left, right, raw, prefixSpace && (i == at || o.Start == 0))
			surfaces = surfaces[1:]
			continue
		}
		packed := t.spaces[id]
		if packed == 0 {
			continue
		}
		left, right := int(packed&15), int(packed>>4)
		if left == manySpaces || right == manySpaces {
			token, _ := t.IDToToken(id)
			left, right = countSpaces(token)
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

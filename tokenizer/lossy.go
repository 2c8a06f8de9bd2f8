package tokenizer

import "unicode/utf8"

// badUTF8 returns how many of the first bytes of b, at which no character begins, become one U+FFFD: the longest part of a
// character that could have been one (the Unicode Standard's maximal subpart, the practice of Python and Rust), or one byte.
func badUTF8(b []byte) int {
	low, high := byte(0x80), byte(0xBF) // bounds of the second byte
	var more int                        // continuation bytes that a whole character would have
	switch c := b[0]; {
	case c >= 0xC2 && c <= 0xDF:
		more = 1
	case c >= 0xE0 && c <= 0xEF:
		more = 2
		if c == 0xE0 {
			low = 0xA0
		} else if c == 0xED {
			high = 0x9F
		}
	case c >= 0xF0 && c <= 0xF4:
		more = 3
		if c == 0xF0 {
			low = 0x90
		} else if c == 0xF4 {
			high = 0x8F
		}
	}
	n := 1
	for n <= more && n < len(b) && b[n] >= low && b[n] <= high {
		low, high = 0x80, 0xBF
		n++
	}
	return n
}

// nextChar returns the size in bytes of the character at the start of b, or of the bad bytes that are read as U+FFFD, and
// whether they are good.
func nextChar(b []byte) (size int, ok bool) {
	if b[0] < utf8.RuneSelf {
		return 1, true
	}
	r, size := utf8.DecodeRune(b)
	if r == utf8.RuneError && size == 1 {
		return badUTF8(b), false
	}
	return size, true
}

// appendLossy appends text to dst with U+FFFD for what is not UTF-8, and for each byte its range of text to spans.
func appendLossy(dst []byte, spans []Offset, text []byte) ([]byte, []Offset) {
	for i := 0; i < len(text); {
		size, ok := nextChar(text[i:])
		n := len(dst)
		if ok {
			dst = append(dst, text[i:i+size]...)
		} else {
			dst = utf8.AppendRune(dst, utf8.RuneError)
		}
		for ; n < len(dst); n++ {
			spans = append(spans, Offset{int32(i), int32(i + size)})
		}
		i += size
	}
	return dst, spans
}

// CodePoints converts offsets from bytes of text to code points, in place. A bad byte sequence counts as the one U+FFFD
// that it is read as.
func CodePoints(text string, offsets []Offset) {
	ascii := true
	for i := 0; i < len(text) && ascii; i++ {
		ascii = text[i] < utf8.RuneSelf
	}
	if ascii {
		return
	}
	at := make([]int32, len(text)+1) // code points that begin before each byte
	var count int32
	b := []byte(text)
	for i := 0; i < len(b); {
		size, _ := nextChar(b[i:])
		for range size {
			at[i] = count
			i++
		}
		count++
	}
	at[len(b)] = count
	for i, o := range offsets {
		if o.End <= int32(len(text)) {
			offsets[i] = Offset{at[o.Start], at[o.End]}
		}
	}
}

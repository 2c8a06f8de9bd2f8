package tokenizer

import "unicode"

// isChinese reports whether BertNormalizer puts spaces around r: the CJK ideograph blocks that BERT's authors chose.
func isChinese(r rune) bool {
	return r >= 0x4E00 && r <= 0x9FFF ||
		r >= 0x3400 && r <= 0x4DBF ||
		r >= 0x20000 && r <= 0x2A6DF ||
		r >= 0x2A700 && r <= 0x2B73F ||
		r >= 0x2B740 && r <= 0x2B81F ||
		r >= 0x2B920 && r <= 0x2CEAF ||
		r >= 0xF900 && r <= 0xFAFF ||
		r >= 0x2F800 && r <= 0x2FA1F
}

// lower returns the lower case of r, without regard to what stands around it: one code point, or two for U+0130.
func lower(r rune) (first, second rune) {
	if r < 0x80 {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r, 0
	}
	if r == 0x130 {
		return 'i', 0x307
	}
	if l := unicode.ToLower(r); l != r {
		return l, 0
	}
	return newLower(r), 0
}

// newLower returns the lower case of letters that came to have one with versions 16 and 17, that of Rust's char.
func newLower(r rune) rune {
	switch {
	case r < 0x1C89:
	case r == 0x1C89, r == 0xA7CC, r == 0xA7CE, r == 0xA7D2, r == 0xA7D4, r == 0xA7DA:
		return r + 1
	case r == 0xA7CB:
		return 0x264
	case r == 0xA7DC:
		return 0x19B
	case r >= 0x10D50 && r <= 0x10D65:
		return r + 0x20
	case r >= 0x16EA0 && r <= 0x16EB8:
		return r + 0x1B
	}
	return r
}

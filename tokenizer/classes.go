package tokenizer

import "unicode"

// White space is the White_Space property everywhere: char::is_whitespace of Rust, \s of its regular expressions and of
// Oniguruma, unicode.IsSpace of Go.

// isControl reports whether BertNormalizer's clean_text drops r: categories Cc, Cf and Co. Unassigned code points stay.
func isControl(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co) && !unicode.Is(since8, r)
}

// isPunctuation reports whether the BERT and Punctuation pre-tokenizers take r for punctuation: ASCII's four ranges, which
// hold symbols such as $ and ^ too, and category P.
func isPunctuation(r rune) bool {
	if r < 0x80 {
		return r >= '!' && r <= '/' || r >= ':' && r <= '@' || r >= '[' && r <= '`' || r >= '{' && r <= '~'
	}
	if r == 0x166D || r == 0x111C9 { // later a symbol and a mark
		return true
	}
	return unicode.Is(unicode.P, r) && !unicode.Is(since8, r)
}

// isNonspacing reports whether BertNormalizer takes r for an accent: category Mn.
func isNonspacing(r rune) bool {
	if r < 0x300 {
		return false
	}
	return unicode.Is(unicode.Mn, r) && !unicode.Is(since8, r) || r == 0x1734 // later spacing
}

// isMark reports whether StripAccents drops r: category M.
func isMark(r rune) bool {
	if r < 0x300 {
		return false
	}
	return unicode.Is(unicode.M, r) && !unicode.Is(since9, r) || r == 0x1CF2 || r == 0x1CF3 // later letters
}

// isWord reports whether r is in \w as Rust's regex crate understands it: Alphabetic, M, Nd, Pc, Join_Control.
func isWord(r rune) bool {
	if r < 0x80 {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_'
	}
	return unicode.In(r, unicode.L, unicode.M, unicode.Nd, unicode.Nl, unicode.Pc, unicode.Other_Alphabetic,
		unicode.Join_Control, newLetters, newNumbers, newWord)
}

// isLetter reports whether r is in \p{L} of Oniguruma.
func isLetter(r rune) bool { return unicode.IsLetter(r) || unicode.Is(newLetters, r) }

// isNumber reports whether r is in \p{N} of Oniguruma.
func isNumber(r rune) bool { return unicode.IsNumber(r) || unicode.Is(newNumbers, r) }

// isNumeric reports whether r is a number to Rust: category N.
func isNumeric(r rune) bool { return isNumber(r) || unicode.Is(newNumbers17, r) }

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

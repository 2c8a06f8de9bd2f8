package tokenizer

import "unicode"

// White space is the White_Space property everywhere: char::is_whitespace of Rust, \s of its regular expressions and of
// Oniguruma, unicode.IsSpace of Go.

// isControl reports whether BertNormalizer's clean_text drops r: categories Cc, Cf and Co. Unassigned code points stay.
func isControl(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co)
}

// isPunctuation reports whether the BERT and Punctuation pre-tokenizers take r for punctuation: ASCII's four ranges, which
// hold symbols such as $ and ^ too, and category P.
func isPunctuation(r rune) bool {
	if r < 0x80 {
		return r >= '!' && r <= '/' || r >= ':' && r <= '@' || r >= '[' && r <= '`' || r >= '{' && r <= '~'
	}
	return unicode.Is(unicode.P, r)
}

// isNonspacing reports whether BertNormalizer takes r for an accent: category Mn.
func isNonspacing(r rune) bool { return unicode.Is(unicode.Mn, r) }

// isWord reports whether r is in \w as Rust's regex crate understands it: Alphabetic, M, Nd, Pc, Join_Control.
func isWord(r rune) bool {
	if r < 0x80 {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_'
	}
	return unicode.In(r, unicode.L, unicode.M, unicode.Nd, unicode.Nl, unicode.Pc, unicode.Other_Alphabetic, unicode.Join_Control)
}

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
	if r == 0x130 {
		return 'i', 0x307
	}
	return unicode.ToLower(r), 0
}

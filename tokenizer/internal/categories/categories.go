// Package categories says which code points are letters, numbers, marks and the like to the libraries under Hugging Face's
// tokenizers, of which each has the Unicode of its own time.
//
// White space is the White_Space property everywhere: char::is_whitespace of Rust, \s of its regular expressions and of
// Oniguruma, unicode.IsSpace of Go.
package categories

import "unicode"

// IsControl reports whether BertNormalizer's clean_text drops r: categories Cc, Cf and Co. Unassigned code points stay.
func IsControl(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co) && !unicode.Is(since8, r)
}

// IsPunctuation reports whether the BERT and Punctuation pre-tokenizers take r for punctuation: ASCII's four ranges, which
// hold symbols such as $ and ^ too, and category P.
func IsPunctuation(r rune) bool {
	if r < 0x80 {
		return r >= '!' && r <= '/' || r >= ':' && r <= '@' || r >= '[' && r <= '`' || r >= '{' && r <= '~'
	}
	if r == 0x166D || r == 0x111C9 { // later a symbol and a mark
		return true
	}
	return unicode.Is(unicode.P, r) && !unicode.Is(since8, r)
}

// IsNonspacing reports whether BertNormalizer takes r for an accent: category Mn.
func IsNonspacing(r rune) bool {
	if r < 0x300 {
		return false
	}
	return unicode.Is(unicode.Mn, r) && !unicode.Is(since8, r) || r == 0x1734 // later spacing
}

// IsMark reports whether StripAccents drops r: category M.
func IsMark(r rune) bool {
	if r < 0x300 {
		return false
	}
	return unicode.Is(unicode.M, r) && !unicode.Is(since9, r) || r == 0x1CF2 || r == 0x1CF3 // later letters
}

// IsWord reports whether r is in \w as Rust's regex crate understands it: Alphabetic, M, Nd, Pc, Join_Control.
func IsWord(r rune) bool {
	if r < 0x80 {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_'
	}
	return unicode.In(r, unicode.L, unicode.M, unicode.Nd, unicode.Nl, unicode.Pc, unicode.Other_Alphabetic,
		unicode.Join_Control, newLetters, newNumbers, newWord)
}

// IsOnigurumaWord reports whether r is in \w of Oniguruma: Alphabetic, M, Nd, Pc, and the digits and fractions of Latin-1.
func IsOnigurumaWord(r rune) bool {
	switch r {
	case 0xB2, 0xB3, 0xB9, 0xBC, 0xBD, 0xBE:
		return true
	case 0x200C, 0x200D:
		return false
	}
	return IsWord(r)
}

// IsLetter reports whether r is in \p{L} of Oniguruma.
func IsLetter(r rune) bool { return unicode.IsLetter(r) || unicode.Is(newLetters, r) }

// IsNumber reports whether r is in \p{N} of Oniguruma.
func IsNumber(r rune) bool { return unicode.IsNumber(r) || unicode.Is(newNumbers, r) }

// IsNumeric reports whether r is a number to Rust: category N.
func IsNumeric(r rune) bool { return IsNumber(r) || unicode.Is(newNumbers17, r) }

// IsAfter9 reports whether r is a mark that came after version 9 of Unicode, or has had a decomposition or a combining class only since
// then.
func IsAfter9(r rune) bool { return unicode.Is(since9, r) }

// IsDigit reports whether r is in \d of Oniguruma: category Nd.
func IsDigit(r rune) bool { return unicode.IsDigit(r) || unicode.Is(newNumbers, r) }

// IsOnigurumaMark reports whether r is in \p{M} of Oniguruma.
func IsOnigurumaMark(r rune) bool { return unicode.Is(unicode.M, r) || unicode.Is(newWord, r) }

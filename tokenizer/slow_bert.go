package tokenizer

import (
	"unicode"
	"unicode/utf8"
)

// What the Python tokenizer of BERT does otherwise than the fast one.

// pythonClean returns what clean_text makes of r: a space for white space, 0 for what it drops, which is all of category C.
func pythonClean(r rune) rune {
	switch {
	case r == '\t' || r == '\n' || r == '\r' || unicode.Is(unicode.Zs, r):
		return ' '
	case r == utf8.RuneError || unicode.Is(unicode.C, r):
		return 0
	}
	return r
}

// isPythonChinese reports whether r is of the ideographs that the fast tokenizer leaves out by a slip of the pen.
func isPythonChinese(r rune) bool { return r >= 0x2B820 && r <= 0x2B91F }

// pythonKind is bertKind for what is no white space.
func pythonKind(r rune) byte {
	if isPythonPunctuation(r) {
		return punctuationKind
	}
	return wordKind
}

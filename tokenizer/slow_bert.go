package tokenizer

import (
	"unicode"
	"unicode/utf8"

	"github.com/lorica-go/lorica/tokenizer/internal/categories"
)

// What the Python tokenizers, that of BERT above all, do otherwise than the fast ones.

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

// pythonSpace reports whether Python's str.split and str.strip take r for white space.
func pythonSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1C && r <= 0x1F }

// isPythonPunctuation reports whether the Python tokenizers take r for punctuation: ASCII's four ranges, and category P.
func isPythonPunctuation(r rune) bool {
	if r < utf8.RuneSelf {
		return categories.IsPunctuation(r)
	}
	return unicode.Is(unicode.P, r)
}

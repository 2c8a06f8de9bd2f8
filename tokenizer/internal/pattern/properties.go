package pattern

import (
	"strings"
	"unicode"

	"github.com/lorica-go/lorica/tokenizer/internal/categories"
)

// propertyOf returns a property by its name, which may be written with small or capital letters, spaces, hyphens and underscores; nil when
// it is not known.
func propertyOf(name string) func(r rune) bool {
	name = strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '_' {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
	switch name {
	case "any":
		return func(rune) bool { return true }
	case "l", "letter":
		return categories.IsLetter
	case "n", "number":
		return categories.IsNumber
	case "nd", "decimalnumber", "digit":
		return categories.IsDigit
	case "word":
		return categories.IsOnigurumaWord
	case "space", "whitespace":
		return unicode.IsSpace
	case "m", "mark", "combiningmark":
		return categories.IsOnigurumaMark
	}
	table := category(name)
	if table == nil {
		table = script(name)
	}
	if table == nil {
		return nil
	}
	return func(r rune) bool { return unicode.Is(table, r) }
}

// category returns the table of a general category.
func category(name string) *unicode.RangeTable {
	switch name {
	case "lu", "uppercaseletter":
		return unicode.Lu
	case "ll", "lowercaseletter":
		return unicode.Ll
	case "lt", "titlecaseletter":
		return unicode.Lt
	case "lm", "modifierletter":
		return unicode.Lm
	case "lo", "otherletter":
		return unicode.Lo
	case "mn", "nonspacingmark":
		return unicode.Mn
	case "mc", "spacingmark":
		return unicode.Mc
	case "me", "enclosingmark":
		return unicode.Me
	case "nl", "letternumber":
		return unicode.Nl
	case "no", "othernumber":
		return unicode.No
	case "p", "punctuation":
		return unicode.P
	case "pc", "connectorpunctuation":
		return unicode.Pc
	case "pd", "dashpunctuation":
		return unicode.Pd
	case "ps", "openpunctuation":
		return unicode.Ps
	case "pe", "closepunctuation":
		return unicode.Pe
	case "pi", "initialpunctuation":
		return unicode.Pi
	case "pf", "finalpunctuation":
		return unicode.Pf
	case "po", "otherpunctuation":
		return unicode.Po
	case "s", "symbol":
		return unicode.S
	case "sc", "currencysymbol":
		return unicode.Sc
	case "sk", "modifiersymbol":
		return unicode.Sk
	case "sm", "mathsymbol":
		return unicode.Sm
	case "so", "othersymbol":
		return unicode.So
	case "z", "separator":
		return unicode.Z
	case "zs", "spaceseparator":
		return unicode.Zs
	case "zl", "lineseparator":
		return unicode.Zl
	case "zp", "paragraphseparator":
		return unicode.Zp
	case "c", "other":
		return unicode.C
	case "cc", "control":
		return unicode.Cc
	case "cf", "format":
		return unicode.Cf
	case "co", "privateuse":
		return unicode.Co
	}
	return nil
}

// script returns the table of a script.
func script(name string) *unicode.RangeTable {
	switch name {
	case "han", "hani":
		return unicode.Han
	case "hiragana", "hira":
		return unicode.Hiragana
	case "katakana", "kana":
		return unicode.Katakana
	case "hangul", "hang":
		return unicode.Hangul
	case "bopomofo", "bopo":
		return unicode.Bopomofo
	case "latin", "latn":
		return unicode.Latin
	case "greek", "grek":
		return unicode.Greek
	case "cyrillic", "cyrl":
		return unicode.Cyrillic
	case "arabic", "arab":
		return unicode.Arabic
	case "hebrew", "hebr":
		return unicode.Hebrew
	case "devanagari", "deva":
		return unicode.Devanagari
	case "thai":
		return unicode.Thai
	}
	return nil
}

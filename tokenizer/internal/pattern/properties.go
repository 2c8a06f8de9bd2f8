package pattern

import (
	"strings"
	"unicode"

	"github.com/lorica-go/lorica/tokenizer/internal/categories"
)

// propertyOf returns a property by its name, which may be written with small or capital letters, spaces, hyphens and underscores; nil when
// it is not known.
func propertyOf(name string) func(r rune) bool {
	switch name = plain(name); name {
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
	rest := tableNames
	for i := 0; rest != ""; i++ {
		var short, long string
		short, rest, _ = strings.Cut(rest, "/")
		long, rest, _ = strings.Cut(rest, " ")
		if name == short || name == long {
			table := tableAt(i)
			return func(r rune) bool { return unicode.Is(table, r) }
		}
	}
	return nil
}

// plain returns a name in small letters, and nothing else.
func plain(name string) string {
	var b []byte
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'A' && c <= 'Z':
			b = append(b, c+'a'-'A')
		case c != ' ' && c != '-' && c != '_':
			b = append(b, c)
		}
	}
	return string(b)
}

// tableNames has the short and the long names of the categories and scripts, in the order of tableAt.
const tableNames = "" +
	"lu/uppercaseletter ll/lowercaseletter lt/titlecaseletter lm/modifierletter lo/otherletter mn/nonspacingmark " +
	"mc/spacingmark me/enclosingmark nl/letternumber no/othernumber p/punctuation pc/connectorpunctuation pd/dashpunctuation " +
	"ps/openpunctuation pe/closepunctuation pi/initialpunctuation pf/finalpunctuation po/otherpunctuation s/symbol " +
	"sc/currencysymbol sk/modifiersymbol sm/mathsymbol so/othersymbol z/separator zs/spaceseparator zl/lineseparator " +
	"zp/paragraphseparator c/other cc/control cf/format co/privateuse han/hani hiragana/hira katakana/kana hangul/hang " +
	"bopomofo/bopo latin/latn greek/grek cyrillic/cyrl arabic/arab hebrew/hebr devanagari/deva thai/thai "

// tableAt returns a table by the place of its name.
func tableAt(i int) *unicode.RangeTable {
	return [...]*unicode.RangeTable{
		unicode.Lu, unicode.Ll, unicode.Lt, unicode.Lm, unicode.Lo, unicode.Mn, unicode.Mc, unicode.Me, unicode.Nl, unicode.No,
		unicode.P, unicode.Pc, unicode.Pd, unicode.Ps, unicode.Pe, unicode.Pi, unicode.Pf, unicode.Po, unicode.S, unicode.Sc,
		unicode.Sk, unicode.Sm, unicode.So, unicode.Z, unicode.Zs, unicode.Zl, unicode.Zp, unicode.C, unicode.Cc, unicode.Cf,
		unicode.Co, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo, unicode.Latin,
		unicode.Greek, unicode.Cyrillic, unicode.Arabic, unicode.Hebrew, unicode.Devanagari, unicode.Thai,
	}[i]
}

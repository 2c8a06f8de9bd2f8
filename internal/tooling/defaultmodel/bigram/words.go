package bigram

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// lower is Unicode's full mapping, as Python has it: of strings.ToLower's, a dotted I becomes one letter where it is two here.
var lower = cases.Lower(language.Und)

// words are the runs of two or more letters, numbers and underscores in a text, in lower case: scikit-learn's token pattern
// \b\w\w+\b.
func words(text string) []string {
	isBorder := func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsNumber(r) }
	var all []string
	for _, word := range strings.FieldsFunc(lower.String(text), isBorder) {
		if len(word) > 1 && len([]rune(word)) > 1 {
			all = append(all, word)
		}
	}
	return all
}

// count adds up how often each word, and each pair of neighbouring words, stands in a text.
func count(text string) map[string]int {
	all := words(text)
	counts := make(map[string]int, 2*len(all))
	for i, word := range all {
		counts[word]++
		if i > 0 {
			counts[all[i-1]+" "+word]++
		}
	}
	return counts
}

package dataset

import (
	"cmp"
	"slices"
	"strings"

	"github.com/abadojack/whatlanggo"
)

// LanguageCount is how many rows are in a language.
type LanguageCount struct {
	Language string  `json:"language"` // its English name
	Code     string  `json:"code"`     // of ISO 639-1, or 639-3 where there is none
	Rows     int     `json:"rows"`
	Share    float64 `json:"share"` // of the rows whose language could be told
}

// Languages is a guess at the languages of texts.
type Languages struct {
	Found []LanguageCount `json:"found"` // the most frequent first
	// Unsure is how many texts are too short, or too mixed, to tell.
	Unsure int `json:"unsure"`
}

// guessedChars is how much of a text a guess looks at: with more it becomes slower and no better.
const guessedChars = 500

// guess returns the language that a text seems to be in, by its letters' script and their groups of three (Cavnar and Trenkle
// 1994); "" where the runner-up comes too close.
func guess(text string) string {
	seen := 0
	for i := range text {
		if seen++; seen > guessedChars {
			text = text[:i]
			break
		}
	}
	if strings.TrimSpace(text) == "" {
		return ""
	}
	info := whatlanggo.Detect(text)
	if !info.IsReliable() || info.Lang.String() == "" {
		return ""
	}
	return info.Lang.Iso6393()
}

// newLanguages sums up guesses.
func newLanguages(rows map[string]int) *Languages {
	l := &Languages{Found: []LanguageCount{}, Unsure: rows[""]}
	sure := 0
	for code, n := range rows {
		if code == "" {
			continue
		}
		lang := whatlanggo.CodeToLang(code)
		c := LanguageCount{Language: lang.String(), Code: lang.Iso6391(), Rows: n}
		if c.Code == "" {
			c.Code = code
		}
		l.Found = append(l.Found, c)
		sure += n
	}
	for i := range l.Found {
		l.Found[i].Share = float64(l.Found[i].Rows) / float64(sure)
	}
	slices.SortFunc(l.Found, func(a, b LanguageCount) int {
		return cmp.Or(b.Rows-a.Rows, strings.Compare(a.Code, b.Code))
	})
	return l
}

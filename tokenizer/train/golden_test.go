package train

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/lorica-go/lorica/tokenizer"
)

// goldenCase is a line of trained.jsonl.gz; make_trained.py says what it is.
type goldenCase struct {
	Name          string         `json:"name"`
	Kind          tokenizer.Kind `json:"kind"`
	VocabSize     int            `json:"vocab_size"`
	MinFrequency  int            `json:"min_frequency"`
	LimitAlphabet int            `json:"limit_alphabet"`
	Lowercase     bool           `json:"lowercase"`
	PrefixSpace   bool           `json:"add_prefix_space"`
	Special       []string       `json:"special"`
	Texts         []string       `json:"texts"`
	Tokens        []string       `json:"tokens"`
	Merges        [][2]string    `json:"merges"`
	Samples       []struct {
		Text string  `json:"text"`
		IDs  []int32 `json:"ids"`
	} `json:"samples"`
}

func (g *goldenCase) config() Config {
	c := Default(g.Kind)
	c.VocabSize, c.MinFrequency, c.LimitAlphabet, c.Lowercase, c.Special = g.VocabSize, g.MinFrequency, g.LimitAlphabet, g.Lowercase, g.Special
	c.AddPrefixSpace = g.PrefixSpace
	return c
}

func goldenCases(t *testing.T) []goldenCase {
	t.Helper()
	f, err := os.Open("../testdata/trained.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var all []goldenCase
	for lines := json.NewDecoder(bufio.NewReader(unzipped)); lines.More(); {
		var g goldenCase
		if err := lines.Decode(&g); err != nil {
			t.Fatal(err)
		}
		all = append(all, g)
	}
	if len(all) < 100 {
		t.Fatalf("%d cases", len(all))
	}
	return all
}

// countWords counts the words of texts as the settings cut them.
func countWords(t testing.TB, c Config, texts []string) *Words {
	t.Helper()
	pipeline, err := Pipeline(&c)
	if err != nil {
		t.Fatal(err)
	}
	counter := NewCounter(pipeline)
	for _, text := range texts {
		if err := counter.Add(text); err != nil {
			t.Fatal(err)
		}
	}
	return counter.Words
}

// learn learns from texts.
func learn(t testing.TB, c Config, texts []string) *Learned {
	t.Helper()
	l, err := Learn(t.Context(), c, countWords(t, c, texts), nil)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestVocabularyAndMergesAreThoseOfTheLibrary(t *testing.T) {
	for _, g := range goldenCases(t) {
		t.Run(string(g.Kind)+" "+g.Name, func(t *testing.T) {
			l := learn(t, g.config(), g.Texts)
			if i := firstDifference(l.Merges, g.Merges); i >= 0 {
				t.Errorf("%d merges, want %d; merge %d is %q, want %q", len(l.Merges), len(g.Merges), i, at(l.Merges, i), at(g.Merges, i))
			}
			if i := firstDifference(l.Tokens, g.Tokens); i >= 0 {
				t.Errorf("%d tokens, want %d; token %d is %q, want %q", len(l.Tokens), len(g.Tokens), i, at(l.Tokens, i), at(g.Tokens, i))
			}
			source, err := l.TokenizerJSON()
			if err != nil {
				t.Fatal(err)
			}
			tok, err := tokenizer.Parse(source)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range g.Samples {
				ids, err := tok.AppendIDs(nil, s.Text, tokenizer.Options{})
				if err != nil || !slices.Equal(ids, s.IDs) {
					t.Errorf("%q: ids %v, %v; want %v", s.Text, ids, err, s.IDs)
				}
			}
		})
	}
}

// firstDifference returns the index of the first element that two lists do not share, -1 for equal ones.
func firstDifference[T comparable](a, b []T) int {
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			return i
		}
	}
	return -1
}

// at returns an element, or nothing behind the end.
func at[T any](list []T, i int) (element T) {
	if i < len(list) {
		element = list[i]
	}
	return element
}

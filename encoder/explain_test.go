//go:build !wasm

package encoder

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/kernels"
)

// tinyClassifier returns a classifier over a tiny bundle.
func tinyClassifier(t testing.TB, modelType string) *Classifier {
	t.Helper()
	file, err := safetensors.Parse(tinyBundle(t, modelType))
	if err != nil {
		t.Fatal(err)
	}
	b, err := OpenBundle(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Model.Prepare(newCPU(t, kernels.Generic, 1), Frozen, 0); err != nil {
		t.Fatal(err)
	}
	c, err := NewClassifier(b.Model, b.Tokenizer, ClassifierOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheEffectOfAWordIsWhatTheScoreLosesWithIt(t *testing.T) {
	c := tinyClassifier(t, "bert")
	const text = "a b c"
	e, err := c.Explain(t.Context(), text, ExplainOptions{Label: "good"})
	if err != nil {
		t.Fatal(err)
	}
	variants := []Input{{Text: text}, {Text: "b c"}, {Text: "a c"}, {Text: "a b"}}
	p, err := c.Classify(t.Context(), variants)
	if err != nil {
		t.Fatal(err)
	}
	good := slices.Index(c.Labels(), "good")
	if e.Label != "good" || e.Score != p[0].Scores[good] || e.Prediction.Label != p[0].Label || len(e.Words) != 3 {
		t.Fatalf("got %+v", e)
	}
	for i, w := range e.Words {
		if want := e.Score - p[i+1].Scores[good]; math.Abs(w.Effect-want) > 1e-6 || text[w.Start:w.End] != w.Text || w.Effect == 0 {
			t.Errorf("%q at %d: effect %g, want %g", w.Text, w.Start, w.Effect, want)
		}
	}
	e, err = c.Explain(t.Context(), text, ExplainOptions{})
	if err != nil || e.Label != p[0].Label {
		t.Errorf("without a label: %+v, %v", e, err)
	}
}

func TestTheWordsOfATextAreFound(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "[]",
		" \t\n":                    "[]",
		"one":                      "[one]",
		"  two  words ":            "[two words]",
		"don't stop, (ever)!":      "[don't stop ever]",
		"10/10 :) it's über-fun…":  "[10/10 :) it's über-fun]",
		"好玩 game 👍🏽":               "[好 玩 game 👍🏽]",
		"play\u00a0it, e\u0301te":  "[play it e\u0301te]",
		"bad \xff\xfe bytes \xffa": "[bad \xff\xfe bytes a]",
		"— well —":                 "[— well —]",
	} {
		var words []string
		for _, s := range findWords(text) {
			words = append(words, text[s.start:s.end])
		}
		if got := fmt.Sprint(words); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestAWordIsLeftOutWithOneBlank(t *testing.T) {
	for _, test := range []struct{ text, word, want string }{
		{"a b c", "b", "a c"}, {"a b c", "a", "b c"}, {"a b c", "c", "a b"}, {"a, b", "a", ", b"}, {"abc", "abc", ""}, {"a b, c", "b", "a , c"},
	} {
		for _, s := range findWords(test.text) {
			if test.text[s.start:s.end] == test.word {
				if got := without(test.text, s); got != test.want {
					t.Errorf("%q without %q: %q, want %q", test.text, test.word, got, test.want)
				}
			}
		}
	}
}

func TestALongTextIsExplainedInSpansThatCoverIt(t *testing.T) {
	c := tinyClassifier(t, "bert")
	const text = "a b c d e f g"
	e, err := c.Explain(t.Context(), text, ExplainOptions{MaxSpans: 3})
	if err != nil {
		t.Fatal(err)
	}
	var spans []string
	for _, w := range e.Words {
		spans = append(spans, w.Text)
	}
	if !slices.Equal(spans, []string{"a b", "c d", "e f g"}) {
		t.Errorf("got %q", spans)
	}
	for _, o := range []ExplainOptions{{MaxSpans: -1}, {MaxSpans: MaxExplainSpans + 1}, {Label: "best"}} {
		if _, err := c.Explain(t.Context(), text, o); !badinput.Is(err) {
			t.Errorf("%+v: got %v", o, err)
		}
	}
}

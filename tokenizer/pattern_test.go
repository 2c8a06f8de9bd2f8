//go:build !wasm

package tokenizer

import (
	"encoding/json"
	"strings"
	"testing"
)

// The pieces are those of tokenizers 0.22.2.
func TestSplitsOfLargeModelsCutAsInTheLibrary(t *testing.T) {
	for name, pattern := range map[string]string{
		"cl100k_base": `'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+`,
		"Llama 3":     `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
	} {
		quoted, err := json.Marshal(pattern)
		if err != nil {
			t.Fatal(err)
		}
		p := mustPreTokenizer(t, `{"type":"Split","pattern":{"Regex":`+string(quoted)+`},"behavior":"Isolated","invert":false}`)
		const text = "I'll pay 1234567 \u20ac \u2013 THEY'RE here\u2026\n\n  ok  \t don't"
		var w work
		w.reset([]byte(text), 0)
		w.pieces = append(w.pieces, piece{0, int32(len(text)), -1})
		p.preTokenize(&w)
		var pieces []string
		for _, p := range w.pieces {
			pieces = append(pieces, string(w.text[p.start:p.end]))
		}
		want := "I|'ll| pay| |123|456|7| \u20ac| \u2013| THEY|'RE| here|\u2026\n\n| | ok|  \t| don|'t"
		if got := strings.Join(pieces, "|"); got != want {
			t.Errorf("%s: pieces %q, want %q", name, got, want)
		}
	}
}

func TestARegularExpressionReplacesNothingInAnEmptyText(t *testing.T) {
	n := mustNormalizer(t, `{"type":"Replace","pattern":{"Regex":"x*"},"content":"-"}`)
	for text, want := range map[string]string{"": "", "a": "-a-", "xa": "-a-"} {
		var w work
		w.reset([]byte(text), 0)
		if n.normalize(&w); string(w.text) != want {
			t.Errorf("%q becomes %q, want %q", text, w.text, want)
		}
	}
}

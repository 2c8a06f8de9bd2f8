//go:build !wasm

package tokenizer

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"testing"
)

// pipelineLine is a line of testdata/pipelines.jsonl.gz, which testdata/make_pipelines.py wrote.
type pipelineLine struct {
	Name      string
	Tokenizer json.RawMessage
	Cases     []struct {
		Text       string
		Pair       *string
		Special    bool
		Normalized *string
		Truncation struct {
			MaxLength int `json:"max_length"`
			Stride    int
			Strategy  string
			Direction string
		}
		Chunks [][7]json.RawMessage
	}
	Decoded [][3]json.RawMessage // ids, whether special tokens are left out, text
}

func pipelines(t testing.TB) []pipelineLine {
	all := zippedLines[pipelineLine](t, "testdata/pipelines.jsonl.gz")
	if len(all) < 200 {
		t.Fatalf("%d lines", len(all))
	}
	return all
}

// zippedLines reads a file of JSON lines that is compressed with gzip.
func zippedLines[T any](t testing.TB, path string) (all []T) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := json.NewDecoder(unzipped)
	for lines.More() {
		var line T
		if err := lines.Decode(&line); err != nil {
			t.Fatalf("%s: line %d: %v", path, len(all)+1, err)
		}
		all = append(all, line)
	}
	return all
}

func TestEachPipelineStageDoesAsHuggingFaceDoes(t *testing.T) {
	for _, line := range pipelines(t) {
		t.Run(line.Name, func(t *testing.T) {
			tok, err := Parse(line.Tokenizer)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range line.Cases {
				o := Options{NoSpecialTokens: !c.Special, Overflow: true}
				strategies := map[string]Strategy{"only_first": OnlyFirst, "only_second": OnlySecond}
				o.Truncation = Truncation{c.Truncation.MaxLength, c.Truncation.Stride, strategies[c.Truncation.Strategy],
					c.Truncation.Direction == "left"}
				second := ""
				if c.Pair != nil {
					second = *c.Pair
				}
				enc, err := tok.EncodePair(c.Text, second, o)
				if err != nil {
					t.Fatal(err)
				}
				if c.Normalized != nil {
					var w work
					w.reset([]byte(c.Text), 0)
					tok.normalizer.normalize(&w)
					if string(w.text) != *c.Normalized {
						t.Errorf("%q is normalized to %q, want %q", c.Text, w.text, *c.Normalized)
					}
				}
				chunks := append([]Encoding{*enc}, enc.Overflowing...)
				if len(chunks) != len(c.Chunks) {
					t.Errorf("%q %q %+v: %d chunks, want %d", c.Text, second, o.Truncation, len(chunks), len(c.Chunks))
					continue
				}
				for i := range chunks {
					if err := comparePipeline(&chunks[i], c.Chunks[i], c.Text, second); err != nil {
						t.Errorf("%q %q special %t %+v chunk %d: %v", c.Text, second, c.Special, o.Truncation, i, err)
					}
				}
			}
			for _, d := range line.Decoded {
				var ids []int32
				var skip bool
				var want string
				if json.Unmarshal(d[0], &ids) != nil || json.Unmarshal(d[1], &skip) != nil || json.Unmarshal(d[2], &want) != nil {
					t.Fatalf("%s", d)
				}
				if got, err := tok.Decode(ids, skip); err != nil || got != want {
					t.Errorf("%v, special tokens left out %t, are decoded to %q, want %q (%v)", ids, skip, got, want, err)
				}
			}
		})
	}
}

func comparePipeline(enc *Encoding, want [7]json.RawMessage, first, second string) error {
	offsets := [][2]int32{}
	for _, o := range enc.CodePointOffsets(first, second) {
		offsets = append(offsets, [2]int32{o.Start, o.End})
	}
	special := []int{}
	words, sequences := []*int32{}, []*int32{}
	for i := range enc.IDs {
		special = append(special, map[bool]int{true: 1}[enc.Special[i]])
		var word, sequence *int32
		if enc.WordIDs[i] >= 0 {
			word = &enc.WordIDs[i]
		}
		if enc.SequenceIDs[i] >= 0 {
			s := int32(enc.SequenceIDs[i])
			sequence = &s
		}
		words, sequences = append(words, word), append(sequences, sequence)
	}
	got := []any{enc.IDs, enc.Tokens(), offsets, enc.TypeIDs, special, words, sequences}
	names := []string{"ids", "tokens", "offsets", "type ids", "special tokens mask", "word ids", "sequence ids"}
	for i := range got {
		if string(want[i]) == "null" || reflect.ValueOf(got[i]).Len() == 0 && string(want[i]) == "[]" {
			continue
		}
		text, _ := json.Marshal(got[i])
		var a, b any
		if json.Unmarshal(text, &a) != nil || json.Unmarshal(want[i], &b) != nil || !reflect.DeepEqual(a, b) {
			return fmt.Errorf("%s %s, want %s", names[i], text, want[i])
		}
	}
	return nil
}

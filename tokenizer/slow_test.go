package tokenizer

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/lorica-go/lorica/internal/shared"
)

// slowGolden are the ways to read the tokenizers for which there are ids of the Python tokenizers.
var slowGolden = []struct {
	golden, folder string
	files          []string
}{
	{"bert-base-uncased", "bert-base-uncased", []string{"vocab.txt"}},
	{"bert-cased-like", "bert-cased-like", nil},
	{"deberta-albertspm", "deberta-albertspm", []string{"spm.model"}},
	{"deberta-t5spm", "deberta-t5spm", []string{"spm.model"}},
	{"xlmr-t5spm", "xlmr-t5spm", []string{"sentencepiece.bpe.model"}},
	{"albert", "albert", []string{"spm/albert-base-v2-like.spm.model"}},
	{"t5", "t5", []string{"spm/t5.spm.model"}},
}

func TestSlowTokenizersGiveTheIDsOfThePythonOnes(t *testing.T) {
	for _, g := range slowGolden {
		t.Run(g.golden, func(t *testing.T) {
			slow, err := LoadSlow(goldenFolder(t, g.folder, g.files))
			if err != nil {
				t.Fatal(err)
			}
			differ := map[string]bool{}
			f, err := os.Open(shared.Path(t, "golden", "tokenizer", g.golden+".slowfast.jsonl"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			lines := bufio.NewScanner(f)
			lines.Buffer(nil, 1<<20)
			for lines.Scan() {
				var line struct {
					Text string
					Slow []int32 `json:"slow_ids"`
				}
				if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
					t.Fatal(err)
				}
				differ[line.Text] = true
				if ids := slow.mustIDs(t, line.Text); !slices.Equal(ids, line.Slow) {
					t.Errorf("%q\n%v\nwant\n%v", line.Text, ids, line.Slow)
				}
			}
			if len(differ) == 0 {
				t.Error("no line")
			}
			// Every edge case on which the two differ has a line there; on the others they agree.
			for _, v := range vectors(t, g.golden+".jsonl")[:283] {
				if ids := slow.mustIDs(t, v.Text); !differ[v.Text] && !slices.Equal(ids, v.IDs) {
					t.Errorf("%q, on which slow and fast agree\n%v\nwant\n%v", v.Text, ids, v.IDs)
				}
			}
		})
	}
}

func TestSlowTokenizersOfSmallModelsGiveTheIDsOfThePythonOnes(t *testing.T) {
	folders, texts := pieceFolders(t)
	for _, f := range folders {
		t.Run(f.Name, func(t *testing.T) {
			slow, err := LoadSlow(folder(f.Files))
			if f.Name == "t5: not legacy" {
				if err == nil {
					t.Error("no error")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			fast, err := Load(folder(f.Files))
			if err != nil {
				t.Fatal(err)
			}
			for i, text := range texts {
				ids := slow.mustIDs(t, text)
				if !slices.Equal(ids, f.Slow[i]) {
					t.Errorf("%q\n%v\nwant\n%v", text, ids, f.Slow[i])
				}
				if same := slices.Equal(fast.mustIDs(t, text), f.Slow[i]); same != f.Same[i] {
					t.Errorf("%q: the fast tokenizer gives the same: %t, want %t", text, same, f.Same[i])
				}
			}
			for i, pair := range [][2]string{{"ab", "a b"}, {"a</s>", ".</s>"}} {
				enc, err := slow.EncodePair(pair[0], pair[1], Options{})
				if err != nil || !slices.Equal(enc.IDs, f.Pairs[i][0]) || !slices.Equal(enc.TypeIDs, f.Pairs[i][1]) {
					t.Errorf("%q: %v %v, want %v (%v)", pair, enc.IDs, enc.TypeIDs, f.Pairs[i], err)
				}
			}
		})
	}
}

//go:build !wasm

package tokenizer

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
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

func TestSlowTokenizersThatCannotBeHadAreRefused(t *testing.T) {
	unigram := `{"model":{"type":"Unigram","unk_id":0,"vocab":[["a",0]]}}`
	for _, test := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"nothing", nil, "no tokenizer: want tokenizer.json"},
		{"no model", map[string]string{"tokenizer.json": unigram}, "the slow tokenizer needs a SentencePiece model, such as spm.model, beside tokenizer.json"},
		{"a bad model", map[string]string{"tokenizer.json": unigram, "spm.model": "x"}, "spm.model: byte "},
		{"not legacy", map[string]string{"spiece.model": tinyPieces("<unk>", 2, "</s>", 3), "tokenizer_config.json": `{"legacy":false}`}, `with "legacy" set to false`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := LoadSlow(folder(test.files))
			if err == nil || !strings.Contains(err.Error(), test.want) || !badinput.Is(err) {
				t.Errorf("error %v (bad input: %t), want %s", err, badinput.Is(err), test.want)
			}
		})
	}
}

func TestSlowTokenizersKnowWhereTheirTokensAre(t *testing.T) {
	folders, _ := pieceFolders(t)
	for _, test := range []struct{ folder, text, want string }{
		{"deberta: the model alone", " ab  \ufb01\u3000zz[MASK] c", "[CLS]|\u2581ab=ab|\u2581= |f=\ufb01|i=\ufb01|\u2581=\u3000|zz=zz|[MASK]=[MASK]|\u2581=c|c=c|[SEP]"},
		{"deberta: byte fallback", "\u4f60", "[CLS]|\u2581=\u4f60|<0xE4>=\u4f60|<0xBD>=\u4f60|<0xA0>=\u4f60|[SEP]"},
		{"albert: the model alone", "A9, `` 9,", "[CLS]|\u2581a=A|9=9|,=,|\u2581= |\"=`|\u25819= 9|,=,|[SEP]"},
		{"t5: the model alone", "ab <extra_id_0> </s>", "\u2581ab=ab|<extra_id_0>=<extra_id_0>|</s>=</s>"},
	} {
		for _, f := range folders {
			if f.Name != test.folder {
				continue
			}
			slow, err := LoadSlow(folder(f.Files))
			if err != nil {
				t.Fatal(err)
			}
			enc, err := slow.Encode(test.text, Options{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for i, token := range enc.Tokens() {
				if o := enc.Offsets[i]; !enc.Special[i] {
					token += "=" + test.text[o.Start:o.End]
				}
				got = append(got, token)
			}
			if text := strings.Join(got, "|"); text != test.want {
				t.Errorf("%s: %q is cut into %s, want %s", test.folder, test.text, text, test.want)
			}
			if len(slow.JSON()) != 0 {
				t.Errorf("%s: the slow tokenizer claims that a tokenizer.json says what it does", test.folder)
			}
		}
	}
}

func FuzzSentencePieceModels(f *testing.F) {
	folders, texts := pieceFolders(f)
	for i, line := range folders {
		for name, model := range line.Files {
			if strings.HasSuffix(name, ".model") && i%3 == 0 {
				f.Add(model, line.Files["tokenizer_config.json"], line.Files["special_tokens_map.json"], texts[i])
			}
		}
	}
	f.Add(tinyPieces("<unk>", 2, "[CLS]", 3, "[SEP]", 3, "a", 1, "-", 4, "b", 5), `{"do_lower_case":true,"split_by_punct":true}`, `{"cls_token":null}`, "a-b, \u4f60")
	f.Fuzz(func(t *testing.T, model, config, special, text string) {
		if len(text) > 200 || len(model) > 20000 {
			return
		}
		for _, name := range pieceFiles {
			files := map[string]string{name: model, "tokenizer_config.json": config, "special_tokens_map.json": special}
			if config == "" {
				delete(files, "tokenizer_config.json")
			}
			if special == "" {
				delete(files, "special_tokens_map.json")
			}
			if model == "" {
				continue
			}
			fast, err := Load(folder(files))
			if err == nil {
				if _, err := Parse(fast.JSON()); err != nil {
					t.Fatalf("its own JSON is refused: %v\n%s", err, fast.JSON())
				}
				checkEncoding(t, fast, text, "")
			} else if !badinput.Is(err) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("error %q", err)
			}
			if slow, err := LoadSlow(folder(files)); err == nil {
				checkEncoding(t, slow, text, text)
			} else if !badinput.Is(err) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("error %q", err)
			}
		}
	})
}

//go:build !wasm

package tokenizer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lorica-go/lorica/internal/shared"
)

// vector is a line of the golden files; see the README beside them.
type vector struct {
	Text     string  `json:"text"`
	TextPair *string `json:"text_pair"`
	chunk
	SequenceIDs []*int8 `json:"sequence_ids"`

	MaxLength      int     `json:"max_length"`
	Stride         int     `json:"stride"`
	Strategy       string  `json:"strategy"`
	Padding        *string `json:"padding"`
	TruncationSide string  `json:"truncation_side"`
	PaddingSide    string  `json:"padding_side"`
	Chunks         []chunk `json:"chunks"`
	Error          string  `json:"error"`
}

// chunk is one sequence; a nil slice is not compared.
type chunk struct {
	IDs           []int32    `json:"ids"`
	Tokens        []string   `json:"tokens"`
	Offsets       [][2]int32 `json:"offsets"`
	TypeIDs       []int32    `json:"type_ids"`
	AttentionMask []int32    `json:"attention_mask"`
	Special       []int      `json:"special_tokens_mask"`
}

func vectors(t *testing.T, name string) []vector {
	f, err := os.Open(shared.Path(t, "golden", "tokenizer", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []vector
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	if len(all) < 30 || lines.Err() != nil {
		t.Fatalf("%s: %d lines, %v", name, len(all), lines.Err())
	}
	return all
}

// goldenTokenizers are the ways to read the tokenizers for which there are golden vectors.
var goldenTokenizers = []struct {
	how, golden, folder string
	files               []string // of the folder that are there; nil for all
}{
	{"roberta", "roberta", "roberta", nil},
	{"roberta from vocab.json and merges.txt", "roberta", "roberta", []string{"vocab.json", "merges.txt"}},
	{"roberta from vocabulary and configuration", "roberta", "roberta",
		[]string{"vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json"}},
	{"bert-base-uncased", "bert-base-uncased", "bert-base-uncased", nil},
	{"bert-base-uncased from vocab.txt", "bert-base-uncased", "bert-base-uncased", []string{"vocab.txt"}},
	{"bert-base-uncased from vocabulary and configuration", "bert-base-uncased", "bert-base-uncased",
		[]string{"vocab.txt", "tokenizer_config.json", "special_tokens_map.json"}},
	{"bert-cased-like", "bert-cased-like", "bert-cased-like", nil},
	{"deberta-albertspm", "deberta-albertspm", "deberta-albertspm", nil},
	{"deberta-albertspm from spm.model", "deberta-albertspm", "deberta-albertspm", []string{"spm.model"}},
	{"deberta-albertspm from model and configuration", "deberta-albertspm", "deberta-albertspm",
		[]string{"spm.model", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"}},
	{"deberta-t5spm", "deberta-t5spm", "deberta-t5spm", nil},
	{"deberta-t5spm from spm.model", "deberta-t5spm", "deberta-t5spm", []string{"spm.model"}},
	{"deberta-t5spm from model and special tokens", "deberta-t5spm", "deberta-t5spm", []string{"spm.model", "special_tokens_map.json", "added_tokens.json"}},
	{"xlmr-t5spm", "xlmr-t5spm", "xlmr-t5spm", nil},
	{"xlmr-t5spm from model and configuration", "xlmr-t5spm", "xlmr-t5spm", []string{"sentencepiece.bpe.model", "tokenizer_config.json"}},
	{"xlmr-t5spm from model and special tokens", "xlmr-t5spm", "xlmr-t5spm", []string{"sentencepiece.bpe.model", "special_tokens_map.json"}},
	{"albert", "albert", "albert", nil},
	{"albert from spiece.model", "albert", "albert", []string{"spm/albert-base-v2-like.spm.model"}},
	{"albert from model and configuration", "albert", "albert", []string{"spm/albert-base-v2-like.spm.model", "tokenizer_config.json"}},
	{"t5", "t5", "t5", nil},
	{"t5 from spiece.model", "t5", "t5", []string{"spm/t5.spm.model"}},
}

// goldenFolder is a folder of tokenizers, or some of the files of one.
func goldenFolder(t testing.TB, folder string, files []string) fs.FS {
	t.Helper()
	dir := shared.Path(t, "tokenizers", folder)
	if files == nil {
		return os.DirFS(dir)
	}
	some := fstest.MapFS{}
	for _, name := range files {
		path := filepath.Join(dir, name)
		if strings.HasPrefix(name, "spm/") { // stands beside the folders
			path, name = filepath.Join(dir, "..", name), "spiece.model"
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		some[name] = &fstest.MapFile{Data: data}
	}
	return some
}

// loadGolden loads a tokenizer from some of the files of its folder.
func loadGolden(t testing.TB, folder string, files []string) *Tokenizer {
	t.Helper()
	tok, err := Load(goldenFolder(t, folder, files))
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func TestGoldenVectorsAreReproduced(t *testing.T) {
	for _, g := range goldenTokenizers {
		t.Run(g.how, func(t *testing.T) {
			tok := loadGolden(t, g.folder, g.files)
			for _, kind := range []string{"", ".pairs", ".trunc"} {
				for i, v := range vectors(t, g.golden+kind+".jsonl") {
					if err := checkVector(tok, v); err != nil {
						t.Errorf("%s line %d %.60q: %v", g.golden+kind, i+1, v.Text, err)
					}
				}
			}
			again, err := Parse(tok.JSON())
			if err != nil {
				t.Fatalf("its own JSON is refused: %v", err)
			}
			if !bytes.Equal(again.JSON(), tok.JSON()) {
				t.Error("the JSON changes when it is read and written")
			}
		})
	}
}

func checkVector(tok *Tokenizer, v vector) error {
	o := Options{Overflow: true}
	if v.MaxLength > 0 {
		strategies := map[string]Strategy{"longest_first": LongestFirst, "only_first": OnlyFirst, "only_second": OnlySecond}
		o.Truncation = Truncation{v.MaxLength, v.Stride, strategies[v.Strategy], v.TruncationSide == "left"}
		if v.Padding != nil {
			pad := tok.Special().PAD
			token, _ := tok.IDToToken(pad)
			o.Padding = &Padding{Length: v.MaxLength, Left: v.PaddingSide == "left", ID: pad, Token: token}
		}
	}
	var enc *Encoding
	var err error
	second := ""
	if v.TextPair != nil {
		second = *v.TextPair
		enc, err = tok.EncodePair(v.Text, second, o)
	} else {
		enc, err = tok.Encode(v.Text, o)
	}
	if (err != nil) != (v.Error != "") {
		return fmt.Errorf("error %v, want %q", err, v.Error)
	}
	if err != nil {
		return nil
	}
	want := v.Chunks
	if v.MaxLength == 0 {
		want = []chunk{v.chunk}
	}
	got := append([]Encoding{*enc}, enc.Overflowing...)
	if len(got) != len(want) {
		return fmt.Errorf("%d chunks, want %d", len(got), len(want))
	}
	for i := range want {
		if err := checkChunk(&got[i], want[i], v.Text, second); err != nil {
			return fmt.Errorf("chunk %d: %w", i, err)
		}
	}
	for i, s := range v.SequenceIDs {
		id := int8(-1)
		if s != nil {
			id = *s
		}
		if enc.SequenceIDs[i] != id {
			return fmt.Errorf("sequence id %d is %d, want %d", i, enc.SequenceIDs[i], id)
		}
	}
	if v.MaxLength == 0 || v.TextPair != nil {
		return nil
	}
	o.Overflow, o.Padding = false, nil
	ids, err := tok.AppendIDs(nil, v.Text, o)
	if err != nil || !slices.Equal(ids, enc.IDs[enc.PadLeft:len(enc.IDs)-enc.PadRight]) {
		return fmt.Errorf("AppendIDs differs: %v, %v", ids, err)
	}
	return nil
}

func checkChunk(enc *Encoding, want chunk, first, second string) error {
	if !slices.Equal(enc.IDs, want.IDs) {
		return fmt.Errorf("ids\n%v\nwant\n%v", enc.IDs, want.IDs)
	}
	var special []int
	for _, s := range enc.Special {
		special = append(special, map[bool]int{true: 1}[s])
	}
	if !slices.Equal(special, want.Special) {
		return fmt.Errorf("special tokens mask\n%v\nwant\n%v", special, want.Special)
	}
	for i, o := range enc.CodePointOffsets(first, second) {
		if [2]int32{o.Start, o.End} != want.Offsets[i] {
			return fmt.Errorf("offsets of token %d are %v, want %v", i, o, want.Offsets[i])
		}
	}
	if want.Tokens != nil && !slices.Equal(enc.Tokens(), want.Tokens) {
		return fmt.Errorf("tokens\n%q\nwant\n%q", enc.Tokens(), want.Tokens)
	}
	if want.TypeIDs != nil && !slices.Equal(enc.TypeIDs, want.TypeIDs) {
		return fmt.Errorf("type ids\n%v\nwant\n%v", enc.TypeIDs, want.TypeIDs)
	}
	if want.AttentionMask != nil && !slices.Equal(enc.AttentionMask(), want.AttentionMask) {
		return fmt.Errorf("attention mask\n%v\nwant\n%v", enc.AttentionMask(), want.AttentionMask)
	}
	return nil
}

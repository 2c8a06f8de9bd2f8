package tokenize_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/internal/tiny"
	"github.com/lorica-go/lorica/native/tokenize"
)

func TestATokenizerNeedsNoModel(t *testing.T) {
	folder := tiny.Model(t, tiny.Options{})
	if err := os.Remove(filepath.Join(folder, "model.safetensors")); err != nil {
		t.Fatal(err)
	}
	whole, err := tokenize.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "tokenizer.json")
	tiny.Write(t, path, string(whole.JSON()))
	alone, err := tokenize.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	const text = "The game is great"
	a, err := tokenize.Encode(whole, text, nil, tokenize.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := tokenize.Encode(alone, text, nil, tokenize.Options{})
	if err != nil || !slices.Equal(a.IDs, b.IDs) || len(a.IDs) != 6 {
		t.Errorf("the folder gives %v, its tokenizer.json %v, %v", a, b, err)
	}
}

func TestEncodeTellsOfPairsAndCuts(t *testing.T) {
	tok, err := tokenize.Open(tiny.Model(t, tiny.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	second := "dull"
	got, err := tokenize.Encode(tok, "é great", &second, tokenize.Options{Runes: true})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.TypeIDs, []int32{0, 0, 0, 0, 1, 1}) || got.Offsets[2] != [2]int32{2, 7} || got.Offsets[4] != [2]int32{0, 4} || got.Truncated {
		t.Errorf("got %+v", got)
	}
	if got, err = tokenize.Encode(tok, "great great great", nil, tokenize.Options{MaxTokens: 4}); err != nil || len(got.IDs) != 4 || !got.Truncated {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err = tokenize.Encode(tok, "", nil, tokenize.Options{NoSpecialTokens: true}); err != nil || got.IDs == nil || len(got.IDs) != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err = tokenize.Encode(tok, "great", nil, tokenize.Options{MaxTokens: 1}); !badinput.Is(err) {
		t.Errorf("room for no token: got %v", err)
	}
}

func TestTheSlowTokenizerIsReadFromAFolder(t *testing.T) {
	folder := tiny.Model(t, tiny.Options{})
	slow, err := tokenize.OpenSlow(folder)
	if err != nil {
		t.Fatal(err)
	}
	fast, err := tokenize.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	const text = "gre\ufffeat" // an unassigned code point, which the Python tokenizer of BERT drops
	a, err := tokenize.Encode(slow, text, nil, tokenize.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := tokenize.Encode(fast, text, nil, tokenize.Options{})
	if err != nil || a.Tokens[1] != "great" || slices.Equal(a.Tokens, b.Tokens) {
		t.Errorf("slow gives %q, fast %q, %v", a.Tokens, b.Tokens, err)
	}
	path := filepath.Join(t.TempDir(), "tokenizer.json")
	tiny.Write(t, path, string(fast.JSON()))
	for _, path := range []string{path, filepath.Join(folder, "nowhere"), t.TempDir()} {
		if _, err := tokenize.OpenSlow(path); !badinput.Is(err) || !strings.HasPrefix(err.Error(), path+": ") {
			t.Errorf("%s: got %v", path, err)
		}
	}
}

func TestOpenNamesThePath(t *testing.T) {
	for name, content := range map[string]string{"broken.json": "{", "empty.json": "", "a.safetensors": "\x02\x00\x00\x00\x00\x00\x00\x00{}", "text": "hello, world", "spm.model": "\x0a"} {
		path := filepath.Join(t.TempDir(), name)
		tiny.Write(t, path, content)
		if _, err := tokenize.Open(path); !badinput.Is(err) || !strings.HasPrefix(err.Error(), path+": ") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for _, path := range []string{filepath.Join(t.TempDir(), "nowhere"), t.TempDir()} {
		if _, err := tokenize.Open(path); !badinput.Is(err) || !strings.HasPrefix(err.Error(), path+": ") {
			t.Errorf("%s: got %v", path, err)
		}
	}
}

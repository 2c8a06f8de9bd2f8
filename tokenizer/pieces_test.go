//go:build !wasm

package tokenizer

import (
	"bytes"
	"encoding/base64"
	"os"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/shared"
)

// pieceFolder is a line of testdata/spm.jsonl.gz, which testdata/make_spm.py wrote.
type pieceFolder struct {
	Name  string
	Files map[string]string
	Fast  string
	Slow  [][]int32
	Same  []bool
	Pairs [][2][]int32
	Texts []string // of all lines; the first has nothing else
}

// pieceFolders returns the folders, with the bytes of their models, and the texts.
func pieceFolders(t testing.TB) (folders []pieceFolder, texts []string) {
	for _, line := range zippedLines[pieceFolder](t, "testdata/spm.jsonl.gz") {
		if line.Texts != nil {
			texts = line.Texts
			continue
		}
		for name, text := range line.Files {
			if strings.HasSuffix(name, ".model") {
				model, err := base64.StdEncoding.DecodeString(text)
				if err != nil {
					t.Fatal(err)
				}
				line.Files[name] = string(model)
			}
		}
		folders = append(folders, line)
	}
	if len(folders) < 25 || len(texts) < 30 {
		t.Fatalf("%d folders, %d texts", len(folders), len(texts))
	}
	return folders, texts
}

func TestASentencePieceModelIsConvertedAsTransformersDoes(t *testing.T) {
	folders, _ := pieceFolders(t)
	for _, f := range folders {
		t.Run(f.Name, func(t *testing.T) {
			tok, err := Load(folder(f.Files))
			if err != nil {
				t.Fatal(err)
			}
			if got := string(tok.JSON()); got != f.Fast {
				i := 0
				for i < len(got) && i < len(f.Fast) && got[i] == f.Fast[i] {
					i++
				}
				t.Errorf("byte %d: ...%.300s\nwant ...%.300s", i, got[max(i-60, 0):], f.Fast[max(i-60, 0):])
			}
		})
	}
}

func TestTheConvertedFileIsTheOneThatTransformersSaves(t *testing.T) {
	for _, g := range goldenTokenizers {
		if g.folder == "t5" || g.files == nil || !strings.HasSuffix(g.files[0], ".model") {
			continue // the scores of t5's file have been read and written once more
		}
		want, err := os.ReadFile(shared.Path(t, "tokenizers", g.folder, "tokenizer.json"))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(loadGolden(t, g.folder, g.files).JSON(), want) {
			t.Errorf("%s: another file", g.how)
		}
	}
}

package export_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/native/export"
	"github.com/lorica-go/lorica/native/internal/tiny"
	"github.com/lorica-go/lorica/tokenizer"
)

// pieces is a SentencePiece model: pieces without a score, each with its kind (1 normal, 2 unknown, 3 control).
func pieces(kinds string, texts ...string) string {
	field := func(tag byte, text string) string { return string([]byte{tag, byte(len(text))}) + text }
	var model string
	for i, text := range texts {
		model += field(0x0A, field(0x0A, text)+"\x18"+string(kinds[i]-'0'))
	}
	return model
}

func TestATokenizerOfSentencePieceTravelsAsTokenizerJSON(t *testing.T) {
	folder := tiny.Model(t, tiny.Options{Type: "xlm-roberta", Head: true})
	if err := os.Remove(filepath.Join(folder, "vocab.txt")); err != nil {
		t.Fatal(err)
	}
	const file = "sentencepiece.bpe.model"
	model := pieces("233111111", "<unk>", "<s>", "</s>", "▁", "a", "b", "▁ab", "é", "▁a")
	tiny.Write(t, filepath.Join(folder, file), model)
	m := open(t, folder, "")
	want, err := m.Tokenizer.Encode("ab aé b <mask>", tokenizer.Options{})
	if err != nil || !slices.Equal(want.Tokens(), []string{"<s>", "▁ab", "▁a", "é", "▁", "b", " <mask>", "</s>"}) {
		t.Fatalf("the folder's tokenizer gives %q, %v", want.Tokens(), err)
	}
	for _, format := range []export.Format{export.Bundle, export.Folder} {
		r := mustExport(t, export.Config{Model: m, Format: format, DType: safetensors.F32})
		again := open(t, r.Path, "")
		if !bytes.Equal(again.Tokenizer.JSON(), m.Tokenizer.JSON()) {
			t.Errorf("%s: another tokenizer.json", format)
		}
		got, err := again.Tokenizer.Encode("ab aé b <mask>", tokenizer.Options{})
		if err != nil || !slices.Equal(got.IDs, want.IDs) {
			t.Errorf("%s: ids %v, want %v (%v)", format, got.IDs, want.IDs, err)
		}
		if format == export.Folder {
			if content, err := os.ReadFile(filepath.Join(r.Path, file)); err != nil || string(content) != model {
				t.Errorf("the model is not copied: %v", err)
			}
		}
	}
}

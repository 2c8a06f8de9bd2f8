//go:build !wasm

package tokenizer

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/badinput"
)

func TestDecodeGivesTheTextBack(t *testing.T) {
	roberta := loadGolden(t, "roberta", nil)
	for _, text := range []string{"Hello, World! \u00e9\u4f60 \U0001f600\n\n x", " lead", ""} {
		enc, err := roberta.Encode(text, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := roberta.Decode(enc.IDs, true); err != nil || got != text {
			t.Errorf("decoded %q, want %q (%v)", got, text, err)
		}
		if got, _ := roberta.Decode(enc.IDs, false); got != "<s>"+text+"</s>" {
			t.Errorf("decoded with special tokens %q", got)
		}
	}
	if got, _ := roberta.Decode(roberta.mustIDs(t, "\u00e9")[1:2], false); !utf8.ValidString(got) {
		t.Errorf("a part of a character is decoded to %q", got)
	}
	tiny := tinyTokenizer(t)
	if got, err := tiny.Decode([]int32{1, 5, 3, 4, 4, 99, -1}, true); err != nil || got != " ab abb" && got != "ab abb" {
		t.Errorf("decoded %q, %v", got, err)
	}
	bert := loadGolden(t, "bert-base-uncased", nil)
	if got, _ := bert.Decode(bert.mustIDs(t, "don't stop, it's unbelievably good!"), true); got != "don ' t stop, it ' s unbelievably good!" {
		t.Errorf("decoded %q", got)
	}
	other, err := Parse([]byte(strings.Replace(string(tiny.JSON()), `"type":"WordPiece","prefix":"##","cleanup":true`, `"type":"CTC"`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Decode([]int32{3}, true); !badinput.Is(err) {
		t.Errorf("an unknown decoder gives %v", err)
	}
}

func TestVocabularyIsAccessible(t *testing.T) {
	bert := SpecialTokens{CLS: 101, SEP: 102, PAD: 0, Mask: 103, Unknown: 100, BOS: -1, EOS: -1}
	wants := map[string]struct {
		special     SpecialTokens
		size, added int
	}{
		"roberta":           {SpecialTokens{CLS: 0, SEP: 2, PAD: 1, Mask: 50264, Unknown: 3, BOS: 0, EOS: 2}, 50265, 5},
		"bert-base-uncased": {bert, 30522, 5},
		"bert-cased-like":   {bert, 30522, 5},
		"deberta-albertspm": {SpecialTokens{CLS: 1, SEP: 2, PAD: 0, Mask: 29999, Unknown: 3, BOS: 1, EOS: 2}, 30000, 13},
		"deberta-t5spm":     {SpecialTokens{CLS: 1, SEP: 2, PAD: 0, Mask: 32257, Unknown: 3, BOS: 1, EOS: 2}, 32258, 5},
		"xlmr-t5spm":        {SpecialTokens{CLS: 0, SEP: 2, PAD: 1, Mask: 32001, Unknown: 3, BOS: 0, EOS: 2}, 32002, 5},
		"albert":            {SpecialTokens{CLS: 2, SEP: 3, PAD: 0, Mask: 4, Unknown: 1, BOS: 2, EOS: 3}, 30000, 13},
		"t5":                {SpecialTokens{CLS: -1, SEP: 1, PAD: 0, Mask: -1, Unknown: 2, BOS: -1, EOS: 1}, 32100, 103},
	}
	for _, g := range goldenTokenizers {
		tok, want := loadGolden(t, g.folder, g.files), wants[g.folder]
		if len(g.files) == 1 && want.special.CLS > 0 {
			want.special.BOS, want.special.EOS = -1, -1 // only a configuration tells that [CLS] and [SEP] have these roles too
		}
		if tok.Special() != want.special || tok.VocabSize() != want.size {
			t.Errorf("%s: special tokens %+v, want %+v; %d tokens, want %d", g.how, tok.Special(), want.special, tok.VocabSize(), want.size)
		}
		for id := range int32(want.size) {
			token, ok := tok.IDToToken(id)
			if back, ok2 := tok.TokenToID(token); !ok || !ok2 || back != id {
				t.Fatalf("%s: id %d is %q, whose id is %d", g.how, id, token, back)
			}
		}
		if _, ok := tok.IDToToken(int32(want.size)); ok {
			t.Errorf("%s: there is a token beyond the last", g.how)
		}
		if n := len(tok.AddedTokens()); n != want.added {
			t.Errorf("%s: %d added tokens, want %d", g.how, n, want.added)
		}
	}
}

func (t *Tokenizer) mustIDs(tb testing.TB, text string) []int32 {
	ids, err := t.AppendIDs(nil, text, Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return ids
}

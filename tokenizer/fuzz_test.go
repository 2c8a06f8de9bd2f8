//go:build !wasm

package tokenizer

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/badinput"
)

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"model":` + tinyBPE + `}`))
	f.Add([]byte(`{"model":` + tinyWordPiece + `,"normalizer":{"type":"Lowercase"}}`))
	for i, line := range pipelines(f) {
		if i%6 == 0 && len(line.Tokenizer) < 3000 {
			f.Add([]byte(line.Tokenizer))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tok, err := Parse(data)
		if err != nil {
			if !badinput.Is(err) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("error %q", err)
			}
			return
		}
		checkEncoding(t, tok, "A b\u00e9 [UNK] 12-x\n\u4f60", "")
	})
}

func FuzzEncode(f *testing.F) {
	for _, seed := range []string{"", "Hello, World!", "  a <m>\u00e9 ", "\xff\xf0\x9f", "e\u0301\u0323\ufb01", "'s't \n\n x", "\u4f60\uac01\u1112\u1161"} {
		f.Add(seed, seed)
		f.Add(seed, "other")
	}
	var toks []*Tokenizer
	for i, line := range pipelines(f) {
		if i%9 == 0 {
			tok, err := Parse(line.Tokenizer)
			if err != nil {
				f.Fatal(err)
			}
			toks = append(toks, tok)
		}
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		if len(first)+len(second) > 200 {
			return
		}
		for _, tok := range toks {
			checkEncoding(t, tok, first, second)
		}
	})
}

// checkEncoding encodes with several options and checks what holds for any tokenizer and text.
func checkEncoding(t *testing.T, tok *Tokenizer, first, second string) {
	t.Helper()
	for _, o := range []Options{
		{}, {NoSpecialTokens: true}, {Truncation: Truncation{MaxLength: 12, Stride: 1}, Overflow: true},
		{Truncation: Truncation{MaxLength: 9, Left: true}, Padding: &Padding{Length: 12, Left: true}},
	} {
		enc, err := tok.EncodePair(first, second, o)
		if err != nil {
			continue // options that this post-processor has no room for
		}
		if o.MaxLength > 0 && o.Padding == nil && enc.Len() > o.MaxLength {
			t.Fatalf("%d tokens, maximum %d", enc.Len(), o.MaxLength)
		}
		for _, e := range append([]Encoding{*enc}, enc.Overflowing...) {
			checkInvariants(t, tok, &e, [2]string{first, second})
		}
	}
}

func checkInvariants(t *testing.T, tok *Tokenizer, e *Encoding, texts [2]string) {
	t.Helper()
	n := e.Len()
	if len(e.TypeIDs) != n || len(e.Offsets) != n || len(e.Special) != n || len(e.SequenceIDs) != n || len(e.WordIDs) != n ||
		len(e.Tokens()) != n || len(e.AttentionMask()) != n || len(e.CodePointOffsets(texts[0], texts[1])) != n {
		t.Fatalf("slices of different lengths: %+v", e)
	}
	last := [2]Offset{}
	lastWord := [2]int32{}
	for i, o := range e.Offsets {
		s := e.SequenceIDs[i]
		if s < 0 {
			if o != (Offset{}) || e.WordIDs[i] != -1 || !e.Special[i] {
				t.Fatalf("special token %d has offset %v, word %d", i, o, e.WordIDs[i])
			}
			continue
		}
		text := texts[s]
		if o.Start < 0 || o.Start > o.End || int(o.End) > len(text) {
			t.Fatalf("offset %v of token %d is not in the text of %d bytes", o, i, len(text))
		}
		if o.Start < last[s].Start && e.WordIDs[i] != lastWord[s] || e.WordIDs[i] < lastWord[s] {
			t.Fatalf("token %d at %v, word %d, comes after %v, word %d", i, o, e.WordIDs[i], last[s], lastWord[s])
		}
		last[s], lastWord[s] = o, e.WordIDs[i]
		if utf8.ValidString(text) && (!boundary(text, o.Start) || !boundary(text, o.End)) {
			t.Fatalf("offset %v of token %d cuts a character of %q", o, i, text)
		}
		if _, ok := tok.IDToToken(e.IDs[i]); !ok {
			t.Fatalf("id %d of token %d is not in the vocabulary", e.IDs[i], i)
		}
	}
}

func boundary(text string, i int32) bool {
	return int(i) == len(text) || utf8.RuneStart(text[i])
}

func FuzzVocabularyFiles(f *testing.F) {
	f.Add("{\"<s>\":0,\"</s>\":1,\"a\":2,\"b\":3,\"ab\":4}", "#version: 0.2\na b\n", "[UNK]\n[CLS]\n[SEP]\na\n", `{"do_lower_case":false}`, `{"cls_token":"<s>"}`)
	f.Add(`{"\u0120":0}`, "a b c", "\xff", `{"added_tokens_decoder":{"3":{"content":"x"}},"model_max_length":1e30}`, `{"unk_token":{"content":"a"}}`)
	f.Fuzz(func(t *testing.T, vocabJSON, merges, vocabTxt, config, special string) {
		for _, files := range []map[string]string{
			{"vocab.json": vocabJSON, "merges.txt": merges, "tokenizer_config.json": config, "special_tokens_map.json": special},
			{"vocab.txt": vocabTxt, "tokenizer_config.json": config, "special_tokens_map.json": special},
		} {
			tok, err := Load(folder(files))
			if err != nil {
				if !badinput.Is(err) || strings.Contains(err.Error(), "\n") {
					t.Fatalf("error %q", err)
				}
				continue
			}
			if _, err := Parse(tok.JSON()); err != nil {
				t.Fatalf("its own JSON is refused: %v\n%s", err, tok.JSON())
			}
			checkEncoding(t, tok, "A ab\u00e9 [UNK] <s>", "")
		}
	})
}

//go:build !wasm

package tokenizer

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lorica-go/lorica/internal/shared"
)

// int64Tensors reads the tensors of a safetensors file whose type is I64 or I32.
func int64Tensors(t *testing.T, path string) map[string][]int32 {
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	n := binary.LittleEndian.Uint64(data)
	var header map[string]struct {
		Dtype   string
		Offsets [2]int `json:"data_offsets"`
	}
	if err := json.Unmarshal(data[8:8+n], &header); err != nil {
		t.Fatal(err)
	}
	tensors := map[string][]int32{}
	for name, h := range header {
		size := map[string]int{"I64": 8, "I32": 4}[h.Dtype]
		if size == 0 {
			continue
		}
		body := data[8+int(n)+h.Offsets[0] : 8+int(n)+h.Offsets[1]]
		for ; len(body) > 0; body = body[size:] {
			tensors[name] = append(tensors[name], int32(binary.LittleEndian.Uint32(body)))
		}
	}
	return tensors
}

func TestCallersSettingsOverrideThoseOfTheFile(t *testing.T) {
	tok, err := Load(os.DirFS(shared.Path(t, "models", "minilm-l6")))
	if err != nil {
		t.Fatal(err)
	}
	truncation, ok := tok.Truncation()
	if !ok || truncation != (Truncation{MaxLength: 128}) {
		t.Errorf("the file's truncation is %+v", truncation)
	}
	padding, ok := tok.Padding()
	if !ok || padding != (Padding{Length: 128, Token: "[PAD]"}) {
		t.Errorf("the file's padding is %+v", padding)
	}
	if tok.ModelMaxLength() != 512 {
		t.Errorf("model_max_length is %d", tok.ModelMaxLength())
	}

	var rows struct{ Test []int }
	data, err := os.ReadFile(shared.Path(t, "golden", "minilm-lora", "rows.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &rows); err != nil {
		t.Fatal(err)
	}
	want := int64Tensors(t, shared.Path(t, "golden", "minilm-lora", "test_logits.safetensors"))
	ids, offsets := want["input_ids"], want["input_offsets"]
	if len(rows.Test) != 1600 || len(offsets) != 1601 {
		t.Fatalf("%d rows, %d offsets", len(rows.Test), len(offsets))
	}
	texts, _ := reviews(t)
	cut := 0
	for i, row := range rows.Test {
		enc, err := tok.Encode(texts[row], Options{Truncation: Truncation{MaxLength: 256}})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(enc.IDs, ids[offsets[i]:offsets[i+1]]) {
			t.Errorf("row %d: ids %v, want %v", row, enc.IDs, ids[offsets[i]:offsets[i+1]])
		}
		if enc.Truncated {
			cut++
		}
		if whole, _ := tok.Encode(texts[row], Options{}); enc.Truncated != (whole.Len() > 256) || whole.PadRight > 0 {
			t.Errorf("row %d: %d tokens, truncated %t", row, whole.Len(), enc.Truncated)
		}
	}
	if cut == 0 {
		t.Error("no row is cut")
	}
	enc, err := tok.Encode("short", Options{Truncation: truncation, Padding: &padding})
	if err != nil || enc.Len() != 128 || enc.PadRight != 125 {
		t.Errorf("with the file's settings: %d tokens, %v", enc.Len(), err)
	}
}

func TestWarmEncodersAllocateNothing(t *testing.T) {
	texts, _ := reviews(t)
	texts = texts[:300]
	for _, name := range benchmarked {
		tok := loadGolden(t, name, nil)
		e := tok.NewEncoder()
		var enc Encoding
		var ids []int32
		o := Options{Truncation: Truncation{MaxLength: 256}}
		for what, run := range map[string]func(text string) error{
			"Encoder.EncodeInto":       func(text string) error { return e.EncodeInto(&enc, text, Options{}) },
			"Encoder.EncodePairInto":   func(text string) error { return e.EncodePairInto(&enc, text, "and another", o) },
			"Encoder.AppendIDs":        func(text string) (err error) { ids, err = e.AppendIDs(ids[:0], text, o); return err },
			"Tokenizer.EncodeInto":     func(text string) error { return tok.EncodeInto(&enc, text, o) },
			"Tokenizer.EncodePairInto": func(text string) error { return tok.EncodePairInto(&enc, text, text, o) },
		} {
			all := func() {
				for _, text := range texts {
					if err := run(text); err != nil {
						t.Fatal(err)
					}
				}
			}
			all() // buffers that change places grow one after the other
			allocs := testing.AllocsPerRun(2, all)
			if allocs > 0 {
				t.Errorf("%s: %s: %v allocations for %d texts", name, what, allocs, len(texts))
			}
		}
	}
}

func TestGoroutinesShareATokenizer(t *testing.T) {
	texts, _ := reviews(t)
	texts = texts[:200]
	tok := loadGolden(t, "roberta", nil)
	var want [][]int32
	for _, text := range texts {
		enc, err := tok.Encode(text, Options{})
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, enc.IDs)
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			var ids []int32
			for k := range texts {
				i := (k*7 + g*31) % len(texts)
				ids, _ = tok.AppendIDs(ids[:0], texts[i], Options{})
				if !slices.Equal(ids, want[i]) {
					t.Errorf("text %d: ids %v, want %v", i, ids, want[i])
				}
			}
		})
	}
	wg.Wait()
}

func TestTruncatedEncodingIsAPartOfTheWholeOne(t *testing.T) {
	texts, _ := reviews(t)
	tok := loadGolden(t, "bert-base-uncased", nil)
	for _, text := range texts[:300] {
		whole, err := tok.Encode(text, Options{NoSpecialTokens: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, left := range []bool{false, true} {
			enc, err := tok.Encode(text, Options{NoSpecialTokens: true, Truncation: Truncation{MaxLength: 10, Left: left}})
			if err != nil {
				t.Fatal(err)
			}
			want := whole.IDs[:min(10, whole.Len())]
			if left {
				want = whole.IDs[max(whole.Len()-10, 0):]
			}
			if !slices.Equal(enc.IDs, want) || enc.Truncated != (whole.Len() > 10) {
				t.Errorf("left %t: ids %v, want %v, truncated %t", left, enc.IDs, want, enc.Truncated)
			}
		}
	}
}

func TestOptionsThatCannotBeMetAreErrors(t *testing.T) {
	tok := tinyTokenizer(t)
	for _, test := range []struct {
		name string
		o    Options
		want string
	}{
		{"no room for the special tokens", Options{Truncation: Truncation{MaxLength: 1}}, "maximum length 1 leaves no room for 2 special tokens"},
		{"negative length", Options{Truncation: Truncation{MaxLength: -1}}, "leaves no room"},
		{"stride as long as the room", Options{Truncation: Truncation{MaxLength: 5, Stride: 3}}, "stride 3 is not below 3"},
		{"no second text", Options{Truncation: Truncation{MaxLength: 3, Strategy: OnlySecond}}, "there is no second text"},
		{"unknown strategy", Options{Truncation: Truncation{MaxLength: 3, Strategy: 9}}, "unknown truncation strategy 9"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := tok.Encode("ab ab ab", test.o); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
			if _, err := tok.AppendIDs(nil, "ab ab ab", test.o); err == nil {
				t.Error("AppendIDs has no error")
			}
		})
	}
	if _, err := tok.Encode(strings.Repeat("x", maxText+1), Options{}); err == nil {
		t.Error("a text that is too long has no error")
	}
	enc, err := tok.Encode("ab ab", Options{Truncation: Truncation{MaxLength: 2}})
	if err != nil || enc.Len() != 2 || !enc.Truncated {
		t.Errorf("room for the special tokens alone: %v, %v", enc.IDs, err)
	}
}

func TestBytesThatAreNotUTF8AreReadAsReplacementCharacters(t *testing.T) {
	tok := loadGolden(t, "roberta", nil)
	for _, text := range []string{
		"ok\xff", "\xf0\x9f\x98x", "\xe2\x82", "a\xc0\x80b", "\xed\xa0\x80", "\xf5\x80", "x\xf0\x90\x80\xf0\x90", "\x80\xe9 <mask>\xff",
	} {
		raw, spans := appendLossy(nil, nil, []byte(text))
		if want := strings.ToValidUTF8(string(raw), "?"); string(raw) != want || len(spans) != len(raw) {
			t.Fatalf("%q: replacement %q is not valid", text, raw)
		}
		got, err := tok.Encode(text, Options{})
		if err != nil {
			t.Fatal(err)
		}
		want, err := tok.Encode(string(raw), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.IDs, want.IDs) || !slices.Equal(got.Tokens(), want.Tokens()) {
			t.Errorf("%q: ids %v, want %v", text, got.IDs, want.IDs)
		}
		if a, b := got.CodePointOffsets(text, ""), want.CodePointOffsets(string(raw), ""); !slices.Equal(a, b) {
			t.Errorf("%q: offsets in code points %v, want %v", text, a, b)
		}
		for i, o := range got.Offsets {
			if w := want.Offsets[i]; !got.Special[i] && w.Start < w.End && o != (Offset{spans[w.Start].Start, spans[w.End-1].End}) {
				t.Errorf("%q: offset %v does not lie at the bytes of %v", text, o, w)
			}
		}
	}
	for text, want := range map[string]string{ // as Python's bytes.decode("utf-8", "replace") has it
		"\xff": "\ufffd", "\xf0\x9f\x98x": "\ufffdx", "\xe2\x82\xe2\x82\xac": "\ufffd€", "\xc0\x80": "\ufffd\ufffd",
		"\xed\xa0\x80": "\ufffd\ufffd\ufffd", "\xf4\x90\x80\x80": "\ufffd\ufffd\ufffd\ufffd", "\xe0\x80\x80": "\ufffd\ufffd\ufffd",
		"\xf0\x90\x80": "\ufffd", "\xe1\x80A": "\ufffdA",
	} {
		if got, _ := appendLossy(nil, nil, []byte(text)); string(got) != want {
			t.Errorf("%q is read as %q, want %q", text, got, want)
		}
	}
}

// tinyTokenizer is a WordPiece with four tokens beside the special ones.
func tinyTokenizer(t testing.TB) *Tokenizer {
	t.Helper()
	tok, err := Parse([]byte(`{"model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##",
		"max_input_chars_per_word":100,"vocab":{"[UNK]":0,"[CLS]":1,"[SEP]":2,"a":3,"##b":4,"ab":5}},
		"pre_tokenizer":{"type":"WhitespaceSplit"},"decoder":{"type":"WordPiece","prefix":"##","cleanup":true},
		"post_processor":{"type":"BertProcessing","cls":["[CLS]",1],"sep":["[SEP]",2]},
		"added_tokens":[{"id":1,"content":"[CLS]","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}]}`))
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func TestPaddingFillsUpToALengthOnEitherSide(t *testing.T) {
	tok := tinyTokenizer(t)
	for _, test := range []struct {
		p    Padding
		want string
		mask []int32
	}{
		{Padding{Length: 6, Token: "<p>", ID: 99}, "[CLS] ab a [SEP] <p> <p>", []int32{1, 1, 1, 1, 0, 0}},
		{Padding{Length: 6, Token: "[UNK]", Left: true}, "[UNK] [UNK] [CLS] ab a [SEP]", []int32{0, 0, 1, 1, 1, 1}},
		{Padding{Length: 3, MultipleOf: 5, Token: "[UNK]", TypeID: 7}, "[CLS] ab a [SEP] [UNK]", []int32{1, 1, 1, 1, 0}},
		{Padding{Length: 4}, "[CLS] ab a [SEP]", []int32{1, 1, 1, 1}},
		{Padding{Length: 1}, "[CLS] ab a [SEP]", []int32{1, 1, 1, 1}},
	} {
		enc, err := tok.Encode("ab a", Options{Padding: &test.p})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(enc.Tokens(), " "); got != test.want || !slices.Equal(enc.AttentionMask(), test.mask) {
			t.Errorf("%+v: %s %v, want %s %v", test.p, got, enc.AttentionMask(), test.want, test.mask)
		}
		for i, m := range test.mask {
			if m == 0 && (enc.IDs[i] != test.p.ID || enc.TypeIDs[i] != test.p.TypeID || !enc.Special[i] || enc.SequenceIDs[i] != -1) {
				t.Errorf("%+v: padding %d is wrong: %+v", test.p, i, enc)
			}
		}
	}
}

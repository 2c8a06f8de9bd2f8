//go:build !wasm

package tokenizer

import (
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/jsonscan"
)

// blocks returns all code points that UTF-8 can hold, 1,024 at a time, each written into form in the places of %.
func blocks(form string) func(yield func(string) bool) {
	parts := strings.Split(form, "%")
	return func(yield func(string) bool) {
		var b []byte
		n := 0
		for c := rune(0); c <= utf8.MaxRune; c++ {
			if c >= 0xD800 && c <= 0xDFFF {
				continue
			}
			b = append(b, parts[0]...)
			for _, part := range parts[1:] {
				b = append(utf8.AppendRune(b, c), part...)
			}
			if n++; n%1024 == 0 || c == utf8.MaxRune {
				if !yield(string(b)) {
					return
				}
				b = b[:0]
			}
		}
	}
}

// The checksums of the next two tests come from testdata/make_checksums.py, which runs tokenizers 0.22.2 over the same blocks.

func TestEveryCodePointIsNormalizedAsHuggingFaceDoes(t *testing.T) {
	if testing.Short() {
		t.Skip("goes through all of Unicode: seconds, not milliseconds")
	}
	bert := func(clean, chinese bool, strip string, lower bool) string {
		return fmt.Sprintf(`{"type":"BertNormalizer","clean_text":%t,"handle_chinese_chars":%t,"strip_accents":%s,"lowercase":%t}`,
			clean, chinese, strip, lower)
	}
	for _, test := range []struct {
		name, section string
		want          uint32
	}{
		{"BertNormalizer cleaning", bert(true, false, "false", false), 0x361F65D4},
		{"BertNormalizer spacing Chinese", bert(false, true, "false", false), 0xF2F763F4},
		{"BertNormalizer stripping", bert(false, false, "true", false), 0x17AD217C},
		{"BertNormalizer uncased", bert(true, true, "null", true), 0x62C2A412},
		{"Lowercase", `{"type":"Lowercase"}`, 0xE4A9D47F},
		{"NFC", `{"type":"NFC"}`, 0x7CEBDB8E},
		{"NFD", `{"type":"NFD"}`, 0x30D91040},
		{"NFKC", `{"type":"NFKC"}`, 0xBA32502E},
		{"NFKD", `{"type":"NFKD"}`, 0xB1C75AAA},
		{"StripAccents", `{"type":"StripAccents"}`, 0x9E13AB9A},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			n := mustNormalizer(t, test.section)
			var w work
			sum := uint32(0)
			for text := range blocks("%b%\u0323%\u0301%\u0334\n") {
				w.reset([]byte(text), 0)
				n.normalize(&w)
				sum = crc32.Update(sum, crc32.IEEETable, w.text)
			}
			if sum != test.want {
				t.Errorf("checksum %#08X, want %#08X", sum, test.want)
			}
		})
	}
}

func TestEveryCodePointIsCutAsHuggingFaceDoes(t *testing.T) {
	if testing.Short() {
		t.Skip("goes through all of Unicode: seconds, not milliseconds")
	}
	for _, test := range []struct {
		section string
		want    uint32
	}{
		{`{"type":"BertPreTokenizer"}`, 0x8941561D},
		{`{"type":"Punctuation"}`, 0xEA886753},
		{`{"type":"Whitespace"}`, 0x5669F2AE},
		{`{"type":"WhitespaceSplit"}`, 0x8FC5DA6F},
		{`{"type":"Digits","individual_digits":false}`, 0xDDD0BAF6},
		{`{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true}`, 0x7F738AB1},
	} {
		t.Run(test.section, func(t *testing.T) {
			t.Parallel()
			p := mustPreTokenizer(t, test.section)
			var w work
			sum := uint32(0)
			var lines []byte
			for text := range blocks("a%1%!% x") {
				var offsets []Offset
				w.reset([]byte(text), 0)
				w.pieces = append(w.pieces, piece{0, int32(len(text)), -1})
				p.preTokenize(&w)
				for _, p := range w.pieces {
					offsets = append(offsets, w.offset(p.start, p.end))
				}
				CodePoints(text, offsets)
				lines = lines[:0]
				for _, o := range offsets {
					lines = append(strconv.AppendInt(lines, int64(o.Start), 10), ' ')
					lines = append(strconv.AppendInt(lines, int64(o.End), 10), '\n')
				}
				sum = crc32.Update(sum, crc32.IEEETable, lines)
			}
			if sum != test.want {
				t.Errorf("checksum %#08X, want %#08X", sum, test.want)
			}
		})
	}
}

// mustNormalizer reads a normalizer section.
func mustNormalizer(t testing.TB, section string) normalizer {
	t.Helper()
	s, err := jsonscan.New(section)
	if err != nil {
		t.Fatal(err)
	}
	n, err := readNormalizer(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// mustPreTokenizer reads a pre_tokenizer section.
func mustPreTokenizer(t testing.TB, section string) preTokenizer {
	t.Helper()
	s, err := jsonscan.New(section)
	if err != nil {
		t.Fatal(err)
	}
	p, err := readPreTokenizer(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

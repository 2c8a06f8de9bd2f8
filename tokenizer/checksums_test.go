//go:build !wasm

package tokenizer

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/jsonscan"
)

// The checksums here come from testdata/make_checksums.py, which has the same generators.

// lcg is the generator of the strings and numbers: Knuth's linear congruential one.
func lcg(x uint64) uint64 { return x*6364136223846793005 + 1442695040888963407 }

func TestGraphemeClustersEndWhereHuggingFaceHasThem(t *testing.T) {
	if testing.Short() {
		t.Skip("goes through all of Unicode: seconds, not milliseconds")
	}
	rules := map[string]string{"X": "x"}
	for b := 0xC2; b < 0xF5; b++ {
		rules[string([]byte{byte(b)})] = "y"
	}
	blob := testCharsMap(rules)
	for form, want := range map[string]uint32{
		"X%X\n%\u00e9%\u0301\n\u0600%\u0301\n":                    0x2E006393,
		"\u0915\u094d%\u0301\n\u00a9\u200d%\u0301\n":              0x288B22F9,
		"\uac00%\u0301\n\u1100%\u0301\n\u1161%\u0301\n%%\u0301\n": 0x711458E2,
	} {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			n := mustNormalizer(t, `{"type":"Precompiled","precompiled_charsmap":"`+base64.StdEncoding.EncodeToString(blob)+`"}`)
			var w work
			sum := uint32(0)
			for text := range blocks(form) {
				w.reset([]byte(text), 0)
				n.normalize(&w)
				sum = crc32.Update(sum, crc32.IEEETable, w.text)
			}
			if sum != want {
				t.Errorf("checksum %#08X, want %#08X", sum, want)
			}
		})
	}
}

// scoreBits returns what the scores of a Unigram are read as.
func scoreBits(t *testing.T, texts []string) []float64 {
	var b strings.Builder
	for i, text := range texts {
		fmt.Fprintf(&b, `%s["%d",%s]`, map[bool]string{true: ","}[i > 0], i, text)
	}
	tok, err := Parse([]byte(`{"model":{"type":"Unigram","unk_id":0,"vocab":[` + b.String() + `]}}`))
	if err != nil {
		t.Fatal(err)
	}
	return tok.model.(*unigram).scores
}

func TestScoresAreReadAsHuggingFaceReadsThem(t *testing.T) {
	var texts []string
	x := uint64(1)
	for i := range 100_000 {
		x = lcg(x)
		digits := strconv.FormatUint(x>>(i*7%64), 10)
		cut := min(i%5, len(digits))
		orZero := func(s string) string {
			if s == "" {
				return "0"
			}
			return s
		}
		text := "-" + orZero(digits[:cut]) + "." + orZero(digits[cut:])
		if i%3 == 0 {
			text += "e" + strconv.Itoa(i%41-20)
		}
		texts = append(texts, text)
	}
	sum, off := uint32(0), 0
	for i, f := range scoreBits(t, texts) {
		sum = crc32.Update(sum, crc32.IEEETable, binary.LittleEndian.AppendUint64(nil, math.Float64bits(f)))
		if nearest, _ := strconv.ParseFloat(texts[i], 64); nearest != f {
			off++
		}
	}
	if sum != 0xD2491673 || off == 0 {
		t.Errorf("checksum %#08X, %d of %d are not the nearest", sum, off, len(texts))
	}

	texts = nil
	var want []uint64
	for _, test := range []struct {
		text string
		bits uint64
	}{
		{"0", 0}, {"-0", 1 << 63}, {"-0.0", 1 << 63}, {"1", 0x3FF0000000000000}, {"-3.5", 0xC00C000000000000},
		{"18446744073709551615", 0x43F0000000000000}, {"18446744073709551616", 0x43F0000000000000}, {"184467440737095516159", 0x4424000000000000},
		{"18446744073709551615.5", 0x43F0000000000000}, {"1844674407370955161.59999", 0x43B999999999999A},
		{"-2.0122926235198975", 0xC000192CE0000000}, {"-7.230442047119140", 0xC01CEBF8FFFFFFFF}, {"0.1e1", 0x3FF0000000000000}, {"1E+2", 0x4059000000000000},
		{"5e-324", 1}, {"4.9e-324", 1}, {"1e-400", 0}, {"-1e-4000000000", 1 << 63}, {"0e99999999999", 0}, {"1.7976931348623157e308", 0x7FEFFFFFFFFFFFFF},
		{"123456789012345678901234567890e-20", 0x41D26580B487E6B7}, {"0.000000000000000000000000000000123456789012345678901234", 0x39840831C305489B},
		{"9007199254740993", 0x4340000000000000}, {"-9223372036854775808", 0xC3E0000000000000}, {"-9223372036854775809", 0xC3E0000000000000},
		{"3.0000000000000000000000000000004", 0x4008000000000000},
	} {
		texts, want = append(texts, test.text), append(want, test.bits)
	}
	for i, f := range scoreBits(t, texts) {
		if math.Float64bits(f) != want[i] {
			t.Errorf("%s is read as %#X, want %#X", texts[i], math.Float64bits(f), want[i])
		}
	}
	for _, text := range []string{"1e309", "-2e99999999999", "1" + strings.Repeat("0", 400), "01", "1.", ".5", "1e"} {
		s, err := jsonscan.New(text)
		if err != nil {
			t.Fatal(err)
		}
		if f, err := s.SerdeFloat(); err == nil {
			t.Errorf("%s is read as %v", text, f)
		}
	}
}

// randomStrings yields strings of what is hard: marks, clusters, spaces of all kinds, special tokens.
func randomStrings(count int) func(yield func(string) bool) {
	alphabets := [][]rune{}
	for _, a := range []string{"abcdefghij  ..", " \n\r\t\u00a0\u200b\u3000\u2581", "e\u0301\u0302\u0323\u0327\u0308\u20d0\ufe0f\u200d\u200c",
		"\u00e9\ufb01\u2122\u2460\u3300\uff21\uff71\uff9e\u00bd\u2026", "\u0915\u094d\u0937\u093f\u0bcd\u0e33\u1112\u1161\u11ab\ud55c",
		"\u0600\u06dd\u070f\u0d4eX\u00a9\u00ae\U0001f600\U0001f3fd\U0001f1e9\u2764", "\x00\x01\x1f\x7f\u0085\ufeff\ufffd\uffff\u00ad\U000e0067",
		"\u4f60\u597d\u306e\u30ab\u3099\u0633\u0644\u05d0", "AB\u0130\u03a3\u00df1,2-().\"''``"} {
		alphabets = append(alphabets, []rune(a))
	}
	special := []string{"[MASK]", "<mask>", "</s>", "[UNK]", "<unk>", "<extra_id_7>", "\uff3bUNK\uff3d", "\uff1cmask\uff1e", "<0x41>", " the game", "ing "}
	return func(yield func(string) bool) {
		x := uint64(7)
		for range count {
			var b strings.Builder
			for range 12 {
				x = lcg(x)
				alphabet := alphabets[(x>>60)%uint64(len(alphabets))]
				if (x>>50)%16 == 0 {
					b.WriteString(special[(x>>40)%uint64(len(special))])
					continue
				}
				for range (x >> 20) % 3 {
					b.WriteRune(alphabet[(x>>33)%uint64(len(alphabet))])
				}
			}
			if !yield(b.String()) {
				return
			}
		}
	}
}

func TestAllReviewsAndRandomStringsAreEncodedAsHuggingFaceDoes(t *testing.T) {
	if testing.Short() {
		t.Skip("encodes all reviews with all tokenizers: seconds, not milliseconds")
	}
	texts, _ := reviews(t)
	for _, test := range []struct {
		name             string
		reviews, strings uint32
	}{
		{"roberta", 0x835F73D8, 0x43F856C9},
		{"bert-base-uncased", 0xDB0206D5, 0x0EB7230B},
		{"deberta-albertspm", 0xCCE6190B, 0x72E94178},
		{"deberta-t5spm", 0x60A95F7C, 0x4354C3FE},
		{"xlmr-t5spm", 0x605380C1, 0x53869C29},
		{"albert", 0x976AC93D, 0xB7830FD6},
		{"t5", 0xBAF0FBD1, 0x78AB84F8},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := loadGolden(t, test.name, nil).NewEncoder()
			var enc Encoding
			var line []byte
			add := func(sum uint32, text string) uint32 {
				if err := e.EncodeInto(&enc, text, Options{}); err != nil {
					t.Fatal(err)
				}
				line = line[:0]
				for i, o := range enc.CodePointOffsets(text, "") {
					line = append(strconv.AppendInt(line, int64(enc.IDs[i]), 10), ' ')
					line = append(strconv.AppendInt(line, int64(o.Start), 10), ' ')
					line = append(strconv.AppendInt(line, int64(o.End), 10), '\n')
				}
				return crc32.Update(sum, crc32.IEEETable, line)
			}
			sum := uint32(0)
			for _, text := range texts {
				sum = add(sum, text)
			}
			if sum != test.reviews {
				t.Errorf("reviews: checksum %#08X, want %#08X", sum, test.reviews)
			}
			sum = 0
			for text := range randomStrings(5000) {
				sum = add(sum, text)
			}
			if sum != test.strings {
				t.Errorf("random strings: checksum %#08X, want %#08X", sum, test.strings)
			}
		})
	}
}

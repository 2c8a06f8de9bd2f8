//go:build !wasm

package tokenizer

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/badinput"
)

// testCharsMap makes the character map of some rules. Keys may be parts of characters.
func testCharsMap(rules map[string]string) []byte {
	var replacements []byte
	places := map[string]uint32{}
	prefixes := map[string]map[byte]bool{"": {}}
	for _, key := range slices.Sorted(maps.Keys(rules)) {
		places[key] = uint32(len(replacements))
		replacements = append(append(replacements, rules[key]...), 0)
		for i := range len(key) {
			if prefixes[key[:i]] == nil {
				prefixes[key[:i]] = map[byte]bool{}
			}
			prefixes[key[:i]][key[i]] = true
		}
	}
	units := map[uint32]uint32{0: 0}
	bases := map[uint32]bool{0: true}
	var place func(prefix string, at uint32)
	place = func(prefix string, at uint32) {
		labels := slices.Sorted(maps.Keys(prefixes[prefix]))
		value, ends := places[prefix]
		if ends {
			labels = append(labels, 0)
		}
		base := uint32(1)
		for taken := func(l byte) bool { _, ok := units[base^uint32(l)]; return ok }; bases[base] || slices.ContainsFunc(labels, taken); {
			base++
		}
		bases[base] = true
		units[at] |= (at ^ base) << 10
		if ends {
			units[at] |= charsMapHasLeaf
			units[base] = 1<<31 | value
		}
		for _, l := range labels {
			if l != 0 {
				units[base^uint32(l)] = uint32(l)
			}
		}
		for _, l := range labels {
			if l != 0 {
				place(prefix+string([]byte{l}), base^uint32(l))
			}
		}
	}
	place("", 0)
	size := (slices.Max(slices.Collect(maps.Keys(units))) | 255) + 1
	blob := binary.LittleEndian.AppendUint32(nil, 4*size)
	for i := range size {
		blob = binary.LittleEndian.AppendUint32(blob, units[i])
	}
	return append(blob, replacements...)
}

func TestACharacterMapFindsShortestAndLongestRules(t *testing.T) {
	rules := map[string]string{"a": "1", "ab": "22", "abcd": "", "\u00e9": "e", "e\u0301": "\u00e9", "\u3300": "\u30a2\u30d1", "x": ""}
	m, err := newCharsMap(testCharsMap(rules))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		text, shortest, longest string
		size                    int // of the longest; 0 when there is none
	}{
		{"a", "1", "1", 1}, {"abc", "1", "22", 2}, {"abcd", "1", "", 4}, {"b", "", "", 0}, {"", "", "", 0}, {"e", "", "", 0}, {"e\u0301\u0301", "\u00e9", "\u00e9", 3},
		{"\u3300", "\u30a2\u30d1", "\u30a2\u30d1", 3}, {"xa", "", "", 1}, {"\x00a", "", "", 0}, {"a\x00", "1", "1", 1}, {"\u00e8", "", "", 0},
	} {
		got, ok := m.shortest([]byte(test.text))
		if got != test.shortest || ok != (test.size > 0) {
			t.Errorf("%q: shortest %q, %t, want %q", test.text, got, ok, test.shortest)
		}
		if got, size := m.longest([]byte(test.text)); got != test.longest || size != test.size {
			t.Errorf("%q: longest %q of %d bytes, want %q of %d", test.text, got, size, test.longest, test.size)
		}
	}
}

func TestWrongCharacterMapsAreRefused(t *testing.T) {
	good := testCharsMap(map[string]string{"a": "b"})
	for _, test := range []struct {
		name string
		blob []byte
		want string
	}{
		{"empty", nil, "0 bytes has no room for its size"},
		{"cut off", good[:100], "double array has 1024 bytes of 96"},
		{"no units", make([]byte, 8), "double array has 0 bytes of 4"},
		{"half a unit", append([]byte{6, 0, 0, 0}, make([]byte, 8)...), "double array has 6 bytes of 8"},
		{"replacements that are not UTF-8", append(slices.Clone(good), 0xFF), "not valid UTF-8"},
		{"too large", make([]byte, maxCharsMap+1), "larger than"},
	} {
		if _, err := newCharsMap(test.blob); err == nil || !badinput.Is(err) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %s", test.name, err, test.want)
		}
	}
}

func FuzzCharacterMap(f *testing.F) {
	good := testCharsMap(map[string]string{"a": "b", "e\u0301": "\u00e9", "\n": " ", "\u2122": "TM", "x": "", "\u00e9": ""})
	for _, text := range []string{"abc", "e\u0301\u0301x\u2122", "\u00e9\u0301 \n\u0600a", "\u0915\u094d\u0915"} {
		f.Add(good, text)
		f.Add(good[:len(good)-3], text)
	}
	f.Add([]byte{4, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 'a', 0}, "a")
	f.Fuzz(func(t *testing.T, blob []byte, text string) {
		m, err := newCharsMap(blob)
		if err != nil {
			if !badinput.Is(err) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("error %q", err)
			}
			return
		}
		if text = strings.ToValidUTF8(text, "\ufffd"); len(text) > 500 {
			return
		}
		for _, n := range []normalizer{newPrecompiled(m), normalizers{newPrecompiled(m), newPrecompiled(m)}} {
			var w work
			w.reset([]byte(text), 3)
			n.normalize(&w)
			if !utf8.Valid(w.text) || !w.aligned && len(w.spans) != len(w.text) || len(w.text) > w.limit+utf8.UTFMax {
				t.Fatalf("%q becomes %q with %d spans", text, w.text, len(w.spans))
			}
			for i := range w.text {
				if o := w.offset(int32(i), int32(i)+1); o.Start < 3 || o.Start > o.End || int(o.End) > len(text)+3 {
					t.Fatalf("byte %d of %q stands for %v", i, w.text, o)
				}
			}
		}
	})
}

func FuzzGraphemeClusters(f *testing.F) {
	for _, text := range []string{"a\r\n\u0301", "\u0600\u0600a\u0301", "\u0915\u094d\u0937\u093f", "\U0001f469\u200d\U0001f469\U0001f3fd", "\U0001f1e9\U0001f1ea\U0001f1e9", "\u1112\u1161\u11ab\ud55c\u11ab"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "\ufffd")
		for at := 0; at < len(text); {
			end := clusterEnd([]byte(text), at)
			if end <= at || end < len(text) && !utf8.RuneStart(text[end]) {
				t.Fatalf("a cluster of %q goes from %d to %d", text, at, end)
			}
			if c := text[at]; c < utf8.RuneSelf && clusterEndsASCII([]byte(text), at) && end != at+1 {
				t.Fatalf("%q at %d of %q is no cluster of its own", c, at, text)
			}
			at = end
		}
	})
}

//go:build !wasm

package tokenizer

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestLongWordsMergeLikeShortOnes(t *testing.T) {
	tok := loadGolden(t, "roberta", nil)
	m := tok.model.(*bpe)
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		n := 2 + r.IntN(smallWord-1)
		var small, long bpeMemory
		for range n {
			id := m.bytes["abcdehilnorst  aeioun\xc3\xa9!."[r.IntN(25)]]
			small.add(id, 1)
			long.add(id, 1)
		}
		m.mergeSmall(&small)
		m.mergeLong(&long)
		if !slices.Equal(small.ids, long.ids) || !slices.Equal(small.sizes, long.sizes) {
			t.Fatalf("small %v %v, long %v %v", small.ids, small.sizes, long.ids, long.sizes)
		}
	}
}

func TestAWordOfMegabytesIsNotQuadratic(t *testing.T) {
	for _, name := range benchmarked {
		tok := loadGolden(t, name, nil)
		for _, word := range []string{strings.Repeat("a", 2<<20), strings.Repeat("haha", 1<<19), strings.Repeat("e\u0301\u0323\u0301", 1<<17)} {
			ids, err := tok.AppendIDs(nil, word, Options{})
			if err != nil || len(ids) < 3 {
				t.Errorf("%s: %d ids, %v", name, len(ids), err)
			}
		}
		if e := tok.borrow(); cap(e.texts[0].raw) > keptText {
			t.Error("an idle Encoder keeps the memory of a very long text")
		}
	}
}

func TestNormalizersThatDoubleTheTextAreBounded(t *testing.T) {
	double := `{"type":"Replace","pattern":{"String":"a"},"content":"aa"},`
	n := mustNormalizer(t, `{"type":"Sequence","normalizers":[`+strings.TrimSuffix(strings.Repeat(double, 60), ",")+`]}`)
	var w work
	w.reset([]byte("a"), 0)
	n.normalize(&w)
	if len(w.text) != len(w.spans) || len(w.text) > w.limit+4 {
		t.Errorf("%d bytes, %d spans", len(w.text), len(w.spans))
	}
}

//go:build !wasm

package tokenizer

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestMarksAreSortedStably(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for n := range 60 {
		marks := make([]mark, n)
		for i := range marks {
			marks[i] = mark{r: rune(i), class: uint8([]int{1, 9, 220, 230, 240, 255}[random.IntN(6)])}
		}
		want := slices.Clone(marks)
		slices.SortStableFunc(want, func(a, b mark) int { return cmp.Compare(a.class, b.class) })
		if sortMarks(marks); !slices.Equal(marks, want) {
			t.Fatalf("%v, want %v", marks, want)
		}
	}
}

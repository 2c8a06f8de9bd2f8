package dataset

import (
	"slices"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
)

// Draws of one seed that must not be alike are told apart by a second number.
const (
	balanceDraw = 1
	labelDraw   = 2
)

// byClass returns the rows that are kept, by class.
func (b *build) byClass() [][]int32 {
	if b.names == nil {
		return nil
	}
	rows := make([][]int32, b.names.Len())
	for i := range b.store.entries {
		if e := &b.store.entries[i]; e.reason == kept {
			if class := b.classOf(e); class >= 0 {
				rows[class] = append(rows[class], int32(i))
			}
		}
	}
	return rows
}

// balance drops rows of labels that have more than the others, or than was asked for, by a draw.
func (b *build) balance() error {
	if !b.Balance {
		return nil
	}
	rows := b.byClass()
	if len(rows) == 0 {
		return badinput.Errorf("rows without labels cannot be balanced")
	}
	most := b.PerLabel
	if most == 0 {
		most = len(slices.MinFunc(rows, func(x, y []int32) int { return len(x) - len(y) }))
	}
	for class, of := range rows {
		if len(of) < b.PerLabel && b.Read.Logger != nil {
			b.Read.Logger.Warn("a label has fewer rows than were asked for", "label", b.names.Name(class), "rows", len(of), "wanted", b.PerLabel)
		}
		if len(of) <= most {
			continue
		}
		for _, i := range data.Permutation(len(of), b.Seed, balanceDraw, uint64(class))[most:] {
			b.store.entries[of[i]].reason = surplus
		}
	}
	return nil
}

// order returns the rows of the result in their order.
func (b *build) order() ([]int32, error) {
	if b.Order == Interleaved {
		return b.interleave()
	}
	var rows []int32
	for i := range b.store.entries {
		if b.store.entries[i].reason == kept {
			rows = append(rows, int32(i))
		}
	}
	if b.Order == Original {
		return rows, nil
	}
	shuffled := make([]int32, len(rows))
	for to, from := range data.Permutation(len(rows), b.Seed) {
		shuffled[to] = rows[from]
	}
	return shuffled, nil
}

func (b *build) interleave() ([]int32, error) {
	rows := b.byClass()
	if len(rows) == 0 {
		return nil, badinput.Errorf("rows without labels cannot be interleaved")
	}
	var order []int32
	longest := 0
	turns := make([][]int, len(rows))
	for class, of := range rows {
		turns[class] = data.Permutation(len(of), b.Seed, labelDraw, uint64(class))
		longest = max(longest, len(of))
	}
	for turn := range longest {
		for class, of := range rows {
			if turn < len(of) {
				order = append(order, of[turns[class][turn]])
			}
		}
	}
	return order, nil
}

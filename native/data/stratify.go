package data

import (
	"math"
	"slices"

	"github.com/lorica-go/lorica/internal/badinput"
)

// library is what a library does its own way: the generator it draws from, how it draws some of a's values without
// replacement, and how it rounds a class's share, on which hangs which remainders count as equal.
type library struct {
	src   bitSource
	pick  func(a []int, size int, src bitSource) []int
	share func(count, total, draws int) float64
}

func hfDatasets(seed uint64) library {
	return library{NewPCG64(seed), choose, func(count, total, draws int) float64 {
		return float64(draws*count) / float64(total)
	}}
}

func scikitLearn(seed uint32) library {
	return library{NewMT19937(seed), legacyChoose, func(count, total, draws int) float64 {
		return float64(count) / float64(total) * float64(draws)
	}}
}

// stratified is scikit-learn's StratifiedShuffleSplit, which datasets copies: each half gets, of each class, the
// likeliest number of rows when that many are drawn from the whole without replacement.
func (lib library) stratified(classOf []int, train, test int) (Split, error) {
	ids := slices.Clone(classOf)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	members := make([][]int, len(ids))
	for row, c := range classOf {
		k, _ := slices.BinarySearch(ids, c)
		members[k] = append(members[k], row)
	}
	counts := make([]int, len(ids))
	for k, rows := range members {
		if counts[k] = len(rows); len(rows) < 2 {
			return Split{}, badinput.Errorf("split: class %d has one row only, which cannot stand in both halves", ids[k])
		}
	}
	if min(train, test) < len(ids) {
		return Split{}, badinput.Errorf("split: halves of %d and %d rows are too small for %d classes", train, test, len(ids))
	}
	trainOf := lib.approximateMode(counts, train)
	rest := make([]int, len(counts))
	for k := range counts {
		rest[k] = counts[k] - trainOf[k]
	}
	testOf := lib.approximateMode(rest, test)
	s := Split{Train: make([]int, 0, train), Test: make([]int, 0, test)}
	for k, rows := range members {
		rows = take(rows, permute(identity(len(rows)), lib.src))
		s.Train = append(s.Train, rows[:trainOf[k]]...)
		s.Test = append(s.Test, rows[trainOf[k]:trainOf[k]+testOf[k]]...)
	}
	permute(s.Train, lib.src)
	permute(s.Test, lib.src)
	return s, nil
}

// approximateMode returns how many of each class to draw: the whole part of count/total*draws, and one more for those with
// the largest remainders; among equal remainders, chance decides.
func (lib library) approximateMode(counts []int, draws int) []int {
	total := 0
	for _, c := range counts {
		total += c
	}
	got := make([]int, len(counts))
	remainders := make([]float64, len(counts))
	missing := draws
	for k, c := range counts {
		share := lib.share(c, total, draws)
		whole := math.Floor(share)
		got[k], remainders[k] = int(whole), share-whole
		missing -= got[k]
	}
	values := slices.Clone(remainders)
	slices.Sort(values)
	values = slices.Compact(values)
	for i := len(values) - 1; i >= 0 && missing > 0; i-- {
		var equal []int
		for k, r := range remainders {
			if r == values[i] {
				equal = append(equal, k)
			}
		}
		add := min(len(equal), missing)
		for _, k := range lib.pick(equal, add, lib.src) {
			got[k]++
		}
		missing -= add
	}
	return got
}

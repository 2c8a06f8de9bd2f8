package data

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
)

// GroupSplit parts rows so that no group stands in both halves: scikit-learn's GroupShuffleSplit(n_splits=1, test_size=test,
// random_state=seed). groups names each row's group. The test size is a share, or a number, of the groups and not of the rows.
// The rows of each half keep their order.
func GroupSplit(groups []string, test Size, seed uint64) (Split, error) {
	if seed > math.MaxUint32 {
		return Split{}, badinput.Errorf("split: seed %d: scikit-learn's is at most %d", seed, uint32(math.MaxUint32))
	}
	names := slices.Clone(groups)
	slices.SortFunc(names, compareGroups(groups))
	names = slices.Compact(names)
	n, err := test.of(len(names))
	if err != nil {
		return Split{}, fmt.Errorf("of %d groups: %w", len(names), err)
	}
	place := make(map[string]int, len(names))
	for i, name := range names {
		place[name] = i
	}
	inTest := make([]bool, len(names))
	for _, i := range LegacyPermutation(len(names), uint32(seed))[:n] {
		inTest[i] = true
	}
	var s Split
	for row, group := range groups {
		if inTest[place[group]] {
			s.Test = append(s.Test, row)
		} else {
			s.Train = append(s.Train, row)
		}
	}
	return s, nil
}

// compareGroups orders groups as numpy does: by value where all are whole numbers, as Steam's appid is, else by code point.
func compareGroups(groups []string) func(a, b string) int {
	values := make(map[string]int64)
	for _, g := range groups {
		v, ok := wholeNumber(g)
		if !ok {
			return strings.Compare
		}
		values[g] = v
	}
	return func(a, b string) int {
		switch x, y := values[a], values[b]; {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return strings.Compare(a, b)
	}
}

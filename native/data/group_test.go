package data

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
)

// The wanted rows are those of scikit-learn 1.9.1:
// next(GroupShuffleSplit(n_splits=1, test_size=size, random_state=seed).split(rows, groups=groups))[1].
func TestGroupSplitIsGroupShuffleSplitRowForRow(t *testing.T) {
	numbers := strings.Fields("10 570 9 440 10 570 730 440 9 10 730 620")
	words := strings.Fields("b a é Z b z a Z")
	for _, c := range []struct {
		groups []string
		size   string
		seed   uint64
		test   []int
	}{
		{numbers, "0.2", 0, []int{3, 6, 7, 10}}, {numbers, "0.2", 42, []int{0, 2, 4, 8, 9}}, {numbers, "0.2", 7, []int{1, 5, 6, 10}},
		{numbers, "0.5", 0, []int{0, 3, 4, 6, 7, 9, 10}}, {numbers, "0.5", 42, []int{0, 2, 4, 6, 8, 9, 10}}, {numbers, "2", 7, []int{1, 5, 6, 10}},
		{words, "0.2", 0, []int{0, 4}}, {words, "0.2", 42, []int{1, 6}}, {words, "0.5", 7, []int{0, 3, 4, 5, 7}}, {words, "2", 0, []int{0, 3, 4, 7}},
	} {
		size, err := ParseSize(c.size)
		if err != nil {
			t.Fatal(err)
		}
		got, err := GroupSplit(c.groups, size, c.seed)
		if err != nil || !slices.Equal(got.Test, c.test) {
			t.Errorf("size %s, seed %d: got %v, %v; want %v", c.size, c.seed, got.Test, err, c.test)
		}
		if both := slices.Sorted(slices.Values(slices.Concat(got.Train, got.Test))); !slices.Equal(both, identity(len(c.groups))) || !slices.IsSorted(got.Train) {
			t.Errorf("size %s, seed %d: the halves are %v and %v", c.size, c.seed, got.Train, got.Test)
		}
	}
	many := make([]string, 1000)
	for i := range many {
		many[i] = strconv.Itoa(i * 7919 % 101)
	}
	got, err := GroupSplit(many, Size{Fraction: 0.2}, 42)
	sum := 0
	for _, row := range got.Test {
		sum += row
	}
	if err != nil || len(got.Train) != 791 || sum != 103723 || !slices.Equal(got.Test[:8], []int{0, 3, 6, 9, 18, 20, 27, 29}) {
		t.Errorf("101 groups: %d rows to train on, test rows %v (sum %d), %v", len(got.Train), got.Test[:8], sum, err)
	}
}

func TestGroupSplitRefusesWhatCannotBeSplit(t *testing.T) {
	for name, c := range map[string]struct {
		groups []string
		size   Size
		seed   uint64
		want   string
	}{
		"one group":        {[]string{"a", "a"}, Size{Fraction: 0.5}, 0, "of 1 groups: "},
		"too many to test": {[]string{"a", "b"}, Size{Count: 2}, 0, "of 2 groups: "},
		"no row":           {nil, Size{Fraction: 0.5}, 0, "of 0 groups: "},
		"a seed of 33 bit": {[]string{"a", "b"}, Size{Count: 1}, 1 << 32, "seed 4294967296"},
	} {
		if _, err := GroupSplit(c.groups, c.size, c.seed); !badinput.Is(err) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

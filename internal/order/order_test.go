package order_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lorica-go/lorica/internal/order"
)

func TestListsAreSortedAsPackageSlicesSortsThem(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range 200 {
		for _, values := range []int{1, 3, 1 << 30} {
			list := make([]int, n)
			for i := range list {
				list[i] = rng.IntN(values)
			}
			want := slices.Clone(list)
			slices.Sort(want)
			order.Sort(list, func(a, b int) bool { return a < b })
			if !slices.Equal(list, want) {
				t.Fatalf("%d values below %d: got %v", n, values, list)
			}
			slices.Reverse(list)
			order.Sort(list, func(a, b int) bool { return a < b })
			if !slices.Equal(list, want) {
				t.Fatalf("%d values, reversed: got %v", n, list)
			}
		}
	}
}

func TestAListInOrderIsLookedAtOnce(t *testing.T) {
	list := []string{"a", "b", "b", "c"}
	calls := 0
	order.Sort(list, func(a, b string) bool { calls++; return a < b })
	if calls != 3 {
		t.Errorf("%d comparisons", calls)
	}
	shuffled := []string{"c", "", "b", "a"}
	if order.Strings(shuffled); !slices.Equal(shuffled, []string{"", "a", "b", "c"}) {
		t.Errorf("got %q", shuffled)
	}
}

func TestNoListTakesManyComparisons(t *testing.T) {
	calls, n := 0, 1<<17
	list := rand.New(rand.NewPCG(3, 4)).Perm(n)
	order.Sort(list, func(a, b int) bool { calls++; return a < b })
	if !slices.IsSorted(list) || calls > 2*17*n {
		t.Errorf("%d comparisons for %d values", calls, n)
	}
}

// Package order sorts in little code.
//
// Every type that package slices sorts costs a program some twenty kilobytes, several algorithms in one. Here it is one, which takes a
// twentieth of that and twice the time. That is right for what is short, or in order already, in packages that run in a page.
package order

// Sort sorts list by less, which has to order all elements strictly: equal ones may change places. It is a heap sort (Williams 1964), and
// one look at a list that is in order.
func Sort[E any](list []E, less func(a, b E) bool) {
	sorted := true
	for i := 1; i < len(list) && sorted; i++ {
		sorted = !less(list[i], list[i-1])
	}
	if sorted {
		return
	}
	// The first half of the rounds makes a heap, the largest element first; the others take it away and put it behind those that are left.
	n := len(list)
	for i := n/2 - 1; n > 1; i-- {
		root := max(i, 0)
		if i < 0 {
			n--
			list[0], list[n] = list[n], list[0]
		}
		for {
			child := 2*root + 1
			if child >= n {
				break
			}
			if child+1 < n && less(list[child], list[child+1]) {
				child++
			}
			if !less(list[root], list[child]) {
				break
			}
			list[root], list[child] = list[child], list[root]
			root = child
		}
	}
}

// Strings sorts strings.
func Strings(list []string) { Sort(list, func(a, b string) bool { return a < b }) }

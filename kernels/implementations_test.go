package kernels

import "testing"

// implementationTest is the test of one operation or primitive, run on every tier.
type implementationTest struct {
	name string
	test func(t *testing.T, c *CPU)
}

// implementationTests is filled by init functions beside the tests.
var implementationTests []implementationTest

// testOnAllTiers adds to what TestAllImplementations runs.
func testOnAllTiers(tests ...implementationTest) {
	implementationTests = append(implementationTests, tests...)
}

// TestAllImplementations runs every operation of every tier that this CPU has against references in float64.
func TestAllImplementations(t *testing.T) {
	for tier := range tiers {
		t.Run(tier.String(), func(t *testing.T) {
			if _, err := find(tier); err != nil {
				t.Skipf("this CPU lacks %s: %v", tier, err)
			}
			for _, test := range implementationTests {
				t.Run(test.name, func(t *testing.T) {
					c, err := NewCPU(tier, 2)
					if err != nil {
						t.Fatal(err)
					}
					defer c.Close()
					test.test(t, c)
				})
			}
		})
	}
}

// oddSizes are lengths around the vector widths and unrolled strides of all tiers.
var oddSizes = []int{0, 1, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 257}

// forEachShape runs test on small matrices of odd shapes, rows end to end and with gaps, and on one that is split into many
// items, each in memory of another kind.
func forEachShape(t *testing.T, test func(t *testing.T, m *testMemory, rows, cols, gap int)) {
	t.Helper()
	placement := 0
	run := func(rows, cols, gap int) {
		m := newTestMemory(t, placements[placement%len(placements)])
		placement++
		test(t, m, rows, cols, gap)
		m.check()
		if t.Failed() {
			t.Fatalf("at shape [%d, %d] with gaps of %d between rows", rows, cols, gap)
		}
	}
	for _, rows := range []int{0, 1, 3, 17} {
		for _, cols := range oddSizes {
			run(rows, cols, 0)
			run(rows, cols, 5)
		}
	}
	run(131, 768, 0)
	run(131, 300, 7)
	run(1, 50001, 0)
}

// forEachSpan runs test on spans of odd lengths in every kind of memory.
func forEachSpan(t *testing.T, test func(t *testing.T, m *testMemory, n int)) {
	t.Helper()
	for _, p := range placements {
		for _, n := range append([]int{1000, 4099}, oddSizes...) {
			m := newTestMemory(t, p)
			test(t, m, n)
			m.check()
			if t.Failed() {
				t.Fatalf("at length %d, memory %s", n, p)
			}
		}
	}
}

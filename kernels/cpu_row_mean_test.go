package kernels

import "testing"

func init() {
	testOnAllTiers(
		implementationTest{"MeanRows", testMeanRows},
		implementationTest{"MeanRowsBackward", testMeanRowsBackward},
	)
}

// sequenceLengths are what forEachSegmentation cuts rows into.
var sequenceLengths = [][]int{{}, {0}, {1}, {7}, {0, 0, 3, 0}, {64, 1, 65}, {512}, {3, 200, 17, 1, 129}}

// forEachSegmentation runs test with the offsets of several lists of sequences, widths and gaps between rows.
func forEachSegmentation(t *testing.T, test func(t *testing.T, m *testMemory, offsets []int32, cols, gap int)) {
	t.Helper()
	placement := 0
	for _, lengths := range sequenceLengths {
		for _, cols := range []int{1, 9, 127, 128, 129, 300, 768} {
			for _, gap := range []int{0, 5} {
				offsets := []int32{0}
				for _, n := range lengths {
					offsets = append(offsets, offsets[len(offsets)-1]+int32(n))
				}
				m := newTestMemory(t, placements[placement%len(placements)])
				placement++
				test(t, m, offsets, cols, gap)
				m.check()
				if t.Failed() {
					t.Fatalf("at sequences of %d rows of %d values, gaps of %d between rows", lengths, cols, gap)
				}
			}
		}
	}
}

func testMeanRows(t *testing.T, c *CPU) {
	forEachSegmentation(t, func(t *testing.T, m *testMemory, offsets []int32, cols, gap int) {
		sequences := len(offsets) - 1
		src, dst := m.random(int(offsets[sequences]), cols, gap), m.tensor(sequences, cols, 2*gap)
		want, x := mapped(wide(dst), func(_, _ int, _ float64) float64 { return 0 }), wide(src)
		for s := range want {
			n := float64(offsets[s+1] - offsets[s])
			for r := offsets[s]; r < offsets[s+1]; r++ {
				for j, v := range x[r] {
					want[s][j] += v / n
				}
			}
		}
		c.MeanRows(dst, src, offsets)
		near(t, "mean", dst, want, 1e-6)
	})
}

func testMeanRowsBackward(t *testing.T, c *CPU) {
	forEachSegmentation(t, func(t *testing.T, m *testMemory, offsets []int32, cols, gap int) {
		sequences := len(offsets) - 1
		dx, dy := m.tensor(int(offsets[sequences]), cols, gap), m.random(sequences, cols, 2*gap)
		want, g := mapped(wide(dx), func(_, _ int, _ float64) float64 { return 0 }), wide(dy)
		for s := range sequences {
			for r := offsets[s]; r < offsets[s+1]; r++ {
				for j := range want[r] {
					want[r][j] = g[s][j] / float64(offsets[s+1]-offsets[s])
				}
			}
		}
		c.MeanRowsBackward(dx, dy, offsets)
		near(t, "share", dx, want, 3e-7)
	})
}

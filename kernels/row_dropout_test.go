package kernels

import (
	"math"
	"testing"
)

func init() {
	testOnAllTiers(
		implementationTest{"Dropout", testDropout},
		implementationTest{"Dropout of rate 0 copies or adds", testNoDropout},
		implementationTest{"dropout primitives make the generic masks from any column", testDropoutPrimitives},
	)
}

func testDropout(t *testing.T, c *CPU) {
	for _, accumulate := range []bool{false, true} {
		forEachShape(t, func(t *testing.T, m *testMemory, rows, cols, gap int) {
			d := Dropout{Rate: 0.25, Seed: 1, Step: 2, Site: 3}
			x, dst := m.random(rows, cols, gap/2), m.tensor(rows, cols, gap)
			want := wide(x)
			if accumulate {
				dst = m.random(rows, cols, gap)
			}
			y := wide(dst)
			key := d.mask()
			for r := range want {
				row := key.row(uint64(r))
				for j := range want[r] {
					if hashColumn(row.key0, row.key1, uint32(j)) < row.threshold {
						want[r][j] = 0
					}
					want[r][j] *= 4.0 / 3
					if accumulate {
						want[r][j] += y[r][j]
					}
				}
			}
			c.Dropout(dst, x, d, accumulate)
			near(t, "dropout", dst, want, 4e-7)
			if accumulate {
				return
			}
			c.Dropout(x, x, d, false)
			near(t, "in place", x, wide(dst), 0)
		})
	}
}

func testNoDropout(t *testing.T, c *CPU) {
	m := newTestMemory(t, unaligned)
	x, dst := m.random(3, 5, 1), m.tensor(3, 5, 2)
	c.Dropout(dst, x, Dropout{Seed: 9}, false)
	near(t, "copy", dst, wide(x), 0)
	c.Dropout(dst, x, Dropout{Seed: 9}, true)
	near(t, "sum", dst, mapped(wide(x), func(_, _ int, v float64) float64 { return 2 * v }), 0)
	m.check()
}

func testDropoutPrimitives(t *testing.T, c *CPU) {
	row := Dropout{Rate: 0.4, Seed: 11}.mask().row(12)
	for _, column := range []int{0, 1, 5, 16, 1000003, math.MaxInt32, math.MaxUint32 - 20} {
		forEachSpan(t, func(t *testing.T, m *testMemory, n int) {
			x, y := m.randomSpan(n), m.randomSpan(n)
			want, got := m.span(n), m.span(n)
			dropoutGeneric(want, x, row, column)
			c.row.dropout(got, x, row, column)
			nearSpan(t, "dropout", got, wideSpan(want), 0)
			dropoutAddGeneric(want, x, y, row, column)
			c.row.dropoutAdd(got, x, y, row, column)
			nearSpan(t, "dropoutAdd", got, wideSpan(want), 2e-7)
		})
	}
}

// maskBits returns the mask of one row as -1 (dropped) and 1 (kept).
func maskBits(d Dropout, r uint64, n int) []float64 {
	row := d.mask().row(r)
	bits := make([]float64, n)
	for j := range bits {
		bits[j] = 1
		if hashColumn(row.key0, row.key1, uint32(j)) < row.threshold {
			bits[j] = -1
		}
	}
	return bits
}

// The statistics below are normally distributed with the deviations that the tests divide by; five of those is a chance of
// 6e-7 for a perfect generator, and the seeds are fixed.
const deviations = 5

func TestDropoutDropsTheFractionAskedFor(t *testing.T) {
	const n, rows = 1 << 16, 64
	for _, rate := range []float64{1.0 / (1 << 16), 0.001, 0.1, 0.3, 0.5, 0.9, 0.999} {
		var dropped float64
		for r := range rows {
			for _, bit := range maskBits(Dropout{Rate: float32(rate), Seed: 3}, uint64(r), n) {
				dropped += (1 - bit) / 2
			}
		}
		total := float64(n * rows)
		if z := (dropped - rate*total) / math.Sqrt(total*rate*(1-rate)); math.Abs(z) > deviations {
			t.Errorf("rate %v: dropped %v of %v, %.1f deviations off", rate, dropped, total, z)
		}
	}
}

func TestDropoutRatesAreExactAtTheEnds(t *testing.T) {
	for rate, threshold := range map[float32]int32{
		0: math.MinInt32, 0.5: 0, 0.25: -1 << 30, 1.0 / (1 << 24): math.MinInt32 + 256, 1 - 1.0/(1<<24): math.MaxInt32 - 255,
	} {
		if got := (Dropout{Rate: rate}).mask().threshold; got != threshold {
			t.Errorf("rate %v: threshold %d, want %d", rate, got, threshold)
		}
	}
}

func TestDropoutBitsDoNotDependOnTheirNeighbours(t *testing.T) {
	const n, rows = 4096, 256
	base := Dropout{Rate: 0.5, Seed: 42, Step: 7, Site: 3}
	for _, rate := range []float32{0.1, 0.5} {
		base.Rate = rate
		masks := make([][]float64, rows+4)
		for r := range masks {
			masks[r] = maskBits(base, uint64(r), n+64)
		}
		mean := 1 - 2*float64(rate)
		variance := 1 - mean*mean
		correlation := func(what string, other func(r, j int) float64) {
			t.Helper()
			var sum float64
			for r := range rows {
				for j := range n {
					sum += (masks[r][j] - mean) * (other(r, j) - mean)
				}
			}
			if z := sum / variance / math.Sqrt(n*rows); math.Abs(z) > deviations {
				t.Errorf("rate %v, %s: correlation %.1f deviations off 0", rate, what, z)
			}
		}
		for _, lag := range []int{1, 2, 3, 4, 8, 16, 32, 64} {
			correlation("columns apart", func(r, j int) float64 { return masks[r][j+lag] })
		}
		for lag := 1; lag <= 4; lag++ {
			correlation("rows apart", func(r, j int) float64 { return masks[r+lag][j] })
			correlation("diagonally apart", func(r, j int) float64 { return masks[r+lag][j+lag] })
		}
		for name, other := range map[string]Dropout{
			"next seed":          {Rate: rate, Seed: 43, Step: 7, Site: 3},
			"next step":          {Rate: rate, Seed: 42, Step: 8, Site: 3},
			"next site":          {Rate: rate, Seed: 42, Step: 7, Site: 4},
			"step and site swap": {Rate: rate, Seed: 42, Step: 3, Site: 7},
			"seed and step swap": {Rate: rate, Seed: 7, Step: 42, Site: 3},
		} {
			row, bits := -1, []float64(nil)
			correlation(name, func(r, j int) float64 {
				if r != row {
					row, bits = r, maskBits(other, uint64(r), n)
				}
				return bits[j]
			})
		}
	}
}

// Groups of eight neighbouring bits are the digits of a chi-squared test, along rows and down columns.
func TestDropoutBitsAreUniformInGroups(t *testing.T) {
	const n, rows = 2048, 2048
	masks := make([][]float64, rows)
	for r := range masks {
		masks[r] = maskBits(Dropout{Rate: 0.5, Seed: 1234}, uint64(r), n)
	}
	for name, bit := range map[string]func(r, j int) float64{
		"along rows":               func(r, j int) float64 { return masks[r][j] },
		"down columns":             func(r, j int) float64 { return masks[j][r] },
		"along rows, every eighth": func(r, j int) float64 { return masks[r][j%8*(n/8)+j/8] },
	} {
		var counts [256]float64
		for r := range rows {
			for j := 0; j < n; j += 8 {
				digit := 0
				for k := range 8 {
					if bit(r, j+k) > 0 {
						digit |= 1 << k
					}
				}
				counts[digit]++
			}
		}
		expected := float64(rows*n/8) / 256
		var chi2 float64
		for _, count := range counts {
			chi2 += (count - expected) * (count - expected) / expected
		}
		if z := (chi2 - 255) / math.Sqrt(2*255); math.Abs(z) > deviations {
			t.Errorf("%s: chi-squared %.1f of 255 degrees of freedom", name, chi2)
		}
	}
}

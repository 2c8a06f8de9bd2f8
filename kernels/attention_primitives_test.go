package kernels

import (
	"fmt"
	"math"
	"testing"
)

func init() {
	testOnAllTiers(
		implementationTest{"Attention's product", attentionProducts},
		implementationTest{"Attention's softmax is as exact as exp2 and the rounding of its argument", attentionSoftmaxErrors},
		implementationTest{"Attention's gradient with respect to the scores", attentionScoreGradients},
		implementationTest{"Attention passes NaNs on", attentionOfNaN},
	)
}

// attentionProducts compares the product primitive with float64 for every number of rows that tiles are made of, at page
// ends, with a transposed and not, with factors, and accumulating.
func attentionProducts(t *testing.T, c *CPU) {
	nr := c.gemm.nr
	for m := 1; m < 2*c.attention.tile+3; m++ {
		for _, n := range []int{1, nr / 2, nr/2 + 1, nr} {
			k := (m+n)%5 + 1
			for variant := range 4 {
				transposed, accumulate := variant&1 != 0, variant&2 != 0
				mem := newTestMemory(t, placements[(m+variant)%len(placements)])
				a, aRow, aCol := mem.random(m, k, 3), k+3, 1
				if transposed {
					a, aRow, aCol = mem.random(k, m, 2), 1, m+2
				}
				b, dst := mem.random(k, nr, 5), mem.random(m, nr, 7)
				var factors []float32
				if !accumulate {
					factors = mem.randomSpan(m)
				}
				want := wide(dst)
				for i := range m {
					for j := range nr {
						if !accumulate {
							want[i][j] = 0
						}
						for l := range k {
							want[i][j] += float64(a.host()[i*aRow+l*aCol]) * float64(b.row(l)[j])
						}
						if factors != nil {
							want[i][j] *= float64(factors[i])
						}
					}
					want[i] = want[i][:n]
				}
				c.attention.product(dst.host(), nr+7, n, a.host(), aRow, aCol, b.host(), nr+5, m, k, factors, accumulate)
				near(t, fmt.Sprintf("[%d, %d] from k = %d, variant %d", m, n, k, variant), dst, want, 2e-6)
				mem.check()
			}
		}
	}
}

// scoreBlock returns a block of scores [m, n] with the room that the primitives want, and its distance of rows.
func scoreBlock(c *CPU, mem *testMemory, m, n int) (values []float32, row int) {
	row = c.scoreRow(n)
	return mem.randomSpan(m * row), row
}

func attentionSoftmaxErrors(t *testing.T, c *CPU) {
	for _, n := range []int{1, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 500} {
		for _, scale := range []float32{0.125, 1, 30} {
			const m = 19
			mem := newTestMemory(t, unaligned)
			scores, row := scoreBlock(c, mem, m, n)
			before := append([]float32(nil), scores...)
			factors, logSumExp := mem.randomSpan(lines(m)), mem.randomSpan(lines(m))
			c.attention.softmax(scores, row, m, n, scale, factors, logSumExp)
			for r := range m {
				line := wideSpan(before[r*row:][:n])
				top := math.Inf(-1)
				for _, s := range line {
					top = max(top, s)
				}
				var sum float64
				for j, s := range line {
					x := float64(scale) * (s - top)
					want := math.Exp(x)
					sum += want
					got := float64(scores[r*row+j])
					// One rounding for the difference, one for the factor and one for the product; 2^-23 for exp2 itself.
					if math.Abs(got-want) > want*(math.Abs(x)*3+2)*0x1p-24 && want > 0x1p-126 || want < 0x1p-128 && got != 0 {
						t.Fatalf("row %d of %d: exp(%v) = %v, want %v", r, n, x, got, want)
					}
				}
				nearValue(t, "factor", float64(factors[r])*sum, 1, 1e-6)
				nearValue(t, "log-sum-exp", float64(logSumExp[r]), float64(scale)*top+math.Log(sum), 2.5e-7)
			}
			mem.check()
			if t.Failed() {
				t.Fatalf("with %d columns, scale %v", n, scale)
			}
		}
	}
}

func attentionScoreGradients(t *testing.T, c *CPU) {
	for _, n := range []int{1, 7, 8, 9, 16, 17, 33, 100} {
		const m, scale = 5, 0.3
		mem := newTestMemory(t, unaligned)
		scores, row := scoreBlock(c, mem, m, n)
		dp, _ := scoreBlock(c, mem, m, n)
		s, g := append([]float32(nil), scores...), append([]float32(nil), dp...)
		logSumExp, delta := mem.randomSpan(m), mem.randomSpan(m)
		c.attention.gradient(scores, dp, row, m, n, scale, logSumExp, delta)
		for r := range m {
			for j := range n {
				at := r*row + j
				p := math.Exp(scale*float64(s[at]) - float64(logSumExp[r]))
				nearValue(t, "p", float64(scores[at]), p, 1e-6)
				nearValue(t, "ds", float64(dp[at]), scale*p*(float64(g[at])-float64(delta[r])), 2e-6)
			}
		}
		mem.check()
		if t.Failed() {
			t.Fatalf("with %d columns", n)
		}
	}
}

// attentionOfNaN checks that a NaN in one key, wherever its score stands in the row, shows in all results: a training run that
// diverges shall not look well.
func attentionOfNaN(t *testing.T, c *CPU) {
	for spoilt := range 20 {
		op := attentionCase{queries: []int{20}, keys: []int{20}, heads: 1, width: 32}.operands(newTestMemory(t, unaligned))
		op.K.row(spoilt)[3] = float32(math.NaN())
		c.Attention(op.Attention)
		for r := range op.Dst.Rows {
			for _, v := range op.Dst.row(r) {
				if v == v {
					t.Fatalf("with a NaN in key %d, row %d has the value %v", spoilt, r, v)
				}
			}
			if lse := op.LogSumExp.row(r)[0]; lse == lse {
				t.Fatalf("with a NaN in key %d, row %d has the log-sum-exp %v", spoilt, r, lse)
			}
		}
	}
}

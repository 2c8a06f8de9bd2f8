package kernels

import (
	"math"
	"testing"
)

func init() {
	testOnAllTiers(
		implementationTest{"LayerNorm", testLayerNorm},
		implementationTest{"LayerNorm in place", testLayerNormInPlace},
		implementationTest{"LayerNorm of rows far from zero", testLayerNormFarFromZero},
		implementationTest{"LayerNormBackward", testLayerNormBackward},
		implementationTest{"LayerNormBackward adds to the gradient of its input", testLayerNormBackwardAdd},
		implementationTest{"LayerNormBackward adds to the parameters' gradients", testLayerNormParameters},
	)
}

const normEps = 1e-5

// normReference returns the norm of z's rows, and mean and 1/sqrt(var+eps) of each.
func normReference(z [][]float64, gamma, beta []float64) (dst, stats [][]float64) {
	for _, row := range z {
		n := float64(len(row))
		var mean, variance float64
		for _, v := range row {
			mean += v / n
		}
		for _, v := range row {
			variance += (v - mean) * (v - mean) / n
		}
		rstd := 1 / math.Sqrt(variance+normEps)
		out := make([]float64, len(row))
		for j, v := range row {
			out[j] = (v - mean) * rstd * gamma[j]
			if beta != nil {
				out[j] += beta[j]
			}
		}
		dst, stats = append(dst, out), append(stats, []float64{mean, rstd})
	}
	return dst, stats
}

func testLayerNorm(t *testing.T, c *CPU) {
	for _, variant := range []struct {
		name                           string
		residual, sum, dropout, noBeta bool
	}{
		{name: "alone"},
		{name: "without beta", noBeta: true},
		{name: "with sum", sum: true},
		{name: "with residual", residual: true},
		{name: "with dropout and sum", dropout: true, sum: true},
		{name: "with everything", residual: true, sum: true, dropout: true},
	} {
		t.Run(variant.name, func(t *testing.T) {
			forEachShape(t, func(t *testing.T, m *testMemory, rows, cols, gap int) {
				op := LayerNorm{Dst: m.tensor(rows, cols, gap), X: m.random(rows, cols, gap/2), Stats: m.tensor(rows, 2, gap), Eps: normEps,
					Gamma: m.random(1, cols, 0)}
				z := wide(op.X)
				if variant.dropout {
					op.Dropout = Dropout{Rate: 0.3, Seed: 5, Step: 6, Site: 7}
					mask := m.tensor(rows, cols, 0)
					ones := m.tensor(rows, cols, 0)
					for r := range rows {
						for j := range cols {
							ones.row(r)[j] = 1
						}
					}
					c.Dropout(mask, ones, op.Dropout, false)
					z = mapped(z, func(r, j int, v float64) float64 { return v * float64(mask.row(r)[j]) })
				}
				if variant.residual {
					op.Residual = m.random(rows, cols, gap)
					residual := wide(op.Residual)
					z = mapped(z, func(r, j int, v float64) float64 { return v + residual[r][j] })
				}
				if variant.sum {
					op.Sum = m.tensor(rows, cols, 2*gap)
				}
				var beta []float64
				if !variant.noBeta {
					op.Beta = m.random(1, cols, 0)
					beta = wideSpan(op.Beta.row(0))
				}
				want, stats := normReference(z, wideSpan(op.Gamma.row(0)), beta)
				c.LayerNorm(op)
				if variant.sum {
					near(t, "sum", op.Sum, z, 1e-6)
				}
				if cols == 0 {
					return
				}
				// A row of few values may have a tiny variance, and then its rounding errors are blown up.
				tolerance := 1e-6
				for _, s := range stats {
					tolerance = max(tolerance, 3e-7*s[1])
				}
				near(t, "stats", op.Stats, stats, tolerance)
				near(t, "norm", op.Dst, want, 8*tolerance) // values reach 20, and so do the errors
			})
		})
	}
}

func testLayerNormInPlace(t *testing.T, c *CPU) {
	m := newTestMemory(t, unaligned)
	x, residual, gamma, beta := m.random(9, 100, 3), m.random(9, 100, 3), m.random(1, 100, 0), m.random(1, 100, 0)
	sum, want := m.tensor(9, 100, 3), m.tensor(9, 100, 3)
	op := LayerNorm{Dst: want, X: x, Residual: residual, Sum: sum, Gamma: gamma, Beta: beta, Eps: normEps}
	c.LayerNorm(op)
	for name, change := range map[string]func(op *LayerNorm){
		"Dst is X":                         func(op *LayerNorm) { op.Dst = op.X },
		"Dst is Residual":                  func(op *LayerNorm) { op.Dst = op.Residual },
		"Dst is Residual, there is no Sum": func(op *LayerNorm) { op.Dst, op.Sum = op.Residual, Tensor{} },
		"Sum is X":                         func(op *LayerNorm) { op.Sum = op.X },
		"Sum is Residual":                  func(op *LayerNorm) { op.Sum = op.Residual },
	} {
		t.Run(name, func(t *testing.T) {
			op := op
			op.Dst, op.X, op.Residual, op.Sum = m.tensor(9, 100, 1), m.tensor(9, 100, 2), m.tensor(9, 100, 3), m.tensor(9, 100, 4)
			c.Copy(op.X, x)
			c.Copy(op.Residual, residual)
			change(&op)
			c.LayerNorm(op)
			near(t, "norm", op.Dst, wide(want), 0)
			if !op.Sum.IsZero() {
				near(t, "sum", op.Sum, wide(sum), 0)
			}
		})
	}
	m.check()
}

func testLayerNormFarFromZero(t *testing.T, c *CPU) {
	m := newTestMemory(t, unaligned)
	x, gamma := m.random(3, 768, 0), m.random(1, 768, 0)
	for r := range 3 {
		for j := range 768 {
			x.row(r)[j] = x.row(r)[j]/16 + 1000
		}
	}
	dst := m.tensor(3, 768, 0)
	want, _ := normReference(wide(x), wideSpan(gamma.row(0)), nil)
	c.LayerNorm(LayerNorm{Dst: dst, X: x, Gamma: gamma, Eps: normEps})
	near(t, "norm", dst, want, 1e-3) // the mean, a float32 near 1000, is off by up to 3e-5, and 1/std is 16
}

// backwardOperands returns a LayerNormBackward with random operands and its exact results.
func backwardOperands(m *testMemory, rows, cols, gap int) (op LayerNormBackward, dx, dgamma, dbeta [][]float64) {
	op = LayerNormBackward{DX: m.tensor(rows, cols, gap), DY: m.random(rows, cols, gap), Sum: m.random(rows, cols, gap),
		Stats: m.tensor(rows, 2, gap), Gamma: m.random(1, cols, 0), DGamma: m.random(1, cols, 0), DBeta: m.random(1, cols, 0)}
	z, dy, gamma := wide(op.Sum), wide(op.DY), wideSpan(op.Gamma.row(0))
	dgamma, dbeta = wide(op.DGamma), wide(op.DBeta)
	_, stats := normReference(z, gamma, nil)
	for r := range rows {
		op.Stats.row(r)[0], op.Stats.row(r)[1] = float32(stats[r][0]), float32(stats[r][1])
		mean, rstd := float64(op.Stats.row(r)[0]), float64(op.Stats.row(r)[1])
		var meanG, meanGH float64
		h, g, out := make([]float64, cols), make([]float64, cols), make([]float64, cols)
		for j := range cols {
			h[j], g[j] = (z[r][j]-mean)*rstd, dy[r][j]*gamma[j]
			meanG += g[j] / float64(cols)
			meanGH += g[j] * h[j] / float64(cols)
			dgamma[0][j] += dy[r][j] * h[j]
			dbeta[0][j] += dy[r][j]
		}
		for j := range cols {
			out[j] = rstd * (g[j] - meanG - h[j]*meanGH)
		}
		dx = append(dx, out)
	}
	return op, dx, dgamma, dbeta
}

func testLayerNormBackward(t *testing.T, c *CPU) {
	for _, inPlace := range []bool{false, true} {
		forEachShape(t, func(t *testing.T, m *testMemory, rows, cols, gap int) {
			op, dx, dgamma, dbeta := backwardOperands(m, rows, cols, gap)
			if inPlace {
				op.DX = op.DY
			}
			c.LayerNormBackward(op)
			tolerance := backwardTolerance(op)
			near(t, "dx", op.DX, dx, tolerance)
			near(t, "dgamma", op.DGamma, dgamma, tolerance)
			near(t, "dbeta", op.DBeta, dbeta, tolerance)
		})
	}
}

// backwardTolerance is large where a row of few values has a tiny variance, which blows rounding errors up.
func backwardTolerance(op LayerNormBackward) float64 {
	tolerance := 1e-5
	for r := range op.Stats.Rows {
		tolerance = max(tolerance, 3e-6*float64(op.Stats.row(r)[1]))
	}
	return tolerance
}

func testLayerNormBackwardAdd(t *testing.T, c *CPU) {
	forEachShape(t, func(t *testing.T, m *testMemory, rows, cols, gap int) {
		op, dx, dgamma, dbeta := backwardOperands(m, rows, cols, gap)
		op.DX, op.Accumulate = m.random(rows, cols, 2*gap), true
		before, dy := wide(op.DX), wide(op.DY)
		c.LayerNormBackward(op)
		tolerance := backwardTolerance(op)
		near(t, "dx", op.DX, mapped(dx, func(r, j int, v float64) float64 { return before[r][j] + v }), tolerance)
		near(t, "dgamma", op.DGamma, dgamma, tolerance)
		near(t, "dbeta", op.DBeta, dbeta, tolerance)
		near(t, "dy, which stays", op.DY, dy, 0)
	})
}

func testLayerNormParameters(t *testing.T, c *CPU) {
	m := newTestMemory(t, pageEnd)
	op, _, dgamma, dbeta := backwardOperands(m, 70, 33, 0)
	only := LayerNormBackward{DY: op.DY, Sum: op.Sum, Stats: op.Stats, DGamma: op.DGamma}
	c.LayerNormBackward(only)
	near(t, "dgamma", op.DGamma, dgamma, 1e-5)
	only.DGamma, only.DBeta = Tensor{}, op.DBeta
	c.LayerNormBackward(only)
	near(t, "dbeta", op.DBeta, dbeta, 1e-5)
	m.check()
}

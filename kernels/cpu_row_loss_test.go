package kernels

import (
	"math"
	"testing"
)

func init() {
	testOnAllTiers(
		implementationTest{"CrossEntropy", testCrossEntropy},
		implementationTest{"CrossEntropy of certain rows", testCrossEntropyCertain},
		implementationTest{"SumSquares", testSumSquares},
		implementationTest{"AdamW", testAdamW},
	)
}

func testCrossEntropy(t *testing.T, c *CPU) {
	for _, withGradient := range []bool{true, false} {
		forEachShape(t, func(t *testing.T, m *testMemory, rows, cols, gap int) {
			if cols == 0 {
				return
			}
			op := CrossEntropy{Logits: m.random(rows, cols, gap), Labels: m.indices(rows, cols), Scale: 0.25, Loss: make([]float64, rows)}
			if withGradient {
				op.DLogits = m.tensor(rows, cols, gap)
				if gap != 0 {
					op.DLogits = op.Logits
				}
			}
			if rows > 2 {
				op.Labels[1] = -100
				op.ClassWeights = m.randomSpan(cols)
			}
			logits := wide(op.Logits)
			loss, gradient := make([]float64, rows), make([][]float64, rows)
			for r := range rows {
				gradient[r] = make([]float64, cols)
				y := op.Labels[r]
				if y < 0 {
					continue
				}
				w := 1.0
				if op.ClassWeights != nil {
					w = float64(op.ClassWeights[y])
				}
				var sum float64
				for _, l := range logits[r] {
					sum += math.Exp(l)
				}
				loss[r] = w * (math.Log(sum) - logits[r][y])
				for j, l := range logits[r] {
					gradient[r][j] = 0.25 * w * math.Exp(l) / sum
				}
				gradient[r][y] -= 0.25 * w
			}
			c.CrossEntropy(op)
			for r := range loss {
				nearValue(t, "loss", op.Loss[r], loss[r], 3e-7)
			}
			if withGradient {
				near(t, "gradient", op.DLogits, gradient, 3e-7)
			}
		})
	}
}

// A row whose label is all but certain has a tiny gradient, which 1 - softmax would lose.
func testCrossEntropyCertain(t *testing.T, c *CPU) {
	for _, classes := range []int{2, fewClasses, fewClasses + 1, 3000} {
		m := newTestMemory(t, unaligned)
		logits, gradient := m.tensor(1, classes, 0), m.tensor(1, classes, 0)
		for j := range classes {
			logits.row(0)[j] = -50
		}
		logits.row(0)[classes/2] = -20
		loss := make([]float64, 1)
		c.CrossEntropy(CrossEntropy{Logits: logits, Labels: []int32{int32(classes / 2)}, Scale: 1, Loss: loss, DLogits: gradient})
		rest := float64(classes-1) * math.Exp(-30)
		nearValue(t, "gradient of the label", -float64(gradient.row(0)[classes/2])/rest, 1, 1e-6)
		// The sum is right to rounding, so the loss is right to 1e-7 in absolute terms at the least.
		nearValue(t, "loss", loss[0], math.Log1p(rest), 1e-7)
	}
}

func testSumSquares(t *testing.T, c *CPU) {
	forEachShape(t, func(t *testing.T, m *testMemory, rows, cols, gap int) {
		x := m.random(rows, cols, gap)
		var want float64
		for _, row := range wide(x) {
			for _, v := range row {
				want += v * v
			}
		}
		nearValue(t, "sum", c.SumSquares(x), want, 1e-12)
	})
}

func testAdamW(t *testing.T, c *CPU) {
	forEachShape(t, func(t *testing.T, m *testMemory, rows, cols, gap int) {
		op := AdamW{Param: m.random(rows, cols, gap), Grad: m.random(rows, cols, gap/2), M: m.random(rows, cols, gap), V: m.random(rows, cols, gap),
			LearningRate: 1e-2, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Decay: 0.1, GradScale: 0.5, Step: 3}
		for r := range rows {
			for j, v := range op.V.row(r) {
				op.V.row(r)[j] = v * v
			}
		}
		p, g, m1, v1 := wide(op.Param), wide(op.Grad), wide(op.M), wide(op.V)
		m1 = mapped(m1, func(r, j int, v float64) float64 { return 0.9*v + 0.1*0.5*g[r][j] })
		v1 = mapped(v1, func(r, j int, v float64) float64 { return 0.999*v + 0.001*0.25*g[r][j]*g[r][j] })
		p = mapped(p, func(r, j int, v float64) float64 {
			mHat, vHat := m1[r][j]/(1-math.Pow(0.9, 3)), v1[r][j]/(1-math.Pow(0.999, 3))
			return v*(1-1e-2*0.1) - 1e-2*mHat/(math.Sqrt(vHat)+1e-8)
		})
		c.AdamW(op)
		near(t, "m", op.M, m1, 2e-7)
		near(t, "v", op.V, v1, 2e-7)
		near(t, "parameter", op.Param, p, 3e-7)
	})
}

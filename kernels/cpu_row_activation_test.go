package kernels

import (
	"math"
	"testing"
)

func init() {
	testOnAllTiers(
		implementationTest{"Activate", testActivate},
		implementationTest{"ActivateBackward", testActivateBackward},
	)
}

// activationReference returns f(x) and f'(x).
func activationReference(f Activation, x float64) (y, derivative float64) {
	switch f {
	case GELU:
		cdf := 0.5 * math.Erfc(-x/math.Sqrt2)
		return x * cdf, cdf + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
	case GELUTanh:
		u := math.Sqrt(2/math.Pi) * (x + 0.044715*x*x*x)
		du := math.Sqrt(2/math.Pi) * (1 + 3*0.044715*x*x)
		s, rest := 1/(1+math.Exp(-2*u)), 1/(1+math.Exp(2*u))
		return x * s, s + 2*x*s*rest*du
	case Tanh:
		c := math.Cosh(x)
		return math.Tanh(x), 1 / (c * c)
	case ReLU:
		if x > 0 {
			return x, 1
		}
		return 0, 0
	}
	return x, 1
}

func testActivate(t *testing.T, c *CPU) {
	for f := range Activation(activations) {
		t.Run(f.String(), func(t *testing.T) {
			for _, inPlace := range []bool{false, true} {
				forEachShape(t, func(t *testing.T, m *testMemory, rows, cols, gap int) {
					x, dst := m.random(rows, cols, gap), m.tensor(rows, cols, gap)
					want := mapped(wide(x), func(_, _ int, v float64) float64 { y, _ := activationReference(f, v); return y })
					if inPlace {
						dst = x
					}
					c.Activate(dst, x, f)
					near(t, f.String(), dst, want, 3e-7)
				})
			}
		})
	}
}

func testActivateBackward(t *testing.T, c *CPU) {
	for f := range Activation(activations) {
		t.Run(f.String(), func(t *testing.T) {
			for _, inPlace := range []bool{false, true} {
				forEachShape(t, func(t *testing.T, m *testMemory, rows, cols, gap int) {
					x, dy, dx := m.random(rows, cols, gap/2), m.random(rows, cols, gap), m.tensor(rows, cols, gap)
					g := wide(dy)
					want := mapped(wide(x), func(r, j int, v float64) float64 { _, d := activationReference(f, v); return g[r][j] * d })
					if inPlace {
						dx = dy
					}
					c.ActivateBackward(dx, dy, x, f)
					near(t, f.String(), dx, want, 5e-7)
				})
			}
		})
	}
}

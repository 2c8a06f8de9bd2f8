package kernels

import (
	"math"
	"testing"
)

func init() {
	testOnAllTiers(
		implementationTest{"Gate", testGate},
		implementationTest{"GateBackward", testGateBackward},
		implementationTest{"gated functions are as exact as the functions", testGateFunctions},
	)
}

func testGate(t *testing.T, c *CPU) {
	for f := range Activation(activations) {
		t.Run(f.String(), func(t *testing.T) {
			for _, inPlace := range []bool{false, true} {
				forEachShape(t, func(t *testing.T, m *testMemory, rows, cols, gap int) {
					x, dst := m.random(rows, 2*cols, gap), m.tensor(rows, cols, gap)
					w := wide(x)
					want := mapped(wide(dst), func(r, j int, _ float64) float64 {
						y, _ := activationReference(f, w[r][j])
						return y * w[r][cols+j]
					})
					if inPlace {
						dst = x.ColRange(0, cols)
					}
					c.Gate(dst, x, f)
					near(t, f.String(), dst, want, 1e-6)
					near(t, "gate", x.ColRange(cols, 2*cols), mapped(want, func(r, j int, _ float64) float64 { return w[r][cols+j] }), 0)
				})
			}
		})
	}
}

func testGateBackward(t *testing.T, c *CPU) {
	for f := range Activation(activations) {
		t.Run(f.String(), func(t *testing.T) {
			for _, inPlace := range []bool{false, true} {
				forEachShape(t, func(t *testing.T, m *testMemory, rows, cols, gap int) {
					x, dy, dx := m.random(rows, 2*cols, gap/2), m.random(rows, cols, gap), m.tensor(rows, 2*cols, gap)
					w, g := wide(x), wide(dy)
					want := mapped(w, func(r, j int, v float64) float64 {
						if j < cols {
							_, d := activationReference(f, v)
							return g[r][j] * w[r][cols+j] * d
						}
						y, _ := activationReference(f, w[r][j-cols])
						return g[r][j-cols] * y
					})
					if inPlace {
						dx = x
					}
					c.GateBackward(dx, dy, x, f)
					near(t, f.String(), dx, want, 2e-6)
				})
			}
		})
	}
}

// testGateFunctions holds the function and the derivative within a gate to little more than the errors of row_activation.go.
func testGateFunctions(t *testing.T, c *CPU) {
	const points = 100_003
	x, ones := make([]float32, points), make([]float32, points)
	for i := range x {
		x[i], ones[i] = float32(40*(float64(i)+0.37)/points-20), 1
	}
	copy(x, []float32{0, 1e-40, -1e-40, 1e-20, -1000, 1000, float32(math.NaN())})
	gated, dx, dgate := make([]float32, points), make([]float32, points), make([]float32, points)
	for f := range Activation(activations) {
		c.row.gate[f](gated, x, ones)
		c.row.gateGradient[f](dx, dgate, ones, x, ones)
		for i, v := range x {
			if v != v {
				if gated[i] == gated[i] || dgate[i] == dgate[i] {
					t.Errorf("%s of NaN: %v, for the gate's gradient %v", f, gated[i], dgate[i])
				}
				continue
			}
			value, slope := activationReference(f, float64(v))
			nearValue(t, f.String(), float64(gated[i]), value, 3e-7)
			nearValue(t, f.String()+" for the gate's gradient", float64(dgate[i]), value, 3e-7)
			nearValue(t, "derivative of "+f.String(), float64(dx[i]), slope, 3e-7)
			if t.Failed() {
				t.Fatalf("at %v", v)
			}
		}
		if f != Tanh {
			continue
		}
		for i, v := range x { // neither the function near 0 nor the derivative far from it loses digits
			value, slope := activationReference(f, float64(v))
			if math.Abs(float64(v)) > 20 { // where the derivative is taken for that of 20, 2e-17
				continue
			}
			if ulps(dgate[i], value) > 4 || ulps(dx[i], slope) > 6 {
				t.Fatalf("tanh(%v): %v, derivative %v: off by %.1f and %.1f ulp", v, dgate[i], dx[i], ulps(dgate[i], value), ulps(dx[i], slope))
			}
		}
	}
}

package kernels

import (
	"math"
	"testing"
)

func init() {
	testOnAllTiers(
		implementationTest{"addScaled", testAddScaled},
		implementationTest{"dot, sum and max", testReductions},
		implementationTest{"max passes NaNs over", testMaxOfNaNs},
		implementationTest{"expSum", testExpSum},
		implementationTest{"softmaxGradient", testSoftmaxGradient},
		implementationTest{"functions are as exact as they say", testFunctionErrors},
		implementationTest{"functions at the ends of the number line", testFunctionEnds},
	)
}

func testAddScaled(t *testing.T, c *CPU) {
	forEachSpan(t, func(t *testing.T, m *testMemory, n int) {
		x, dst := m.randomSpan(n), m.randomSpan(n)
		want := wideSpan(dst)
		for i := range want {
			want[i] += 0.3 * float64(x[i])
		}
		c.row.addScaled(dst, x, 0.3)
		nearSpan(t, "sum", dst, want, 2e-7)
	})
}

func testReductions(t *testing.T, c *CPU) {
	forEachSpan(t, func(t *testing.T, m *testMemory, n int) {
		x, y := m.randomSpan(n), m.randomSpan(n)
		var dot, sum float64
		largest := math.Inf(-1)
		for i := range x {
			x[i] -= 3 // so that the 0 of a lane that is not there would be the largest
			dot += float64(x[i]) * float64(y[i])
			sum += float64(x[i])
			largest = max(largest, float64(x[i]))
		}
		nearValue(t, "dot", float64(c.row.dot(x, y)), dot, 2e-6*math.Sqrt(float64(n+1)))
		nearValue(t, "sum", float64(c.row.sum(x)), sum, 1e-6)
		nearValue(t, "max", float64(c.row.max(x)), largest, 0)
	})
}

func testMaxOfNaNs(t *testing.T, c *CPU) {
	for n := 1; n < 200; n++ {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(math.NaN())
		}
		nearValue(t, "max of NaNs", float64(c.row.max(x)), math.Inf(-1), 0)
		x[n/3] = -7
		nearValue(t, "max of NaNs and a number", float64(c.row.max(x)), -7, 0)
	}
}

func testExpSum(t *testing.T, c *CPU) {
	forEachSpan(t, func(t *testing.T, m *testMemory, n int) {
		x, dst := m.randomSpan(n), m.span(n)
		want := wideSpan(x)
		var sum float64
		for i := range want {
			want[i] = math.Exp(1.5*want[i] - 2)
			sum += want[i]
		}
		got := c.row.expSum(dst, x, 1.5, 2)
		nearSpan(t, "exp", dst, want, 3e-7)
		nearValue(t, "sum", float64(got), sum, 1e-6)
		if again := c.row.expSum(x, x, 1.5, 2); again != got {
			t.Errorf("in place: sum %v, want %v", again, got)
		}
		nearSpan(t, "in place", x, wideSpan(dst), 0)
	})
}

func testSoftmaxGradient(t *testing.T, c *CPU) {
	forEachSpan(t, func(t *testing.T, m *testMemory, n int) {
		p, dp, dst := m.randomSpan(n), m.randomSpan(n), m.span(n)
		want := wideSpan(p)
		for i := range want {
			want[i] *= 0.125 * (float64(dp[i]) - 0.7)
		}
		c.row.softmaxGradient(dst, p, dp, 0.7, 0.125)
		nearSpan(t, "gradient", dst, want, 3e-7)
	})
}

// ulps returns how many units in the last place, of a float32 like want, got is off.
func ulps(got float32, want float64) float64 {
	at := float32(math.Abs(want))
	unit := float64(math.Nextafter32(at, float32(math.Inf(1)))) - float64(at)
	return math.Abs(float64(got)-want) / unit
}

// testFunctionErrors sweeps the number line densely and holds the functions to the errors that row_activation.go states.
func testFunctionErrors(t *testing.T, c *CPU) {
	derivative := func(f Activation) func(dst, x []float32) {
		return func(dst, x []float32) {
			ones := make([]float32, len(x))
			for i := range ones {
				ones[i] = 1
			}
			c.row.activateGradient[f](dst, ones, x)
		}
	}
	value := func(f Activation) func(x float64) float64 {
		return func(x float64) float64 { y, _ := activationReference(f, x); return y }
	}
	slope := func(f Activation) func(x float64) float64 {
		return func(x float64) float64 { _, d := activationReference(f, x); return d }
	}
	exp := func(dst, x []float32) { c.row.expSum(dst, x, 1, 0) }
	for _, test := range []struct {
		name           string
		f              func(dst, x []float32)
		want           func(x float64) float64
		from, to       float64
		ulps, absolute float64 // whichever is more
	}{
		{"exp", exp, math.Exp, -87, 88, 1, 0},
		{"exp near 0", exp, math.Exp, -1e-3, 1e-3, 1, 0},
		{"tanh", c.row.activate[Tanh], value(Tanh), -20, 20, 3, 0},
		{"tanh near 0", c.row.activate[Tanh], value(Tanh), -1e-3, 1e-3, 3, 0},
		{"tanh'", derivative(Tanh), slope(Tanh), -20, 20, 5, 0},
		{"GELU", c.row.activate[GELU], value(GELU), -0.75, 20, 4, 0},
		{"GELU near 0", c.row.activate[GELU], value(GELU), -1e-3, 1e-3, 4, 0},
		{"GELU of negative values", c.row.activate[GELU], value(GELU), -20, -0.75, 0, 6e-8},
		{"GELU'", derivative(GELU), slope(GELU), -20, 20, 0, 1.6e-7},
		{"GELU, tanh", c.row.activate[GELUTanh], value(GELUTanh), -0.75, 20, 4, 0},
		{"GELU, tanh, near 0", c.row.activate[GELUTanh], value(GELUTanh), -1e-3, 1e-3, 4, 0},
		{"GELU, tanh, of negative values", c.row.activate[GELUTanh], value(GELUTanh), -20, -0.75, 0, 6e-8},
		{"GELU, tanh, '", derivative(GELUTanh), slope(GELUTanh), -20, 20, 0, 2.5e-7},
	} {
		const points = 200_000
		x, got := make([]float32, points), make([]float32, points)
		for i := range x {
			x[i] = float32(test.from + (test.to-test.from)*(float64(i)+0.37)/points)
		}
		test.f(got, x)
		var worstUlps, worst float64
		for i, v := range x {
			want := test.want(float64(v))
			difference := math.Abs(float64(got[i]) - want)
			worst, worstUlps = max(worst, difference), max(worstUlps, ulps(got[i], want))
			if !(difference <= test.absolute || ulps(got[i], want) <= test.ulps) {
				t.Errorf("%s(%v): got %v, want %v: off by %.2g, %.2f ulp", test.name, v, got[i], want, difference, ulps(got[i], want))
				break
			}
		}
		t.Logf("%-32s from %6g to %4g: off by at most %.2g, %.2f ulp", test.name, test.from, test.to, worst, worstUlps)
	}
}

func testFunctionEnds(t *testing.T, c *CPU) {
	inf, nan := math.Inf(1), math.NaN()
	largest, tiny := float64(math.MaxFloat32), 1e-40
	f := c.row.activate
	exp := func(dst, x []float32) { c.row.expSum(dst, x, 1, 0) }
	for _, test := range []struct {
		name    string
		f       func(dst, x []float32)
		x, want float64
	}{
		{"exp", exp, -inf, 0}, {"exp", exp, -largest, 0}, {"exp", exp, -88, 0}, {"exp", exp, -87, 1.6458115e-38}, {"exp", exp, 0, 1},
		{"exp", exp, 89, inf}, {"exp", exp, largest, inf}, {"exp", exp, inf, inf}, {"exp", exp, nan, nan},
		{"gelu", f[GELU], -largest, 0}, {"gelu", f[GELU], -1000, 0}, {"gelu", f[GELU], 0, 0}, {"gelu", f[GELU], 1000, 1000},
		{"gelu", f[GELU], largest, largest}, {"gelu", f[GELU], nan, nan}, {"gelu", f[GELU], tiny, tiny / 2},
		{"gelu_tanh", f[GELUTanh], -1000, 0}, {"gelu_tanh", f[GELUTanh], 0, 0}, {"gelu_tanh", f[GELUTanh], 1000, 1000},
		{"gelu_tanh", f[GELUTanh], nan, nan},
		{"tanh", f[Tanh], -inf, -1}, {"tanh", f[Tanh], -largest, -1}, {"tanh", f[Tanh], 0, 0}, {"tanh", f[Tanh], inf, 1},
		{"tanh", f[Tanh], nan, nan}, {"tanh", f[Tanh], 1e-20, float64(float32(1e-20))},
		{"relu", f[ReLU], -inf, 0}, {"relu", f[ReLU], inf, inf}, {"relu", f[ReLU], nan, nan},
	} {
		// In every lane of a vector, of a pair of vectors and of a tail.
		x, got := make([]float32, 61), make([]float32, 61)
		for i := range x {
			x[i] = float32(test.x)
		}
		test.f(got, x)
		for i, y := range got {
			if !(float64(y) == test.want || math.Abs(float64(y)-test.want) < 1e-44 || math.IsNaN(float64(y)) && math.IsNaN(test.want)) {
				t.Errorf("%s(%v) = %v at %d, want %v", test.name, test.x, y, i, test.want)
				break
			}
		}
	}
}

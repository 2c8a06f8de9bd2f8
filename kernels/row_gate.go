package kernels

import "math"

// Portable gated activations (Dauphin et al. 2017; with GELU, Shazeer 2020) and their gradients. The formulas of the functions stand in
// row_activation.go; where both a function and its derivative are needed they share what they can.

// gateOf returns dst = f(x) gate.
//
//go:noinline
func gateOf(f func(dst, x []float32)) func(dst, x, gate []float32) {
	return func(dst, x, gate []float32) {
		gate = gate[:len(dst)]
		f(dst, x)
		for i, g := range gate {
			dst[i] *= g
		}
	}
}

// gateGradientOf: in the forward pass out = f(x) gate, so now dx = dy gate f'(x) and dgate = dy f(x). both returns f and f'.
//
//go:noinline
func gateGradientOf(both func(x float64) (value, slope float64)) func(dx, dgate, dy, x, gate []float32) {
	return func(dx, dgate, dy, x, gate []float32) {
		dgate, dy, x, gate = dgate[:len(dx)], dy[:len(dx)], x[:len(dx)], gate[:len(dx)]
		for i, v := range x {
			value, slope := both(float64(v))
			d, g := dy[i], gate[i]
			dx[i], dgate[i] = d*float32(slope)*g, d*float32(value)
		}
	}
}

func identityBoth(x float64) (value, slope float64) { return x, 1 }

func reluBoth(x float64) (value, slope float64) {
	switch {
	case x > 0:
		return x, 1
	case x != x:
		return x, 0
	}
	return 0, 0
}

func tanhBoth(x float64) (value, slope float64) {
	less, power := expm1Wide(-2 * math.Abs(x))
	e := power * (1 + less)
	below := 1 + e
	return math.Copysign((power*less+(power-1))/below, x), 4 * e / (below * below)
}

func geluBoth(x float64) (value, slope float64) {
	t := math.Abs(x)
	q := normalTail(t)
	g, sign := q*hazardFactor(t), math.Copysign(1, x)
	return (x+t)/2 - t*q, (1+sign)/2 - sign*g
}

func geluTanhBoth(x float64) (value, slope float64) {
	e := exp2Wide(-math.Abs(x * (geluTanhW1 + geluTanhW3*x*x)))
	q := 1 / (1 + e)
	sign := math.Copysign(1, x)
	logistic := q * ((1+sign)/2 + (1-sign)/2*e)
	return x * logistic, logistic + x*(geluTanhD1+geluTanhD3*x*x)*e*q*q
}

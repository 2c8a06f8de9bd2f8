package kernels

import "math"

// Portable exponential, activations and their gradients. The assembly computes the same formulas in float32; here they are
// evaluated in float64, which costs a scalar loop nothing and needs no fused multiply-add, and rounded once.
//
// GELU is x P(x), P being the normal distribution function. With t = |x| and the upper tail Q(t) = 1 - P(t):
//
//	x P(x)            = max(x, 0) - t Q(t)
//	P(x) + x P'(x)    = 1 - g for x >= 0 and g for x < 0, where g = Q(t) - t P'(t) = Q(t) (1 - t h(t)), h(t) = P'(t) / Q(t)
//
// so nothing cancels for x towards -Inf. Q is 2 to the power of a polynomial, and so is its logarithm near a parabola.
//
// Errors of all tiers, measured by TestExponentialAndActivationsAreAsExactAsTheySay:
//
//	exp, from -87 to 88                      1 ulp
//	tanh                                     3 ulp; its derivative 5 ulp
//	GELU                                     4 ulp for x > -0.75, 6e-8 absolute below; its derivative 1.6e-7 absolute
//	GELU's tanh approximation                4 ulp for x > -0.75, 6e-8 absolute below; its derivative 2.5e-7 absolute

// roundMagic, added and subtracted, rounds a float64 to an integer, ties to even. In between, the lowest bits are that integer
// plus 1023, the bias of a float64's exponent: shifted left by 52 they are 2 to the power of it.
const roundMagic = 3<<51 + 1023

// Powers of two below 2^smallestPower are 0, those above 2^largestPower infinity: about where float32's normal numbers end.
const (
	smallestPower = -126.5
	largestPower  = 127.5
)

// expm1Wide returns e^r - 1 and 2^n with x = n ln 2 + r.
func expm1Wide(x float64) (less, power float64) {
	if x < smallestPower*math.Ln2 {
		return 0, 0
	}
	if x > largestPower*math.Ln2 {
		return 1, math.Inf(1)
	}
	sum := float64(x*math.Log2E) + roundMagic
	r := x - (sum-roundMagic)*math.Ln2
	return r + r*r*(expC2+r*(expC3+r*(expC4+r*(expC5+r*expC6)))), math.Float64frombits(math.Float64bits(sum) << 52)
}

// expWide returns e^x.
func expWide(x float64) float64 {
	less, power := expm1Wide(x)
	return power + power*less
}

// exp2Wide returns 2^x, x not above 0.
func exp2Wide(x float64) float64 {
	if x < smallestPower {
		return 0
	}
	sum := x + roundMagic
	f := x - (sum - roundMagic)
	return math.Float64frombits(math.Float64bits(sum)<<52) *
		(exp2C0 + f*(exp2C1+f*(exp2C2+f*(exp2C3+f*(exp2C4+f*(exp2C5+f*exp2C6))))))
}

// normalTail returns Q(t), t >= 0.
func normalTail(t float64) float64 {
	return exp2Wide(tailC0 + t*(tailC1+t*(tailC2+t*(tailC3+t*(tailC4+t*(tailC5+t*(tailC6+t*(tailC7+t*tailC8))))))))
}

// hazardFactor returns 1 - t h(t), t >= 0.
func hazardFactor(t float64) float64 {
	return hazardC0 + t*(hazardC1+t*(hazardC2+t*(hazardC3+t*(hazardC4+t*(hazardC5+t*(hazardC6+t*(hazardC7+t*hazardC8)))))))
}

func expSumGeneric(dst, x []float32, scale, shift float32) float32 {
	x = x[:len(dst)]
	var sum float64
	for i, v := range x {
		e := expWide(float64(scale)*float64(v) - float64(shift))
		dst[i] = float32(e)
		sum += e
	}
	return float32(sum)
}

// softmaxGradientGeneric: in the forward pass p = softmax(scale s), so now ds = scale p (dp - sum p dp).
func softmaxGradientGeneric(dst, p, dp []float32, delta, scale float32) {
	p, dp = p[:len(dst)], dp[:len(dst)]
	for i := range dst {
		dst[i] = scale * p[i] * (dp[i] - delta)
	}
}

func identity(dst, x []float32) { copy(dst, x[:len(dst)]) }

func identityGradient(dx, dy, _ []float32) { copy(dx, dy[:len(dx)]) }

func reluGeneric(dst, x []float32) {
	x = x[:len(dst)]
	for i, v := range x {
		if v < 0 {
			v = 0
		}
		dst[i] = v
	}
}

func reluGradientGeneric(dx, dy, x []float32) {
	dy, x = dy[:len(dx)], x[:len(dx)]
	for i, v := range x {
		if v > 0 {
			dx[i] = dy[i]
		} else {
			dx[i] = 0
		}
	}
}

// tanhGeneric: with y = -2|x|, tanh |x| = (1 - e^y) / (1 + e^y); 1 - e^y comes without cancellation.
func tanhGeneric(dst, x []float32) {
	x = x[:len(dst)]
	for i, v := range x {
		less, power := expm1Wide(-2 * math.Abs(float64(v)))
		e := power*less + (power - 1)
		dst[i] = float32(math.Copysign(e/(2+e), float64(v)))
	}
}

// tanhGradientGeneric: 1 - tanh^2 = 4 e^y / (1 + e^y)^2.
func tanhGradientGeneric(dx, dy, x []float32) {
	dy, x = dy[:len(dx)], x[:len(dx)]
	for i, v := range x {
		e := expWide(-2 * math.Abs(float64(v)))
		dx[i] = float32(float64(dy[i]) * 4 * e / ((1 + e) * (1 + e)))
	}
}

func geluGeneric(dst, x []float32) {
	x = x[:len(dst)]
	for i, v := range x {
		t := math.Abs(float64(v))
		positive := (float64(v) + t) / 2 // exact, and unlike a comparison not a branch to mispredict
		dst[i] = float32(positive - t*normalTail(t))
	}
}

func geluGradientGeneric(dx, dy, x []float32) {
	dy, x = dy[:len(dx)], x[:len(dx)]
	for i, v := range x {
		t := math.Abs(float64(v))
		g := normalTail(t) * hazardFactor(t)
		sign := math.Copysign(1, float64(v))
		dx[i] = dy[i] * float32((1+sign)/2-sign*g)
	}
}

// geluTanhGeneric: x/2 (1 + tanh u) = x / (1 + 2^-w), w = 2 u log2(e).
func geluTanhGeneric(dst, x []float32) {
	x = x[:len(dst)]
	for i, v := range x {
		x := float64(v)
		e := exp2Wide(-math.Abs(x * (geluTanhW1 + geluTanhW3*x*x)))
		t := math.Abs(x)
		dst[i] = float32(((x+t)/2 + (x-t)/2*e) / (1 + e))
	}
}

// geluTanhGradientGeneric: with e = 2^-|w| and q = 1/(1+e), the logistic function of w is q or e q, and its derivative e q^2.
func geluTanhGradientGeneric(dx, dy, x []float32) {
	dy, x = dy[:len(dx)], x[:len(dx)]
	for i, v := range x {
		x := float64(v)
		e := exp2Wide(-math.Abs(x * (geluTanhW1 + geluTanhW3*x*x)))
		q := 1 / (1 + e)
		sign := math.Copysign(1, x)
		logistic := q * ((1+sign)/2 + (1-sign)/2*e)
		dx[i] = dy[i] * float32(logistic+x*(geluTanhD1+geluTanhD3*x*x)*e*q*q)
	}
}

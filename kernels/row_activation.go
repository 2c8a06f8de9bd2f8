package kernels

import "math"

// Portable exponential, activations and their gradients.

func expSumGeneric(dst, x []float32, scale, shift float32) float32 {
	x = x[:len(dst)]
	var sum float64
	for i, v := range x {
		e := math.Exp(float64(scale)*float64(v) - float64(shift))
		dst[i] = float32(e)
		sum += e
	}
	return float32(sum)
}

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

func tanhGeneric(dst, x []float32) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = float32(math.Tanh(float64(v)))
	}
}

func tanhGradientGeneric(dx, dy, x []float32) {
	dy, x = dy[:len(dx)], x[:len(dx)]
	for i, v := range x {
		t := math.Tanh(float64(v))
		dx[i] = float32(float64(dy[i]) * (1 - t*t))
	}
}

func geluGeneric(dst, x []float32) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = float32(float64(v) * 0.5 * math.Erfc(-float64(v)/math.Sqrt2))
	}
}

func geluGradientGeneric(dx, dy, x []float32) {
	dy, x = dy[:len(dx)], x[:len(dx)]
	for i, v := range x {
		x := float64(v)
		phi := math.Exp(-x*x/2) / math.Sqrt(2*math.Pi)
		dx[i] = float32(float64(dy[i]) * (0.5*math.Erfc(-x/math.Sqrt2) + x*phi))
	}
}

func geluTanhGeneric(dst, x []float32) {
	x = x[:len(dst)]
	for i, v := range x {
		x := float64(v)
		u := math.Sqrt(2/math.Pi) * (x + 0.044715*x*x*x)
		dst[i] = float32(x / (1 + math.Exp(-2*u)))
	}
}

func geluTanhGradientGeneric(dx, dy, x []float32) {
	dy, x = dy[:len(dx)], x[:len(dx)]
	for i, v := range x {
		x := float64(v)
		u := math.Sqrt(2/math.Pi) * (x + 0.044715*x*x*x)
		du := math.Sqrt(2/math.Pi) * (1 + 3*0.044715*x*x)
		s := 1 / (1 + math.Exp(-2*u))
		dx[i] = float32(float64(dy[i]) * (s + 2*x*s*(1-s)*du))
	}
}

package kernels

import "math"

// RotaryTable returns the table of a Rotary, [positions, d] row by row: the cosines of the angles p theta^(-2i/d) of each
// position p, i from 0 to d/2-1, and then their sines (Su et al. 2021). They are computed in float64 and rounded once; where angles
// are computed in float32, as Hugging Face does, they are off by up to some 1e-7 p. d must be even.
func RotaryTable(theta float64, positions, d int) []float32 {
	table := make([]float32, positions*d)
	half := d / 2
	for i := range half {
		frequency := math.Pow(theta, -2*float64(i)/float64(d))
		for p := range positions {
			sin, cos := math.Sincos(float64(p) * frequency)
			table[p*d+i], table[p*d+half+i] = float32(cos), float32(sin)
		}
	}
	return table
}

// rotateGeneric: dst = (a cos - b sin, b cos + a sin) for the halves (a, b) of each head.
func rotateGeneric(dst, x, cos, sin []float32, heads int, sign float32) {
	half := len(cos)
	sin = sin[:half]
	for h := range heads {
		x, dst := x[2*h*half:][:2*half], dst[2*h*half:][:2*half]
		a, b, first, second := x[:half], x[half:], dst[:half], dst[half:]
		for i, c := range cos {
			s, u, v := sign*sin[i], a[i], b[i]
			first[i], second[i] = u*c-v*s, v*c+u*s
		}
	}
}

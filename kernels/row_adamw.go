package kernels

import "math"

// adamWCoefficients are an AdamW step's numbers, worked out in float64 once. (An alias, for the assembly stubs.)
type adamWCoefficients = struct {
	gradScale float32
	decay     float32 // 1 - lr * weight decay
	rate1     float32 // 1 - beta1
	beta2     float32
	rate2     float32 // 1 - beta2
	root2     float32 // sqrt(1 - beta2^step)
	eps       float32
	step      float32 // -lr / (1 - beta1^step)
}

// adamWGeneric follows torch.optim.AdamW's arithmetic operation by operation, so that long runs stay close to it.
func adamWGeneric(p, g, m, v []float32, k adamWCoefficients) {
	g, m, v = g[:len(p)], m[:len(p)], v[:len(p)]
	for i := range p {
		grad := float32(g[i] * k.gradScale)
		m1 := m[i] + float32(k.rate1*(grad-m[i]))
		v1 := float32(v[i]*k.beta2) + float32(k.rate2*float32(grad*grad))
		denom := float32(float32(math.Sqrt(float64(v1)))/k.root2) + k.eps
		m[i], v[i] = m1, v1
		p[i] = float32(p[i]*k.decay) + float32(k.step*float32(m1/denom))
	}
}

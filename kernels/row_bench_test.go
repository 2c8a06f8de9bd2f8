package kernels

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkRow measures every span primitive of every tier on one thread, on aligned rows that stay in the cache.
func BenchmarkRow(b *testing.B) {
	const n = 3072
	rng := rand.New(rand.NewPCG(1, 2))
	random := func() []float32 {
		span := alignedFloats(n)
		for i := range span {
			span[i] = float32(rng.NormFloat64())
		}
		return span
	}
	x, y, z, gamma, dst, p, v := random(), random(), random(), random(), random(), random(), random()
	for i := range v {
		v[i] *= v[i]
	}
	mask := Dropout{Rate: 0.1}.mask().row(0)
	for _, impl := range implementations {
		r := &impl.row
		for _, bench := range []struct {
			name string
			run  func()
		}{
			{"add", func() { r.add(dst, x, y) }},
			{"addScaled", func() { r.addScaled(dst, x, 1e-30) }},
			{"dot", func() { r.dot(x, y) }},
			{"max", func() { r.max(x) }},
			{"addRows of 16", func() { r.addRows(dst[:n/16], x, 16, n/16) }},
			{"transpose", func() { r.transpose(dst, x, 64, 48, 48, 64) }},
			{"expSum", func() { r.expSum(dst, x, 1, 3) }},
			{"softmax", func() { r.scale(dst, dst, 1/r.expSum(dst, x, 1, r.max(x))) }},
			{"softmaxGradient", func() { r.softmaxGradient(dst, x, y, 0.5, 0.125) }},
			{"tanh", func() { r.activate[Tanh](dst, x) }},
			{"tanh gradient", func() { r.activateGradient[Tanh](dst, y, x) }},
			{"GELU", func() { r.activate[GELU](dst, x) }},
			{"GELU gradient", func() { r.activateGradient[GELU](dst, y, x) }},
			{"GELU tanh", func() { r.activate[GELUTanh](dst, x) }},
			{"GELU tanh gradient", func() { r.activateGradient[GELUTanh](dst, y, x) }},
			{"dropout", func() { r.dropout(dst, x, mask, 0) }},
			{"dropoutAdd", func() { r.dropoutAdd(dst, x, y, mask, 0) }},
			{"layer norm", func() {
				for i := 0; i < n; i += n / 4 {
					mean, rstd := r.normStats(x[i:i+n/4], 1e-5)
					r.normApply(dst[i:i+n/4], x[i:], gamma, y, mean, rstd)
				}
			}},
			{"layer norm backward", func() {
				for i := 0; i < n; i += n / 4 {
					r.normBackward(dst[i:i+n/4], y[i:], x[i:], gamma, 0.1, 1.1)
				}
			}},
			{"layer norm backward, added", func() {
				for i := 0; i < n; i += n / 4 {
					r.normBackwardAdd(dst[i:i+n/4], y[i:], x[i:], gamma, 0.1, 1.1)
				}
			}},
			{"layer norm parameters", func() { r.normParameters(p, z, y, x, 0.1, 1.1) }},
			{"gated GELU", func() { r.gate[GELU](dst, x, y) }},
			{"gated GELU gradient", func() { r.gateGradient[GELU](dst, p, y, x, z) }},
			{"gated GELU tanh", func() { r.gate[GELUTanh](dst, x, y) }},
			{"gated GELU tanh gradient", func() { r.gateGradient[GELUTanh](dst, p, y, x, z) }},
			{"gated tanh gradient", func() { r.gateGradient[Tanh](dst, p, y, x, z) }},
			{"rotate", func() { r.rotate(dst, x, y[:32], z[:32], n/64, 1) }},
			{"sumSquares", func() { r.sumSquares(x) }},
			{"adamW", func() {
				r.adamW(p, x, z, v, adamWCoefficients{gradScale: 1, decay: 1, rate1: 0.1, beta2: 0.999, rate2: 0.001, root2: 1, eps: 1e-8, step: -1e-9})
			}},
		} {
			b.Run(fmt.Sprintf("%s/%s", bench.name, impl.tier), func(b *testing.B) {
				for b.Loop() {
					bench.run()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/value")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Layer norm, one row at a time.

// count returns the length of a slice parameter as a float32 in the lowest lane.
func (s *isa) count(name string) reg.VecVirtual {
	n := s.XMM()
	s.VXORPS(n, n, n)
	s.VCVTSI2SSQ(s.length(name), n, n)
	return n
}

// spread copies the lowest lane to all.
func (s *isa) spread(x reg.Register) reg.VecVirtual {
	v := s.vec()
	s.VBROADCASTSS(x, v)
	return v
}

// emitNormStats goes over the row twice. The second time it also sums the deviations, which tells how far off the first
// sum's mean was.
func emitNormStats(s *isa) {
	s.function("normStats", "func(x []float32, eps float32) (mean, rstd float32)", "returns mean(x) and 1/sqrt(var(x) + eps).")
	count := s.count("x")
	sums := s.zeros()
	s.span(s.length("x"), []reg.GPVirtual{s.pointer("x")}, accumulators, func(m laneMask, at [][]operand.Mem) {
		for i := range at[0] {
			s.VADDPS(s.load(m, at[0][i]), sums[i], sums[i])
		}
	})
	average := s.total(sums)
	s.VDIVSS(count, average, average)

	mean := s.spread(average)
	deviations, squares := s.zeros(), s.zeros()
	s.span(s.length("x"), []reg.GPVirtual{s.pointer("x")}, accumulators, func(m laneMask, at [][]operand.Mem) {
		for i := range at[0] {
			v := s.load(m, at[0][i])
			s.VSUBPS(mean, v, v)
			v = s.keep(m, v)
			s.VADDPS(v, deviations[i], deviations[i])
			s.VFMADD231PS(v, v, squares[i])
		}
	})
	correction, variance := s.total(deviations), s.total(squares)
	s.VDIVSS(count, correction, correction)
	s.VDIVSS(count, variance, variance)
	s.VFNMADD231SS(correction, correction, variance)
	s.VADDSS(correction, mean.AsX(), correction)
	s.VMOVSS(correction, s.address(s.Return("mean")))

	s.VADDSS(s.broadcast("eps").AsX(), variance, variance)
	s.VSQRTSS(variance, variance, variance)
	one := s.constants([]float64{1}, nil).get(1).AsX()
	s.VDIVSS(variance, one, one)
	s.VMOVSS(one, s.address(s.Return("rstd")))
	s.end()
}

func emitNormApply(s *isa) {
	s.function("normApply", "func(dst, x, gamma, beta []float32, mean, rstd float32)", "sets dst = (x - mean) rstd gamma + beta.")
	mean, rstd := s.broadcast("mean"), s.broadcast("rstd")
	s.elementwise([]string{"x", "gamma", "beta"}, 4, func(v []reg.VecVirtual) reg.VecVirtual {
		s.VSUBPS(mean, v[0], v[0])
		s.VMULPS(rstd, v[0], v[0])
		s.VFMADD213PS(v[2], v[1], v[0])
		return v[0]
	})
}

func emitNormBackward(s *isa) {
	s.normBackward("normBackward", "sets dx to the gradient of one row's norm with respect to its input z.", false)
}

func emitNormBackwardAdd(s *isa) {
	s.normBackward("normBackwardAdd", "adds to dx the gradient of one row's norm with respect to its input z.", true)
}

// normBackward: with h = (z - mean) rstd and g = dy gamma, dz = rstd (g - mean(g) - h mean(g h)).
func (s *isa) normBackward(name, doc string, add bool) {
	s.function(name, "func(dx, dy, z, gamma []float32, mean, rstd float32)", doc)
	count := s.count("dx")
	mean := s.broadcast("mean")
	sums, products := s.zeros(), s.zeros()
	pointers := []reg.GPVirtual{s.pointer("dy"), s.pointer("z"), s.pointer("gamma")}
	s.span(s.length("dx"), pointers, accumulators, func(m laneMask, at [][]operand.Mem) {
		for i := range at[0] {
			g, z := s.load(m, at[0][i]), s.load(m, at[1][i])
			s.VMULPS(s.load(m, at[2][i]), g, g) // 0 outside of m
			s.VSUBPS(mean, z, z)
			s.VADDPS(g, sums[i], sums[i])
			s.VFMADD231PS(g, z, products[i])
		}
	})
	one := s.constants([]float64{1}, nil).get(1).AsX()
	s.VDIVSS(count, one, one)
	rstd := s.broadcast("rstd")
	meanG, meanGH := s.total(sums), s.total(products)
	s.VMULSS(one, meanG, meanG)
	s.VMULSS(one, meanGH, meanGH)
	s.VMULSS(rstd.AsX(), meanGH, meanGH)
	s.VMULSS(rstd.AsX(), meanGH, meanGH) // mean(g h) rstd, to be multiplied with z - mean
	averageG, slope := s.spread(meanG), s.spread(meanGH)

	pointers = []reg.GPVirtual{s.pointer("dx"), s.pointer("dy"), s.pointer("z"), s.pointer("gamma")}
	s.span(s.length("dx"), pointers, accumulators, func(m laneMask, at [][]operand.Mem) {
		for i := range at[0] {
			g, z := s.load(m, at[1][i]), s.load(m, at[2][i])
			s.VSUBPS(mean, z, z)
			s.VFMSUB213PS(averageG, s.load(m, at[3][i]), g)
			s.VFNMADD231PS(slope, z, g)
			if add {
				s.VFMADD213PS(s.load(m, at[0][i]), rstd, g)
			} else {
				s.VMULPS(rstd, g, g)
			}
			s.store(m, g, at[0][i])
		}
	})
	s.end()
}

func emitNormParameters(s *isa) {
	s.function("normParameters", "func(dgamma, dbeta, dy, z []float32, mean, rstd float32)",
		"adds dy (z - mean) rstd to dgamma and dy to dbeta.")
	mean, rstd := s.broadcast("mean"), s.broadcast("rstd")
	pointers := []reg.GPVirtual{s.pointer("dgamma"), s.pointer("dbeta"), s.pointer("dy"), s.pointer("z")}
	s.span(s.length("dgamma"), pointers, 4, func(m laneMask, at [][]operand.Mem) {
		for i := range at[0] {
			dgamma, dbeta, dy, z := s.load(m, at[0][i]), s.load(m, at[1][i]), s.load(m, at[2][i]), s.load(m, at[3][i])
			s.VADDPS(dy, dbeta, dbeta)
			s.store(m, dbeta, at[1][i])
			s.VSUBPS(mean, z, z)
			s.VMULPS(rstd, z, z)
			s.VFMADD231PS(dy, z, dgamma)
			s.store(m, dgamma, at[0][i])
		}
	})
	s.end()
}

package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Reductions of spans to one value. Partial results stand in several registers, which hides latencies and keeps rounding
// errors small; they are combined pairwise.

// accumulators is how many.
const accumulators = 4

// zeros returns accumulators that begin at 0.
func (s *isa) zeros() []reg.VecVirtual {
	list := make([]reg.VecVirtual, accumulators)
	for i := range list {
		list[i] = s.zero()
	}
	return list
}

// combine reduces accumulators to the first.
func combine(list []reg.VecVirtual, op func(x, y, dst reg.Register)) reg.VecVirtual {
	for n := len(list) / 2; n > 0; n /= 2 {
		for i := range n {
			op(list[i+n], list[i], list[i])
		}
	}
	return list[0]
}

func (s *isa) addPS(x, y, dst reg.Register) { s.VADDPS(x, y, dst) }

// total returns the sum of all accumulators' lanes in the lowest lane of a register.
func (s *isa) total(list []reg.VecVirtual) reg.Register {
	return s.reduceLanes(combine(list, s.addPS), s.addPS).AsX()
}

// result returns the lowest lane, a float32.
func (s *isa) result(x reg.Register) {
	s.VMOVSS(x, s.address(s.ReturnIndex(0)))
	s.end()
}

func emitDot(s *isa) {
	s.function("dot", "func(x, y []float32) float32", "returns the sum of x y.")
	pointers := []reg.GPVirtual{s.pointer("x"), s.pointer("y")}
	sums := s.zeros()
	s.span(s.length("x"), pointers, accumulators, func(m laneMask, at [][]operand.Mem) {
		for i := range at[0] {
			s.VFMADD231PS(s.load(m, at[0][i]), s.load(m, at[1][i]), sums[i])
		}
	})
	s.result(s.total(sums))
}

func emitSum(s *isa) {
	s.function("sum", "func(x []float32) float32", "returns the sum of x.")
	pointers := []reg.GPVirtual{s.pointer("x")}
	sums := s.zeros()
	s.span(s.length("x"), pointers, accumulators, func(m laneMask, at [][]operand.Mem) {
		for i := range at[0] {
			s.VADDPS(s.load(m, at[0][i]), sums[i], sums[i])
		}
	})
	s.result(s.total(sums))
}

// emitMax keeps the maximum so far as VMAXPS's first operand (in Go's order), which it gives when the other is a NaN.
func emitMax(s *isa) {
	s.function("max", "func(x []float32) float32", "returns the largest value, -Inf of none. NaNs are passed over.")
	pointers := []reg.GPVirtual{s.pointer("x")}
	lowest := s.constants([]float64{math.Inf(-1)}, nil).get(math.Inf(-1))
	largest := make([]reg.VecVirtual, accumulators)
	for i := range largest {
		largest[i] = s.copy(lowest)
	}
	maxPS := func(x, y, dst reg.Register) { s.VMAXPS(x, y, dst) }
	s.span(s.length("x"), pointers, accumulators, func(m laneMask, at [][]operand.Mem) {
		for i := range at[0] {
			s.VMAXPS(largest[i], s.loadElse(m, at[0][i], lowest), largest[i])
		}
	})
	s.result(s.reduceLanes(combine(largest, maxPS), maxPS).AsX())
}

// emitSumSquares widens to float64.
func emitSumSquares(s *isa) {
	s.function("sumSquares", "func(x []float32) float64", "returns the sum of squares.")
	pointers := []reg.GPVirtual{s.pointer("x")}
	sums := s.zeros()
	s.span(s.length("x"), pointers, accumulators/2, func(m laneMask, at [][]operand.Mem) {
		for i := range at[0] {
			v := s.load(m, at[0][i])
			low, high := s.vec(), s.vec()
			if s.avx512 {
				upper := s.YMM()
				s.VEXTRACTF64X4(operand.U8(1), v, upper)
				s.VCVTPS2PD(v.AsY(), low)
				s.VCVTPS2PD(upper, high)
			} else {
				upper := s.XMM()
				s.VEXTRACTF128(operand.U8(1), v, upper)
				s.VCVTPS2PD(v.AsX(), low)
				s.VCVTPS2PD(upper, high)
			}
			s.VFMADD231PD(low, low, sums[2*i])
			s.VFMADD231PD(high, high, sums[2*i+1])
		}
	})
	v := combine(sums, func(x, y, dst reg.Register) { s.VADDPD(x, y, dst) })
	if s.avx512 {
		upper := s.YMM()
		s.VEXTRACTF64X4(operand.U8(1), v, upper)
		s.VADDPD(upper, v.AsY(), v.AsY())
	}
	upper := s.XMM()
	s.VEXTRACTF128(operand.U8(1), v.AsY(), upper)
	s.VADDPD(upper, v.AsX(), v.AsX())
	s.VPERMILPD(operand.U8(1), v.AsX(), upper)
	s.VADDSD(upper, v.AsX(), v.AsX())
	s.VMOVSD(v.AsX(), s.address(s.ReturnIndex(0)))
	s.end()
}

// emitExpSum sums the exponentials as they come.
func emitExpSum(s *isa) {
	s.function("expSum", "func(dst, x []float32, scale, shift float32) float32", "sets dst = exp(scale x - shift) and returns its sum.")
	scale, shift := s.broadcast("scale"), s.broadcast("shift")
	c := s.constants([]float64{magic, smallestX, largestX}, append([]float64{log2e, -ln2High, -ln2Low}, expPolynomial.coefficients...))
	pointers := []reg.GPVirtual{s.pointer("dst"), s.pointer("x")}
	sums := s.zeros()[:chains]
	s.span(s.length("dst"), pointers, chains, func(m laneMask, at [][]operand.Mem) {
		s.interleave(len(at[0]), func(i int) {
			v := s.load(m, at[1][i])
			s.VFMSUB213PS(shift, scale, v)
			e := c.exp(v)
			s.store(m, e, at[0][i])
			s.VADDPS(s.keep(m, e), sums[i], sums[i])
		})
	})
	s.result(s.total(sums))
}

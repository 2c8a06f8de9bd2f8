package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// emitRow writes the span primitives.
func emitRow(a *assembler) {
	a.each(emitAdd)
	a.each(emitScale)
	a.each(emitAddScaled)
	a.each(emitAddRows)
	a.each(emitDot)
	a.each(emitSum)
	a.each(emitMax)
	a.each(emitSumSquares)
	a.each(emitExpSum)
	a.each(emitSoftmaxGradient)
	emitActivations(a)
	a.each(emitDropout)
	a.each(emitDropoutAdd)
	a.each(emitNormStats)
	a.each(emitNormApply)
	a.each(emitNormBackward)
	a.each(emitNormBackwardAdd)
	a.each(emitNormParameters)
	a.each(emitRotate)
	a.each(emitAdamW)
}

// elementwise emits a function whose every value of dst is computed from the values of operands at the same place.
func (s *isa) elementwise(operands []string, unroll int, f func(values []reg.VecVirtual) reg.VecVirtual) {
	pointers := []reg.GPVirtual{s.pointer("dst")}
	for _, name := range operands {
		pointers = append(pointers, s.pointer(name))
	}
	s.span(s.length("dst"), pointers, unroll, func(m laneMask, at [][]operand.Mem) {
		for i := range at[0] {
			var values []reg.VecVirtual
			for _, from := range at[1:] {
				values = append(values, s.load(m, from[i]))
			}
			s.store(m, f(values), at[0][i])
		}
	})
	s.end()
}

func emitAdd(s *isa) {
	s.function("add", "func(dst, x, y []float32)", "sets dst = x + y.")
	s.elementwise([]string{"x", "y"}, 4, func(v []reg.VecVirtual) reg.VecVirtual {
		s.VADDPS(v[1], v[0], v[0])
		return v[0]
	})
}

func emitScale(s *isa) {
	s.function("scale", "func(dst, x []float32, a float32)", "sets dst = a x.")
	factor := s.broadcast("a")
	s.elementwise([]string{"x"}, 4, func(v []reg.VecVirtual) reg.VecVirtual {
		s.VMULPS(factor, v[0], v[0])
		return v[0]
	})
}

func emitAddScaled(s *isa) {
	s.function("addScaled", "func(dst, x []float32, a float32)", "sets dst += a x.")
	factor := s.broadcast("a")
	s.elementwise([]string{"x", "dst"}, 4, func(v []reg.VecVirtual) reg.VecVirtual {
		s.VFMADD231PS(factor, v[0], v[1])
		return v[1]
	})
}

func emitSoftmaxGradient(s *isa) {
	s.function("softmaxGradient", "func(dst, p, dp []float32, delta, scale float32)", "sets dst = scale p (dp - delta).")
	delta, scale := s.broadcast("delta"), s.broadcast("scale")
	s.elementwise([]string{"p", "dp"}, 4, func(v []reg.VecVirtual) reg.VecVirtual {
		s.VMULPS(scale, v[0], v[0])
		s.VSUBPS(delta, v[1], v[1])
		s.VMULPS(v[0], v[1], v[1])
		return v[1]
	})
}

// emitAddRows goes over the rows once for each group of columns, whose sums stay in registers.
func emitAddRows(s *isa) {
	s.function("addRows", "func(dst, src []float32, r, step int)", "adds the sums of r rows of src, step values apart, to dst.")
	r, step := s.integer("r"), s.integer("step")
	s.SHLQ(operand.U8(2), step)
	pointers := []reg.GPVirtual{s.pointer("dst"), s.pointer("src")}
	s.span(s.length("dst"), pointers, 8, func(m laneMask, at [][]operand.Mem) {
		count := len(at[0])
		sums := make([]reg.VecVirtual, count)
		for i := range sums {
			sums[i] = s.zero()
		}
		left, row := s.GP64(), s.GP64()
		s.MOVQ(r, left)
		s.MOVQ(at[1][0].Base, row)
		start, end := s.label("rows"), s.label("sums")
		s.TESTQ(left, left)
		s.JLE(operand.LabelRef(end))
		s.Label(start)
		for i := range sums {
			if m.isAll() {
				s.VADDPS(s.at(row, i), sums[i], sums[i])
			} else {
				s.VADDPS(s.load(m, s.at(row, i)), sums[i], sums[i])
			}
		}
		s.ADDQ(step, row)
		s.DECQ(left)
		s.JNZ(operand.LabelRef(start))
		s.Label(end)
		for i := range sums {
			s.VADDPS(s.load(m, at[0][i]), sums[i], sums[i])
			s.store(m, sums[i], at[0][i])
		}
	})
	s.end()
}

package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// usualHalf is half the width of a head of most models, 64: the loop over columns is unrolled to do it in one turn.
const usualHalf = 32

// emitRotate keeps cosines and sines in registers while it goes over the heads.
func emitRotate(s *isa) {
	s.function("rotate", "func(dst, x, cos, sin []float32, heads int, sign float32)",
		"sets (a, b) of dst to (a cos - b sin sign, b cos + a sin sign) of x, a and b being the halves of each of heads, at least one.")
	heads, sign := s.integer("heads"), s.broadcast("sign")
	half, step := s.length("cos"), s.GP64()
	s.MOVQ(half, step)
	s.SHLQ(operand.U8(3), step)
	pointers := []reg.GPVirtual{s.pointer("dst"), s.pointer("x"), s.pointer("cos"), s.pointer("sin")}
	s.span(s.length("cos"), pointers, usualHalf/s.lanes, func(m laneMask, at [][]operand.Mem) {
		cos, sin := make([]reg.VecVirtual, len(at[0])), make([]reg.VecVirtual, len(at[0]))
		for i := range cos {
			cos[i], sin[i] = s.load(m, at[2][i]), s.load(m, at[3][i])
			s.VMULPS(sign, sin[i], sin[i])
		}
		left, to, from := s.GP64(), s.GP64(), s.GP64()
		s.MOVQ(heads, left)
		s.MOVQ(at[0][0].Base, to)
		s.MOVQ(at[1][0].Base, from)
		second := func(p reg.Register, i int) operand.Mem { return s.at(p, i).Idx(half, 4) }
		start := s.label("heads")
		s.Label(start)
		for i := range cos {
			a, b := s.load(m, s.at(from, i)), s.load(m, second(from, i))
			first, last := s.vec(), s.vec()
			s.VMULPS(cos[i], a, first)
			s.VFNMADD231PS(sin[i], b, first)
			s.VMULPS(cos[i], b, last)
			s.VFMADD231PS(sin[i], a, last)
			s.store(m, first, s.at(to, i))
			s.store(m, last, second(to, i))
		}
		s.ADDQ(step, to)
		s.ADDQ(step, from)
		s.DECQ(left)
		s.JNZ(operand.LabelRef(start))
	})
	s.end()
}

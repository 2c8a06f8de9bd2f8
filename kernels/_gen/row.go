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
}

func emitAdd(s *isa) {
	s.function("add", "func(dst, x, y []float32)", "sets dst = x + y.")
	pointers := []reg.GPVirtual{s.pointer("dst"), s.pointer("x"), s.pointer("y")}
	s.span(s.length("dst"), pointers, 4, func(m laneMask, at [][]operand.Mem) {
		for i := range at[0] {
			v := s.load(m, at[1][i])
			if m.isAll() {
				s.VADDPS(at[2][i], v, v)
			} else {
				s.VADDPS(s.load(m, at[2][i]), v, v)
			}
			s.store(m, v, at[0][i])
		}
	})
	s.end()
}

func emitScale(s *isa) {
	s.function("scale", "func(dst, x []float32, a float32)", "sets dst = a x.")
	factor := s.broadcast("a")
	pointers := []reg.GPVirtual{s.pointer("dst"), s.pointer("x")}
	s.span(s.length("dst"), pointers, 4, func(m laneMask, at [][]operand.Mem) {
		for i := range at[0] {
			v := s.load(m, at[1][i])
			s.VMULPS(factor, v, v)
			s.store(m, v, at[0][i])
		}
	})
	s.end()
}

func emitAddScaled(s *isa) {
	s.function("addScaled", "func(dst, x []float32, a float32)", "sets dst += a x.")
	factor := s.broadcast("a")
	pointers := []reg.GPVirtual{s.pointer("dst"), s.pointer("x")}
	s.span(s.length("dst"), pointers, 4, func(m laneMask, at [][]operand.Mem) {
		for i := range at[0] {
			v, d := s.load(m, at[1][i]), s.load(m, at[0][i])
			s.VFMADD231PS(factor, v, d)
			s.store(m, d, at[0][i])
		}
	})
	s.end()
}

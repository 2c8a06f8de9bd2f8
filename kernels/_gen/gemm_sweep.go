package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// sweepRows is the most rows of a sweep: enough sums that the multiply-adds do not wait for each other.
const sweepRows = 4

// emitSweep writes the product of rows x k and several panels, for few k: little is computed for each value of out, so a call
// for each tile would cost as much as the tile.
func emitSweep(s *isa, rows int) {
	s.function(fmt.Sprintf("sweep%d", rows),
		"func(k int, a *float32, lda int, b *float32, ldb, panelStep int, init *float32, ldi int, out *float32, ldo, count int)",
		fmt.Sprintf("is gemmPrimitives.sweep[%d].", rows))
	a, b, ldb := s.integer("a"), s.integer("b"), s.integer("ldb")
	lda, lda3 := s.stride("lda")
	init, out := s.integer("init"), s.integer("out")
	ldi, ldi3 := s.stride("ldi")
	ldo, ldo3 := s.stride("ldo")
	s.SHLQ(operand.U8(2), ldb)

	sums := make([][2]reg.VecVirtual, rows)
	for i := range sums {
		sums[i] = [2]reg.VecVirtual{s.vec(), s.vec()}
	}
	panel, begin, zeros, step, done := s.label("panel"), s.label("begin"), s.label("zeros"), s.label("step"), s.label("done")
	s.Label(panel)
	s.TESTQ(init, init)
	s.JZ(operand.LabelRef(zeros))
	for i, row := range sums {
		for j, sum := range row {
			s.VMOVUPS(strided(init, ldi, ldi3, i).Offset(j*s.bytes()), sum)
		}
	}
	s.ADDQ(operand.U32(uint32(2*s.bytes())), init)
	s.JMP(operand.LabelRef(begin))
	s.Label(zeros)
	for _, row := range sums {
		for _, sum := range row {
			s.xor(sum, sum, sum)
		}
	}
	s.Label(begin)

	k, left, right := s.integer("k"), s.GP64(), s.GP64()
	s.MOVQ(a, left)
	s.MOVQ(b, right)
	s.TESTQ(k, k)
	s.JZ(operand.LabelRef(done))
	s.Label(step)
	values := [2]reg.VecVirtual{s.vec(), s.vec()}
	for j, v := range values {
		s.VMOVUPS(s.at(right, j), v)
	}
	for i := range sums {
		x := s.vec()
		s.VBROADCASTSS(strided(left, lda, lda3, i), x)
		for j, v := range values {
			s.VFMADD231PS(x, v, sums[i][j])
		}
	}
	s.ADDQ(operand.U8(4), left)
	s.ADDQ(ldb, right)
	s.DECQ(k)
	s.JNZ(operand.LabelRef(step))
	s.Label(done)

	for i, row := range sums {
		for j, sum := range row {
			s.VMOVUPS(sum, strided(out, ldo, ldo3, i).Offset(j*s.bytes()))
		}
	}
	s.ADDQ(operand.U32(uint32(2*s.bytes())), out)
	s.MOVQ(s.variable("panelStep"), right)
	s.LEAQ(operand.Mem{Base: b, Index: right, Scale: 4}, b)
	s.DECQ(s.variable("count"))
	s.JNZ(operand.LabelRef(panel))
	s.end()
}

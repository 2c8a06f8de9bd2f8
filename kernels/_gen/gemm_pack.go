package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// emitTranspose writes the transposition of eight rows. It takes a whole cache line of each at once, as rows that lie a power
// of two apart keep few lines in the cache, and meanwhile fetches the same part of the eight rows to come: memory sees long
// runs of one row after the other.
func emitTranspose(s *isa) {
	s.function("transposeRows", "func(dst *float32, ldd int, rows *[16]*float32, n int)", "is gemmPrimitives.transpose.")
	const block = 16
	rows, dst, n := s.integer("rows"), s.integer("dst"), s.integer("n")
	ldd, ldd3 := s.stride("ldd")
	at := s.GP64() // where in the rows, in bytes
	s.XORQ(at, at)
	var row [8]reg.GPVirtual
	for i := range row {
		row[i] = s.GP64()
		s.MOVQ(operand.Mem{Base: rows, Disp: 8 * i}, row[i])
	}

	loop, tail, column, done := s.label("loop"), s.label("tail"), s.label("column"), s.label("done")
	s.SUBQ(operand.U8(block), n)
	s.JL(operand.LabelRef(tail))
	s.Label(loop)
	for i := range row {
		next := s.GP64()
		s.MOVQ(operand.Mem{Base: rows, Disp: 8 * (8 + i)}, next)
		s.PREFETCHT1(operand.Mem{Base: next, Index: at, Scale: 1})
	}
	for quad := 0; quad < block; quad += 4 {
		for i, v := range s.fourColumns(row, at, 4*quad) {
			s.VMOVUPS(v, strided(dst, ldd, ldd3, i))
		}
		s.LEAQ(operand.Mem{Base: dst, Index: ldd, Scale: 4}, dst)
	}
	s.ADDQ(operand.U8(4*block), at)
	s.SUBQ(operand.U8(block), n)
	s.JGE(operand.LabelRef(loop))

	s.Label(tail)
	s.ADDQ(operand.U8(block), n)
	s.JZ(operand.LabelRef(done))
	s.Label(column)
	for i := range row {
		v := s.GP32()
		s.MOVL(operand.Mem{Base: row[i], Index: at, Scale: 1}, v)
		s.MOVL(v, operand.Mem{Base: dst, Disp: 4 * i})
	}
	s.ADDQ(operand.U8(4), at)
	s.ADDQ(ldd, dst)
	s.DECQ(n)
	s.JNZ(operand.LabelRef(column))
	s.Label(done)
	s.end()
}

// fourColumns returns four columns of eight rows, which begin disp bytes after row+at. Rows i and i+4 share a register, so
// that the transposition stays within its halves.
func (s *isa) fourColumns(row [8]reg.GPVirtual, at reg.GPVirtual, disp int) [4]reg.VecVirtual {
	var r, pairs, columns [4]reg.VecVirtual
	for i := range r {
		r[i] = s.YMM()
		s.VBROADCASTF128(operand.Mem{Base: row[i], Index: at, Scale: 1, Disp: disp}, r[i])
		s.VINSERTF128(operand.U8(1), operand.Mem{Base: row[i+4], Index: at, Scale: 1, Disp: disp}, r[i], r[i])
	}
	for i := range pairs {
		pairs[i], columns[i] = s.YMM(), s.YMM()
	}
	s.VUNPCKLPS(r[1], r[0], pairs[0]) // columns 0 and 1 of rows 0 and 1
	s.VUNPCKHPS(r[1], r[0], pairs[1]) // columns 2 and 3
	s.VUNPCKLPS(r[3], r[2], pairs[2]) // and of rows 2 and 3
	s.VUNPCKHPS(r[3], r[2], pairs[3])
	s.VUNPCKLPD(pairs[2], pairs[0], columns[0])
	s.VUNPCKHPD(pairs[2], pairs[0], columns[1])
	s.VUNPCKLPD(pairs[3], pairs[1], columns[2])
	s.VUNPCKHPD(pairs[3], pairs[1], columns[3])
	return columns
}

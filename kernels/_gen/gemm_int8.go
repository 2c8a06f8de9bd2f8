package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// emitInt8 writes the inner loops for weights of eight bits. AVX2 and AVX-512 widen weights to 16 bits: their instruction for
// bytes saturates. VNNI's does not.
func emitInt8(a *assembler) {
	vnni := &isa{assembler: a, suffix: "VNNI", lanes: 16, avx512: true, vnni: true}
	tiles := func(s *isa) {
		for rows := 1; rows <= s.tileRows(); rows++ {
			emitInt8Tile(s, rows)
		}
		emitQuantise(s)
	}
	a.each(tiles)
	tiles(vnni)
	a.each(emitMagnitude)
}

// emitInt8Tile writes the product of rows x k and k x 2 vectors of sums.
func emitInt8Tile(s *isa, rows int) {
	s.function(fmt.Sprintf("int8Tile%d", rows),
		"func(steps int, a *byte, lda int, scales *float32, panel *float32, init *float32, ldi int, out *float32, ldo int)",
		fmt.Sprintf("is int8Primitives.tile[%d].", rows))
	steps, panel, b := s.integer("steps"), s.integer("panel"), s.GP64()
	a, lda, lda3 := []reg.GPVirtual{s.integer("a")}, s.integer("lda"), s.GP64()
	s.LEAQ(operand.Mem{Base: lda, Index: lda, Scale: 2}, lda3)
	for row := 4; row < rows; row += 4 {
		next := s.GP64()
		s.LEAQ(operand.Mem{Base: a[len(a)-1], Index: lda, Scale: 4}, next)
		a = append(a, next)
	}
	s.LEAQ(s.at(panel, 4), b) // behind two vectors of scales and two of corrections
	sums := make([][2]reg.VecVirtual, rows)
	for i := range sums {
		for j := range sums[i] {
			sums[i][j] = s.vec()
			s.VMOVUPS(s.at(panel, 2+j), sums[i][j])
		}
	}

	turn := 4 * 2 * s.bytes() // bytes of weights in a turn of the loop
	if !s.vnni {
		s.SHLQ(operand.U8(1), steps) // which is half a step of 16 values
		turn /= 2
	}
	loop, done := s.label("loop"), s.label("done")
	s.TESTQ(steps, steps)
	s.JZ(operand.LabelRef(done))
	s.Label(loop)
	const ahead = 2048 // bytes, as weights mostly come from memory
	for v := 0; v < turn; v += 64 {
		s.PREFETCHT0(operand.Mem{Base: b, Disp: ahead + v})
	}
	for u := range 4 {
		emitInt8Step(s, a, lda, lda3, b, u, sums)
	}
	for _, row := range a {
		s.ADDQ(operand.U8(16), row)
	}
	s.ADDQ(operand.U32(uint32(turn)), b)
	s.DECQ(steps)
	s.JNZ(operand.LabelRef(loop))
	s.Label(done)

	scales, init, out := s.integer("scales"), s.integer("init"), s.integer("out")
	ldi, ldo := s.integer("ldi"), s.integer("ldo")
	columns := [2]reg.VecVirtual{s.vec(), s.vec()}
	for j, v := range columns {
		s.VMOVUPS(s.at(panel, j), v)
	}
	for i, row := range sums {
		scale, both := s.vec(), s.vec()
		s.VBROADCASTSS(operand.Mem{Base: scales, Disp: 4 * i}, scale)
		for j, sum := range row {
			s.VMULPS(scale, columns[j], both)
			s.VCVTDQ2PS(sum, sum)
			s.VMULPS(both, sum, sum)
			s.VADDPS(s.at(init, j), sum, sum)
			s.VMOVUPS(sum, s.at(out, j))
		}
		if i+1 < rows {
			s.LEAQ(operand.Mem{Base: init, Index: ldi, Scale: 4}, init)
			s.LEAQ(operand.Mem{Base: out, Index: ldo, Scale: 4}, out)
		}
	}
	s.end()
}

// emitInt8Step adds the products of the u-th four bytes of every row.
func emitInt8Step(s *isa, a []reg.GPVirtual, lda, lda3, b reg.GPVirtual, u int, sums [][2]reg.VecVirtual) {
	right := [2]reg.VecVirtual{s.vec(), s.vec()}
	for j, v := range right {
		if s.vnni {
			s.VMOVUPS(s.at(b, 2*u+j), v)
		} else {
			s.VPMOVSXBW(operand.Mem{Base: b, Disp: (2*u + j) * s.bytes() / 2}, v)
		}
	}
	for i, row := range sums {
		left := s.vec()
		s.VPBROADCASTD(strided(a[i/4], lda, lda3, i%4).Offset(4*u), left)
		if s.vnni {
			s.VPDPBUSD(right[0], left, row[0])
			s.VPDPBUSD(right[1], left, row[1])
			continue
		}
		product := s.vec()
		s.VPMADDWD(right[0], left, product)
		s.VPADDD(product, row[0], row[0])
		s.VPMADDWD(right[1], left, left)
		s.VPADDD(left, row[1], row[1])
	}
}

// emitQuantise rounds as the processor is set to, to nearest.
func emitQuantise(s *isa) {
	s.function("quantise", "func(dst *byte, x []float32, factor float32)", "is int8Primitives.quantise.")
	dst, factor := s.integer("dst"), s.broadcast("factor")
	size := 2
	if s.vnni {
		size = 1
	}
	s.span(s.length("x"), []reg.GPVirtual{s.pointer("x")}, 2, func(m laneMask, at [][]operand.Mem) {
		for i, from := range at[0] {
			v := s.load(m, from)
			s.VMULPS(factor, v, v)
			s.VCVTPS2DQ(v, v)
			to := operand.Mem{Base: dst, Disp: i * size * s.lanes}
			switch {
			case s.vnni:
				s.VPADDD(s.word(128), v, v)
				s.VPMOVDB(v, to)
			case s.avx512:
				s.VPMOVDW(v, to)
			default:
				high := s.XMM()
				s.VEXTRACTI128(operand.U8(1), v, high)
				s.VPACKSSDW(high, v.AsX(), v.AsX())
				s.VMOVDQU(v.AsX(), to)
			}
		}
		s.ADDQ(operand.U32(uint32(len(at[0])*size*s.lanes)), dst)
	})
	s.end()
}

// emitMagnitude compares bits, as magnitudeGeneric does.
func emitMagnitude(s *isa) {
	s.function("magnitude", "func(x []float32) float32", "is int8Primitives.magnitude.")
	pointers, largest := []reg.GPVirtual{s.pointer("x")}, s.zeros()
	unsigned := s.word(0x7fffffff)
	larger := func(x, y, dst reg.Register) { s.VPMAXUD(x, y, dst) }
	s.span(s.length("x"), pointers, accumulators, func(m laneMask, at [][]operand.Mem) {
		for i, from := range at[0] {
			v := s.load(m, from)
			s.and(unsigned, v, v)
			larger(v, largest[i], largest[i])
		}
	})
	s.result(s.reduceLanes(combine(largest, larger), larger).AsX())
}

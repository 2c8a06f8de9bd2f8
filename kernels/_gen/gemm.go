package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// emitGemm writes the inner loops of matrix products.
func emitGemm(a *assembler) {
	a.each(func(s *isa) {
		for rows := 1; rows <= s.tileRows(); rows++ {
			emitTile(s, rows)
		}
		for rows := 1; rows <= sweepRows; rows++ {
			emitSweep(s, rows)
		}
	})
	emitTranspose(&isa{assembler: a, suffix: "AVX2", lanes: 8}) // wider vectors would not make it faster
	a.each(emitDots)
	a.each(emitPeak)
}

// tileRows is the most rows of a tile: its sums, two vectors a row, leave four registers for the operands.
func (s *isa) tileRows() int {
	if s.avx512 {
		return 14
	}
	return 6
}

// tileUnroll is how many steps of k one turn of a tile's loop makes.
const tileUnroll = 4

// tilePointers are the operands that a tile's loop walks along. Strides are in bytes.
type tilePointers struct {
	a           []reg.GPVirtual // rows 0, 4, 8, ...
	lda, lda3   reg.GPVirtual
	b, next     reg.GPVirtual
	ldb, ldb3   reg.GPVirtual
	left, right []reg.VecVirtual // registers for values of a, in turn, and for a row of b
}

// emitTile writes the product of rows x k and k x 2 vectors.
func emitTile(s *isa, rows int) {
	s.function(fmt.Sprintf("tile%d", rows),
		"func(k int, a *float32, lda int, b *float32, ldb int, init *float32, ldi int, out *float32, ldo, ahead, step int)",
		fmt.Sprintf("is gemmPrimitives.tile[%d].", rows))
	k, p := s.integer("k"), tilePointers{}
	p.a = []reg.GPVirtual{s.integer("a")}
	p.lda, p.lda3 = s.stride("lda")
	for row := 4; row < rows; row += 4 {
		next := s.GP64()
		s.LEAQ(operand.Mem{Base: p.a[len(p.a)-1], Index: p.lda, Scale: 4}, next)
		p.a = append(p.a, next)
	}
	sums := emitTileStart(s, rows)
	p.b, p.next = s.integer("b"), s.integer("ahead")
	s.ADDQ(p.b, p.next)
	p.ldb, p.ldb3 = s.stride("ldb")
	p.left, p.right = []reg.VecVirtual{s.vec(), s.vec()}, []reg.VecVirtual{s.vec(), s.vec()}

	loop, tail, single, done := s.label("loop"), s.label("tail"), s.label("single"), s.label("done")
	s.SUBQ(operand.U8(tileUnroll), k)
	s.JL(operand.LabelRef(tail))
	s.Label(loop)
	for u := range tileUnroll {
		for v := 0; v < 2*s.bytes(); v += 64 {
			s.PREFETCHT1(strided(p.next, p.ldb, p.ldb3, u).Offset(v))
		}
		emitTileStep(s, &p, sums, u)
	}
	for _, a := range p.a {
		s.ADDQ(operand.U8(4*tileUnroll), a)
	}
	s.LEAQ(operand.Mem{Base: p.b, Index: p.ldb, Scale: tileUnroll}, p.b)
	s.ADDQ(s.variable("step"), p.next)
	s.SUBQ(operand.U8(tileUnroll), k)
	s.JGE(operand.LabelRef(loop))
	s.Label(tail)
	s.ADDQ(operand.U8(tileUnroll), k)
	s.JZ(operand.LabelRef(done))
	s.Label(single)
	emitTileStep(s, &p, sums, 0)
	for _, a := range p.a {
		s.ADDQ(operand.U8(4), a)
	}
	s.ADDQ(p.ldb, p.b)
	s.DECQ(k)
	s.JNZ(operand.LabelRef(single))
	s.Label(done)

	out := s.integer("out")
	ldo := s.integer("ldo")
	for i, row := range sums {
		for j, sum := range row {
			s.VMOVUPS(sum, s.at(out, j))
		}
		if i+1 < len(sums) {
			s.LEAQ(operand.Mem{Base: out, Index: ldo, Scale: 4}, out)
		}
	}
	s.end()
}

// variable returns the place of a parameter on the stack, which may be changed there.
func (s *isa) variable(name string) operand.Mem {
	b, err := s.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

// stride loads a stride given in values and returns it, and three times it, in bytes.
func (s *isa) stride(name string) (one, three reg.GPVirtual) {
	one, three = s.integer(name), s.GP64()
	s.SHLQ(operand.U8(2), one)
	s.LEAQ(operand.Mem{Base: one, Index: one, Scale: 2}, three)
	return one, three
}

// strided returns the address i strides, 0 <= i < 4, after base.
func strided(base, one, three reg.GPVirtual, i int) operand.Mem {
	switch i {
	case 1, 2:
		return operand.Mem{Base: base, Index: one, Scale: uint8(i)}
	case 3:
		return operand.Mem{Base: base, Index: three, Scale: 1}
	}
	return operand.Mem{Base: base}
}

// emitTileStart returns the sums, set to init.
func emitTileStart(s *isa, rows int) [][2]reg.VecVirtual {
	sums := make([][2]reg.VecVirtual, rows)
	for i := range sums {
		sums[i] = [2]reg.VecVirtual{s.vec(), s.vec()}
	}
	init := s.integer("init")
	zeros, begin := s.label("zeros"), s.label("begin")
	s.TESTQ(init, init)
	s.JZ(operand.LabelRef(zeros))
	ldi := s.integer("ldi")
	for i, row := range sums {
		for j, sum := range row {
			s.VMOVUPS(s.at(init, j), sum)
		}
		if i+1 < rows {
			s.LEAQ(operand.Mem{Base: init, Index: ldi, Scale: 4}, init)
		}
	}
	s.JMP(operand.LabelRef(begin))
	s.Label(zeros)
	for _, row := range sums {
		for _, sum := range row {
			s.xor(sum, sum, sum)
		}
	}
	s.Label(begin)
	return sums
}

// emitTileStep adds the products for the k that lies u after the pointers.
func emitTileStep(s *isa, p *tilePointers, sums [][2]reg.VecVirtual, u int) {
	b := strided(p.b, p.ldb, p.ldb3, u)
	for j, v := range p.right {
		s.VMOVUPS(b.Offset(j*s.bytes()), v)
	}
	for i := range sums {
		left := p.left[i%2]
		s.VBROADCASTSS(strided(p.a[i/4], p.lda, p.lda3, i%4).Offset(4*u), left)
		for j, v := range p.right {
			s.VFMADD231PS(left, v, sums[i][j])
		}
	}
}

// emitDots writes the 16 dot products of four rows and four rows.
func emitDots(s *isa) {
	s.function("dots", "func(k int, x, y *[4]*float32, out *[16]float32)", "is gemmPrimitives.dots.")
	atOnce := 2 // rows of x whose sums fit the registers
	if s.avx512 {
		atOnce = 4
	}
	x, y, out := s.integer("x"), s.integer("y"), s.integer("out")
	pointers := func(from reg.GPVirtual, first, n int) []reg.GPVirtual {
		list := make([]reg.GPVirtual, n)
		for i := range list {
			list[i] = s.GP64()
			s.MOVQ(operand.Mem{Base: from, Disp: 8 * (first + i)}, list[i])
		}
		return list
	}
	right := pointers(y, 0, 4)
	for first := 0; first < 4; first += atOnce {
		n, at := s.integer("k"), s.GP64()
		s.XORQ(at, at)
		left := pointers(x, first, atOnce)
		sums := make([][4]reg.VecVirtual, atOnce)
		for i := range sums {
			for j := range sums[i] {
				sums[i][j] = s.zero()
			}
		}
		step := func(m laneMask) {
			var r [4]reg.VecVirtual
			for j, p := range right {
				r[j] = s.load(m, operand.Mem{Base: p, Index: at, Scale: 1})
			}
			for i, p := range left {
				l := s.load(m, operand.Mem{Base: p, Index: at, Scale: 1})
				for j := range r {
					s.VFMADD231PS(l, r[j], sums[i][j])
				}
			}
		}
		loop, tail, done := s.label("loop"), s.label("tail"), s.label("done")
		s.SUBQ(operand.U8(s.lanes), n)
		s.JL(operand.LabelRef(tail))
		s.Label(loop)
		step(all)
		s.ADDQ(operand.U8(s.bytes()), at)
		s.SUBQ(operand.U8(s.lanes), n)
		s.JGE(operand.LabelRef(loop))
		s.Label(tail)
		s.ADDQ(operand.U8(s.lanes), n)
		s.JZ(operand.LabelRef(done))
		step(s.firstLanes(n))
		s.Label(done)
		for i := range sums {
			s.VMOVUPS(s.fourSums(sums[i]), operand.Mem{Base: out, Disp: 16 * (first + i)})
		}
	}
	s.end()
}

// fourSums returns the sums over the lanes of four vectors, which it destroys.
func (s *isa) fourSums(v [4]reg.VecVirtual) reg.VecVirtual {
	for _, x := range v {
		high := s.XMM()
		if s.avx512 {
			half := s.YMM()
			s.VEXTRACTF64X4(operand.U8(1), x, half)
			s.VADDPS(half, x.AsY(), x.AsY())
			s.VEXTRACTF32X4(operand.U8(1), x.AsY(), high)
		} else {
			s.VEXTRACTF128(operand.U8(1), x, high)
		}
		s.VADDPS(high, x.AsX(), x.AsX())
	}
	// Of each pair of vectors x, y: x0+x2, y0+y2, x1+x3, y1+y3.
	pair := func(x, y reg.VecVirtual) reg.VecVirtual {
		low, high := s.XMM(), s.XMM()
		s.VUNPCKLPS(y.AsX(), x.AsX(), low)
		s.VUNPCKHPS(y.AsX(), x.AsX(), high)
		s.VADDPS(high, low, low)
		return low
	}
	front, back := pair(v[0], v[1]), pair(v[2], v[3])
	even, odd := s.XMM(), s.XMM()
	s.VUNPCKLPD(back, front, even)
	s.VUNPCKHPD(back, front, odd)
	s.VADDPS(odd, even, even)
	return even
}

// peakChains is how many sums the peak loop keeps, more than enough to hide the latency of a multiply-add.
const peakChains = 12

// emitPeak writes the loop that measures the multiply-add peak.
func emitPeak(s *isa) {
	s.function("peak", "func(n int)", fmt.Sprintf("makes n >= 1 times %d vector multiply-adds that do not wait for each other.", 2*peakChains))
	n := s.integer("n")
	x := s.zero()
	var sums [peakChains]reg.VecVirtual
	for i := range sums {
		sums[i] = s.zero()
	}
	loop := s.label("loop")
	s.Label(loop)
	for range 2 {
		for _, sum := range sums {
			s.VFMADD231PS(x, x, sum)
		}
	}
	s.DECQ(n)
	s.JNZ(operand.LabelRef(loop))
	s.end()
}

package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// lanes selects which lanes of a vector a load or store touches: all, or the first few of a span's end.
type laneMask struct {
	k reg.Register // AVX-512
	y reg.Register // AVX2
}

// all touches every lane.
var all = laneMask{}

func (m laneMask) isAll() bool { return m.k == nil && m.y == nil }

// firstLanes returns the mask of the first n lanes, 0 <= n < lanes. It changes n.
func (s *isa) firstLanes(n reg.GPVirtual) laneMask {
	if s.avx512 {
		bits := s.GP32()
		s.MOVL(operand.U32(0xffff), bits)
		s.BZHIL(n.As32(), bits, bits)
		k := s.K()
		s.KMOVW(bits, k)
		return laneMask{k: k}
	}
	window := make([]uint32, 16)
	for i := range 8 {
		window[i] = 0xffffffff
	}
	table := s.GP64()
	s.LEAQ(s.table(s.file+"_lanes", window).Offset(32), table)
	s.NEGQ(n)
	y := s.YMM()
	s.VMOVDQU(operand.Mem{Base: table, Index: n, Scale: 4}, y)
	return laneMask{y: y}
}

// load reads the lanes of m from memory; the others become 0 and their memory is not touched.
func (s *isa) load(m laneMask, from operand.Mem) reg.VecVirtual {
	v := s.vec()
	switch {
	case m.isAll():
		s.VMOVUPS(from, v)
	case s.avx512:
		s.VMOVUPS_Z(from, m.k, v)
	default:
		s.VMASKMOVPS(from, m.y, v)
	}
	return v
}

// loadElse reads the lanes of m; the others are fill's.
func (s *isa) loadElse(m laneMask, from operand.Mem, fill reg.VecVirtual) reg.VecVirtual {
	if s.avx512 && !m.isAll() {
		v := s.copy(fill)
		s.VMOVUPS(from, m.k, v)
		return v
	}
	v := s.load(m, from)
	if !m.isAll() {
		s.VBLENDVPS(m.y, v, fill, v)
	}
	return v
}

// store writes the lanes of m.
func (s *isa) store(m laneMask, v reg.Register, to operand.Mem) {
	switch {
	case m.isAll():
		s.VMOVUPS(v, to)
	case s.avx512:
		s.VMOVUPS(v, m.k, to)
	default:
		s.VMASKMOVPS(v, m.y, to)
	}
}

// keep returns v with the lanes outside of m set to 0.
func (s *isa) keep(m laneMask, v reg.VecVirtual) reg.VecVirtual {
	switch {
	case m.isAll():
		return v
	case s.avx512:
		w := s.vec()
		s.VMOVAPS_Z(v, m.k, w)
		return w
	default:
		w := s.vec()
		s.VANDPS(v, m.y, w)
		return w
	}
}

// span emits a loop over n values (n >= 0, destroyed): body is emitted for unroll vectors at once, for one vector, and for
// the last few lanes. It gets the mask and, for each operand pointer, the addresses of the vectors to work on. The pointers
// are moved along.
func (s *isa) span(n reg.GPVirtual, pointers []reg.GPVirtual, unroll int, body func(m laneMask, at [][]operand.Mem)) {
	addresses := func(count int) [][]operand.Mem {
		at := make([][]operand.Mem, len(pointers))
		for i, p := range pointers {
			for v := range count {
				at[i] = append(at[i], s.at(p, v))
			}
		}
		return at
	}
	advance := func(count int) {
		for _, p := range pointers {
			s.ADDQ(operand.U32(uint32(count*s.bytes())), p)
		}
	}
	loop := func(count int) {
		step := operand.U32(uint32(count * s.lanes))
		start, end := s.label("loop"), s.label("end")
		s.SUBQ(step, n)
		s.JL(operand.LabelRef(end))
		s.Label(start)
		body(all, addresses(count))
		advance(count)
		s.SUBQ(step, n)
		s.JGE(operand.LabelRef(start))
		s.Label(end)
		s.ADDQ(step, n)
	}
	if unroll > 1 {
		loop(unroll)
	}
	loop(1)
	done := s.label("done")
	s.JZ(operand.LabelRef(done))
	body(s.firstLanes(n), addresses(1))
	s.Label(done)
}

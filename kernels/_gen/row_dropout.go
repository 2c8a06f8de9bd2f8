package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The dropout generator. ../row_dropout.go says what it computes.

const maskSignature = "m struct {key0, key1 uint32; threshold int32; scale float32}, column int"

// maskGenerator is the generator in vector registers: column (times its multiplier, plus key0) moves along the row.
type maskGenerator struct {
	*isa
	column, advance             reg.VecVirtual
	key1, threshold, scale      reg.VecVirtual
	firstMultiplier, multiplier reg.VecVirtual
}

const (
	columnMultiplier = 0x9e3779b9
	firstMultiplier  = 0x21f0aaad
	secondMultiplier = 0x735a2d97
)

// maskGenerator loads the parameters m and column.
func (s *isa) maskGenerator() *maskGenerator {
	steps := make([]uint32, 16)
	for i := range steps {
		steps[i] = uint32(i) * columnMultiplier
	}
	g := &maskGenerator{isa: s, column: s.vec(), advance: s.vec()}
	start := s.GP32()
	column := s.integer("column")
	s.IMUL3L(operand.U32(columnMultiplier), column.As32(), start)
	g.key1, g.threshold, g.scale = s.broadcast("m", "key1"), s.broadcast("m", "threshold"), s.broadcast("m", "scale")
	first := s.XMM()
	s.VMOVD(start, first)
	s.VPBROADCASTD(first, g.column)
	s.addIntegers(s.broadcast("m", "key0"), g.column)
	offsets := s.vec()
	s.VMOVUPS(s.table(s.file+"_column_steps", steps), offsets)
	s.addIntegers(offsets, g.column)
	s.VPBROADCASTD(s.single(uint32(uint64(columnMultiplier)*uint64(s.lanes))), g.advance)
	g.firstMultiplier, g.multiplier = s.vec(), s.vec()
	s.VPBROADCASTD(s.single(firstMultiplier), g.firstMultiplier)
	s.VPBROADCASTD(s.single(secondMultiplier), g.multiplier)
	return g
}

func (s *isa) addIntegers(x, dst reg.Register) { s.VPADDD(x, dst, dst) }

// shiftXor sets h ^= h >> n.
func (s *isa) shiftXor(n uint8, h reg.VecVirtual) {
	shifted := s.vec()
	s.VPSRLD(operand.U8(n), h, shifted)
	s.xor(shifted, h, h)
}

// scaled returns scale v where the next columns are kept, 0 elsewhere.
func (g *maskGenerator) scaled(v reg.VecVirtual) reg.VecVirtual {
	h := g.vec()
	g.VMOVAPS(g.column, h)
	g.addIntegers(g.advance, g.column)
	g.shiftXor(16, h)
	g.VPMULLD(g.firstMultiplier, h, h)
	g.xor(g.key1, h, h)
	g.shiftXor(15, h)
	g.VPMULLD(g.multiplier, h, h)
	g.shiftXor(15, h)
	out := g.vec()
	if g.avx512 {
		k := g.K()
		g.VPCMPD(operand.U8(cmpAtLeast), g.threshold, h, k)
		g.VMULPS_Z(g.scale, v, k, out)
	} else {
		dropped := g.vec()
		g.VPCMPGTD(h, g.threshold, dropped)
		g.VMULPS(g.scale, v, out)
		g.VANDNPS(out, dropped, out)
	}
	return out
}

// cmpAtLeast is VPCMPD's predicate "not less".
const cmpAtLeast = 5

func emitDropout(s *isa) {
	s.function("dropout", "func(dst, x []float32, "+maskSignature+")", "sets dst = mask x / (1-p).")
	g := s.maskGenerator()
	s.elementwise([]string{"x"}, 2, func(v []reg.VecVirtual) reg.VecVirtual { return g.scaled(v[0]) })
}

func emitDropoutAdd(s *isa) {
	s.function("dropoutAdd", "func(dst, x, y []float32, "+maskSignature+")", "sets dst = mask x / (1-p) + y.")
	g := s.maskGenerator()
	s.elementwise([]string{"x", "y"}, 2, func(v []reg.VecVirtual) reg.VecVirtual {
		out := g.scaled(v[0])
		s.VADDPS(v[1], out, out)
		return out
	})
}

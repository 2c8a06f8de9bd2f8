package main

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// constants are one function's constants: some wait in registers, the others come from memory when they are used. With
// AVX-512 there is room for most of a function's; with AVX2's 16 registers for the few that instructions cannot take from
// memory.
type constants struct {
	*isa
	held map[uint32]reg.VecVirtual
}

// constants loads values into registers: always those of need, and with AVX-512 also those of want.
func (s *isa) constants(need, want []float64) *constants {
	c := &constants{isa: s, held: map[uint32]reg.VecVirtual{}}
	if s.avx512 {
		need = append(need[:len(need):len(need)], want...)
	}
	for _, v := range need {
		c.hold(v)
	}
	return c
}

// hold loads a value into all lanes of a register, once.
func (c *constants) hold(v float64) reg.VecVirtual {
	bits := math.Float32bits(float32(v))
	if r, ok := c.held[bits]; ok {
		return r
	}
	r := c.vec()
	c.VBROADCASTSS(c.single(bits), r)
	c.held[bits] = r
	return r
}

// get returns the register of a value, which is loaded now if it was not held.
func (c *constants) get(v float64) reg.VecVirtual {
	if r, ok := c.held[math.Float32bits(float32(v))]; ok {
		return r
	}
	r := c.vec()
	c.VBROADCASTSS(c.single(math.Float32bits(float32(v))), r)
	return r
}

// single returns memory that holds one 32-bit pattern.
func (a *assembler) single(bits uint32) operand.Mem {
	name := fmt.Sprintf("%s_one_%08x", a.file, bits)
	if m, ok := a.constants[name]; ok {
		return m
	}
	m := a.StaticGlobal(name)
	a.DataAttributes(attr.RODATA | attr.NOPTR)
	a.AddDatum(0, operand.U32(bits))
	a.constants[name] = m
	return m
}

// addTo sets dst = dst + v, mulBy dst = dst v, and the fused forms fma213 dst = x dst + v and fma231 dst = x v + dst.
func (c *constants) addTo(v float64, dst reg.Register) {
	c.use(v, func(m operand.Op) { c.VADDPS(m, dst, dst) }, func(m operand.Mem) { c.VADDPS_BCST(m, dst, dst) })
}

func (c *constants) mulBy(v float64, dst reg.Register) {
	c.use(v, func(m operand.Op) { c.VMULPS(m, dst, dst) }, func(m operand.Mem) { c.VMULPS_BCST(m, dst, dst) })
}

func (c *constants) fma213(v float64, x, dst reg.Register) {
	c.use(v, func(m operand.Op) { c.VFMADD213PS(m, x, dst) }, func(m operand.Mem) { c.VFMADD213PS_BCST(m, x, dst) })
}

func (c *constants) fma231(v float64, x, dst reg.Register) {
	c.use(v, func(m operand.Op) { c.VFMADD231PS(m, x, dst) }, func(m operand.Mem) { c.VFMADD231PS_BCST(m, x, dst) })
}

// bitAnd sets dst = x & bits.
func (c *constants) bitAnd(bits uint32, x, dst reg.Register) {
	c.use(float64(math.Float32frombits(bits)), func(m operand.Op) { c.and(m, x, dst) }, func(m operand.Mem) { c.VPANDD_BCST(m, x, dst) })
}

// bitOr sets dst = x | bits.
func (c *constants) bitOr(bits uint32, x, dst reg.Register) {
	c.use(float64(math.Float32frombits(bits)), func(m operand.Op) { c.or(m, x, dst) }, func(m operand.Mem) { c.VPORD_BCST(m, x, dst) })
}

// use emits an instruction with the constant from its register or from full-width memory (AVX2), or from one word of
// memory that the instruction itself spreads over the lanes (AVX-512).
func (c *constants) use(v float64, plain func(m operand.Op), spread func(m operand.Mem)) {
	bits := math.Float32bits(float32(v))
	if r, ok := c.held[bits]; ok {
		plain(r)
	} else if c.avx512 {
		spread(c.single(bits))
	} else {
		plain(c.word(bits))
	}
}

// polynomial returns p(x).
func (c *constants) polynomial(p polynomial, x reg.Register) reg.VecVirtual {
	last := len(p.coefficients) - 1
	v := c.copy(c.get(p.coefficients[last]))
	for i := last - 1; i >= 0; i-- {
		c.fma213(p.coefficients[i], x, v)
	}
	return v
}

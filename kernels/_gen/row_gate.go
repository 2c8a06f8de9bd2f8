package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Gated activations and their gradients. ../row_gate.go has the formulas.

// gate emits dst = f(x) gate.
func (s *isa) gate(name string, prepare func() *constants, f func(c *constants, x reg.VecVirtual) reg.VecVirtual) {
	s.function(name+"Gate", "func(dst, x, gate []float32)", "sets dst = f(x) gate, f being "+name+".")
	s.product("dst", "gate", prepare, f)
}

// emitGateGradients writes, for each activation, the function that computes dx = dy gate f'(x) and dgate = dy f(x).
func emitGateGradients(a *assembler) {
	a.each(emitIdentityGate)
	a.each(emitReLUGateGradient)
	a.each(emitTanhGateGradient)
	a.each(emitGELUGateGradient)
	a.each(emitGELUTanhGateGradient)
}

// gateGradient emits one of them; both returns f(x) and f'(x), which may be x and nil when that is 1. It stores when it has
// loaded everything, for the results may go to the operands' places.
func (s *isa) gateGradient(name string, prepare func() *constants, both func(c *constants, x reg.VecVirtual) (value, slope reg.VecVirtual)) {
	s.function(name+"GateGradient", "func(dx, dgate, dy, x, gate []float32)",
		"sets dx = dy gate f'(x) and dgate = dy f(x), f being "+name+".")
	c := prepare()
	pointers := []reg.GPVirtual{s.pointer("dx"), s.pointer("dgate"), s.pointer("dy"), s.pointer("x"), s.pointer("gate")}
	s.span(s.length("dx"), pointers, chains, func(m laneMask, at [][]operand.Mem) {
		s.interleave(len(at[0]), func(i int) {
			dgate, dx := both(c, s.load(m, at[3][i]))
			if dx == nil {
				dx = s.load(m, at[2][i])
			} else {
				s.multiply(m, at[2][i], dx)
			}
			s.multiply(m, at[2][i], dgate)
			s.multiply(m, at[4][i], dx)
			s.store(m, dx, at[0][i])
			s.store(m, dgate, at[1][i])
		})
	})
	s.end()
}

func emitIdentityGate(s *isa) {
	none := func() *constants { return s.constants(nil, nil) }
	s.gate("identity", none, func(_ *constants, x reg.VecVirtual) reg.VecVirtual { return x })
	s.gateGradient("identity", none, func(_ *constants, x reg.VecVirtual) (value, slope reg.VecVirtual) { return x, nil })
}

func emitReLUGateGradient(s *isa) {
	prepare := func() *constants { return s.constants([]float64{0}, []float64{1}) }
	s.gateGradient("relu", prepare, func(c *constants, x reg.VecVirtual) (value, slope reg.VecVirtual) { return c.positive(x), c.step(x) })
}

func emitTanhGateGradient(s *isa) {
	prepare := func() *constants {
		return s.constants([]float64{magic, tanhEnd}, append([]float64{log2e, -ln2High, -ln2Low, -1, 1, 2, 4}, expPolynomial.coefficients[2:]...))
	}
	s.gateGradient("tanh", prepare, func(c *constants, x reg.VecVirtual) (value, slope reg.VecVirtual) {
		value, less, power := c.expm1(s.twiceNegative(c, x))
		below, q := s.copy(value), s.vec()
		c.addTo(2, below)
		s.VDIVPS(below, c.get(1), q)
		s.VMULPS(q, value, value)
		s.VFMADD213PS(power, power, less) // 2^n (e^r - 1) + 2^n, exact where value + 1 would not be
		s.VMULPS(q, q, q)
		s.VMULPS(less, q, q)
		c.mulBy(4, q)
		return c.withSign(value, x), q
	})
}

func emitGELUGateGradient(s *isa) {
	prepare := func() *constants {
		return s.constants([]float64{hazardEnd, magic, smallestX2}, append([]float64{0, 1}, append(tailPolynomial.coefficients, exp2Polynomial.coefficients...)...))
	}
	s.gateGradient("gelu", prepare, func(c *constants, x reg.VecVirtual) (value, slope reg.VecVirtual) {
		t := s.vec()
		c.bitAnd(magnitude, x, t)
		s.VMINPS(t, c.get(hazardEnd), t)
		q := c.normalTail(t)
		k := c.polynomial(hazardPolynomial, t)
		s.VMULPS(q, k, k)
		value = c.positive(x)
		s.VFNMADD231PS(q, t, value)
		return value, s.mirror(c, x, k)
	})
}

func emitGELUTanhGateGradient(s *isa) {
	prepare := func() *constants {
		return s.constants([]float64{magic, smallestX2},
			append([]float64{geluTanhW1, geluTanhW3, geluTanhD1, geluTanhD3, 1}, exp2Polynomial.coefficients...))
	}
	s.gateGradient("geluTanh", prepare, func(c *constants, x reg.VecVirtual) (value, slope reg.VecVirtual) {
		logistic, eq, rise := s.geluTanhSlope(c, x)
		value = s.vec()
		s.VMULPS(logistic, x, value)
		s.VFMADD231PS(eq, rise, logistic)
		return value, logistic
	})
}

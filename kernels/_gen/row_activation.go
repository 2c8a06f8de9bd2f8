package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Activations and their gradients. ../row_activation.go has the formulas.

func emitActivations(a *assembler) {
	a.each(emitReLU)
	a.each(emitReLUGradient)
	a.each(emitTanh)
	a.each(emitTanhGradient)
	a.each(emitGELU)
	a.each(emitGELUGradient)
	a.each(emitGELUTanh)
	a.each(emitGELUTanhGradient)
	emitGateGradients(a)
}

// chains is how many vectors are worked on at once: as many as the registers of AVX2 hold.
const chains = 2

// activation emits dst = f(x), and dst = f(x) gate.
func (s *isa) activation(name, doc string, prepare func() *constants, f func(c *constants, x reg.VecVirtual) reg.VecVirtual) {
	s.function(name, "func(dst, x []float32)", doc)
	c := prepare()
	pointers := []reg.GPVirtual{s.pointer("dst"), s.pointer("x")}
	s.span(s.length("dst"), pointers, chains, func(m laneMask, at [][]operand.Mem) {
		s.interleave(len(at[0]), func(i int) {
			s.store(m, f(c, s.load(m, at[1][i])), at[0][i])
		})
	})
	s.end()
	s.gate(name, prepare, f)
}

// gradient emits dx = dy f'(x).
func (s *isa) gradient(name, doc string, prepare func() *constants, f func(c *constants, x reg.VecVirtual) reg.VecVirtual) {
	s.function(name, "func(dx, dy, x []float32)", doc)
	s.product("dx", "dy", prepare, f)
}

// product is the body of a function that sets dst = factor f(x).
func (s *isa) product(dst, factor string, prepare func() *constants, f func(c *constants, x reg.VecVirtual) reg.VecVirtual) {
	c := prepare()
	pointers := []reg.GPVirtual{s.pointer(dst), s.pointer(factor), s.pointer("x")}
	s.span(s.length(dst), pointers, chains, func(m laneMask, at [][]operand.Mem) {
		s.interleave(len(at[0]), func(i int) {
			v := f(c, s.load(m, at[2][i]))
			s.multiply(m, at[1][i], v)
			s.store(m, v, at[0][i])
		})
	})
	s.end()
}

// multiply sets v *= what from holds.
func (s *isa) multiply(m laneMask, from operand.Mem, v reg.VecVirtual) {
	if m.isAll() {
		s.VMULPS(from, v, v)
	} else {
		s.VMULPS(s.load(m, from), v, v)
	}
}

func emitReLU(s *isa) {
	prepare := func() *constants { return s.constants([]float64{0}, nil) }
	s.activation("relu", "sets dst = max(x, 0).", prepare, func(c *constants, x reg.VecVirtual) reg.VecVirtual { return c.positive(x) })
}

// positive returns max(x, 0), or NaN. Needs in registers: 0.
func (c *constants) positive(x reg.VecVirtual) reg.VecVirtual {
	v := c.vec()
	c.VMAXPS(x, c.get(0), v)
	return v
}

func emitReLUGradient(s *isa) {
	prepare := func() *constants { return s.constants([]float64{0}, []float64{1}) }
	s.gradient("reluGradient", "sets dx = dy where x > 0, else 0.", prepare,
		func(c *constants, x reg.VecVirtual) reg.VecVirtual { return c.step(x) })
}

// step returns 1 where x > 0, else 0. Needs in registers: 0.
func (c *constants) step(x reg.VecVirtual) reg.VecVirtual {
	v := c.vec()
	if c.avx512 {
		k := c.K()
		c.VCMPPS(operand.U8(cmpLess), x, c.get(0), k)
		c.VMOVAPS_Z(c.get(1), k, v)
	} else {
		c.VCMPPS(operand.U8(cmpLess), x, c.get(0), v)
		c.bitAnd(0x3f800000, v, v)
	}
	return v
}

// cmpLess is the predicate "less, ordered, quiet" of VCMPPS; its operands are, in Go's order, (y, x) for x < y.
const cmpLess = 0x11

func emitTanh(s *isa) {
	prepare := func() *constants {
		return s.constants([]float64{magic, tanhEnd}, append([]float64{log2e, -ln2High, -ln2Low, -1, 2}, expPolynomial.coefficients[2:]...))
	}
	s.activation("tanh", "sets dst = tanh x.", prepare, func(c *constants, x reg.VecVirtual) reg.VecVirtual {
		y := s.twiceNegative(c, x)
		e, _, _ := c.expm1(y)
		below := s.copy(e)
		c.addTo(2, below)
		s.VDIVPS(below, e, e) // -tanh |x|, not above 0
		return c.withSign(e, x)
	})
}

// withSign returns |v| with the sign of x.
func (c *constants) withSign(v, x reg.VecVirtual) reg.VecVirtual {
	sign, out := c.vec(), c.vec()
	c.bitAnd(signBit, x, sign)
	c.bitAnd(magnitude, v, out)
	c.or(sign, out, out)
	return out
}

// twiceNegative returns -2 |x|, or tanhEnd where that is larger.
func (s *isa) twiceNegative(c *constants, x reg.VecVirtual) reg.VecVirtual {
	y := s.vec()
	c.bitOr(signBit, x, y)
	s.VADDPS(y, y, y)
	s.VMAXPS(y, c.get(tanhEnd), y)
	return y
}

func emitTanhGradient(s *isa) {
	prepare := func() *constants {
		return s.constants([]float64{magic, tanhEnd}, append([]float64{log2e, -ln2High, -ln2Low, 2}, expPolynomial.coefficients...))
	}
	s.gradient("tanhGradient", "sets dx = dy / cosh^2 x.", prepare, func(c *constants, x reg.VecVirtual) reg.VecVirtual {
		r, power := c.reduce(s.twiceNegative(c, x))
		e := c.polynomial(expPolynomial, r)
		s.VMULPS(power, e, e)
		below, q := s.copy(e), s.vec()
		c.addTo(1, below)
		s.VDIVPS(below, c.get(2), q)
		s.VMULPS(q, q, q)
		s.VMULPS(e, q, q)
		return q
	})
}

func emitGELU(s *isa) {
	prepare := func() *constants {
		return s.constants([]float64{0, magic, smallestX2}, append(tailPolynomial.coefficients, exp2Polynomial.coefficients...))
	}
	s.activation("gelu", "sets dst = x P(x), P being the normal distribution function.", prepare,
		func(c *constants, x reg.VecVirtual) reg.VecVirtual {
			t := s.vec()
			c.bitAnd(magnitude, x, t)
			q := c.normalTail(t)
			v := c.positive(x)
			s.VFNMADD231PS(q, t, v)
			return v
		})
}

func emitGELUGradient(s *isa) {
	prepare := func() *constants {
		return s.constants([]float64{hazardEnd, magic, smallestX2}, append(tailPolynomial.coefficients, exp2Polynomial.coefficients...))
	}
	s.gradient("geluGradient", "sets dx = dy (P(x) + x P'(x)), P being the normal distribution function.", prepare,
		func(c *constants, x reg.VecVirtual) reg.VecVirtual {
			t := s.vec()
			c.bitAnd(magnitude, x, t)
			s.VMINPS(t, c.get(hazardEnd), t)
			g := c.normalTail(t)
			k := c.polynomial(hazardPolynomial, t)
			s.VMULPS(k, g, g)
			return s.mirror(c, x, g)
		})
}

// mirror returns g where x is negative, 1 - g elsewhere.
func (s *isa) mirror(c *constants, x, g reg.VecVirtual) reg.VecVirtual {
	v := s.vec()
	if s.avx512 {
		k := s.K()
		s.VPMOVD2M(x, k)
		s.VSUBPS(g, c.get(1), v)
		s.VMOVAPS(g, k, v)
	} else {
		s.VSUBPS(g, c.get(1), v)
		s.VBLENDVPS(x, g, v, v)
	}
	return v
}

// geluTanhParts returns e = 2^-|w| and 1 + e, with w as in the coefficients' doc, and x^2.
func (s *isa) geluTanhParts(c *constants, x reg.VecVirtual) (e, below, square reg.VecVirtual) {
	square = s.vec()
	s.VMULPS(x, x, square)
	w := s.copy(c.get(geluTanhW3))
	c.fma213(geluTanhW1, square, w)
	s.VMULPS(x, w, w)
	c.bitOr(signBit, w, w)
	e = c.exp2(w)
	below = s.copy(e)
	c.addTo(1, below)
	return e, below, square
}

func emitGELUTanh(s *isa) {
	prepare := func() *constants {
		return s.constants([]float64{0, magic, smallestX2}, append([]float64{geluTanhW1, geluTanhW3}, exp2Polynomial.coefficients...))
	}
	s.activation("geluTanh", "sets dst = x/2 (1 + tanh u), GELU's approximation.", prepare,
		func(c *constants, x reg.VecVirtual) reg.VecVirtual {
			e, below, _ := s.geluTanhParts(c, x)
			v, negative := c.positive(x), s.vec()
			s.VMINPS(x, c.get(0), negative)
			s.VFMADD231PS(e, negative, v)
			s.VDIVPS(below, v, v)
			return v
		})
}

func emitGELUTanhGradient(s *isa) {
	prepare := func() *constants {
		return s.constants([]float64{magic, smallestX2},
			append([]float64{geluTanhW1, geluTanhW3, geluTanhD1, geluTanhD3}, exp2Polynomial.coefficients...))
	}
	s.gradient("geluTanhGradient", "sets dx = dy times the derivative of GELU's approximation.", prepare,
		func(c *constants, x reg.VecVirtual) reg.VecVirtual {
			logistic, eq, slope := s.geluTanhSlope(c, x)
			s.VFMADD231PS(eq, slope, logistic)
			return logistic
		})
}

// geluTanhSlope returns the logistic function of w, which times x is the function, and two factors whose product makes it the derivative
// when it is added. With q = 1/(1+e) the logistic function of |w| is q and its derivative e q^2.
func (s *isa) geluTanhSlope(c *constants, x reg.VecVirtual) (logistic, eq, slope reg.VecVirtual) {
	e, below, square := s.geluTanhParts(c, x)
	q, eq := s.vec(), s.vec()
	s.VDIVPS(below, c.get(1), q)
	s.VMULPS(q, e, eq)
	slope = s.copy(c.get(geluTanhD3))
	c.fma213(geluTanhD1, square, slope)
	s.VMULPS(x, slope, slope)
	s.VMULPS(q, slope, slope)
	logistic = s.vec()
	if s.avx512 {
		k := s.K()
		s.VPMOVD2M(x, k)
		s.VMOVAPS(q, logistic)
		s.VMOVAPS(eq, k, logistic)
	} else {
		s.VBLENDVPS(x, eq, q, logistic)
	}
	return logistic, eq, slope
}

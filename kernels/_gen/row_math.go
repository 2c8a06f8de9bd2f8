package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Vector functions that the templates build on. Each returns a new register and leaves its operands alone.

// magic rounds to an integer when it is added, and leaves that integer plus 127, the bias of a float32's exponent, in the
// lowest bits: shifted left by 23 they are the power of two itself. Integers from -127, which gives 0, to 128, which gives
// infinity, work.
const magic = 3<<22 + 127

// Bit patterns.
const (
	signBit    = 0x80000000
	magnitude  = 0x7fffffff
	smallestX  = -88.029 // exp's argument for the exponent -127
	largestX   = 88.9    // for 128
	smallestX2 = -127.0  // 2^x's
	tanhEnd    = -40.0   // 2 |x| from where on tanh is 1
	hazardEnd  = 14.0    // the normal tail is 0 in float32
)

// exponent splits x2 + magic into the integer as a float and 2 to the power of it.
func (c *constants) exponent(sum reg.VecVirtual) (n, power reg.VecVirtual) {
	n, power = c.vec(), c.vec()
	c.VSUBPS(c.get(magic), sum, n)
	c.VPSLLD(operand.U8(23), sum, power)
	return n, power
}

// exp2 returns 2^x for x <= 127; below -126.5 it is 0. Needs in registers: smallestX2, magic.
func (c *constants) exp2(x reg.VecVirtual) reg.VecVirtual {
	clamped, sum := c.vec(), c.vec()
	c.VMAXPS(x, c.get(smallestX2), clamped) // of a NaN and a number, x: the first operand here
	c.VADDPS(c.get(magic), clamped, sum)
	n, power := c.exponent(sum)
	c.VSUBPS(n, clamped, n)
	v := c.polynomial(exp2Polynomial, n)
	c.VMULPS(power, v, v)
	return v
}

// reduce returns r and 2^n such that x = n ln 2 + r. Needs in registers: magic.
func (c *constants) reduce(x reg.VecVirtual) (r, power reg.VecVirtual) {
	sum := c.copy(c.get(magic))
	c.fma231(log2e, x, sum)
	n, power := c.exponent(sum)
	r = c.copy(x)
	c.fma231(-ln2High, n, r)
	c.fma231(-ln2Low, n, r)
	return r, power
}

const log2e = 1.4426950408889634

// exp returns e^x, 0 below -87.7 and infinity above 88.4. Needs in registers: smallestX, largestX, magic.
func (c *constants) exp(x reg.VecVirtual) reg.VecVirtual {
	clamped := c.vec()
	c.VMAXPS(x, c.get(smallestX), clamped)
	c.VMINPS(clamped, c.get(largestX), clamped)
	r, power := c.reduce(clamped)
	v := c.polynomial(expPolynomial, r)
	c.VMULPS(power, v, v)
	return v
}

// normalTail returns Q(t), t >= 0. Needs in registers: smallestX2, magic.
func (c *constants) normalTail(t reg.VecVirtual) reg.VecVirtual {
	return c.exp2(c.polynomial(tailPolynomial, t))
}

// expm1 of tanh: with y = -2|x| = n ln 2 + r, e^y - 1 = 2^n (e^r - 1) + (2^n - 1), which loses nothing near 0. It also returns the
// two parts, e^r - 1 and 2^n.
func (c *constants) expm1(y reg.VecVirtual) (v, less, power reg.VecVirtual) {
	r, power := c.reduce(y)
	square := c.vec()
	c.VMULPS(r, r, square)
	less = c.polynomial(polynomial{coefficients: expPolynomial.coefficients[2:]}, r)
	c.VFMADD213PS(r, square, less) // e^r - 1
	v = c.copy(power)
	c.addTo(-1, v)
	c.VFMADD231PS(less, power, v)
	return v, less, power
}

// reduceLanes combines the lanes of v, which is destroyed; the result is in the lowest lane.
func (s *isa) reduceLanes(v reg.VecVirtual, op func(x, y, dst reg.Register)) reg.VecVirtual {
	if s.avx512 {
		high := s.YMM()
		s.VEXTRACTF64X4(operand.U8(1), v, high)
		op(high, v.AsY(), v.AsY())
	}
	high, x := s.XMM(), v.AsX()
	s.VEXTRACTF128(operand.U8(1), v.AsY(), high)
	op(high, x, x)
	s.VMOVHLPS(x, x, high)
	op(high, x, x)
	s.VMOVSHDUP(x, high)
	op(high, x, x)
	return v
}

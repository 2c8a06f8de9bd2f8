package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The loops of attention over rows of scores. A row is worked on in whole vectors, for there is room behind it, and the
// lanes past its end are left out of maxima and sums.

// scoreRows is a loop over rows of n values: all vectors but the last, which has at least one lane, and that one.
type scoreRows struct {
	*isa
	m     reg.GPVirtual // rows left
	whole reg.GPVirtual // bytes of all vectors but the last
	last  laneMask
}

// scoreRows prepares a loop over parameter rows of n values, n > 0.
func (s *isa) scoreRows(rows, n string) *scoreRows {
	whole, rest := s.integer(n), s.GP64()
	s.DECQ(whole)
	s.ANDQ(operand.I8(-int8(s.lanes)), whole)
	s.Load(s.Param(n), rest)
	s.SUBQ(whole, rest)
	s.SHLQ(operand.U8(2), whole)
	return &scoreRows{isa: s, m: s.integer(rows), whole: whole, last: s.firstLanes(rest)}
}

// each emits the loop over rows.
func (r *scoreRows) each(body func()) {
	loop, end := r.label("row"), r.label("end")
	r.TESTQ(r.m, r.m)
	r.JLE(operand.LabelRef(end))
	r.Label(loop)
	body()
	r.DECQ(r.m)
	r.JNZ(operand.LabelRef(loop))
	r.Label(end)
}

// vectors emits body for all vectors of a row but the last in a loop, and for the last. It gets their distance from the
// row's first byte as an index register.
func (r *scoreRows) vectors(body func(m laneMask, at reg.GPVirtual)) {
	at := r.GP64()
	loop, last := r.label("vector"), r.label("last")
	r.XORQ(at, at)
	r.TESTQ(r.whole, r.whole)
	r.JZ(operand.LabelRef(last))
	r.Label(loop)
	body(all, at)
	r.ADDQ(operand.U32(uint32(r.bytes())), at)
	r.CMPQ(at, r.whole)
	r.JL(operand.LabelRef(loop))
	r.Label(last)
	body(r.last, at)
}

func emitAttentionSoftmax(s *isa) {
	s.function("attentionSoftmax", "func(scores []float32, row, m, n int, scale float32, factors, logSumExp []float32)",
		"is attentionPrimitives.softmax.")
	r := s.scoreRows("m", "n")
	// The sums wait in factors and the maxima in logSumExp until there is a vector of them.
	line, row, sums, maxima := s.pointer("scores"), s.rowBytes("row"), s.pointer("factors"), s.pointer("logSumExp")
	c := s.exp2Constants()
	factor := c.log2Scale()
	r.each(func() {
		top := s.vec()
		s.VBROADCASTSS(operand.Mem{Base: line}, top)
		r.vectors(func(m laneMask, at reg.GPVirtual) {
			v := operand.Mem{Base: line, Index: at, Scale: 1}
			if m.isAll() {
				s.VMAXPS(v, top, top)
			} else {
				s.VMAXPS(s.loadElse(m, v, top), top, top)
			}
		})
		largest := s.reduceLanes(top, func(x, y, dst reg.Register) { s.VMAXPS(x, y, dst) }).AsX()
		s.VMOVSS(largest, operand.Mem{Base: maxima})
		s.VBROADCASTSS(largest, top)
		sum := s.zero()
		r.vectors(func(m laneMask, at reg.GPVirtual) {
			v := s.vec()
			s.VMOVUPS(operand.Mem{Base: line, Index: at, Scale: 1}, v)
			s.VSUBPS(top, v, v)
			s.VMULPS(factor, v, v)
			p := c.exp2(v)
			s.VMOVUPS(p, operand.Mem{Base: line, Index: at, Scale: 1})
			s.VADDPS(s.keep(m, p), sum, sum)
		})
		s.VMOVSS(s.reduceLanes(sum, s.addPS).AsX(), operand.Mem{Base: sums})
		s.ADDQ(row, line)
		s.ADDQ(operand.U8(4), maxima)
		s.ADDQ(operand.U8(4), sums)
	})
	s.finishSoftmax()
	s.end()
}

// finishSoftmax emits the loop that makes reciprocals of the sums in factors, and scale maximum + log(sum) of the maxima in
// logSumExp.
func (s *isa) finishSoftmax() {
	factors, logSumExp, m := s.pointer("factors"), s.pointer("logSumExp"), s.integer("m")
	loop, end := s.label("finish"), s.label("finished")
	scale, c := s.broadcast("scale"), s.constants([]float64{1}, logPolynomial.coefficients)
	s.TESTQ(m, m)
	s.JLE(operand.LabelRef(end))
	s.Label(loop)
	sum := s.vec()
	s.VMOVUPS(operand.Mem{Base: factors}, sum)
	factor := s.vec()
	s.VDIVPS(sum, c.get(1), factor)
	s.VMOVUPS(factor, operand.Mem{Base: factors})
	result := c.logarithm(sum)
	s.VFMADD231PS(operand.Mem{Base: logSumExp}, scale, result)
	s.VMOVUPS(result, operand.Mem{Base: logSumExp})
	s.ADDQ(operand.U32(uint32(s.bytes())), factors)
	s.ADDQ(operand.U32(uint32(s.bytes())), logSumExp)
	s.SUBQ(operand.U32(uint32(s.lanes)), m)
	s.JG(operand.LabelRef(loop))
	s.Label(end)
}

// logarithm returns log(x) for normal x > 0, as logarithm in ../attention_generic.go does. A NaN stays one.
func (c *constants) logarithm(x reg.VecVirtual) reg.VecVirtual {
	// x = 2^n (1+f), the mantissa 1+f being between the square roots of 1/2 and 2.
	n, f := c.vec(), c.vec()
	c.VPSUBD(c.word(math.Float32bits(math.Sqrt2/2)), x, n)
	c.VPSRAD(operand.U8(23), n, n)
	c.VPSLLD(operand.U8(23), n, f)
	c.VPSUBD(f, x, f)
	c.addTo(-1, f)
	c.VCVTDQ2PS(n, n)
	p := c.polynomial(logPolynomial, f)
	c.VMULPS(f, p, p)
	c.fma231(math.Ln2, n, p)
	c.VFMADD231PS(c.zero(), x, p)
	return p
}

func emitAttentionGradient(s *isa) {
	s.function("attentionGradient", "func(scores, dp []float32, row, m, n int, scale float32, logSumExp, delta []float32)",
		"is attentionPrimitives.gradient.")
	r := s.scoreRows("m", "n")
	line, grad, row := s.pointer("scores"), s.pointer("dp"), s.rowBytes("row")
	logSumExp, delta := s.pointer("logSumExp"), s.pointer("delta")
	c := s.exp2Constants()
	scale, factor := s.broadcast("scale"), c.log2Scale()
	r.each(func() {
		shift, d := s.vec(), s.vec()
		s.VBROADCASTSS(operand.Mem{Base: logSumExp}, shift)
		c.mulBy(log2e, shift)
		s.VBROADCASTSS(operand.Mem{Base: delta}, d)
		r.vectors(func(_ laneMask, at reg.GPVirtual) {
			v := s.vec()
			s.VMOVUPS(operand.Mem{Base: line, Index: at, Scale: 1}, v)
			s.VFMSUB213PS(shift, factor, v)
			p := c.exp2(v)
			s.VMOVUPS(p, operand.Mem{Base: line, Index: at, Scale: 1})
			ds := s.vec()
			s.VMOVUPS(operand.Mem{Base: grad, Index: at, Scale: 1}, ds)
			s.VSUBPS(d, ds, ds)
			s.VMULPS(scale, p, p)
			s.VMULPS(p, ds, ds)
			s.VMOVUPS(ds, operand.Mem{Base: grad, Index: at, Scale: 1})
		})
		s.ADDQ(row, line)
		s.ADDQ(row, grad)
		s.ADDQ(operand.U8(4), logSumExp)
		s.ADDQ(operand.U8(4), delta)
	})
	s.end()
}

func emitAttentionDots(s *isa) {
	s.function("attentionDots", "func(dst, a []float32, aRow int, b []float32, bRow, m, n int)", "is attentionPrimitives.dots.")
	r := s.scoreRows("m", "n")
	dst, a, aRow, b, bRow := s.pointer("dst"), s.pointer("a"), s.rowBytes("aRow"), s.pointer("b"), s.rowBytes("bRow")
	r.each(func() {
		sum := s.zero()
		r.vectors(func(m laneMask, at reg.GPVirtual) {
			x := s.load(m, operand.Mem{Base: a, Index: at, Scale: 1})
			if m.isAll() {
				s.VFMADD231PS(operand.Mem{Base: b, Index: at, Scale: 1}, x, sum)
			} else {
				s.VFMADD231PS(s.load(m, operand.Mem{Base: b, Index: at, Scale: 1}), x, sum)
			}
		})
		s.VMOVSS(s.reduceLanes(sum, s.addPS).AsX(), operand.Mem{Base: dst})
		s.ADDQ(aRow, a)
		s.ADDQ(bRow, b)
		s.ADDQ(operand.U8(4), dst)
	})
	s.end()
}

// log2Scale returns the parameter scale times log2(e): what makes 2^x of e^x.
func (c *constants) log2Scale() reg.VecVirtual {
	factor := c.broadcast("scale")
	c.mulBy(log2e, factor)
	return factor
}

// exp2Constants returns constants with those of exp2 in registers, as far as there are enough.
func (s *isa) exp2Constants() *constants {
	return s.constants([]float64{smallestX2, magic}, exp2Polynomial.coefficients)
}

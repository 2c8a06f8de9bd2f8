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
	factor, e := s.log2Scale(), s.exp2Constants()
	r.each(func() {
		top := s.vec()
		s.VBROADCASTSS(operand.Mem{Base: line}, top)
		r.vectors(func(m laneMask, at reg.GPVirtual) {
			v := operand.Mem{Base: line, Index: at, Scale: 1}
			switch {
			case m.isAll():
				s.VMAXPS(v, top, top)
			case s.avx512:
				s.VMAXPS(v, top, m.k, top)
			default:
				w := s.vec()
				s.VMOVUPS(v, w)
				s.VBLENDVPS(m.y, w, top, w)
				s.VMAXPS(w, top, top)
			}
		})
		s.fold(top, s.maximum)
		s.VMOVSS(top.AsX(), operand.Mem{Base: maxima})
		sum := s.zero()
		r.vectors(func(m laneMask, at reg.GPVirtual) {
			v := s.vec()
			s.VMOVUPS(operand.Mem{Base: line, Index: at, Scale: 1}, v)
			s.VSUBPS(top, v, v)
			s.VMULPS(factor, v, v)
			p := s.exp2(e, v)
			s.VMOVUPS(p, operand.Mem{Base: line, Index: at, Scale: 1})
			s.VADDPS(s.keep(m, p), sum, sum)
		})
		s.fold(sum, s.plus)
		s.VMOVSS(sum.AsX(), operand.Mem{Base: sums})
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
	scale, one := s.broadcast("scale"), s.vec()
	s.VMOVUPS(s.value(1), one)
	s.TESTQ(m, m)
	s.JLE(operand.LabelRef(end))
	s.Label(loop)
	sum := s.vec()
	s.VMOVUPS(operand.Mem{Base: factors}, sum)
	factor := s.vec()
	s.VDIVPS(sum, one, factor)
	s.VMOVUPS(factor, operand.Mem{Base: factors})
	result := s.logarithm(sum)
	s.VFMADD231PS(operand.Mem{Base: logSumExp}, scale, result)
	s.VMOVUPS(result, operand.Mem{Base: logSumExp})
	s.ADDQ(operand.U32(uint32(s.bytes())), factors)
	s.ADDQ(operand.U32(uint32(s.bytes())), logSumExp)
	s.SUBQ(operand.U32(uint32(s.lanes)), m)
	s.JG(operand.LabelRef(loop))
	s.Label(end)
}

// logarithm returns log(x) for normal x > 0, as logarithm in attention_generic.go computes it. A NaN stays one.
func (s *isa) logarithm(x reg.VecVirtual) reg.VecVirtual {
	// x = 2^n (1+f), the mantissa 1+f being between the square roots of 1/2 and 2.
	n, f, p := s.vec(), s.vec(), s.vec()
	s.VPSUBD(s.word(math.Float32bits(math.Sqrt2/2)), x, n)
	s.VPSRAD(operand.U8(23), n, n)
	s.VPSLLD(operand.U8(23), n, f)
	s.VPSUBD(f, x, f)
	s.VSUBPS(s.value(1), f, f)
	s.VCVTDQ2PS(n, n)
	s.VMOVUPS(s.value(logCoefficients[len(logCoefficients)-1]), p)
	for i := len(logCoefficients) - 2; i >= 0; i-- {
		s.VFMADD213PS(s.value(logCoefficients[i]), f, p)
	}
	s.VMULPS(f, p, p)
	s.VFMADD231PS(s.value(math.Ln2), n, p)
	s.VFMADD231PS(s.zero(), x, p)
	return p
}

// logCoefficients are those of log(1+f)/f with the least absolute error of log(1+f), 7e-9.
var logCoefficients = []float64{
	1, -0.4999998211860657, 0.3333422541618347, -0.25002482533454895, 0.19953608512878418,
	-0.16552487015724182, 0.14979468286037445, -0.14441031217575073, 0.08732210844755173,
}

func emitAttentionGradient(s *isa) {
	s.function("attentionGradient", "func(scores, dp []float32, row, m, n int, scale float32, logSumExp, delta []float32)",
		"is attentionPrimitives.gradient.")
	r := s.scoreRows("m", "n")
	line, grad, row := s.pointer("scores"), s.pointer("dp"), s.rowBytes("row")
	logSumExp, delta := s.pointer("logSumExp"), s.pointer("delta")
	scale, factor, e := s.broadcast("scale"), s.log2Scale(), s.exp2Constants()
	r.each(func() {
		shift, d := s.vec(), s.vec()
		s.VBROADCASTSS(operand.Mem{Base: logSumExp}, shift)
		s.VMULPS(s.value(math.Log2E), shift, shift)
		s.VBROADCASTSS(operand.Mem{Base: delta}, d)
		r.vectors(func(_ laneMask, at reg.GPVirtual) {
			v := s.vec()
			s.VMOVUPS(operand.Mem{Base: line, Index: at, Scale: 1}, v)
			s.VFMSUB213PS(shift, factor, v)
			p := s.exp2(e, v)
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
		s.fold(sum, s.plus)
		s.VMOVSS(sum.AsX(), operand.Mem{Base: dst})
		s.ADDQ(aRow, a)
		s.ADDQ(bRow, b)
		s.ADDQ(operand.U8(4), dst)
	})
	s.end()
}

func (s *isa) maximum(x, v reg.Register) { s.VMAXPS(x, v, v) }
func (s *isa) plus(x, v reg.Register)    { s.VADDPS(x, v, v) }

// fold combines the lanes of v, so that each has the result.
func (s *isa) fold(v reg.VecVirtual, combine func(x, v reg.Register)) {
	x := s.vec()
	if s.avx512 {
		s.VSHUFF32X4(operand.U8(0x4e), v, v, x)
		combine(x, v)
		s.VSHUFF32X4(operand.U8(0xb1), v, v, x)
		combine(x, v)
	} else {
		s.VPERM2F128(operand.U8(1), v, v, x)
		combine(x, v)
	}
	s.VPERMILPS(operand.U8(0x4e), v, x)
	combine(x, v)
	s.VPERMILPS(operand.U8(0xb1), v, x)
	combine(x, v)
}

// log2Scale returns the parameter scale times log2(e): what makes 2^x of e^x.
func (s *isa) log2Scale() reg.VecVirtual {
	factor := s.broadcast("scale")
	s.VMULPS(s.value(math.Log2E), factor, factor)
	return factor
}

// exp2Constants are the constants of exp2: registers where there are enough of them.
type exp2Constants struct {
	least, magic reg.VecVirtual
	coefficients [7]operand.Op
}

func (s *isa) exp2Constants() (c exp2Constants) {
	register := func(v float64) reg.VecVirtual {
		r := s.vec()
		s.VMOVUPS(s.value(v), r)
		return r
	}
	c.least, c.magic = register(-127), register(3<<22+127)
	for i, bits := range [...]uint32{0x3f800000, 0x3f317218, 0x3e75fdee, 0x3d6357be, 0x3c1d96f0, 0x3aaf8418, 0x3920b5b0} {
		if v := float64(math.Float32frombits(bits)); s.avx512 {
			c.coefficients[i] = register(v)
		} else {
			c.coefficients[i] = s.value(v)
		}
	}
	return c
}

// exp2 returns 2^x, as exp2 in attention_generic.go computes it, and destroys x. A NaN stays one.
func (s *isa) exp2(c exp2Constants, x reg.VecVirtual) reg.VecVirtual {
	s.VMAXPS(x, c.least, x)
	exponent, r, p := s.vec(), s.vec(), s.vec()
	s.VADDPS(c.magic, x, exponent)
	s.VSUBPS(c.magic, exponent, r)
	s.VSUBPS(r, x, r)
	s.VMOVUPS(c.coefficients[6], p)
	for i := 5; i >= 0; i-- {
		s.VFMADD213PS(c.coefficients[i], r, p)
	}
	s.VPSLLD(operand.U8(23), exponent, exponent)
	s.VMULPS(exponent, p, p)
	return p
}

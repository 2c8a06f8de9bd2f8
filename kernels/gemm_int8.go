package kernels

import (
	"math"
	"unsafe"

	"github.com/lorica-go/lorica/internal/format"
)

// Products with weights of eight bits. A weight's output n has a scale: w[n][k] = Scales[n] q[n][k]. A row of the left operand
// gets one when it is multiplied: x[m][k] is about s[m] r[m][k], r being integers from -127 to 127. So
//
//	y[m][n] = s[m] Scales[n] (sum over k of r[m][k] q[n][k]) + bias[n]
//
// The sum is one of integers in 32 bits, which no tier rounds or saturates, and the steps around it are single operations in
// float32: all tiers give the same bits.

// MaxInt8K is the largest K of a weight of eight bits: 127 x 128 x K still fits 32 bits with a sign.
const MaxInt8K = 1 << 17

// int8Step is how many values of k one step of a tile takes; panels and rows are filled up to a multiple with zeros.
const int8Step = 16

// Int8Source is a Linear layer's weight W [N, K] of eight bits to be packed as the right operand B = W^T.
type Int8Source struct {
	K, N int // K is at most MaxInt8K
	// Row returns row i of W. It may return memory of its own or fill scratch, which has room for one row. It is called from
	// several goroutines at once.
	Row func(i int, scratch []int8) []int8
	// Scales has one entry a row of W: finite, not negative.
	Scales []float32
}

// int8Primitives are one tier's inner loops for weights of eight bits. Panels are as wide and tiles as high as those of its
// gemmPrimitives.
//
// A panel is nr scales, nr corrections (int32, what the sums begin with), and then, for every group values of k, nr times as
// many weights.
type int8Primitives struct {
	group    int  // values of k that lie side by side
	unsigned bool // a row of the left operand is bytes r + 128, otherwise int16; the corrections make up for the 128
	// tile[rows], for 1 <= rows <= mr, computes out[i][j] = init[i][j] + sum scales[i] scale[j] for rows x nr values, sum being
	// correction[j] plus the products of steps x int8Step values of k. Rows of a lie lda bytes apart, and are spread as gemmPrimitives.spread has it.
	tile []int8TileFunc
	// block, on tiers that have gemmPrimitives.block, is tile for any number of rows and count >= 1 panels, panelStep values apart.
	block func(rows, steps int, a *byte, lda int, scales, panel *float32, panelStep int, init *float32, ldi int, out *float32, ldo, count int)
	// magnitude returns the largest |x|, 0 of none; infinity or NaN when a value is.
	magnitude func(x []float32) float32
	// quantise sets dst to the integers next to factor x, which are less than 128, ties to even. It may write zeros behind them, up to
	// the next multiple of int8Step.
	quantise func(dst *byte, x []float32, factor float32)
	// quantiseRows, on tiers for which a call costs as much as a row, is product.quantiseLeft of rows of n > 0 values. Rows of dst lie ldd
	// values apart, those of x, ldx.
	quantiseRows func(dst *float32, ldd int, x *float32, ldx, rows, n int, scales *float32, alpha float32)
}

type int8TileFunc func(steps int, a *byte, lda int, scales *float32, panel *float32, init *float32, ldi int, out *float32, ldo int)

// valueBytes is the size of a value of the left operand.
func (p *int8Primitives) valueBytes() int {
	if p.unsigned {
		return 1
	}
	return 2
}

// zeroRow is what sums are added to when there is nothing to add to.
var zeroRow [maxPanel]float32

// Quantise sets dst to the eight-bit integers, from -127 to 127, that times the scale it returns are nearest to x, ties to even.
// The scale is the largest magnitude divided by 127; of values below 2^-100 it and the integers are 0, and it is NaN, and the
// integers mean nothing, when a value is infinite or NaN.
func Quantise(dst []int8, x []float32) (scale float32) {
	scale, factor := int8Scale(magnitudeGeneric(x))
	for i, v := range x {
		dst[i] = int8(nearest(v, factor))
	}
	return scale
}

// Dequantise sets dst to scale x, x having as many values.
func Dequantise(dst []float32, x []int8, scale float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = scale * float32(v)
	}
}

// int8Scale returns the scale of values up to a magnitude, and what they are multiplied by to become integers.
func int8Scale(largest float32) (scale, factor float32) {
	const most = 127
	switch {
	case !(largest <= math.MaxFloat32):
		return float32(math.NaN()), 0
	case largest < 0x1p-100: // the factor would be infinite
		return 0, 0
	}
	return largest / most, most / largest
}

// PackInt8 lays src out in panels for this device's tier.
func (c *CPU) PackInt8(src Int8Source) *Packed {
	if src.K < 0 || src.N < 0 || src.K > MaxInt8K || len(src.Scales) != src.N {
		panic(format.Sprintf("kernels: PackInt8: a matrix [%d, %d] with %d scales", src.N, src.K, len(src.Scales)))
	}
	p := &Packed{K: src.K, N: src.N, nr: c.gemm.nr, int8: true}
	p.panels = c.memory.floats(panels(src.N, p.nr) * p.step())
	c.args.packingInt8 = int8Packing{p, src}
	c.parallel(panels(src.N, p.nr), packInt8Panel)
	c.args.packingInt8 = int8Packing{}
	return p
}

// int8Packing is a weight on its way into panels.
type int8Packing struct {
	to  *Packed
	src Int8Source
}

// packInt8Panel makes one panel. What lies behind the last row and column is 0 already.
func packInt8Panel(c *CPU, worker, panel int) {
	p, w := &c.args.packingInt8, &c.workers[worker]
	nr, k, group := p.to.nr, p.to.K, c.int8.group
	dst := p.to.panels[panel*p.to.step():][:p.to.step()]
	if k == 0 {
		return // the sums are 0 whatever their scale
	}
	values := unsafe.Slice((*int8)(unsafe.Pointer(&dst[2*nr])), 4*(len(dst)-2*nr))
	corrections := unsafe.Slice((*int32)(unsafe.Pointer(&dst[nr])), nr)
	scratch := unsafe.Slice((*int8)(unsafe.Pointer(unsafe.SliceData(w.floats(k/4+1)))), k)
	for j := range min(nr, p.src.N-panel*nr) {
		n := panel*nr + j
		row := p.src.Row(n, scratch)
		if len(row) != k {
			panic(format.Sprintf("kernels: PackInt8: row %d has %d values, want %d", n, len(row), k))
		}
		sum := int32(0)
		for l, v := range row {
			values[(l/group*nr+j)*group+l%group] = v
			sum += int32(v)
		}
		dst[j] = p.src.Scales[n]
		if c.int8.unsigned {
			corrections[j] = -128 * sum
		}
	}
}

// int8Lda returns how far apart rows of k quantised values lie, in float32 values: they begin in different sets of the
// first-level cache.
func (c *CPU) int8Lda(k int) int { return steps(k)*int8Step*c.int8.valueBytes()/4 + 16 }

// steps returns how many steps of a tile k makes.
func steps(k int) int { return (k + int8Step - 1) / int8Step }

// quantiseLeft sets dst to rows [row, row+rows) of A, and scales to theirs, times alpha.
func (p *product) quantiseLeft(c *CPU, dst []float32, lda int, scales []float32, row, rows int) {
	size := c.int8.valueBytes()
	for i := range rows {
		x := p.a.row(row + i)
		to := unsafe.Slice((*byte)(unsafe.Pointer(&dst[i*lda])), steps(p.k)*int8Step*size)
		clear(to[p.k*size:])
		scale, factor := int8Scale(c.int8.magnitude(x))
		c.int8.quantise(unsafe.SliceData(to), x, factor)
		scales[i] = scale * p.alpha
	}
}

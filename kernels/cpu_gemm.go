package kernels

import "github.com/lorica-go/lorica/internal/format"

// gemmPrimitives are one tier's inner loops of matrix products.
//
// A panel is k rows of nr values, row l beginning ldb values after row l-1. Strides are in values.
type gemmPrimitives struct {
	// nr is the width of a panel and mr the most rows of a tile. nr is a multiple of 8 and at most maxPanel.
	nr, mr int
	// tile[rows], for 1 <= rows <= mr, computes out[i][j] = init[i][j] + sum over l of a[i][l] b[l][j] for rows x nr values,
	// adding in the order of l. A nil init stands for zeros, and ldi 0 adds the same row to all. Meanwhile it fetches into
	// the cache: every four l, four rows of a panel, from ahead bytes after b on, step bytes further each time.
	tile []tileFunc
	// sweep[rows], for 1 <= rows <= 4, is tile for count >= 1 panels, each panelStep values after the one before, that lie side
	// by side in init and
	// out. It is for few k.
	sweep []sweepFunc
	// block, on tiers for which a call costs as much as a tile, is sweep for any number of rows, and stands in its place.
	block func(rows, k int, a *float32, lda int, b *float32, ldb, panelStep int, init *float32, ldi int, out *float32, ldo, count int)
	// spread, on tiers that have it, makes what tile and sweep take for a: the values of the copy of a strip's rows, each four times side by
	// side. It sets, in each row, dst[4*i+j] = src[i] for i < n and j < 4, rows being ldd and lds values apart. Rows of src may be the last n values
	// of those of dst if n is a multiple of 4.
	spread func(dst *float32, ldd int, src *float32, lds, rows, n int)
	// transpose sets dst[j*ldd+i] = rows[i][j] for the first eight rows and j < n. The other eight are fetched into the cache.
	transpose func(dst *float32, ldd int, rows *[16]*float32, n int)
	// dots sets out[i*4+j] to the dot product of x[i] and y[j], k values each, summed in an order that depends on k only.
	dots func(k int, x, y *[4]*float32, out *[16]float32)
	// peak makes n times peakFlops operations, as fast as the tier can.
	peak      func(n int)
	peakFlops int
}

// copies is how many times each value of a lies side by side, which lda counts in.
func (p *gemmPrimitives) copies() int {
	if p.spread == nil {
		return 1
	}
	return 4
}

type tileFunc func(k int, a *float32, lda int, b *float32, ldb int, init *float32, ldi int, out *float32, ldo, ahead, step int)

type sweepFunc func(k int, a *float32, lda int, b *float32, ldb, panelStep int, init *float32, ldi int, out *float32, ldo, count int)

// maxPanel is the widest panel of any tier.
const maxPanel = 32

// gemmArguments are the operands of a running Gemm or Pack.
type gemmArguments struct {
	products    []product
	strips      []strip
	groups      int       // column groups of all strips
	buffer      []float32 // right operands packed for one Gemm
	packing     packing
	packingInt8 int8Packing
}

// These bounds choose a product's method. They were measured on roberta-base's LoRA shapes.
const (
	skinny      = 16  // most columns (or, exchanged, rows) of a product with a LoRA factor
	fewRows     = 32  // most rows of Dst for which reading B in place beats packing it
	shallow     = 32  // most k for which a panel's part of B stays in the first-level cache wherever it lies
	stripRows   = 128 // most rows of a strip
	leastRows   = 48  // fewest rows into which a strip is cut so that every thread has its own
	stripFloats = 1 << 19
)

// Gemm computes independent products. The jobs share the threads: their strips and column groups go into one list. Jobs in a
// row with the same A, such as the query, key and value projections, share the copies that are made of it.
//
// Every value of Dst is one sum over k from first to last, so that neither tiling nor threads show in it; products with at
// most 16 columns and B transposed are dot products in the order that dots defines.
func (c *CPU) Gemm(jobs []GemmJob) {
	g := &c.args.gemmArguments
	g.products = g.products[:0]
	for i := range jobs {
		if p := newProduct(&jobs[i], c.gemm.nr); p.m > 0 && p.n > 0 {
			g.products = append(g.products, p)
		}
	}
	c.layOutOperands()
	c.cutStrips()
	c.parallel(min(len(c.workers), g.groups), gemmWorker)
	clear(g.products) // drop the references to operands
}

// product is one job, with operands exchanged where that is the better way, and the place of its right operand.
type product struct {
	dst, a, b, bias, pre Tensor
	transA, transB       bool
	exchanged            bool // dst is the transpose of a b; operands were A^T and B^T
	dotted               bool // computed by dot products of rows of a and rows of b
	accumulate           bool
	alpha                float32
	activation           Activation
	m, n, k              int
	packed               *Packed

	right      []float32 // the right operand: panel j begins at j*panelStep
	panelStep  int
	ldb        int
	tail       []float32 // the last panel, where right has no whole one
	depthBlock int       // k is worked through in blocks of this many
}

// newProduct checks a job's shapes and chooses its method, which depends on the shapes only.
func newProduct(j *GemmJob, nr int) product {
	p := product{dst: j.Dst, a: j.A, b: j.B, bias: j.Bias, pre: j.PreActivation, transA: j.TransA, transB: j.TransB,
		accumulate: j.Accumulate, alpha: j.Alpha, activation: j.Activation, packed: j.Packed, m: j.Dst.Rows, n: j.Dst.Cols, k: j.A.Cols}
	if p.alpha == 0 {
		p.alpha = 1
	}
	am := j.A.Rows
	if j.TransA {
		am, p.k = j.A.Cols, j.A.Rows
	}
	bk, bn := j.B.Rows, j.B.Cols
	switch {
	case j.Packed != nil:
		bk, bn = j.Packed.K, j.Packed.N
		if j.Packed.nr != nr {
			panic("kernels: Gemm: right operand packed for another device")
		}
	case j.TransB:
		bk, bn = bn, bk
	}
	if am != p.m || bk != p.k || bn != p.n {
		panic(format.Sprintf("kernels: Gemm: [%d, %d] from A [%d, %d] and B [%d, %d]", p.m, p.n, am, p.k, bk, bn))
	}
	if !j.Bias.IsZero() && j.Bias.Len() != p.n {
		panic(format.Sprintf("kernels: Gemm: bias of %d values for %d columns", j.Bias.Len(), p.n))
	}
	if !j.PreActivation.IsZero() && (j.PreActivation.Rows != p.m || j.PreActivation.Cols != p.n) {
		panic(format.Sprintf("kernels: Gemm: pre-activation [%d, %d] of a product [%d, %d]", j.PreActivation.Rows, j.PreActivation.Cols, p.m, p.n))
	}
	if p.packed == nil && p.n <= skinny {
		p.dotted = !p.transA && p.transB && p.k >= nr
		plain := p.bias.IsZero() && p.pre.IsZero() && p.activation == Identity
		if plain && p.transA && !p.transB {
			p.exchanged = true
			p.a, p.b = p.b, p.a
			p.transA, p.transB = true, false
			p.m, p.n = p.n, p.m
		}
	}
	p.depthBlock = depthBlock(p.k)
	if p.eightBit() {
		if p.transA {
			panic("kernels: Gemm: A^T times weights of eight bits")
		}
		p.depthBlock = max(1, p.k)
	}
	return p
}

// eightBit reports whether the right operand has eight bits.
func (p *product) eightBit() bool { return p.packed != nil && p.packed.int8 }

// depthBlock divides k evenly into the fewest blocks whose part of a panel and of a strip stays in the second-level cache.
func depthBlock(k int) int {
	const most = 1024
	blocks := max(1, (k+most-1)/most)
	return max(1, ((k+blocks-1)/blocks+15)&^15)
}

// inPlace reports whether b is read where it is: it is not packed, its rows run along the panels, and too little is computed
// with it to repay packing.
func (p *product) inPlace() bool {
	return p.packed == nil && !p.transB && (p.exchanged || p.m <= fewRows || p.k <= shallow)
}

// layOutOperands finds or makes the panels of every product's right operand.
func (c *CPU) layOutOperands() {
	g, nr := &c.args.gemmArguments, c.gemm.nr
	need := 0
	for i := range g.products {
		p := &g.products[i]
		switch {
		case p.packed != nil:
			p.right, p.panelStep, p.ldb = p.packed.panels, p.packed.step(), nr
		case p.dotted:
		case p.inPlace():
			p.right, p.panelStep, p.ldb = p.b.host(), nr, p.b.Stride
			p.depthBlock = max(1, p.k)
			if p.n%nr != 0 {
				need += nr * p.k
			}
		default:
			need += panels(p.n, nr) * nr * p.k
		}
	}
	if len(g.buffer) < need {
		g.buffer = c.memory.floats(need)
	}
	free := g.buffer
	take := func(n int) []float32 {
		part := free[:n:n]
		free = free[n:]
		return part
	}
	for i := range g.products {
		p := &g.products[i]
		switch {
		case p.packed != nil || p.dotted:
		case p.inPlace():
			if rest := p.n % nr; rest != 0 {
				p.tail = take(nr * p.k)
				last := p.b.ColRange(p.n-rest, p.n)
				c.pack(packing{dst: p.tail, k: p.k, n: rest, values: last.host(), stride: last.Stride})
			}
		default:
			p.right, p.panelStep, p.ldb = take(panels(p.n, nr)*nr*p.k), nr*p.k, nr
			c.pack(packing{dst: p.right, k: p.k, n: p.n, values: p.b.host(), stride: p.b.Stride, transposed: p.transB})
		}
	}
}

// panels returns how many panels of nr columns n columns make.
func panels(n, nr int) int { return (n + nr - 1) / nr }

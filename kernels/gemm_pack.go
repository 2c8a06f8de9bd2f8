package kernels

import (
	"unsafe"

	"github.com/lorica-go/lorica/internal/format"
)

// Packed is the right operand [K, N] of a product, laid out for one tier: panels of nr columns, each K rows of nr values, the
// last padded with zeros. Of weights of eight bits, int8Primitives has the layout. It is read-only.
type Packed struct {
	K, N   int
	nr     int
	int8   bool
	panels []float32
}

// Bytes returns how much memory the operand takes.
func (p *Packed) Bytes() int { return 4 * len(p.panels) }

// step returns how far apart panels begin, in float32 values.
func (p *Packed) step() int {
	if p.int8 {
		return 2*p.nr + steps(p.K)*int8Step/4*p.nr
	}
	return p.nr * p.K
}

// Pack lays src out in panels for this device's tier.
func (c *CPU) Pack(src PackSource) *Packed {
	if src.K < 0 || src.N < 0 {
		panic(format.Sprintf("kernels: Pack: a matrix [%d, %d]", src.K, src.N))
	}
	nr := c.gemm.nr
	p := &Packed{K: src.K, N: src.N, nr: nr, panels: c.memory.floats(panels(src.N, nr) * nr * src.K)}
	c.Repack(p, src)
	return p
}

// Repack fills p with the values of src, whose shape must be that of p.
func (c *CPU) Repack(p *Packed, src PackSource) {
	if p.K != src.K || p.N != src.N || p.nr != c.gemm.nr || p.int8 {
		panic(format.Sprintf("kernels: Repack: a matrix [%d, %d] over one of [%d, %d] in panels of %d", src.K, src.N, p.K, p.N, p.nr))
	}
	c.pack(packing{dst: p.panels, k: p.K, n: p.N, source: src.Row, transposed: src.Transposed})
}

// packing is a matrix on its way into panels: rows come from source or, without one, lie stride values apart in values.
type packing struct {
	dst        []float32
	k, n       int
	source     func(i int, scratch []float32) []float32
	values     []float32
	stride     int
	transposed bool
}

// packRows is how many rows of a matrix that is not transposed are packed at a time.
const packRows = 16

// pack runs p over the threads.
func (c *CPU) pack(p packing) {
	if p.k == 0 || p.n == 0 {
		return
	}
	c.args.packing = p
	if p.transposed {
		c.parallel(panels(p.n, c.gemm.nr), packTransposed)
	} else {
		c.parallel((p.k+packRows-1)/packRows, packBlock)
	}
	c.args.packing = packing{}
}

// row returns row i of the stored matrix, which has the given number of columns.
func (p *packing) row(i, cols int, scratch []float32) []float32 {
	if p.source == nil {
		return p.values[i*p.stride:][:cols]
	}
	row := p.source(i, scratch[:cols])
	if len(row) != cols {
		panic(format.Sprintf("kernels: Pack: row %d has %d values, want %d", i, len(row), cols))
	}
	return row
}

// packTransposed makes one panel out of the nr stored rows that are its columns.
func packTransposed(c *CPU, worker, panel int) {
	p, w, nr := &c.args.packing, &c.workers[worker], c.gemm.nr
	dst := p.dst[panel*nr*p.k : (panel+1)*nr*p.k]
	first := panel * nr
	have := min(nr, p.n-first)
	scratch := w.floats((nr + 1) * p.k)
	for i := range nr {
		row := p.row(first+min(i, have-1), p.k, scratch[i*p.k:])
		w.rows[i] = unsafe.SliceData(row)
	}
	made := w.rows[nr-1] == &scratch[(nr-1)*p.k]          // by the source, which would be asked twice
	for i := 0; i < 8 && !made && first+nr+i < p.n; i++ { // what the next panel begins with
		w.rows[nr+i] = unsafe.SliceData(p.row(first+nr+i, p.k, scratch[nr*p.k:]))
	}
	c.transposePanel(w, &dst[0], p.k)
	if have < nr {
		for l := 0; l < p.k; l++ {
			clear(dst[l*nr+have : (l+1)*nr])
		}
	}
}

// transposePanel makes a panel [n, nr] of the nr rows that begin at w.rows, which it clears. The eight pointers behind those
// may say which rows come next.
func (c *CPU) transposePanel(w *worker, dst *float32, n int) {
	nr := c.gemm.nr
	for i := nr; i < nr+8; i++ {
		if w.rows[i] == nil {
			w.rows[i] = w.rows[nr-1]
		}
	}
	for i := 0; i < nr; i += 8 {
		c.gemm.transpose(advance(dst, i), nr, (*[16]*float32)(w.rows[i:]), n)
	}
	clear(w.rows[:])
}

// packBlock spreads a few stored rows, each of which is one row of every panel.
func packBlock(c *CPU, worker, block int) {
	p, w, nr := &c.args.packing, &c.workers[worker], c.gemm.nr
	scratch := w.floats(p.n)
	for l := block * packRows; l < min(p.k, (block+1)*packRows); l++ {
		row := p.row(l, p.n, scratch)
		at := l * nr
		for len(row) >= nr {
			copy(p.dst[at:at+nr], row)
			row = row[nr:]
			at += nr * p.k
		}
		if len(row) > 0 {
			rest := p.dst[at : at+nr]
			clear(rest[copy(rest, row):])
		}
	}
}

package kernels

import "unsafe"

// dotStrip computes rows [row, row+rows) of a product with few columns and B transposed, LoRA's x A^T: dot products of rows
// of A and rows of B, so that A is read once and nothing is copied.
func (c *CPU) dotStrip(p *product, row, rows int, w *worker) {
	out := (*[16]float32)(w.floats(16))
	x, y := (*[4]*float32)(w.rows[0:4]), (*[4]*float32)(w.rows[4:8])
	for i := row; i < row+rows; i += 4 {
		for u := range x {
			x[u] = unsafe.SliceData(p.a.row(min(i+u, p.m-1)))
		}
		for j := 0; j < p.n; j += 4 {
			for v := range y {
				y[v] = unsafe.SliceData(p.b.row(min(j+v, p.n-1)))
			}
			c.gemm.dots(p.k, x, y, out)
			for u := range min(4, row+rows-i) {
				p.storeDots(c.row, i+u, j, out[u*4:][:min(4, p.n-j)])
			}
		}
	}
	clear(w.rows[:])
}

// storeDots brings products for the columns from j of one row to where they belong.
func (p *product) storeDots(prims *rowPrimitives, row, j int, dots []float32) {
	dst := p.dst.row(row)[j : j+len(dots)]
	for v := range dots {
		dots[v] *= p.alpha
	}
	if !p.bias.IsZero() {
		prims.add(dots, dots, p.bias.row(0)[j:])
	}
	if p.accumulate {
		prims.add(dots, dots, dst)
	}
	if !p.pre.IsZero() {
		copy(p.pre.row(row)[j:], dots)
	}
	if p.activation != Identity {
		prims.activate[p.activation](dots, dots)
	}
	copy(dst, dots)
}

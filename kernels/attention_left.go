package kernels

// leftOperand is the left operand [m, k] of products with several panels: value (i, j) is values[i*row+j*col], or, where tiled, it
// is as attentionPrimitives.tiles takes it.
type leftOperand struct {
	values   []float32
	row, col int
	tiled    bool
}

// left prepares a left operand [m, k] for products with that many panels.
func (c *CPU) left(w *worker, values []float32, row, col, m, k, panels int) leftOperand {
	a := leftOperand{values: values, row: row, col: col}
	switch {
	case c.attention.tiles == nil || col != 1:
	case c.gemm.spread == nil:
		a.tiled = true
	case panels > 1: // one would not repay it
		n := c.gemm.copies() * ((k + 3) &^ 3)
		if len(w.spread) < m*n {
			w.spread = alignedFloats(m * n)
		}
		c.gemm.spread(&w.spread[0], n, &values[0], row, m, k)
		a = leftOperand{values: w.spread, row: n, tiled: true}
	}
	return a
}

// product is attentionPrimitives.product with a left operand that was prepared.
func (c *CPU) product(dst []float32, dstRow, n int, a leftOperand, b []float32, bRow, m, k int, factors []float32, accumulate bool) {
	if a.tiled {
		c.attention.tiles(dst, dstRow, a.values, a.row, b, bRow, m, k, factors, accumulate)
		return
	}
	c.attention.product(dst, dstRow, n, a.values, a.row, a.col, b, bRow, m, k, factors, accumulate)
}

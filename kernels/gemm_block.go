package kernels

import "unsafe"

// blockValues bounds how many values of dst are computed before what follows a product is done with them: they stay in the
// second-level cache.
const blockValues = 1 << 16

// blocks computes those of the panels [from, to) that have all columns, many to a call, and returns the first that it leaves.
func (t *tileRun) blocks(p *product, row, rows, from, to int) int {
	nr := t.gemm.nr
	if p.exchanged || p.k == 0 || p.accumulate && !p.bias.IsZero() {
		return from
	}
	if to*nr > p.n {
		to--
	}
	for from < to {
		count := min(to-from, max(1, blockValues/(rows*nr)))
		for l := 0; l < p.k; l += p.depthBlock {
			b := t.panel(p, from, l)
			b.width = count * nr
			t.block(p, &b, row, rows, count)
			if b.last {
				t.finish(p, row, rows, b.column, b.width)
			}
		}
		from += count
	}
	return from
}

// block computes count panels from b on.
func (t *tileRun) block(p *product, b *tilePanel, row, rows, count int) {
	init, ldi, out := b.place(p, row)
	if !p.eightBit() {
		t.gemm.block(rows, b.depth, advance(&t.left[0], b.from*t.gemm.copies()), t.lda, b.first, b.ldb, p.panelStep, init, ldi, out, p.dst.Stride, count)
		return
	}
	t.int8.block(rows, steps(p.k), (*byte)(unsafe.Pointer(&t.left[0])), 4*t.lda, &t.scales[0], b.first, p.panelStep, init, ldi, out, p.dst.Stride, count)
}

// finish does what follows the sums of some columns.
func (t *tileRun) finish(p *product, row, rows, column, width int) {
	if !p.pre.IsZero() {
		for i := range rows {
			copy(p.pre.row(row + i)[column:column+width], p.dst.row(row + i)[column:])
		}
	}
	if p.activation == Identity {
		return
	}
	for i := range rows {
		values := p.dst.row(row + i)[column : column+width]
		t.row.activate[p.activation](values, values)
	}
}

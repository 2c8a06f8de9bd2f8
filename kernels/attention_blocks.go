package kernels

// attentionPrimitives are one tier's matrix products of attention; what works on single rows comes from rowPrimitives.
type attentionPrimitives struct {
	// panel is how many columns product works on.
	panel int
	// tile is how many rows product works on at a time; a block of rows is best a multiple of it.
	tile int
	// product sets the panel c [m, panel] = diag(factors) a b, factors being optional, or with accumulate, and then
	// without factors, c += a b. Rows of c and of b [k, panel] are cRow and bRow values apart; value (i, j) of a is
	// a[i*aRow+j*aCol], so that a may be a transposed view. Every value is one sum in the order of k, begun from c with
	// accumulate, so it depends neither on how rows are grouped nor on how k is cut.
	product func(c []float32, cRow int, a []float32, aRow, aCol int, b []float32, bRow, m, k int, factors []float32, accumulate bool)
}

// Limits of the blocks that attention works on.
const (
	// attentionForwardRows is how many query rows one item of the forward has at most: it packs the keys and values of the
	// whole sequence, which wants many rows to be worth it, while a long sequence shall keep several threads busy.
	attentionForwardRows = 256
	// attentionBlockRows and attentionBlockValues bound the block of scores that is worked on at a time, so that it stays in
	// the second-level cache.
	attentionBlockRows   = 128
	attentionBlockValues = 1 << 15
)

// blockRows returns how many query rows are worked on at a time when a row of scores takes row values.
func (p *attentionPrimitives) blockRows(queries, row int) int {
	rows := min(attentionBlockValues/row, attentionBlockRows)
	rows = max(rows-rows%p.tile, p.tile)
	return max(1, min(rows, queries))
}

// panels returns how many panels n columns take.
func (p *attentionPrimitives) panels(n int) int { return (n + p.panel - 1) / p.panel }

// scoreRow returns the distance of rows of scores for n keys: whole panels, and a cache line more so that rows do not
// fall into the same sets of the cache when the length is a power of two.
func (p *attentionPrimitives) scoreRow(n int) int { return p.panels(n)*p.panel + 16 }

// matrix is a strided view of CPU memory: one head of some rows of a tensor.
type matrix struct {
	values []float32
	row    int // distance of rows
}

// headOf returns the columns of head h, of the given width, of the rows of t from the given one on.
func headOf(t Tensor, from, h, width int) matrix {
	if from >= t.Rows {
		return matrix{row: t.Stride}
	}
	return matrix{values: t.host()[from*t.Stride+h*width:], row: t.Stride}
}

// from returns the view that begins n rows later.
func (m matrix) from(n int) matrix { return matrix{values: m.values[n*m.row:], row: m.row} }

// packTransposed lays the transpose of src [rows, cols] out as panels [cols, panel] over its rows. Values past rows are
// undefined.
func (c *CPU) packTransposed(dst []float32, src matrix, rows, cols int) {
	panel := c.attention.panel
	for r := 0; r < rows; r += panel {
		c.row.transpose(dst[r*cols:], src.values[r*src.row:], cols, min(panel, rows-r), panel, src.row)
	}
}

// packRows lays src [rows, cols] out as panels [rows, panel] over its columns. Values past cols are undefined.
func (p *attentionPrimitives) packRows(dst []float32, src matrix, rows, cols int) {
	for c := 0; c < cols; c += p.panel {
		n := min(p.panel, cols-c)
		to := dst[c*rows:]
		for r := range rows {
			copy(to[r*p.panel:][:n], src.values[r*src.row+c:][:n])
		}
	}
}

// multiply computes c [m, n] = diag(factors) a b, or with accumulate c += a b, from the panels of b [k, n], rows of a
// being aRow and its columns aCol apart. A last panel that is not full goes through edge [m, panel].
func (p *attentionPrimitives) multiply(c matrix, n int, a []float32, aRow, aCol int, b []float32, m, k int, factors []float32, accumulate bool, edge []float32) {
	at := 0
	for ; at+p.panel <= n; at += p.panel {
		p.product(c.values[at:], c.row, a, aRow, aCol, b[at*k:], p.panel, m, k, factors, accumulate)
	}
	if at == n {
		return
	}
	if accumulate {
		for i := range m {
			copy(edge[i*p.panel:][:n-at], c.values[i*c.row+at:])
		}
	}
	p.product(edge, p.panel, a, aRow, aCol, b[at*k:], p.panel, m, k, factors, accumulate)
	for i := range m {
		copy(c.values[i*c.row+at:][:n-at], edge[i*p.panel:])
	}
}

// clear sets the values of m [rows, cols] to 0.
func (m matrix) clear(rows, cols int) {
	for r := range rows {
		clear(m.values[r*m.row:][:cols])
	}
}

// carve cuts the first n values, rounded up to whole cache lines, off *memory.
func carve(memory *[]float32, n int) []float32 {
	cut := (*memory)[:n]
	*memory = (*memory)[lines(n):]
	return cut
}

// lines rounds a number of values up to whole cache lines.
func lines(n int) int { return (n + 15) &^ 15 }

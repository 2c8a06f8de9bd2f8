package kernels

import "math"

// attentionPrimitives are one tier's inner loops of attention. Matrices are given by their first value and the distance of
// their rows; a panel is one of as many columns as gemmPrimitives.nr. Loops touch nothing outside the matrices they are
// given, except that rows of scores and dp have room for a multiple of nr values, those past n being undefined.
type attentionPrimitives struct {
	// tile is how many rows product works on at a time; a block of rows is best a multiple of it.
	tile int
	// product sets the panel c [m, nr] = diag(factors) a b, factors being optional, or with accumulate, and then without
	// factors, c += a b, b being a panel [k, nr]; m, k > 0. It may leave out columns of c from n on. Value (i, j) of a is
	// a[i*aRow+j*aCol], so that a may be a transposed view. Every value is one sum in the order of k, begun from c with
	// accumulate, so it depends neither on how rows are grouped nor on how k is cut.
	product func(c []float32, cRow, n int, a []float32, aRow, aCol int, b []float32, bRow, m, k int, factors []float32, accumulate bool)
	// tiles, on tiers that have it, is product of an a with columns that lie side by side, as gemmPrimitives.tile takes it.
	tiles func(c []float32, cRow int, a []float32, aRow int, b []float32, bRow, m, k int, factors []float32, accumulate bool)
	// softmax replaces scores [m, n], n > 0, by exp(scale (score - maximum of the row)), and gives by row what is to multiply
	// them to add up to 1, and log sum exp(scale score). Both have room for a multiple of 16 values. Scale is not negative.
	softmax func(scores []float32, row, m, n int, scale float32, factors, logSumExp []float32)
	// gradient replaces scores [m, n] by the probabilities p = exp(scale score - logSumExp), and dp, the gradient with
	// respect to p, by scale p (dp - delta), that with respect to the scores.
	gradient func(scores, dp []float32, row, m, n int, scale float32, logSumExp, delta []float32)
	// dots sets dst[i] to the inner product of rows i of a and b [m, n], n > 0.
	dots func(dst, a []float32, aRow int, b []float32, bRow, m, n int)
	// fetch, when there, has the values of a matrix [m, n] brought into the cache meanwhile.
	fetch func(values []float32, row, m, n int)
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
	// attentionItemWork is about how many products of a query and a key value one item of parallel work has at least, some
	// tens of microseconds' worth, if every thread gets attentionItemsPerThread items.
	attentionItemWork       = 1 << 19
	attentionItemsPerThread = 4
	// attentionFetchRows is up to how many rows of the next head the backward fetches ahead. It reads and writes eight
	// matrices a head, whose rows are too short for the processor to notice a pattern; long heads would push out what is
	// worked on. (The forward gains nothing from it.)
	attentionFetchRows = 64
	// attentionInPlace is the most rows of an operand that need no packing to stay in the first-level cache.
	attentionInPlace = 32
)

// attentionBlock returns how many query rows are worked on at a time when their scores take row values each.
func (c *CPU) attentionBlock(queries, row int) int {
	tile := c.attention.tile
	rows := min(attentionBlockValues/row, attentionBlockRows)
	return min(max(rows-rows%tile, tile), queries)
}

// scorePlan says how the scores of a head lie in memory.
type scorePlan struct {
	block  int // query rows that are worked on at a time
	row    int // distance of the rows of scores
	stride int // distance of the rows of the product with Relative.Keys, which scores are a slanted view of; row without it
}

// floats returns how much memory a block takes.
func (p scorePlan) floats() int { return p.block * p.stride }

// planScores plans for blocks of which that many are worked on at once.
func (c *CPU) planScores(op *Attention, h *attentionHead, blocks int) scorePlan {
	nr, keys := c.gemm.nr, h.keys
	if op.Window != 0 {
		keys = min(keys, attentionBlockRows+2*op.Window+nr)
	}
	row := c.scoreRow(keys)
	p := scorePlan{block: c.attentionBlock(h.queries, blocks*row), row: row, stride: row}
	if !op.Relative.Keys.IsZero() {
		p.stride = row + panels(p.block+nr, nr)*nr
		p.row = p.stride - 1
	}
	return p
}

// view returns the scores [m, keys] of query rows [r, r+m) within the memory of a block.
func (p scorePlan) view(h *attentionHead, r, m, nr int, raw []float32) matrix {
	if p.stride == p.row {
		return matrix{values: raw, row: p.row}
	}
	return matrix{values: raw[keyStart(h, r, m)%nr+m-1:], row: p.row}
}

// seen returns the keys [from, to) that some of the head's query rows [r, r+m) see. from is at a whole panel.
func (op *Attention) seen(h *attentionHead, r, m, nr int) (from, to int) {
	if op.Window == 0 {
		return 0, h.keys
	}
	first := h.first + r - h.firstKey // where key and query are the same token
	from = max(0, first-op.Window) / nr * nr
	return from, min(h.keys, first+m+op.Window)
}

// closeWindow sets the scores [m, to-from] of keys outside the window to -Inf.
func (op *Attention) closeWindow(h *attentionHead, scores matrix, r, m, from, to int) {
	minusInf := float32(math.Inf(-1))
	for i := range m {
		line := scores.values[i*scores.row:][:to-from]
		at := h.first + r + i - h.firstKey - from // where key and query are the same token
		for j := range max(0, at-op.Window) {
			line[j] = minusInf
		}
		for j := at + op.Window + 1; j < len(line); j++ {
			line[j] = minusInf
		}
	}
}

// scoreRow returns the distance of rows of scores for n keys: whole panels, and a cache line more so that rows do not
// fall into the same sets of the cache when the length is a power of two.
func (c *CPU) scoreRow(n int) int { return panels(n, c.gemm.nr)*c.gemm.nr + 16 }

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

// packColumns lays the transpose of src [rows, cols] out as panels [cols, nr] over its rows. Behind the last row it is
// repeated: what is computed from that is not used, but shall be as fast as the rest.
func (c *CPU) packColumns(w *worker, dst []float32, src matrix, rows, cols int) {
	nr := c.gemm.nr
	for r := 0; r < rows; r += nr {
		for i := range nr {
			w.rows[i] = &src.values[min(r+i, rows-1)*src.row]
		}
		c.transposePanel(w, &dst[r*cols], cols)
	}
}

// operand is the right operand [k, n] of multiply: panel j begins at values[j*panel], and its rows are row values apart.
type operand struct {
	values     []float32
	row, panel int
}

// rows returns the operand without its first n rows.
func (o operand) rows(n int) operand {
	o.values = o.values[n*o.row:]
	return o
}

// packRows lays src [rows, cols] out as panels [rows, nr] over its columns. Values past cols are undefined. Where few rows
// of a product are to be made with it, or it is small and stays in the first-level cache even if rows lie a power of two
// apart, src is used as it is.
func (c *CPU) packRows(dst []float32, src matrix, rows, cols, products int) operand {
	nr := c.gemm.nr
	if cols%nr == 0 && (rows <= attentionInPlace || products <= c.attention.tile) {
		return operand{values: src.values, row: src.row, panel: nr}
	}
	for j := 0; j < cols; j += nr {
		n := min(nr, cols-j)
		to := dst[j*rows:]
		for r := range rows {
			copy(to[r*nr:][:n], src.values[r*src.row+j:][:n])
		}
	}
	return operand{values: dst, row: nr, panel: rows * nr}
}

// multiplyScores sets scores [m, keys] = a b^T, or with accumulate scores += a b^T, for rows a [m, width] and the panels of
// b^T that packColumns made.
func (c *CPU) multiplyScores(w *worker, scores, a matrix, b []float32, m, keys, width int, accumulate bool) {
	nr := c.gemm.nr
	left := c.left(w, a.values, a.row, 1, m, width, panels(keys, nr))
	for at := 0; at < keys; at += nr {
		c.product(scores.values[at:], scores.row, keys-at, left, b[at*width:], nr, m, width, nil, accumulate)
	}
}

// multiply computes dst [m, n] = diag(factors) a b, or with accumulate dst += a b, for b [k, n], rows of a being aRow and
// its columns aCol apart. A last panel that is not full goes through edge [m, nr].
func (c *CPU) multiply(w *worker, dst matrix, n int, a []float32, aRow, aCol int, b operand, m, k int, factors []float32, accumulate bool, edge []float32) {
	nr := c.gemm.nr
	left := c.left(w, a, aRow, aCol, m, k, panels(n, nr))
	at := 0
	for ; at+nr <= n; at += nr {
		c.product(dst.values[at:], dst.row, nr, left, b.values, b.row, m, k, factors, accumulate)
		b.values = b.values[min(b.panel, len(b.values)):]
	}
	if at == n {
		return
	}
	if accumulate {
		for i := range m {
			copy(edge[i*nr:][:n-at], dst.values[i*dst.row+at:])
		}
	}
	c.product(edge, nr, n-at, left, b.values, b.row, m, k, factors, accumulate)
	for i := range m {
		copy(dst.values[i*dst.row+at:][:n-at], edge[i*nr:])
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

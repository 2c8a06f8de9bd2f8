package kernels

import "github.com/lorica-go/lorica/internal/format"

// Operations that move rows or sum over them.

// rowMoveArguments are the operands of a running operation on whole rows.
type rowMoveArguments struct {
	split
	dst, src   Tensor
	indices    []int32
	accumulate bool
}

// checkIndices panics unless every index names one of n rows.
func checkIndices(op string, indices []int32, n int) {
	for i, r := range indices {
		if r < 0 || int(r) >= n {
			panic(format.Sprintf("kernels: %s: index %d at %d, of %d rows", op, r, i, n))
		}
	}
}

// GatherRows sets dst[i] = src[rows[i]].
func (c *CPU) GatherRows(dst, src Tensor, rows []int32) {
	checkShape("GatherRows", "dst", dst, len(rows), src.Cols)
	checkIndices("GatherRows", rows, src.Rows)
	c.args.rows = rowMoveArguments{split: splitRows(dst.Rows, dst.Cols), dst: dst, src: src, indices: rows}
	c.parallel(c.args.rows.items, gatherItem)
}

func gatherItem(c *CPU, _, item int) {
	a := &c.args.rows
	for r, end := a.rowRange(item); r < end; r++ {
		copy(a.dst.row(r), a.src.row(int(a.indices[r])))
	}
}

// ScatterAddRows sets dst[rows[i]] += src[i]. It is split by columns, so that rows which occur again are added in order.
func (c *CPU) ScatterAddRows(dst, src Tensor, rows []int32) {
	checkShape("ScatterAddRows", "src", src, len(rows), dst.Cols)
	checkIndices("ScatterAddRows", rows, dst.Rows)
	c.args.rows = rowMoveArguments{split: splitSpan(dst.Cols, stripeColumns), dst: dst, src: src, indices: rows}
	c.parallel(c.args.rows.items, scatterItem)
}

func scatterItem(c *CPU, _, item int) {
	a := &c.args.rows
	from, to := a.colRange(item)
	for i, r := range a.indices {
		dst := a.dst.row(int(r))[from:to]
		c.row.add(dst, dst, a.src.row(i)[from:to])
	}
}

// ColumnSums sets, or with accumulate increases, dst [1, n] by the sums over the rows of src [m, n].
func (c *CPU) ColumnSums(dst, src Tensor, accumulate bool) {
	checkShape("ColumnSums", "dst", dst, 1, src.Cols)
	c.args.rows = rowMoveArguments{split: splitSpan(src.Cols, stripeColumns), dst: dst, src: src, accumulate: accumulate}
	c.parallel(c.args.rows.items, columnSumsItem)
}

func columnSumsItem(c *CPU, _, item int) {
	a := &c.args.rows
	from, to := a.colRange(item)
	dst := a.dst.row(0)[from:to]
	if !a.accumulate {
		clear(dst)
	}
	c.addColumnSums(dst, a.src.ColRange(from, to))
}

// addColumnSums adds the sums over src's rows to dst.
func (c *CPU) addColumnSums(dst []float32, src Tensor) {
	for r := 0; r < src.Rows; r += sumRows {
		block := src.RowRange(r, min(r+sumRows, src.Rows))
		c.row.addRows(dst, block.host(), block.Rows, block.Stride)
	}
}

// Transpose sets dst [n, m] to the transpose of src [m, n].
func (c *CPU) Transpose(dst, src Tensor) {
	checkShape("Transpose", "dst", dst, src.Cols, src.Rows)
	c.args.rows = rowMoveArguments{split: splitRows(dst.Rows, dst.Cols), dst: dst, src: src}
	a := &c.args.rows
	if a.items > 0 {
		a.itemRows = (a.itemRows + transposeTile - 1) / transposeTile * transposeTile
		a.items = (a.rows + a.itemRows - 1) / a.itemRows
	}
	c.parallel(a.items, transposeItem)
}

func transposeItem(c *CPU, _, item int) {
	a := &c.args.rows
	from, to := a.rowRange(item)
	dst, src := a.dst.RowRange(from, to), a.src.ColRange(from, to)
	c.row.transpose(dst.host(), src.host(), dst.Rows, dst.Cols, dst.Stride, src.Stride)
}

// embeddingArguments are the operands of a running EmbeddingSum.
type embeddingArguments struct {
	split
	dst   Tensor
	terms []EmbeddingTerm
}

// EmbeddingSum sets dst[t] to the sum over terms of Table[IDs[t]].
func (c *CPU) EmbeddingSum(dst Tensor, terms []EmbeddingTerm) {
	for i := range terms {
		checkLength("EmbeddingSum", "IDs", len(terms[i].IDs), dst.Rows)
		rows, cols := terms[i].shape()
		checkLength("EmbeddingSum", "columns of a table", cols, dst.Cols)
		checkIndices("EmbeddingSum", terms[i].IDs, rows)
	}
	a := &c.args.embedding
	a.split, a.dst = splitRows(dst.Rows, dst.Cols), dst
	a.terms = append(a.terms[:0], terms...)
	c.parallel(a.items, embeddingItem)
}

func embeddingItem(c *CPU, worker, item int) {
	a := &c.args.embedding
	n := a.dst.Cols
	scratch := c.workers[worker].floats(2 * n)
	for r, end := a.rowRange(item); r < end; r++ {
		dst := a.dst.row(r)
		switch len(a.terms) {
		case 0:
			clear(dst)
			continue
		case 1:
			copy(dst, a.terms[0].row(r, scratch))
			continue
		}
		c.row.add(dst, a.terms[0].row(r, scratch[:n]), a.terms[1].row(r, scratch[n:]))
		for i := 2; i < len(a.terms); i++ {
			c.row.add(dst, dst, a.terms[i].row(r, scratch))
		}
	}
}

// row returns the table row that the term adds to row r of the sum, in scratch when it has eight bits.
func (t *EmbeddingTerm) row(r int, scratch []float32) []float32 {
	id := int(t.IDs[r])
	if t.Int8 == nil {
		return t.Table.row(id)
	}
	return t.Int8.row(id, scratch[:t.Int8.cols])
}

// shape returns how many rows and columns the table has.
func (t *EmbeddingTerm) shape() (rows, cols int) {
	if t.Int8 == nil {
		return t.Table.Rows, t.Table.Cols
	}
	return t.Int8.rows, t.Int8.cols
}

// Int8Table is a table of eight bits. It is made by Device.WrapInt8.
type Int8Table struct {
	values     []int8
	scales     []float32
	rows, cols int
	group      int // values of a scale
	dequantise func(dst []float32, x []int8, scales []float32, group int)
}

// row sets dst to row i.
func (t *Int8Table) row(i int, dst []float32) []float32 {
	if t.cols > 0 {
		from := i * t.cols
		t.dequantise(dst[:t.cols], t.values[from:from+t.cols], t.scales[from/t.group:(from+t.cols)/t.group], t.group)
	}
	return dst
}

func dequantiseGeneric(dst []float32, x []int8, scales []float32, group int) {
	for i, scale := range scales {
		Dequantise(dst[i*group:][:group], x[i*group:][:group], scale)
	}
}

// WrapInt8 returns a table over the memory itself.
func (c *CPU) WrapInt8(values []int8, rows int, scales []float32) *Int8Table {
	t := &Int8Table{values: values, scales: scales, rows: rows, dequantise: c.row.dequantise}
	if len(values) > 0 && rows > 0 && len(scales) >= rows {
		t.cols, t.group = len(values)/rows, len(values)/len(scales)
	}
	if t.cols*rows != len(values) || t.group*len(scales) != len(values) || t.group > 0 && t.cols%t.group != 0 {
		panic(format.Sprintf("kernels: WrapInt8: %d values and %d scales for %d rows", len(values), len(scales), rows))
	}
	return t
}

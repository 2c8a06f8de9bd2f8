package kernels

// meanArguments are the operands of a running MeanRows or MeanRowsBackward.
type meanArguments struct {
	rows, means Tensor
	offsets     []int32
	stripes     int // an item is a stripe of columns of one sequence
}

// prepare stores the operands and returns the number of items.
func (a *meanArguments) prepare(op string, rows, means Tensor, offsets []int32) int {
	sequences := max(0, len(offsets)-1)
	checkOffsets(op, "row", offsets, rows.Rows)
	checkShape(op, "the means", means, sequences, rows.Cols)
	*a = meanArguments{rows: rows, means: means, offsets: offsets, stripes: splitSpan(rows.Cols, stripeColumns).items}
	return sequences * a.stripes
}

// item returns an item's stripe of a sequence's rows and of its mean.
func (a *meanArguments) item(item int) (rows Tensor, mean []float32) {
	sequence := item / a.stripes
	from := item % a.stripes * stripeColumns
	to := min(from+stripeColumns, a.rows.Cols)
	return a.rows.RowRange(int(a.offsets[sequence]), int(a.offsets[sequence+1])).ColRange(from, to), a.means.row(sequence)[from:to]
}

// MeanRows sets dst[s] to the mean of the rows of sequence s.
func (c *CPU) MeanRows(dst, src Tensor, offsets []int32) {
	c.parallel(c.args.mean.prepare("MeanRows", src, dst, offsets), meanItem)
}

func meanItem(c *CPU, _, item int) {
	rows, mean := c.args.mean.item(item)
	clear(mean)
	if rows.Rows == 0 {
		return
	}
	c.addColumnSums(mean, rows)
	c.row.scale(mean, mean, 1/float32(rows.Rows))
}

// MeanRowsBackward sets the rows of sequence s of dx to dy[s] / length.
func (c *CPU) MeanRowsBackward(dx, dy Tensor, offsets []int32) {
	c.parallel(c.args.mean.prepare("MeanRowsBackward", dx, dy, offsets), meanBackwardItem)
}

func meanBackwardItem(c *CPU, _, item int) {
	rows, mean := c.args.mean.item(item)
	for r := range rows.Rows {
		c.row.scale(rows.row(r), mean, 1/float32(rows.Rows))
	}
}

package kernels

// dropoutArguments are the operands of a running Dropout.
type dropoutArguments struct {
	split
	dst, x     Tensor
	mask       maskKey
	accumulate bool
}

// Dropout sets dst = x * mask/(1-p), or with accumulate dst += that.
func (c *CPU) Dropout(dst, x Tensor, d Dropout, accumulate bool) {
	checkShape("Dropout", "x", x, dst.Rows, dst.Cols)
	mask := d.mask()
	switch {
	case d.Rate == 0 && accumulate:
		c.Add(dst, x)
		return
	case d.Rate == 0:
		c.Copy(dst, x)
		return
	}
	c.args.dropout = dropoutArguments{split: splitRows(dst.Rows, dst.Cols), dst: dst, x: x, mask: mask, accumulate: accumulate}
	c.parallel(c.args.dropout.items, dropoutItem)
}

func dropoutItem(c *CPU, _, item int) {
	a := &c.args.dropout
	for r, end := a.rowRange(item); r < end; r++ {
		dst, x, mask := a.dst.row(r), a.x.row(r), a.mask.row(uint64(r))
		if a.accumulate {
			c.row.dropoutAdd(dst, x, dst, mask, 0)
		} else {
			c.row.dropout(dst, x, mask, 0)
		}
	}
}

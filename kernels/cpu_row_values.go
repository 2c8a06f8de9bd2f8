package kernels

// Operations that treat every value alike.

// valueArguments are the operands of a running value-by-value operation, all of one shape.
type valueArguments struct {
	split
	dst, x, y  Tensor
	factor     float32
	activation Activation
}

// prepare stores the operands and splits the work: tensors without gaps are one long row.
func (a *valueArguments) prepare(dst, x, y Tensor) {
	if dst.dense() && x.dense() && y.dense() {
		n := dst.Len()
		a.split = splitSpan(n, itemValues)
		dst, x, y = dst.flat(), x.flat(), y.flat()
	} else {
		a.split = splitRows(dst.Rows, dst.Cols)
	}
	a.dst, a.x, a.y = dst, x, y
}

// flat returns a dense tensor as one row.
func (t Tensor) flat() Tensor {
	t.Rows, t.Cols, t.Stride = 1, t.Len(), t.Len()
	return t
}

// Zero sets dst to 0.
func (c *CPU) Zero(dst Tensor) {
	c.args.values.prepare(dst, dst, dst)
	c.parallel(c.args.values.items, zeroItem)
}

func zeroItem(c *CPU, _, item int) {
	a := &c.args.values
	from, to := a.colRange(item)
	for r, end := a.rowRange(item); r < end; r++ {
		clear(a.dst.row(r)[from:to])
	}
}

// Copy sets dst = src.
func (c *CPU) Copy(dst, src Tensor) {
	checkShape("Copy", "src", src, dst.Rows, dst.Cols)
	c.args.values.prepare(dst, src, src)
	c.parallel(c.args.values.items, copyItem)
}

func copyItem(c *CPU, _, item int) {
	a := &c.args.values
	from, to := a.colRange(item)
	for r, end := a.rowRange(item); r < end; r++ {
		copy(a.dst.row(r)[from:to], a.x.row(r)[from:to])
	}
}

// Add sets dst += src.
func (c *CPU) Add(dst, src Tensor) {
	checkShape("Add", "src", src, dst.Rows, dst.Cols)
	c.args.values.prepare(dst, src, src)
	c.parallel(c.args.values.items, addItem)
}

func addItem(c *CPU, _, item int) {
	a := &c.args.values
	from, to := a.colRange(item)
	for r, end := a.rowRange(item); r < end; r++ {
		dst := a.dst.row(r)[from:to]
		c.row.add(dst, dst, a.x.row(r)[from:to])
	}
}

// Scale sets dst *= factor.
func (c *CPU) Scale(dst Tensor, factor float32) {
	c.args.values.prepare(dst, dst, dst)
	c.args.values.factor = factor
	c.parallel(c.args.values.items, scaleItem)
}

func scaleItem(c *CPU, _, item int) {
	a := &c.args.values
	from, to := a.colRange(item)
	for r, end := a.rowRange(item); r < end; r++ {
		dst := a.dst.row(r)[from:to]
		c.row.scale(dst, dst, a.factor)
	}
}

// Activate sets dst = f(x).
func (c *CPU) Activate(dst, x Tensor, f Activation) {
	checkShape("Activate", "x", x, dst.Rows, dst.Cols)
	c.args.values.prepare(dst, x, x)
	c.args.values.activation = f
	c.parallel(c.args.values.items, activateItem)
}

func activateItem(c *CPU, _, item int) {
	a := &c.args.values
	from, to := a.colRange(item)
	for r, end := a.rowRange(item); r < end; r++ {
		c.row.activate[a.activation](a.dst.row(r)[from:to], a.x.row(r)[from:to])
	}
}

// ActivateBackward sets dx = dy * f'(x).
func (c *CPU) ActivateBackward(dx, dy, x Tensor, f Activation) {
	checkShape("ActivateBackward", "dy", dy, dx.Rows, dx.Cols)
	checkShape("ActivateBackward", "x", x, dx.Rows, dx.Cols)
	c.args.values.prepare(dx, dy, x)
	c.args.values.activation = f
	c.parallel(c.args.values.items, activateBackwardItem)
}

func activateBackwardItem(c *CPU, _, item int) {
	a := &c.args.values
	from, to := a.colRange(item)
	for r, end := a.rowRange(item); r < end; r++ {
		c.row.activateGradient[a.activation](a.dst.row(r)[from:to], a.x.row(r)[from:to], a.y.row(r)[from:to])
	}
}

package kernels

// gateArguments are the operands of a running Gate or GateBackward.
type gateArguments struct {
	split
	dst, dy, x Tensor // dst is the result of either
	activation Activation
}

// Gate sets dst = f(a) * g, a and g being the left and right half of x.
func (c *CPU) Gate(dst, x Tensor, f Activation) {
	checkShape("Gate", "x", x, dst.Rows, 2*dst.Cols)
	c.args.gate = gateArguments{split: splitRows(dst.Rows, dst.Cols), dst: dst, x: x, activation: f}
	c.parallel(c.args.gate.items, gateItem)
}

func gateItem(c *CPU, _, item int) {
	a := &c.args.gate
	for r, end := a.rowRange(item); r < end; r++ {
		x := a.x.row(r)
		c.row.gate[a.activation](a.dst.row(r), x[:a.cols], x[a.cols:])
	}
}

// GateBackward sets dx = [dy * g * f'(a), dy * f(a)].
func (c *CPU) GateBackward(dx, dy, x Tensor, f Activation) {
	checkShape("GateBackward", "x", x, dy.Rows, 2*dy.Cols)
	checkShape("GateBackward", "dx", dx, dy.Rows, 2*dy.Cols)
	c.args.gate = gateArguments{split: splitRows(dy.Rows, dy.Cols), dst: dx, dy: dy, x: x, activation: f}
	c.parallel(c.args.gate.items, gateBackwardItem)
}

func gateBackwardItem(c *CPU, _, item int) {
	a := &c.args.gate
	for r, end := a.rowRange(item); r < end; r++ {
		x, dx := a.x.row(r), a.dst.row(r)
		c.row.gateGradient[a.activation](dx[:a.cols], dx[a.cols:], a.dy.row(r), x[:a.cols], x[a.cols:])
	}
}

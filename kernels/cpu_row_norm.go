package kernels

// normArguments are the operands of a running LayerNorm or LayerNormBackward.
type normArguments struct {
	split
	op       LayerNorm
	mask     maskKey
	zeros    []float32 // stands for an absent Beta
	backward LayerNormBackward
}

// LayerNorm computes z = dropout(x) + residual and its norm, row by row.
func (c *CPU) LayerNorm(op LayerNorm) {
	m, n := op.X.Rows, op.X.Cols
	checkShape("LayerNorm", "Dst", op.Dst, m, n)
	checkShape("LayerNorm", "Gamma", op.Gamma, 1, n)
	if !op.Residual.IsZero() {
		checkShape("LayerNorm", "Residual", op.Residual, m, n)
	}
	if !op.Sum.IsZero() {
		checkShape("LayerNorm", "Sum", op.Sum, m, n)
	}
	if !op.Stats.IsZero() {
		checkShape("LayerNorm", "Stats", op.Stats, m, 2)
	}
	a := &c.args.norm
	if !op.Beta.IsZero() {
		checkShape("LayerNorm", "Beta", op.Beta, 1, n)
	} else if len(a.zeros) < n {
		a.zeros = alignedFloats(n)
	}
	a.split, a.op, a.mask = splitRows(m, n), op, op.Dropout.mask()
	c.parallel(a.items, normItem)
}

func normItem(c *CPU, _, item int) {
	a := &c.args.norm
	op := &a.op
	gamma, beta := op.Gamma.row(0), a.zeros
	if !op.Beta.IsZero() {
		beta = op.Beta.row(0)
	}
	for r, end := a.rowRange(item); r < end; r++ {
		x, dst := op.X.row(r), op.Dst.row(r)
		z := dst
		if !op.Sum.IsZero() {
			z = op.Sum.row(r)
		}
		switch {
		case op.Dropout.Rate == 0 && op.Residual.IsZero():
			if op.Sum.IsZero() {
				z = x
			} else {
				copy(z, x)
			}
		case op.Dropout.Rate == 0:
			c.row.add(z, x, op.Residual.row(r))
		case op.Residual.IsZero():
			c.row.dropout(z, x, a.mask.row(uint64(r)), 0)
		default:
			c.row.dropoutAdd(z, x, op.Residual.row(r), a.mask.row(uint64(r)), 0)
		}
		mean, rstd := c.row.normStats(z, op.Eps)
		c.row.normApply(dst, z, gamma, beta, mean, rstd)
		if !op.Stats.IsZero() {
			stats := op.Stats.row(r)
			stats[0], stats[1] = mean, rstd
		}
	}
}

// LayerNormBackward computes the gradients of LayerNorm. The parameters' come first, by column stripes, because DX may
// overwrite DY.
func (c *CPU) LayerNormBackward(op LayerNormBackward) {
	m, n := op.DY.Rows, op.DY.Cols
	checkShape("LayerNormBackward", "Sum", op.Sum, m, n)
	checkShape("LayerNormBackward", "Stats", op.Stats, m, 2)
	a := &c.args.norm
	a.backward = op
	if !op.DGamma.IsZero() || !op.DBeta.IsZero() {
		if !op.DGamma.IsZero() {
			checkShape("LayerNormBackward", "DGamma", op.DGamma, 1, n)
		}
		if !op.DBeta.IsZero() {
			checkShape("LayerNormBackward", "DBeta", op.DBeta, 1, n)
		}
		a.split = splitSpan(n, stripeColumns)
		c.parallel(a.items, normParametersItem)
	}
	if !op.DX.IsZero() {
		checkShape("LayerNormBackward", "DX", op.DX, m, n)
		checkShape("LayerNormBackward", "Gamma", op.Gamma, 1, n)
		a.split = splitRows(m, n)
		c.parallel(a.items, normBackwardItem)
	}
}

func normParametersItem(c *CPU, worker, item int) {
	a := &c.args.norm
	op := &a.backward
	from, to := a.colRange(item)
	n := to - from
	scratch := c.workers[worker].floats(2 * stripeColumns)
	dgamma, dbeta := scratch[:n], scratch[stripeColumns:][:n]
	for r0 := 0; r0 < op.DY.Rows; r0 += sumRows {
		clear(dgamma)
		clear(dbeta)
		for r := r0; r < min(r0+sumRows, op.DY.Rows); r++ {
			stats := op.Stats.row(r)
			c.row.normParameters(dgamma, dbeta, op.DY.row(r)[from:to], op.Sum.row(r)[from:to], stats[0], stats[1])
		}
		if !op.DGamma.IsZero() {
			total := op.DGamma.row(0)[from:to]
			c.row.add(total, total, dgamma)
		}
		if !op.DBeta.IsZero() {
			total := op.DBeta.row(0)[from:to]
			c.row.add(total, total, dbeta)
		}
	}
}

func normBackwardItem(c *CPU, _, item int) {
	a := &c.args.norm
	op := &a.backward
	gamma := op.Gamma.row(0)
	normBackward := c.row.normBackward
	if op.Accumulate {
		normBackward = c.row.normBackwardAdd
	}
	for r, end := a.rowRange(item); r < end; r++ {
		stats := op.Stats.row(r)
		normBackward(op.DX.row(r), op.DY.row(r), op.Sum.row(r), gamma, stats[0], stats[1])
	}
}

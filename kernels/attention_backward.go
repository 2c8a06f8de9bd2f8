package kernels

// attentionBackward computes one span of AttentionBackward.
func attentionBackward(c *CPU, worker, item int) {
	op, at := &c.args.attention, c.args.spans[item]
	for i := range at.heads {
		h, next := op.headsOf(at, i)
		if h.empty() {
			h.queryRows(op.DQ).clear(h.queries, h.width)
			h.keyRows(op.DK).clear(h.keys, h.width)
			h.keyRows(op.DV).clear(h.keys, h.width)
		} else {
			c.attentionBackwardHead(&c.workers[worker], op, &h, &next)
		}
	}
}

// attentionBackwardHead computes the gradients of one head. The forward was
//
//	S = Q K^T;  P = exp(scale S - logSumExp);  R = P * mask/(1-rate);  O = R V
//
// and so
//
//	dV = R^T dO;  dP = (dO V^T) * mask/(1-rate);  dS = scale P (dP - D);  dQ = dS K;  dK = dS^T Q
//
// where D, the sum of P dP over a row, equals the inner product of the rows of dO and O whatever the mask, because
// sum_j P_j dP_j = sum_j R_j (dO . V_j) (Dao et al. 2022, "FlashAttention", appendix B).
func (c *CPU) attentionBackwardHead(w *worker, op *AttentionBackward, h, next *attentionHead) {
	nr, keys, queries, width := c.gemm.nr, h.keys, h.queries, h.width
	scoreRow := c.scoreRow(keys)
	block := c.attentionBlock(queries, 2*scoreRow)
	transposed, padded, edgeRows := panels(keys, nr)*nr*width, panels(width, nr)*nr, max(block, keys)
	memory := w.floats(2*lines(transposed) + lines(padded*keys) + 2*lines(padded*block) +
		2*lines(block*scoreRow) + lines(edgeRows*nr) + 2*lines(block))
	kT, vT := carve(&memory, transposed), carve(&memory, transposed)
	kPacked, qPacked, dOutPacked := carve(&memory, padded*keys), carve(&memory, padded*block), carve(&memory, padded*block)
	scores, dp := carve(&memory, block*scoreRow), carve(&memory, block*scoreRow)
	edge, logSumExp, delta := carve(&memory, edgeRows*nr), carve(&memory, block), carve(&memory, block)

	q, out, dOut, dq := h.queryRows(op.Q), h.queryRows(op.Dst), h.queryRows(op.DOut), h.queryRows(op.DQ)
	k, v, dk, dv := h.keyRows(op.K), h.keyRows(op.V), h.keyRows(op.DK), h.keyRows(op.DV)
	lse := headOf(op.LogSumExp, h.query, h.head, 1)

	c.packColumns(w, kT, k, keys, width)
	c.packColumns(w, vT, v, keys, width)
	kRows := c.packRows(kPacked, k, keys, width, queries)
	for r := 0; r < queries; r += block {
		m := min(block, queries-r)
		q, dOut := q.from(r), dOut.from(r)
		c.multiplyScores(scores, scoreRow, q, kT, m, keys, width)
		c.fetchKeys(r, next, op.K, op.V)
		c.multiplyScores(dp, scoreRow, dOut, vT, m, keys, width)
		c.fetchQueries(r, next, op.Q, op.DOut)
		c.dropScores(&op.Attention, h, r, dp, scoreRow, m)
		for i := range m {
			logSumExp[i] = lse.values[(r+i)*lse.row]
		}
		c.attention.dots(delta, dOut.values, dOut.row, out.from(r).values, out.row, m, width)
		c.attention.gradient(scores, dp, scoreRow, m, keys, op.Scale, logSumExp, delta)
		c.dropScores(&op.Attention, h, r, scores, scoreRow, m)

		qRows := c.packRows(qPacked, q, m, width, keys)
		dOutRows := c.packRows(dOutPacked, dOut, m, width, keys)
		c.multiply(dq.from(r), width, dp, scoreRow, 1, kRows, m, keys, nil, false, edge)
		c.fetchQueries(r, next, op.Dst, op.DQ)
		c.multiply(dk, width, dp, 1, scoreRow, qRows, keys, m, nil, r > 0, edge)
		c.fetchKeys(r, next, op.DK, op.DV)
		c.multiply(dv, width, scores, 1, scoreRow, dOutRows, keys, m, nil, r > 0, edge)
	}
}

package kernels

// attentionBackward computes one span of AttentionBackward.
func attentionBackward(c *CPU, worker, item int) {
	op, at := &c.args.attention, c.args.spans[item]
	for i := range at.heads {
		h, next := op.headsOf(at, i)
		if h.empty() {
			h.queryRows(op.DQ).clear(h.queries, h.width)
			op.clearKeys(&h)
		} else {
			c.attentionBackwardHead(&c.workers[worker], op, &h, &next)
		}
	}
}

// attentionBackwardHead computes the gradients of one head. The forward was
//
//	S = Q K^T + terms of the distance;  P = exp(scale S - logSumExp);  R = P * mask/(1-rate);  O = R V
//
// and so
//
//	dV = R^T dO;  dP = (dO V^T) * mask/(1-rate);  dS = scale P (dP - D);  dQ = dS K;  dK = dS^T Q
//
// where D, the sum of P dP over a row, equals the inner product of the rows of dO and O whatever the mask, because
// sum_j P_j dP_j = sum_j R_j (dO . V_j) (Dao et al. 2022, "FlashAttention", appendix B). relativeHead has what the terms of
// the distance add.
func (c *CPU) attentionBackwardHead(w *worker, op *AttentionBackward, h, next *attentionHead) {
	nr, keys, queries, width := c.gemm.nr, h.keys, h.queries, h.width
	plan := c.planScores(&op.Attention, h, 2)
	block := plan.block
	transposed, padded, edgeRows := panels(keys, nr)*nr*width, panels(width, nr)*nr, block+keys
	memory := w.floats(2*lines(transposed) + lines(padded*keys) + 2*lines(padded*block) +
		2*lines(plan.floats()) + lines(edgeRows*nr) + 2*lines(block) + c.relativeFloats(&op.Attention, h, block, true))
	kT, vT := carve(&memory, transposed), carve(&memory, transposed)
	kPacked, qPacked, dOutPacked := carve(&memory, padded*keys), carve(&memory, padded*block), carve(&memory, padded*block)
	rawScores, rawDP := carve(&memory, plan.floats()), carve(&memory, plan.floats())
	edge, logSumExp, delta := carve(&memory, edgeRows*nr), carve(&memory, block), carve(&memory, block)
	var relative relativeHead
	relative.pack(c, w, &memory, &op.Attention, h, block, true)
	relative.clearGradients(c, op, h)

	q, out, dOut, dq := h.queryRows(op.Q), h.queryRows(op.Dst), h.queryRows(op.DOut), h.queryRows(op.DQ)
	k, v, dk, dv := h.keyRows(op.K), h.keyRows(op.V), h.keyRows(op.DK), h.keyRows(op.DV)
	lse := headOf(op.LogSumExp, h.query, h.head, 1)

	c.packColumns(w, kT, k, keys, width)
	c.packColumns(w, vT, v, keys, width)
	kRows := c.packRows(kPacked, k, keys, width, queries)
	begun := false // DK and DV have values to add to
	if op.Window != 0 {
		op.clearKeys(h)
		begun = true
	}
	for r := 0; r < queries; r += block {
		m := min(block, queries-r)
		from, to := op.seen(h, r, m, nr)
		n := to - from
		q, dOut := q.from(r), dOut.from(r)
		scores := c.scores(w, &op.Attention, h, plan, &relative, rawScores, q, kT, r, m, from, to)
		c.fetchKeys(r, next, op.K, op.V)
		dp := plan.view(h, r, m, nr, rawDP)
		c.multiplyScores(w, dp, dOut, vT[from*width:], m, n, width, false)
		c.fetchQueries(r, next, op.Q, op.DOut)
		c.dropScores(&op.Attention, h, r, from, dp, m, n)
		for i := range m {
			logSumExp[i] = lse.values[(r+i)*lse.row]
		}
		c.attention.dots(delta, dOut.values, dOut.row, out.from(r).values, out.row, m, width)
		c.attention.gradient(scores.values, dp.values, dp.row, m, n, op.Scale, logSumExp, delta)
		c.dropScores(&op.Attention, h, r, from, scores, m, n)

		qRows := c.packRows(qPacked, q, m, width, keys)
		dOutRows := c.packRows(dOutPacked, dOut, m, width, keys)
		c.multiply(w, dq.from(r), width, dp.values, dp.row, 1, kRows.rows(from), m, n, nil, false, edge)
		c.fetchQueries(r, next, op.Dst, op.DQ)
		c.multiply(w, dk.from(from), width, dp.values, 1, dp.row, qRows, n, m, nil, begun, edge)
		c.fetchKeys(r, next, op.DK, op.DV)
		c.multiply(w, dv.from(from), width, scores.values, 1, scores.row, dOutRows, n, m, nil, begun, edge)
		begun = true
		if relative.keyColumns != nil {
			relative.backwardKeys(c, w, h, plan, rawDP, dq.from(r), qRows, r, m, edge)
		}
		if relative.queryColumns != nil {
			relative.backwardQueries(c, w, h, dp, dk, kRows, r, m, edge)
		}
	}
}

// clearKeys sets the head's gradients of all keys and values of its sequence to 0.
func (op *AttentionBackward) clearKeys(h *attentionHead) {
	from, to := span(op.KeyOffsets, h.sequence)
	headOf(op.DK, from, h.head, h.width).clear(to-from, h.width)
	headOf(op.DV, from, h.head, h.width).clear(to-from, h.width)
}

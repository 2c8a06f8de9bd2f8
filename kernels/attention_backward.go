package kernels

// attentionBackward computes the gradients of one head of one sequence. The forward was
//
//	S = Q K^T;  P = exp(scale S - logSumExp);  R = P * mask/(1-rate);  O = R V
//
// and so
//
//	dV = R^T dO;  dP = (dO V^T) * mask/(1-rate);  dS = scale P (dP - D);  dQ = dS K;  dK = dS^T Q
//
// where D, the sum of P dP over a row, equals the inner product of the rows of dO and O whatever the mask, because
// sum_j P_j dP_j = sum_j R_j (dO . V_j) (Dao et al. 2022, "FlashAttention", appendix B).
func attentionBackward(c *CPU, worker, item int) {
	op, at := &c.args.attention, c.args.spans[item]
	q0, q1 := span(op.QueryOffsets, at.sequence)
	k0, k1 := span(op.KeyOffsets, at.sequence)
	queries, keys := q1-q0, k1-k0
	width, head := op.Q.Cols/op.Heads, int(at.head)
	dq, dk, dv := headOf(op.DQ, q0, head, width), headOf(op.DK, k0, head, width), headOf(op.DV, k0, head, width)
	if queries == 0 || keys == 0 || width == 0 {
		dq.clear(queries, width)
		dk.clear(keys, width)
		dv.clear(keys, width)
		return
	}
	q, out, dOut := headOf(op.Q, q0, head, width), headOf(op.Dst, q0, head, width), headOf(op.DOut, q0, head, width)
	lse := headOf(op.LogSumExp, q0, head, 1)

	nr, w := c.gemm.nr, &c.workers[worker]
	scoreRow := c.scoreRow(keys)
	block := c.attentionBlock(queries, 2*scoreRow)
	transposed, padded, edgeRows := panels(keys, nr)*nr*width, panels(width, nr)*nr, max(block, keys)
	memory := w.floats(2*lines(transposed) + lines(padded*keys) + 2*lines(padded*block) +
		2*lines(block*scoreRow) + lines(edgeRows*nr) + 2*lines(block))
	kT, vT := carve(&memory, transposed), carve(&memory, transposed)
	kPacked, qPacked, dOutPacked := carve(&memory, padded*keys), carve(&memory, padded*block), carve(&memory, padded*block)
	scores, dp := carve(&memory, block*scoreRow), carve(&memory, block*scoreRow)
	edge, logSumExp, delta := carve(&memory, edgeRows*nr), carve(&memory, block), carve(&memory, block)

	c.packColumns(w, kT, headOf(op.K, k0, head, width), keys, width)
	c.packColumns(w, vT, headOf(op.V, k0, head, width), keys, width)
	kRows := c.packRows(kPacked, headOf(op.K, k0, head, width), keys, width, queries)
	for r := 0; r < queries; r += block {
		m := min(block, queries-r)
		q, dOut := q.from(r), dOut.from(r)
		c.multiplyScores(scores, scoreRow, q, kT, m, keys, width)
		c.multiplyScores(dp, scoreRow, dOut, vT, m, keys, width)
		c.dropScores(&op.Attention, at, r, dp, scoreRow, m, keys)
		for i := range m {
			logSumExp[i] = lse.values[(r+i)*lse.row]
		}
		c.attention.dots(delta, dOut.values, dOut.row, out.from(r).values, out.row, m, width)
		c.attention.gradient(scores, dp, scoreRow, m, keys, op.Scale, logSumExp, delta)
		c.dropScores(&op.Attention, at, r, scores, scoreRow, m, keys)

		qRows := c.packRows(qPacked, q, m, width, keys)
		dOutRows := c.packRows(dOutPacked, dOut, m, width, keys)
		c.multiply(dq.from(r), width, dp, scoreRow, 1, kRows, m, keys, nil, false, edge)
		c.multiply(dk, width, dp, 1, scoreRow, qRows, keys, m, nil, r > 0, edge)
		c.multiply(dv, width, scores, 1, scoreRow, dOutRows, keys, m, nil, r > 0, edge)
	}
}

package kernels

import "math"

// noKeys is the LogSumExp of a query without keys.
var noKeys = []float32{float32(math.Inf(-1))}

// attentionForward computes one span of Attention:
//
//	S = Q K^T;  P = softmax(scale S), by row;  Dst = dropout(P) V
//
// The exponentials are divided by their sum after the last product, which has fewer values.
func attentionForward(c *CPU, worker, item int) {
	op, at := &c.args.attention.Attention, c.args.spans[item]
	q0, _ := span(op.QueryOffsets, at.sequence)
	k0, k1 := span(op.KeyOffsets, at.sequence)
	from, queries, keys := q0+int(at.from), int(at.to-at.from), k1-k0
	width, head := op.Q.Cols/op.Heads, int(at.head)
	if queries == 0 || width == 0 {
		return
	}
	dst := headOf(op.Dst, from, head, width)
	if keys == 0 {
		dst.clear(queries, width)
		for i := range queries {
			storeLogSumExp(op, from+i, head, noKeys)
		}
		return
	}
	q := headOf(op.Q, from, head, width)

	nr, w := c.gemm.nr, &c.workers[worker]
	scoreRow := c.scoreRow(keys)
	block := c.attentionBlock(queries, scoreRow)
	keyPanels, valuePanels := panels(keys, nr)*nr*width, panels(width, nr)*nr*keys
	memory := w.floats(lines(keyPanels) + lines(valuePanels) + lines(block*scoreRow) + lines(block*nr) + 2*lines(block))
	k, packed := carve(&memory, keyPanels), carve(&memory, valuePanels)
	scores, edge := carve(&memory, block*scoreRow), carve(&memory, block*nr)
	factors, logSumExp := carve(&memory, block), carve(&memory, block)

	c.packColumns(w, k, headOf(op.K, k0, head, width), keys, width)
	v := c.packRows(packed, headOf(op.V, k0, head, width), keys, width, queries)
	for r := 0; r < queries; r += block {
		m := min(block, queries-r)
		c.multiplyScores(scores, scoreRow, q.from(r), k, m, keys, width)
		c.attention.softmax(scores, scoreRow, m, keys, op.Scale, factors, logSumExp)
		storeLogSumExp(op, from+r, head, logSumExp[:m])
		c.dropScores(op, at, int(at.from)+r, scores, scoreRow, m, keys)
		c.multiply(dst.from(r), width, scores, scoreRow, 1, v, m, keys, factors, false, edge)
	}
}

// storeLogSumExp sets LogSumExp, when there, of head h and the rows from the given one on.
func storeLogSumExp(op *Attention, from, h int, values []float32) {
	if op.LogSumExp.IsZero() {
		return
	}
	lse := headOf(op.LogSumExp, from, h, 1)
	for i, v := range values {
		lse.values[i*lse.row] = v
	}
}

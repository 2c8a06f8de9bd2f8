package kernels

import "math"

// noKeys is the LogSumExp of a query without keys.
var noKeys = []float32{float32(math.Inf(-1))}

// attentionForward computes one span of Attention.
func attentionForward(c *CPU, worker, item int) {
	op, at := &c.args.attention.Attention, c.args.spans[item]
	for i := range at.heads {
		h, _ := op.headsOf(at, i)
		if h.empty() {
			emptyAttention(op, &h)
		} else {
			c.attentionForwardHead(&c.workers[worker], op, &h)
		}
	}
}

// attentionForwardHead computes
//
//	S = Q K^T;  P = softmax(scale S), by row;  Dst = dropout(P) V
//
// The exponentials are divided by their sum after the last product, which has fewer values.
func (c *CPU) attentionForwardHead(w *worker, op *Attention, h *attentionHead) {
	nr, width := c.gemm.nr, h.width
	scoreRow := c.scoreRow(h.keys)
	block := c.attentionBlock(h.queries, scoreRow)
	keyPanels, valuePanels := panels(h.keys, nr)*nr*width, panels(width, nr)*nr*h.keys
	memory := w.floats(lines(keyPanels) + lines(valuePanels) + lines(block*scoreRow) + lines(block*nr) + 2*lines(block))
	k, packed := carve(&memory, keyPanels), carve(&memory, valuePanels)
	scores, edge := carve(&memory, block*scoreRow), carve(&memory, block*nr)
	factors, logSumExp := carve(&memory, block), carve(&memory, block)

	q, dst := h.queryRows(op.Q), h.queryRows(op.Dst)
	c.packColumns(w, k, h.keyRows(op.K), h.keys, width)
	v := c.packRows(packed, h.keyRows(op.V), h.keys, width, h.queries)
	for r := 0; r < h.queries; r += block {
		m := min(block, h.queries-r)
		c.multiplyScores(scores, scoreRow, q.from(r), k, m, h.keys, width)
		c.attention.softmax(scores, scoreRow, m, h.keys, op.Scale, factors, logSumExp)
		storeLogSumExp(op, h, r, logSumExp[:m])
		c.dropScores(op, h, r, scores, scoreRow, m)
		c.multiply(dst.from(r), width, scores, scoreRow, 1, v, m, h.keys, factors, false, edge)
	}
}

// emptyAttention sets the results of a head without keys.
func emptyAttention(op *Attention, h *attentionHead) {
	h.queryRows(op.Dst).clear(h.queries, h.width)
	for i := range h.queries {
		storeLogSumExp(op, h, i, noKeys)
	}
}

// storeLogSumExp sets LogSumExp, when there, of the head's rows from the given one on.
func storeLogSumExp(op *Attention, h *attentionHead, from int, values []float32) {
	if op.LogSumExp.IsZero() {
		return
	}
	lse := headOf(op.LogSumExp, h.query+from, h.head, 1)
	for i, v := range values {
		lse.values[i*lse.row] = v
	}
}

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
//	S = Q K^T + terms of the distance;  P = softmax(scale S), by row;  Dst = dropout(P) V
//
// The exponentials are divided by their sum after the last product, which has fewer values.
func (c *CPU) attentionForwardHead(w *worker, op *Attention, h *attentionHead) {
	nr, width := c.gemm.nr, h.width
	plan := c.planScores(op, h, 1)
	keyPanels, valuePanels := panels(h.keys, nr)*nr*width, panels(width, nr)*nr*h.keys
	memory := w.floats(lines(keyPanels) + lines(valuePanels) + lines(plan.floats()) + lines(plan.block*nr) + 2*lines(plan.block) +
		c.relativeFloats(op, h, plan.block, false))
	k, packed := carve(&memory, keyPanels), carve(&memory, valuePanels)
	raw, edge := carve(&memory, plan.floats()), carve(&memory, plan.block*nr)
	factors, logSumExp := carve(&memory, plan.block), carve(&memory, plan.block)
	var relative relativeHead
	relative.pack(c, w, &memory, op, h, plan.block, false)

	q, dst := h.queryRows(op.Q), h.queryRows(op.Dst)
	c.packColumns(w, k, h.keyRows(op.K), h.keys, width)
	v := c.packRows(packed, h.keyRows(op.V), h.keys, width, h.queries)
	for r := 0; r < h.queries; r += plan.block {
		m := min(plan.block, h.queries-r)
		from, to := op.seen(h, r, m, nr)
		scores := c.scores(w, op, h, plan, &relative, raw, q.from(r), k, r, m, from, to)
		c.attention.softmax(scores.values, scores.row, m, to-from, op.Scale, factors, logSumExp)
		storeLogSumExp(op, h, r, logSumExp[:m])
		c.dropScores(op, h, r, from, scores, m, to-from)
		c.multiply(w, dst.from(r), width, scores.values, scores.row, 1, v.rows(from), m, to-from, factors, false, edge)
	}
}

// scores computes the scores S, without the scale, of the head's query rows [r, r+m), which begin at q, and keys [from, to)
// in the memory raw. k are the panels of K^T.
func (c *CPU) scores(w *worker, op *Attention, h *attentionHead, plan scorePlan, relative *relativeHead, raw []float32,
	q matrix, k []float32, r, m, from, to int) matrix {
	scores := matrix{values: raw, row: plan.row}
	if relative.keyColumns != nil {
		scores = relative.multiplyKeys(c, w, h, plan, raw, q, r, m)
	}
	c.multiplyScores(w, scores, q, k[from*h.width:], m, to-from, h.width, relative.keyColumns != nil)
	if relative.queryColumns != nil {
		relative.addQueries(c, w, h, scores, h.keyRows(op.K), r, m)
	}
	if op.Window != 0 {
		op.closeWindow(h, scores, r, m, from, to)
	}
	return scores
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

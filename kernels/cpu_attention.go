package kernels

import (
	"github.com/lorica-go/lorica/internal/format"
	"github.com/lorica-go/lorica/internal/order"
)

// attentionArguments are the operands of a running Attention or AttentionBackward.
type attentionArguments struct {
	attention     AttentionBackward // its Attention part alone when that is what runs
	attentionMask maskKey
	spans         []attentionSpan
	order         []int32 // sequences, the most work first
	relative      relativeGradients
}

// attentionSpan is one work item: some query rows of some heads of one sequence.
type attentionSpan struct {
	sequence    int32
	head, heads int32 // the first one, and how many
	from, to    int32 // query rows within the sequence
}

// Attention computes Dst = dropout(softmax(Scale Q K^T)) V for each sequence and head. A sequence without keys has the
// result 0 and the LogSumExp -Inf.
func (c *CPU) Attention(op Attention) {
	op.check("Attention")
	c.args.attention = AttentionBackward{Attention: op}
	c.args.attentionMask = op.Dropout.mask()
	c.planAttention(attentionForwardRows)
	c.parallel(len(c.args.spans), attentionForward)
}

// AttentionBackward overwrites DQ, DK and DV with the gradients of Attention. Op must have the Dst and LogSumExp that
// Attention made, and the same Dropout.
func (c *CPU) AttentionBackward(op AttentionBackward) {
	op.check("AttentionBackward")
	if op.LogSumExp.IsZero() {
		panic("kernels: AttentionBackward: no LogSumExp")
	}
	checkShape("AttentionBackward", "DOut", op.DOut, op.Q.Rows, op.Q.Cols)
	checkShape("AttentionBackward", "DQ", op.DQ, op.Q.Rows, op.Q.Cols)
	checkShape("AttentionBackward", "DK", op.DK, op.K.Rows, op.K.Cols)
	checkShape("AttentionBackward", "DV", op.DV, op.V.Rows, op.V.Cols)
	c.args.attention = op
	c.args.attentionMask = op.Dropout.mask()
	c.beginRelative(&op)
	c.planAttention(0)
	c.parallel(len(c.args.spans), attentionBackward)
	c.finishRelative(&op)
}

// check panics when the operands do not fit each other.
func (op *Attention) check(name string) {
	if op.Heads < 1 || op.Q.Cols%op.Heads != 0 {
		panic(format.Sprintf("kernels: %s: %d heads in rows of %d values", name, op.Heads, op.Q.Cols))
	}
	checkShape(name, "K", op.K, op.K.Rows, op.Q.Cols)
	checkShape(name, "V", op.V, op.K.Rows, op.K.Cols)
	checkShape(name, "Dst", op.Dst, op.Q.Rows, op.Q.Cols)
	if len(op.QueryOffsets) != len(op.KeyOffsets) {
		panic(format.Sprintf("kernels: %s: %d query offsets and %d key offsets", name, len(op.QueryOffsets), len(op.KeyOffsets)))
	}
	checkOffsets(name, "query", op.QueryOffsets, op.Q.Rows)
	checkOffsets(name, "key", op.KeyOffsets, op.K.Rows)
	if !op.LogSumExp.IsZero() {
		checkShape(name, "LogSumExp", op.LogSumExp, op.Q.Rows, op.Heads)
	}
	op.checkDistances(name)
}

// checkOffsets panics when offsets do not cut [0, rows) into sequences.
func checkOffsets(op, what string, offsets []int32, rows int) {
	last := int32(0)
	for i, at := range offsets {
		if at < last || i == 0 && at != 0 {
			panic(format.Sprintf("kernels: %s: %s offset %d at sequence %d", op, what, at, i))
		}
		last = at
	}
	if int(last) != rows {
		panic(format.Sprintf("kernels: %s: %s offsets end at %d of %d rows", op, what, last, rows))
	}
}

// span returns the bounds of sequence s in offsets.
func span(offsets []int32, s int32) (from, to int) { return int(offsets[s]), int(offsets[s+1]) }

// planAttention lists the work items, those of the longest sequences first so that no thread ends late with one of them.
// An item has all query rows of a sequence, or when rows is not 0 up to that many; and as many heads as make it worth
// handing out.
func (c *CPU) planAttention(rows int) {
	a := &c.args.attentionArguments
	op := &a.attention.Attention
	a.order, a.spans = a.order[:0], a.spans[:0]
	sequences := max(0, len(op.QueryOffsets)-1)
	for s := range sequences {
		a.order = append(a.order, int32(s))
	}
	order.Sort(a.order, func(x, y int32) bool {
		most, less := op.work(x), op.work(y)
		return most > less || most == less && x < y
	})
	most := max(1, sequences*op.Heads/(attentionItemsPerThread*len(c.workers)))
	for _, s := range a.order {
		from, to := span(op.QueryOffsets, s)
		queries, pieces := to-from, 1
		if rows > 0 {
			pieces = max(1, (queries+rows-1)/rows)
		}
		heads := min(op.Heads, most, max(1, attentionItemWork*op.Heads/max(1, op.work(s)*op.Q.Cols)))
		for h := 0; h < op.Heads; h += heads {
			for p := range pieces {
				a.spans = append(a.spans, attentionSpan{
					sequence: s, head: int32(h), heads: int32(min(heads, op.Heads-h)),
					from: int32(queries * p / pieces), to: int32(queries * (p + 1) / pieces),
				})
			}
		}
	}
}

// work returns the number of query-key pairs of sequence s.
func (op *Attention) work(s int32) int {
	q0, q1 := span(op.QueryOffsets, s)
	k0, k1 := span(op.KeyOffsets, s)
	return (q1 - q0) * (k1 - k0)
}

// attentionHead is one head of a span.
type attentionHead struct {
	sequence       int32
	head, width    int
	first          int // query row within the sequence
	query, queries int // rows of Q
	firstKey       int // key row within the sequence
	key, keys      int // rows of K
}

// headsOf returns head i of a span and the one after it, which has no rows if i is the last.
func (op *Attention) headsOf(at attentionSpan, i int32) (h, next attentionHead) {
	q0, _ := span(op.QueryOffsets, at.sequence)
	k0, k1 := span(op.KeyOffsets, at.sequence)
	h = attentionHead{
		sequence: at.sequence, head: int(at.head + i), width: op.Q.Cols / op.Heads,
		first: int(at.from), query: q0 + int(at.from), queries: int(at.to - at.from), key: k0, keys: k1 - k0,
	}
	if op.Window != 0 { // keys that no row of the span sees
		h.firstKey = max(0, int(at.from)-op.Window)
		h.key += h.firstKey
		h.keys = min(h.keys, int(at.to)+op.Window) - h.firstKey
	}
	if i+1 < at.heads {
		next = h
		next.head++
	}
	return h, next
}

// queryRows returns the head's part of t, a tensor of query rows; keyRows of one of key rows.
func (h *attentionHead) queryRows(t Tensor) matrix { return headOf(t, h.query, h.head, h.width) }
func (h *attentionHead) keyRows(t Tensor) matrix   { return headOf(t, h.key, h.head, h.width) }

// empty reports whether the head has no scores.
func (h *attentionHead) empty() bool { return h.queries == 0 || h.keys == 0 || h.width == 0 }

// dropScores applies the dropout mask to the scores [m, n] of the head's query rows from r on and keys from the given one on.
// The generator's row is made of sequence and head (high half) and query row.
func (c *CPU) dropScores(op *Attention, h *attentionHead, r, from int, scores matrix, m, n int) {
	if op.Dropout.Rate == 0 {
		return
	}
	place := uint64(h.sequence)*uint64(op.Heads) + uint64(h.head)
	for i := range m {
		line := scores.values[i*scores.row:][:n]
		c.row.dropout(line, line, c.args.attentionMask.row(place<<32|uint64(h.first+r+i)), h.firstKey+from)
	}
}

// fetchQueries has the next head's rows of two tensors brought into the cache, while something else is computed with block
// r of the present one; fetchKeys the same of tensors of key rows.
func (c *CPU) fetchQueries(r int, next *attentionHead, x, y Tensor) {
	if c.attention.fetch != nil && r == 0 && next.queries > 0 && next.queries <= attentionFetchRows {
		c.attention.fetch(next.queryRows(x).values, x.Stride, next.queries, next.width)
		c.attention.fetch(next.queryRows(y).values, y.Stride, next.queries, next.width)
	}
}

func (c *CPU) fetchKeys(r int, next *attentionHead, x, y Tensor) {
	if c.attention.fetch != nil && r == 0 && next.keys > 0 && next.keys <= attentionFetchRows {
		c.attention.fetch(next.keyRows(x).values, x.Stride, next.keys, next.width)
		c.attention.fetch(next.keyRows(y).values, y.Stride, next.keys, next.width)
	}
}

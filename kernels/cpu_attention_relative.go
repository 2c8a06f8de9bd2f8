package kernels

import "github.com/lorica-go/lorica/internal/format"

// relativeGradients are the gradients of Relative's tensors on their way: every sequence has a row of its own for each of its
// distances, so that sequences can be worked on in any order; the rows are added up afterwards, in the order of sequences.
type relativeGradients struct {
	offsets            []int32 // where each sequence's rows begin
	keys, queries      Tensor  // [distances of all sequences, width], falling and rising within a sequence
	keyRows, queryRows []int32 // which position each row is
	keyBuffer          Buffer
	queryBuffer        Buffer
}

// checkDistances panics when Window or Relative do not fit the rest of the operands.
func (op *Attention) checkDistances(name string) {
	r := &op.Relative
	relative := !r.Keys.IsZero() || !r.Queries.IsZero()
	if op.Window == 0 && !relative {
		return
	}
	if op.Window < 0 || op.Window != 0 && relative {
		panic(format.Sprintf("kernels: %s: a window of %d, with relative positions %t", name, op.Window, relative))
	}
	least, most := 0, 0
	for s := range int32(max(0, len(op.QueryOffsets)-1)) {
		q0, q1 := span(op.QueryOffsets, s)
		k0, k1 := span(op.KeyOffsets, s)
		if q1-q0 > k1-k0 {
			panic(format.Sprintf("kernels: %s: %d queries of %d tokens in sequence %d", name, q1-q0, k1-k0, s))
		}
		if q1 > q0 {
			least, most = min(least, k0-k1+1), max(most, q1-q0-1)
		}
	}
	if !relative || op.Q.Rows == 0 {
		return
	}
	middle := len(r.Rows) / 2
	if len(r.Rows)%2 == 0 || -least > middle {
		panic(format.Sprintf("kernels: %s: %d relative rows for sequences of %d tokens", name, len(r.Rows), 1-least))
	}
	for _, t := range []struct {
		what      string
		positions Tensor
	}{{"Relative.Keys", r.Keys}, {"Relative.Queries", r.Queries}} {
		if !t.positions.IsZero() {
			checkShape(name, t.what, t.positions, t.positions.Rows, op.Q.Cols)
			checkIndices(name, r.Rows[middle+least:middle+most+1], t.positions.Rows)
		}
	}
}

// beginRelative makes room for the gradients by distance that are wanted.
func (c *CPU) beginRelative(op *AttentionBackward) {
	g := &c.args.attentionArguments.relative
	g.offsets, g.keyRows, g.queryRows = g.offsets[:0], g.keyRows[:0], g.queryRows[:0]
	r := &op.Relative
	if op.DRelativeKeys.IsZero() && op.DRelativeQueries.IsZero() {
		return
	}
	rows := 0
	middle := len(r.Rows) / 2
	for s := range int32(max(0, len(op.QueryOffsets)-1)) {
		g.offsets = append(g.offsets, int32(rows))
		q0, q1 := span(op.QueryOffsets, s)
		k0, k1 := span(op.KeyOffsets, s)
		if q0 == q1 {
			continue
		}
		rows += q1 - q0 + k1 - k0 - 1
		for d := k0 - k1 + 1; d < q1-q0; d++ {
			g.queryRows = append(g.queryRows, r.Rows[middle+d])
		}
		for d := q1 - q0 - 1; d > k0-k1; d-- {
			g.keyRows = append(g.keyRows, r.Rows[middle+d])
		}
	}
	g.keys = c.relativeTensor(&g.keyBuffer, "DRelativeKeys", op.DRelativeKeys, r.Keys, rows)
	g.queries = c.relativeTensor(&g.queryBuffer, "DRelativeQueries", op.DRelativeQueries, r.Queries, rows)
}

// relativeTensor returns [rows, width] in buffer, which it grows, if the gradient d of positions is wanted.
func (c *CPU) relativeTensor(buffer *Buffer, name string, d, positions Tensor, rows int) Tensor {
	if d.IsZero() {
		return Tensor{}
	}
	checkShape("AttentionBackward", name, d, positions.Rows, positions.Cols)
	if n := rows * d.Cols; n > len(buffer.host) {
		buffer.host = c.memory.floats(n + n/4) // the next batch may be somewhat larger
	}
	return NewTensor(buffer, 0, rows, d.Cols)
}

// finishRelative adds the gradients by distance to those of the positions.
func (c *CPU) finishRelative(op *AttentionBackward) {
	g := &c.args.attentionArguments.relative
	if !op.DRelativeKeys.IsZero() {
		c.ScatterAddRows(op.DRelativeKeys, g.keys, g.keyRows)
	}
	if !op.DRelativeQueries.IsZero() {
		c.ScatterAddRows(op.DRelativeQueries, g.queries, g.queryRows)
	}
}

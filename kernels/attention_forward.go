package kernels

import "math"

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
		storeLogSumExp(op, from, head, queries, nil, nil)
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
	maxima, sums := carve(&memory, block), carve(&memory, block)

	c.packColumns(w, k, headOf(op.K, k0, head, width), keys, width)
	v := c.packRows(packed, headOf(op.V, k0, head, width), keys, width, queries)
	for r := 0; r < queries; r += block {
		m := min(block, queries-r)
		c.multiplyScores(scores, scoreRow, q.from(r), k, m, keys, width)
		c.attention.softmax(scores, scoreRow, m, keys, op.Scale, maxima, sums)
		storeLogSumExp(op, from+r, head, m, maxima, sums)
		c.dropScores(op, at, int(at.from)+r, scores, scoreRow, m, keys)
		for i, sum := range sums[:m] {
			sums[i] = 1 / sum
		}
		c.multiply(dst.from(r), width, scores, scoreRow, 1, v, m, keys, sums, false, edge)
	}
}

// storeLogSumExp sets LogSumExp of head h and m rows from the given one on. Without maxima and sums it is -Inf.
func storeLogSumExp(op *Attention, from, h, m int, maxima, sums []float32) {
	if op.LogSumExp.IsZero() {
		return
	}
	lse := headOf(op.LogSumExp, from, h, 1)
	for i := range m {
		value := math.Inf(-1)
		if sums != nil {
			value = float64(op.Scale)*float64(maxima[i]) + logarithm(sums[i])
		}
		lse.values[i*lse.row] = float32(value)
	}
}

// logarithm returns log(x) for a sum x of float32 exponentials, which is at least 1 or NaN, to 2e-9: more than enough for
// float32, at a quarter of math.Log's cost.
func logarithm(x float32) float64 {
	bits := math.Float32bits(x)
	exponent := float64(int(bits>>23) - 127)
	y := float64(math.Float32frombits(bits&(1<<23-1) | 127<<23))
	if y > math.Sqrt2 {
		y /= 2
		exponent++
	}
	// log y = 2 atanh((y-1)/(y+1)), |t| < 0.172
	t := (y - 1) / (y + 1)
	u := t * t
	series := 1 + u*(1.0/3+u*(1.0/5+u*(1.0/7+u*(1.0/9))))
	if x != x {
		return float64(x)
	}
	return exponent*math.Ln2 + 2*t*series
}

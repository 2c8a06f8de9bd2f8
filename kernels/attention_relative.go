package kernels

// relativeHead is the part of one head of disentangled attention that depends on the distance d = i - j of query i and key j
// (Relative). Written with one row a distance, PK for Relative.Keys and PQ for Relative.Queries, it adds to the scores
//
//	S_ij += Q_i . PK[i-j] + K_j . PQ[i-j]
//
// Neither term is gathered. All of Q PK^T for a block of rows is a product whose columns are distances; with distances
// falling from left to right, row i's part for keys 0, 1, 2 ... begins one column earlier than row i-1's. Seen with rows that
// are one value shorter, the product's memory is the matrix of scores itself, so that Q K^T is simply added to it.
// K PQ^T has keys as rows, so it is made for one panel of keys at a time, transposed and added.
type relativeHead struct {
	distances    int       // how many there are: keys + queries - 1
	keyColumns   []float32 // panels of PK^T, distances falling; nil when the term is absent
	queryColumns []float32 // panels of PQ^T, distances rising; nil when the term is absent
	strip        []float32 // scratch: the product of a panel of keys [nr, distances of a block]
	panel        []float32 // scratch: its part for a block, transposed [block, nr]

	// for the backward
	keyRows, queryRows   operand // PK, distances falling; PQ, rising
	dKeyRows, dQueryRows matrix  // where their gradients go, when wanted
}

// stripRow is the distance of rows of a strip for blocks of that many query rows: a panel's worth for the keys, one for
// beginning at a whole panel, and an odd number, so that neither rows nor diagonals fall into the same sets of the cache.
func stripRow(block, nr int) int { return panels(block+3*nr, nr)*nr + 17 }

// relativeFloats returns how much memory relativeHead.pack takes.
func (c *CPU) relativeFloats(op *Attention, h *attentionHead, block int, backward bool) int {
	nr, distances := c.gemm.nr, h.keys+h.queries-1
	each := lines(panels(distances, nr) * nr * h.width)
	if backward {
		each += lines(panels(h.width, nr) * nr * distances)
	}
	total := 0
	if !op.Relative.Keys.IsZero() {
		total += each
	}
	if !op.Relative.Queries.IsZero() {
		total += each + lines(nr*stripRow(block, nr)) + lines((block+8)*nr)
	}
	return total
}

// pack lays the position tensors of the head out, a row a distance, in memory.
func (p *relativeHead) pack(c *CPU, w *worker, memory *[]float32, op *Attention, h *attentionHead, block int, backward bool) {
	r, nr := &op.Relative, c.gemm.nr
	p.distances = h.keys + h.queries - 1
	columns, rows := panels(p.distances, nr)*nr*h.width, panels(h.width, nr)*nr*p.distances
	middle := len(r.Rows) / 2
	least, most := middle+h.first-(h.keys-1), middle+h.first+h.queries-1
	if !r.Keys.IsZero() {
		table := positionTable{headOf(r.Keys, 0, h.head, h.width), r.Rows, most, -1, p.distances}
		p.keyColumns = carve(memory, columns)
		c.packPositionColumns(w, p.keyColumns, &table, h.width)
		if backward {
			p.keyRows = c.packPositionRows(carve(memory, rows), &table, h.width)
		}
	}
	if !r.Queries.IsZero() {
		table := positionTable{headOf(r.Queries, 0, h.head, h.width), r.Rows, least, 1, p.distances}
		p.queryColumns = carve(memory, columns)
		c.packPositionColumns(w, p.queryColumns, &table, h.width)
		if backward {
			p.queryRows = c.packPositionRows(carve(memory, rows), &table, h.width)
		}
		p.strip, p.panel = carve(memory, nr*stripRow(block, nr)), carve(memory, (block+8)*nr)
	}
}

// positionTable is a matrix with a row a distance: row g is rows[first+step g] of the tensor.
type positionTable struct {
	positions   matrix
	rows        []int32
	first, step int
	n           int
}

func (t *positionTable) row(g int) int { return int(t.rows[t.first+t.step*g]) * t.positions.row }

// packPositionColumns is packColumns of the rows of a table.
func (c *CPU) packPositionColumns(w *worker, dst []float32, t *positionTable, cols int) {
	nr := c.gemm.nr
	for g := 0; g < t.n; g += nr {
		for i := range nr {
			w.rows[i] = &t.positions.values[t.row(min(g+i, t.n-1))]
		}
		c.transposePanel(w, &dst[g*cols], cols)
	}
}

// packPositionRows is packRows of the rows of a table.
func (c *CPU) packPositionRows(dst []float32, t *positionTable, cols int) operand {
	nr := c.gemm.nr
	for g := range t.n {
		row := t.positions.values[t.row(g):]
		for j := 0; j < cols; j += nr {
			n := min(nr, cols-j)
			copy(dst[j*t.n+g*nr:][:n], row[j:])
		}
	}
	return operand{values: dst, row: nr, panel: t.n * nr}
}

// keyStart returns the column of keyColumns at which row r+m-1 of the scores begins: the distances of a block of query rows
// [r, r+m) are those from there on, one for every key and row.
func keyStart(h *attentionHead, r, m int) int { return h.queries - r - m }

// multiplyKeys sets scores [m, keys] to Q_i . PK[i-j] for the query rows [r, r+m), which begin at q, by one product in raw.
// Behind a row's scores, raw has values to spare: room for a whole panel.
func (p *relativeHead) multiplyKeys(c *CPU, w *worker, h *attentionHead, plan scorePlan, raw []float32, q matrix, r, m int) matrix {
	nr := c.gemm.nr
	start := keyStart(h, r, m)
	first := start / nr * nr // products begin at a whole panel
	end := start + m + h.keys - 1
	left := c.left(w, q.values, q.row, 1, m, h.width, panels(end-first, nr))
	for at := first; at < end; at += nr {
		c.product(raw[at-first:], plan.stride, nr, left, p.keyColumns[at*h.width:], nr, m, h.width, nil, false)
	}
	return plan.view(h, r, m, nr, raw)
}

// queryStart returns the column of queryColumns of the least distance between the query rows from r on and n keys from j on.
func queryStart(h *attentionHead, r, j, n int) int { return r + h.keys - j - n }

// addQueries adds K_j . PQ[i-j] to scores [m, keys], for the query rows [r, r+m).
func (p *relativeHead) addQueries(c *CPU, w *worker, h *attentionHead, scores, k matrix, r, m int) {
	nr := c.gemm.nr
	row := stripRow(m, nr)
	for j := 0; j < h.keys; j += nr {
		n := min(nr, h.keys-j)
		start := queryStart(h, r, j, n)
		first := start / nr * nr
		keys, end := k.from(j), start+m+n-1
		left := c.left(w, keys.values, keys.row, 1, n, h.width, panels(end-first, nr))
		for at := first; at < end; at += nr {
			c.product(p.strip[at-first:], row, nr, left, p.queryColumns[at*h.width:], nr, n, h.width, nil, false)
		}
		for i := range nr { // key j+i's values for the block begin one column earlier than those of the key before
			w.rows[i] = &p.strip[min(i, n-1)*(row-1)+start-first+n-1]
		}
		c.transposePanel(w, &p.panel[0], m)
		for i := range m {
			line := scores.values[i*scores.row+j:][:n]
			c.row.add(line, line, p.panel[i*nr:])
		}
	}
}

// clearGradients finds and clears the head's part of the gradients by distance, where they are wanted.
func (p *relativeHead) clearGradients(c *CPU, op *AttentionBackward, h *attentionHead) {
	g := &c.args.attentionArguments.relative
	if !op.DRelativeKeys.IsZero() {
		p.dKeyRows = headOf(g.keys, int(g.offsets[h.sequence]), h.head, h.width)
		p.dKeyRows.clear(p.distances, h.width)
	}
	if !op.DRelativeQueries.IsZero() {
		p.dQueryRows = headOf(g.queries, int(g.offsets[h.sequence]), h.head, h.width)
		p.dQueryRows.clear(p.distances, h.width)
	}
}

// backwardKeys is multiplyKeys read from the end. There S_ij was Q_i . PK[i-j], and so
//
//	dQ_i += sum_j dS_ij PK[i-j];  dPK[d] += sum_i dS_i,i-d Q_i
//
// which are products with the very memory of dS whose columns are distances, once everything in it that is no score is 0.
func (p *relativeHead) backwardKeys(c *CPU, w *worker, h *attentionHead, plan scorePlan, raw []float32, dq matrix, qRows operand, r, m int, edge []float32) {
	nr := c.gemm.nr
	start := keyStart(h, r, m)
	n := m + h.keys - 1
	ds := raw[start%nr:]
	clearOutside(ds, plan.stride, m, h.keys, n)
	c.multiply(w, dq, h.width, ds, plan.stride, 1, p.keyRows.rows(start), m, n, nil, true, edge)
	if p.dKeyRows.values != nil {
		c.multiply(w, p.dKeyRows.from(start), h.width, ds, 1, plan.stride, qRows, n, m, nil, true, edge)
	}
}

// backwardQueries is addQueries read from the end. There S_ij was increased by K_j . PQ[i-j], and so
//
//	dK_j += sum_i dS_ij PQ[i-j];  dPQ[d] += sum_j dS_j+d,j K_j
//
// for one panel of keys at a time, whose columns of dS are laid out as rows of distances.
func (p *relativeHead) backwardQueries(c *CPU, w *worker, h *attentionHead, ds, dk matrix, kRows operand, r, m int, edge []float32) {
	nr := c.gemm.nr
	row := stripRow(m, nr)
	for j := 0; j < h.keys; j += nr {
		keys := min(nr, h.keys-j)
		n := m + keys - 1
		start := queryStart(h, r, j, keys)
		c.layKeys(w, p.strip[keys-1:], row-1, ds, j, m, keys)
		clearOutside(p.strip, row, keys, m, n)
		c.multiply(w, dk.from(j), h.width, p.strip, row, 1, p.queryRows.rows(start), keys, n, nil, true, edge)
		if p.dQueryRows.values != nil {
			c.multiply(w, p.dQueryRows.from(start), h.width, p.strip, 1, row, kRows.rows(j), n, keys, nil, true, edge)
		}
	}
}

// layKeys sets dst [keys, m], of row distance row, to the transpose of the columns from j on of src [m, keys]. Up to seven
// values behind a row of dst are undefined.
func (c *CPU) layKeys(w *worker, dst []float32, row int, src matrix, j, m, keys int) {
	for i := 0; i < m; i += 8 {
		for l := range 16 {
			w.rows[l] = &src.values[min(i+l, m-1)*src.row+j]
		}
		c.gemm.transpose(&dst[i], row, (*[16]*float32)(w.rows[:]), keys)
	}
	clear(w.rows[:16])
}

// clearOutside sets everything to 0 in the rows [rows, n] of values, stride apart, but a band of width columns, which begins at
// the last ones in the first row and one column earlier in every row that follows.
func clearOutside(values []float32, stride, rows, width, n int) {
	for i := range rows {
		line := values[i*stride:][:n]
		begin := rows - 1 - i
		clear(line[:begin])
		clear(line[begin+width:])
	}
}

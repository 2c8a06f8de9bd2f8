package kernels

import "unsafe"

// tileRun computes tiles of one strip.
type tileRun struct {
	gemm      *gemmPrimitives
	int8      *int8Primitives
	row       *rowPrimitives
	left      []float32 // the strip's rows, lda values apart
	lda       int
	scales    []float32 // of the strip's rows, when they have been quantised
	init, out []float32 // a tile each: what the sums begin with, and what goes through the epilogue
}

// columns computes panels [from, to) of the strip that begins at row.
func (t *tileRun) columns(p *product, row, rows, from, to int) {
	if t.gemm.block != nil {
		from = t.blocks(p, row, rows, from, to)
	} else if 0 < p.k && p.k <= shallow && !p.eightBit() {
		from = t.sweep(p, row, rows, from, to)
	}
	tiles := (rows + t.gemm.mr - 1) / t.gemm.mr
	for l := 0; l == 0 || l < p.k; l += p.depthBlock {
		for j := from; j < to; j++ {
			b := t.panel(p, j, l)
			t.down(p, &b, row, rows, tiles)
		}
	}
}

// sweep computes those of the panels [from, to) of a shallow product that can go straight to dst, along the rows, and
// returns the first that it leaves.
func (t *tileRun) sweep(p *product, row, rows, from, to int) int {
	for to > from {
		if last := t.panel(p, to-1, 0); last.plain {
			break
		}
		to--
	}
	if to == from {
		return from
	}
	const most = 4
	b := t.panel(p, from, 0)
	init, ldi, out := b.place(p, row)
	for i := 0; i < rows; i += most {
		n := min(most, rows-i)
		t.gemm.sweep[n](p.k, &t.left[i*t.lda], t.lda, b.first, b.ldb, p.panelStep, advance(init, i*ldi), ldi,
			advance(out, i*p.dst.Stride), p.dst.Stride, to-from)
	}
	return to
}

// tilePanel is the part of a panel that a depth block covers.
type tilePanel struct {
	first         *float32
	ldb           int
	column, width int // the columns of the product
	from, depth   int
	last          bool // sums end with this depth block
	plain         bool // the sums begin with what lies in memory already and go straight to dst
	ahead, step   int  // what to fetch into the cache meanwhile, as for gemmPrimitives.tile
}

// panel returns the part of panel j from l on.
func (t *tileRun) panel(p *product, j, l int) tilePanel {
	nr := t.gemm.nr
	b := tilePanel{ldb: p.ldb, column: j * nr, width: min(nr, p.n-j*nr), from: l, depth: min(p.depthBlock, p.k-l)}
	if p.tail != nil && b.width < nr {
		b.ldb = nr
	}
	b.first = advance(p.panel(j, nr), l*b.ldb)
	b.last = l+b.depth >= p.k
	b.plain = b.width == nr && !p.exchanged && (l > 0 || !p.accumulate || p.bias.IsZero()) &&
		(!b.last || (p.activation == Identity && p.pre.IsZero()))
	return b
}

// place returns where the sums of a plain panel begin and end for the strip at row.
func (b *tilePanel) place(p *product, row int) (init *float32, ldi int, out *float32) {
	out = &p.dst.row(row)[b.column]
	switch {
	case b.from > 0 || p.accumulate:
		return out, p.dst.Stride, out
	case !p.bias.IsZero():
		return &p.bias.row(0)[b.column], 0, out
	}
	return nil, 0, out
}

// down computes the tiles, into which the strip's rows are divided evenly, of one panel.
func (t *tileRun) down(p *product, b *tilePanel, row, rows, tiles int) {
	if !b.plain {
		for i := range tiles {
			at, end := i*rows/tiles, (i+1)*rows/tiles
			b.fetchAhead(p, t.gemm.nr, i, tiles)
			t.tile(p, b, row+at, end-at, at)
		}
		return
	}
	ldo := p.dst.Stride
	init, ldi, out := b.place(p, row)
	for i := range tiles {
		at, end := i*rows/tiles, (i+1)*rows/tiles
		b.fetchAhead(p, t.gemm.nr, i, tiles)
		t.multiply(p, b, end-at, at, advance(init, at*ldi), ldi, advance(out, at*ldo), ldo)
	}
}

// multiply runs the primitive on rows of the strip's copy, the first being at.
func (t *tileRun) multiply(p *product, b *tilePanel, rows, at int, init *float32, ldi int, out *float32, ldo int) {
	left := &t.left[at*t.lda]
	if !p.eightBit() {
		t.gemm.tile[rows](b.depth, advance(left, b.from*t.gemm.copies()), t.lda, b.first, b.ldb, init, ldi, out, ldo, b.ahead, b.step)
		return
	}
	if init == nil {
		init, ldi = &zeroRow[0], 0
	}
	t.int8.tile[rows](steps(p.k), (*byte)(unsafe.Pointer(left)), 4*t.lda, &t.scales[at], b.first, init, ldi, out, ldo)
}

// fetchAhead sets what tile i of tiles fetches into the second-level cache. A single tile needs memory as fast as it comes,
// so it fetches ahead of itself, on into the next panel. Several tiles find the panel in the cache but for the first one,
// which would wait for it; so the first few fetch a share of the next panel each, and the others what they work on. The
// distances were measured on weights in memory.
func (b *tilePanel) fetchAhead(p *product, nr, i, tiles int) {
	if b.ldb != nr {
		const rows = 16
		b.ahead, b.step = 4*rows*b.ldb, 4*tileUnroll*b.ldb
		return
	}
	if tiles == 1 {
		const values = 2048
		b.ahead, b.step = 4*values, 4*tileUnroll*nr
		return
	}
	const sharers = 4 // more would ask for every line too often
	b.ahead, b.step = 0, 4*tileUnroll*nr
	if parts := min(tiles, sharers); i < parts {
		share := (b.depth*nr/parts + 15) &^ 15
		b.ahead, b.step = 4*(p.panelStep+i*share), 4*tileUnroll*share/max(1, b.depth)
	}
}

// tileUnroll is how many steps of k a tile fetches for at a time.
const tileUnroll = 4

// tile computes rows [row, row+rows) of p in one panel by way of t.out; at is the place of row in the strip's copy.
func (t *tileRun) tile(p *product, b *tilePanel, row, rows, at int) {
	nr := t.gemm.nr
	var init *float32
	ldi := nr
	switch {
	case p.exchanged:
	case p.accumulate || b.from > 0:
		for i := range rows {
			begin := t.init[i*nr : i*nr+b.width]
			copy(begin, p.dst.row(row + i)[b.column:])
			if b.from == 0 && !p.bias.IsZero() {
				t.row.add(begin, begin, p.bias.row(0)[b.column:])
			}
		}
		init = &t.init[0]
	case !p.bias.IsZero():
		copy(t.init[:nr], p.bias.row(0)[b.column:])
		init, ldi = &t.init[0], 0
	}
	t.multiply(p, b, rows, at, init, ldi, &t.out[0], nr)
	t.store(p, b, row, rows)
}

// store brings a tile from t.out to where it belongs.
func (t *tileRun) store(p *product, b *tilePanel, row, rows int) {
	nr := t.gemm.nr
	if p.exchanged {
		for j := range b.width {
			dst := p.dst.row(b.column + j)[row : row+rows]
			for i := range dst {
				if p.accumulate {
					dst[i] += t.out[i*nr+j]
				} else {
					dst[i] = t.out[i*nr+j]
				}
			}
		}
		return
	}
	if b.last && !p.pre.IsZero() {
		for i := range rows {
			copy(p.pre.row(row + i)[b.column:b.column+b.width], t.out[i*nr:])
		}
	}
	if b.last && p.activation != Identity {
		t.row.activate[p.activation](t.out[:rows*nr], t.out[:rows*nr])
	}
	for i := range rows {
		copy(p.dst.row(row + i)[b.column:b.column+b.width], t.out[i*nr:])
	}
}

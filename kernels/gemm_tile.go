package kernels

// tileRun computes tiles of one strip.
type tileRun struct {
	gemm      *gemmPrimitives
	row       *rowPrimitives
	left      []float32 // the strip's rows, lda values apart
	lda       int
	init, out []float32 // a tile each: what the sums begin with, and what goes through the epilogue
}

// columns computes panels [from, to) of the strip that begins at row.
func (t *tileRun) columns(p *product, row, rows, from, to int) {
	nr, mr := t.gemm.nr, t.gemm.mr
	tiles := (rows + mr - 1) / mr
	for l := 0; l == 0 || l < p.k; l += p.depthBlock {
		depth := min(p.depthBlock, p.k-l)
		for j := from; j < to; j++ {
			ldb := p.ldb
			if p.tail != nil && (j+1)*nr > p.n {
				ldb = nr
			}
			b := tilePanel{first: p.panel(j, nr), ldb: ldb, column: j * nr, from: l, depth: depth}
			for i := range tiles {
				at, end := i*rows/tiles, (i+1)*rows/tiles
				t.tile(p, &b, row+at, end-at, at)
			}
		}
	}
}

// tilePanel is the part of a panel that a depth block covers.
type tilePanel struct {
	first       *float32 // of the whole panel
	ldb         int
	column      int
	from, depth int
}

// tile computes rows [row, row+rows) of p in one panel; at is the place of row in the strip's copy.
func (t *tileRun) tile(p *product, b *tilePanel, row, rows, at int) {
	nr := t.gemm.nr
	width := min(nr, p.n-b.column)
	last := b.from+b.depth >= p.k
	direct := width == nr && !p.exchanged

	var init *float32
	ldi := nr
	switch fromDst := p.accumulate || b.from > 0; {
	case p.exchanged:
	case fromDst && direct && (b.from > 0 || p.bias.IsZero()):
		init, ldi = &p.dst.row(row)[b.column], p.dst.Stride
	case fromDst:
		for i := range rows {
			copy(t.init[i*nr:], p.dst.row(row + i)[b.column:b.column+width])
		}
		if b.from == 0 && !p.bias.IsZero() {
			for i := range rows {
				t.row.add(t.init[i*nr:i*nr+width], t.init[i*nr:i*nr+width], p.bias.row(0)[b.column:])
			}
		}
		init = &t.init[0]
	case p.bias.IsZero():
	case width == nr:
		init, ldi = &p.bias.row(0)[b.column], 0
	default:
		copy(t.init, p.bias.row(0)[b.column:])
		init, ldi = &t.init[0], 0
	}

	out, ldo := &t.out[0], nr
	epilogue := !direct || (last && (p.activation != Identity || !p.pre.IsZero()))
	if !epilogue {
		out, ldo = &p.dst.row(row)[b.column], p.dst.Stride
	}
	first := advance(b.first, b.from*b.ldb)
	t.gemm.tile[rows](b.depth, &t.left[at*t.lda+b.from], t.lda, first, b.ldb, init, ldi, out, ldo, first)
	if epilogue {
		t.store(p, row, rows, b.column, width, last)
	}
}

// store brings a tile from t.out to where it belongs.
func (t *tileRun) store(p *product, row, rows, column, width int, last bool) {
	nr := t.gemm.nr
	if p.exchanged {
		for j := range width {
			dst := p.dst.row(column + j)[row : row+rows]
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
	if last && !p.pre.IsZero() {
		for i := range rows {
			copy(p.pre.row(row + i)[column:column+width], t.out[i*nr:])
		}
	}
	if last && p.activation != Identity {
		t.row.activate[p.activation](t.out[:rows*nr], t.out[:rows*nr])
	}
	for i := range rows {
		copy(p.dst.row(row + i)[column:column+width], t.out[i*nr:])
	}
}

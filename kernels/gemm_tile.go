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
			b := tilePanel{ldb: p.ldb, column: j * nr, from: l, depth: depth}
			if p.tail != nil && (j+1)*nr > p.n {
				b.ldb = nr
			}
			b.first = advance(p.panel(j, nr), l*b.ldb)
			for i := range tiles {
				b.fetchAhead(p, nr, i, tiles)
				at, end := i*rows/tiles, (i+1)*rows/tiles
				t.tile(p, &b, row+at, end-at, at)
			}
		}
	}
}

// tilePanel is the part of a panel that a depth block covers.
type tilePanel struct {
	first       *float32
	ldb         int
	column      int
	from, depth int
	ahead, step int // what to fetch into the cache meanwhile, as for gemmPrimitives.tile
}

// fetchAhead sets what tile i of tiles fetches. A single tile needs memory as fast as it comes, so it fetches a little ahead
// of itself, on into the next panel. Several tiles find the panel in the second-level cache but for the first one, which
// would wait for it; so each fetches its share of the next panel.
func (b *tilePanel) fetchAhead(p *product, nr, i, tiles int) {
	const ahead = 256 // values of a panel
	if tiles == 1 || b.ldb != nr {
		b.ahead, b.step = 4*ahead/nr*b.ldb, 4*tileUnroll*b.ldb
		return
	}
	share := (b.depth*nr/tiles + 15) &^ 15
	b.ahead = 4 * (p.panelStep + i*share)
	b.step = 4 * tileUnroll * share / max(1, b.depth)
}

// tileUnroll is how many steps of k a tile fetches for at a time.
const tileUnroll = 4

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
	t.gemm.tile[rows](b.depth, &t.left[at*t.lda+b.from], t.lda, b.first, b.ldb, init, ldi, out, ldo, b.ahead, b.step)
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

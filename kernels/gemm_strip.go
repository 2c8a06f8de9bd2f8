package kernels

import (
	"sync/atomic"
	"unsafe"
)

// strip is a block of rows of one left operand and a range of the columns of the products that share it. Threads take its
// columns group by group.
type strip struct {
	first, count int // the products
	row, rows    int
	groups, per  int // the end of the strip's column groups, counted through all products, and the panels of one
	taken        atomic.Int64
	_            [64 - 56]byte // a cache line each, as taken is written by all threads
}

// cutStrips divides the products into strips, at least as many as there are threads where the product is large enough.
func (c *CPU) cutStrips() {
	g := &c.args.gemmArguments
	g.strips, g.groups = g.strips[:0], 0
	for first := 0; first < len(g.products); {
		p := &g.products[first]
		count := 1
		for first+count < len(g.products) && p.sharesLeft(&g.products[first+count]) {
			count++
		}
		blocks := p.rowBlocks(len(c.workers), c.gemm)
		groups, per := 0, p.groupPanels(c.gemm.nr, p.m/blocks)
		if c.gemm.block != nil && len(c.workers) == 1 {
			per = max(per, panels(p.n, c.gemm.nr))
		}
		for i := range g.products[first : first+count] {
			groups += g.products[first+i].groups(c.gemm.nr, per)
		}
		lanes := min(groups, (len(c.workers)+blocks-1)/blocks)
		for b := range blocks {
			row, end := b*p.m/blocks, (b+1)*p.m/blocks
			for lane := range lanes {
				s := g.addStrip()
				s.first, s.count, s.row, s.rows, s.per = first, count, row, end-row, per
				s.groups = (lane + 1) * groups / lanes
				s.taken.Store(int64(lane * groups / lanes))
			}
		}
		g.groups += blocks * groups
		first += count
	}
}

// addStrip appends a strip to be filled in, reusing memory.
func (g *gemmArguments) addStrip() *strip {
	n := len(g.strips)
	if n == cap(g.strips) {
		grown := make([]strip, n, 2*n+16)
		for i := range g.strips {
			to, from := &grown[i], &g.strips[i]
			to.first, to.count, to.row, to.rows, to.groups, to.per = from.first, from.count, from.row, from.rows, from.groups, from.per
			to.taken.Store(from.taken.Load())
		}
		g.strips = grown
	}
	g.strips = g.strips[:n+1]
	return &g.strips[n]
}

// sharesLeft reports whether q may use the copy that is made of p's left operand.
func (p *product) sharesLeft(q *product) bool {
	return !p.dotted && !q.dotted && p.eightBit() == q.eightBit() && p.a.Same(q.a) && p.transA == q.transA && p.alpha == q.alpha
}

// rowBlocks returns the number of strips. A strip's copy of the left operand stays in the second-level cache; with fewer
// such strips than threads the rows are divided further, as long as a strip keeps several tiles.
func (p *product) rowBlocks(threads int, gemm *gemmPrimitives) int {
	if p.dotted {
		const rows = 32
		return (p.m + rows - 1) / rows
	}
	most := min(stripRows, max(gemm.mr, stripFloats/gemm.copies()/(p.k+1)))
	blocks := (p.m + most - 1) / most
	if blocks < threads {
		blocks = max(blocks, min(threads, p.m/leastRows))
	}
	return blocks
}

// groupPanels returns how many panels of a strip with that many rows a thread takes at a time: work of a few microseconds.
func (p *product) groupPanels(nr, rows int) int {
	least := 1 << 18 // multiplications
	if p.eightBit() {
		least *= 4
	}
	each := rows * nr * max(p.k, 8)
	return (least + each - 1) / each
}

// groups returns how many groups of per panels the columns of p make.
func (p *product) groups(nr, per int) int {
	if p.dotted {
		return 1
	}
	return (panels(p.n, nr) + per - 1) / per
}

// gemmWorker is one thread's part of a Gemm. Thread number start begins at a strip of its own, so that threads copy different
// parts of the left operand, and then helps with the strips that follow.
func gemmWorker(c *CPU, worker, start int) {
	g := &c.args.gemmArguments
	n := len(g.strips)
	begin := start * n / len(c.workers)
	for i := range n {
		s := &g.strips[(begin+i)%n]
		for copied := false; ; copied = true {
			group := int(s.taken.Add(1)) - 1
			if group >= s.groups {
				break
			}
			c.stripGroup(s, group, &c.workers[worker], copied)
		}
	}
}

// stripGroup computes one column group of s. The thread's copy of the strip's rows is made unless it was copied before.
func (c *CPU) stripGroup(s *strip, group int, w *worker, copied bool) {
	products := c.args.products[s.first : s.first+s.count]
	p := &products[0]
	if p.dotted {
		c.dotStrip(p, s.row, s.rows, w)
		return
	}
	// Rows are copied so that they lie in different sets of the first-level cache, with room for the last eight values that a
	// transposition writes.
	nr, mr := c.gemm.nr, c.gemm.mr
	values := (p.k+15)&^15 + 16
	if p.eightBit() {
		values = c.int8Lda(p.k)
	}
	lda := values * c.gemm.copies()
	scratch := w.floats(s.rows*lda + 2*mr*nr + s.rows)
	t := tileRun{gemm: c.gemm, int8: c.int8, row: c.row, left: scratch[2*mr*nr:], lda: lda, init: scratch[:mr*nr], out: scratch[mr*nr : 2*mr*nr]}
	t.left, t.scales = t.left[:s.rows*lda], t.left[s.rows*lda:]
	if !copied {
		c.copyStrip(p, s, &t, values, w)
	}
	for i := range products {
		p = &products[i]
		groups := p.groups(nr, s.per)
		if group < groups {
			t.columns(p, s.row, s.rows, group*s.per, min(panels(p.n, nr), (group+1)*s.per))
			return
		}
		group -= groups
	}
}

// copyStrip makes the copy of s's rows in t.left, values to a row before they are spread.
func (c *CPU) copyStrip(p *product, s *strip, t *tileRun, values int, w *worker) {
	if c.gemm.spread != nil && !p.eightBit() && !p.transA && p.alpha == 1 && p.k > 0 {
		c.gemm.spread(&t.left[0], t.lda, &p.a.row(s.row)[0], p.a.Stride, s.rows, p.k)
		return
	}
	to := t.left[t.lda-values:] // rows that are spread are copied to their ends first
	switch {
	case !p.eightBit():
		p.copyLeft(c, to, t.lda, s.row, s.rows, w)
	case c.int8.quantiseRows != nil && p.k > 0:
		c.int8.quantiseRows(&to[0], t.lda, &p.a.row(s.row)[0], p.a.Stride, s.rows, p.k, &t.scales[0], p.alpha)
	default:
		p.quantiseLeft(c, to, t.lda, t.scales, s.row, s.rows)
	}
	if c.gemm.spread != nil {
		c.gemm.spread(&t.left[0], t.lda, &to[0], t.lda, s.rows, values)
	}
}

// copyLeft copies rows [row, row+rows) of op(A), times alpha, to dst.
func (p *product) copyLeft(c *CPU, dst []float32, lda, row, rows int, w *worker) {
	if p.transA {
		for l := 0; l < p.k; l += 8 {
			for i := range 16 {
				w.rows[i] = &p.a.row(min(l+i, p.k-1))[row]
			}
			c.gemm.transpose(&dst[l], lda, (*[16]*float32)(w.rows[:]), rows)
		}
		clear(w.rows[:])
	} else {
		for i := range rows {
			copy(dst[i*lda:], p.a.row(row+i))
		}
	}
	if p.alpha != 1 {
		for i := range rows {
			values := dst[i*lda : i*lda+p.k]
			c.row.scale(values, values, p.alpha)
		}
	}
}

// panel returns the first value of panel j.
func (p *product) panel(j, nr int) *float32 {
	if p.tail != nil && (j+1)*nr > p.n {
		return unsafe.SliceData(p.tail)
	}
	if p.k == 0 && !p.eightBit() {
		return nil
	}
	return &p.right[j*p.panelStep]
}

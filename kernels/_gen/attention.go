package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// emitAttention writes the matrix products of attention and its loops over rows of scores.
func emitAttention(a *assembler) {
	a.each(emitAttentionFetch)
	a.each(emitAttentionProduct)
	a.each(emitAttentionSoftmax)
	a.each(emitAttentionGradient)
	a.each(emitAttentionDots)
}

// emitAttentionFetch writes a loop of prefetches into the second-level cache; the first is full of what is worked on.
func emitAttentionFetch(s *isa) {
	s.function("attentionFetch", "func(values []float32, row, m, n int)", "is attentionPrimitives.fetch.")
	first, row, m, width, at := s.pointer("values"), s.rowBytes("row"), s.integer("m"), s.rowBytes("n"), s.GP64()
	rows, lines, end := s.label("row"), s.label("line"), s.label("end")
	s.TESTQ(m, m)
	s.JLE(operand.LabelRef(end))
	s.Label(rows)
	s.XORQ(at, at)
	s.Label(lines)
	s.PREFETCHT1(operand.Mem{Base: first, Index: at, Scale: 1})
	s.ADDQ(operand.U8(64), at)
	s.CMPQ(at, width)
	s.JL(operand.LabelRef(lines))
	s.ADDQ(row, first)
	s.DECQ(m)
	s.JNZ(operand.LabelRef(rows))
	s.Label(end)
	s.end()
}

// attentionTile returns the most rows of a tile: as many as leave registers for a row of b and two broadcast values of a.
func (s *isa) attentionTile() int {
	if s.avx512 {
		return 14
	}
	return 6
}

// attentionProduct is the state of the template: registers that live through the whole function.
type attentionProduct struct {
	*isa
	c, a, factors reg.GPVirtual // at the tile's first row
	m, rows       reg.GPVirtual // rows left, rows of the tile
	// Multiples of the distance of a's rows, and of its columns, in bytes.
	aRow, aRow3, aRow5, aCol reg.GPVirtual
}

func emitAttentionProduct(s *isa) {
	s.function("attentionProduct",
		"func(c []float32, cRow, n int, a []float32, aRow, aCol int, b []float32, bRow, m, k int, factors []float32, accumulate bool)",
		"is attentionPrimitives.product for panels of two vectors, of which it does without the second if it can.")
	p := &attentionProduct{isa: s, c: s.pointer("c"), a: s.pointer("a"), factors: s.pointer("factors"), m: s.integer("m"), rows: s.GP64()}
	p.aRow, p.aRow3, p.aRow5, p.aCol = s.integer("aRow"), s.GP64(), s.GP64(), s.integer("aCol")
	s.SHLQ(operand.U8(2), p.aRow)
	s.SHLQ(operand.U8(2), p.aCol)
	s.LEAQ(operand.Mem{Base: p.aRow, Index: p.aRow, Scale: 2}, p.aRow3)
	s.LEAQ(operand.Mem{Base: p.aRow, Index: p.aRow, Scale: 4}, p.aRow5)

	half := s.label("half")
	s.CMPQ(s.integer("n"), operand.U32(uint32(s.lanes)))
	s.JLE(operand.LabelRef(half))
	p.panel(2)
	s.Label(half)
	p.panel(1)
}

// panel emits the loop over the tiles of a panel of that many vectors, and returns.
func (p *attentionProduct) panel(vectors int) {
	next, end := p.label("next"), p.label("end")
	tiles := make([]string, p.attentionTile()+1)
	for r := range tiles {
		tiles[r] = p.label(fmt.Sprintf("rows%dof", r))
	}
	p.Label(next)
	p.chooseRows(tiles, end)
	for r := p.attentionTile(); r > 0; r-- {
		p.Label(tiles[r])
		p.tile(r, vectors)
		p.JMP(operand.LabelRef(next))
	}
	p.Label(end)
	p.end()
}

// chooseRows jumps to the tile to do next, or to end. The last two tiles share their rows evenly: a tile of few rows is
// bound by the latency of its additions.
func (p *attentionProduct) chooseRows(tiles []string, end string) {
	most := len(tiles) - 1
	rest := p.label("rest")
	p.CMPQ(p.m, operand.U32(uint32(2*most)))
	p.JGE(operand.LabelRef(tiles[most]))
	p.MOVQ(p.m, p.rows)
	p.CMPQ(p.m, operand.U32(uint32(most)))
	p.JLE(operand.LabelRef(rest))
	p.INCQ(p.rows)
	p.SHRQ(operand.U8(1), p.rows)
	p.Label(rest)
	for r := most; r > 0; r-- {
		p.CMPQ(p.rows, operand.U32(uint32(r)))
		p.JE(operand.LabelRef(tiles[r]))
	}
	p.JMP(operand.LabelRef(end))
}

// tile computes some rows of the panel and moves on to those below.
func (p *attentionProduct) tile(rows, vectors int) {
	sums := make([][]reg.VecVirtual, rows)
	for i := range sums {
		for range vectors {
			sums[i] = append(sums[i], p.vec())
		}
	}
	p.begin(sums)
	p.sum(sums)
	p.finish(sums)

	p.SUBQ(operand.U32(uint32(rows)), p.m)
	step := p.GP64()
	p.IMUL3Q(operand.U32(uint32(rows)), p.aRow, step)
	p.ADDQ(step, p.a)
}

// begin sets the sums to 0 or, to accumulate, to c.
func (p *attentionProduct) begin(sums [][]reg.VecVirtual) {
	fresh, begun := p.label("fresh"), p.label("begun")
	accumulate, err := p.Param("accumulate").Resolve()
	if err != nil {
		panic(err)
	}
	p.CMPB(accumulate.Addr, operand.U8(0))
	p.JE(operand.LabelRef(fresh))
	cRow := p.rowBytes("cRow")
	at := p.copyPointer(p.c)
	for i := range sums {
		for v := range sums[i] {
			p.VMOVUPS(p.at(at, v), sums[i][v])
		}
		if i+1 < len(sums) {
			p.ADDQ(cRow, at)
		}
	}
	p.JMP(operand.LabelRef(begun))
	p.Label(fresh)
	for i := range sums {
		for v := range sums[i] {
			p.VXORPS(sums[i][v], sums[i][v], sums[i][v])
		}
	}
	p.Label(begun)
}

// sum adds the products over k.
func (p *attentionProduct) sum(sums [][]reg.VecVirtual) {
	// Seven rows of a can be addressed from one pointer with the distances 1, 3 and 5: 0, 1, 2, 3, 4, 5 and 2*3.
	const group = 7
	pointers := []reg.GPVirtual{p.copyPointer(p.a)}
	if len(sums) > group {
		second := p.copyPointer(p.a)
		p.LEAQ(operand.Mem{Base: second, Index: p.aRow5, Scale: 1}, second)
		p.LEAQ(operand.Mem{Base: second, Index: p.aRow, Scale: 2}, second)
		pointers = append(pointers, second)
	}
	value := func(row int) operand.Mem {
		base := pointers[row/group]
		switch row % group {
		case 0:
			return operand.Mem{Base: base}
		case 3:
			return operand.Mem{Base: base, Index: p.aRow3, Scale: 1}
		case 5:
			return operand.Mem{Base: base, Index: p.aRow5, Scale: 1}
		case 6:
			return operand.Mem{Base: base, Index: p.aRow3, Scale: 2}
		default:
			return operand.Mem{Base: base, Index: p.aRow, Scale: uint8(row % group)}
		}
	}
	b, bRow, k := p.pointer("b"), p.rowBytes("bRow"), p.integer("k")
	step := func() {
		row := make([]reg.VecVirtual, len(sums[0]))
		for v := range row {
			row[v] = p.vec()
			p.VMOVUPS(p.at(b, v), row[v])
		}
		for i := range sums {
			x := p.vec()
			p.VBROADCASTSS(value(i), x)
			for v := range row {
				p.VFMADD231PS(row[v], x, sums[i][v])
			}
		}
		p.ADDQ(bRow, b)
		for _, at := range pointers {
			p.ADDQ(p.aCol, at)
		}
	}
	pair, odd, done := p.label("pair"), p.label("odd"), p.label("summed")
	p.SUBQ(operand.U32(2), k)
	p.JL(operand.LabelRef(odd))
	p.Label(pair)
	step()
	step()
	p.SUBQ(operand.U32(2), k)
	p.JGE(operand.LabelRef(pair))
	p.Label(odd)
	p.CMPQ(k, operand.I8(-1))
	p.JNE(operand.LabelRef(done))
	step()
	p.Label(done)
}

// finish multiplies the sums by their factors, when there are any, and stores them.
func (p *attentionProduct) finish(sums [][]reg.VecVirtual) {
	plain := p.label("plain")
	p.TESTQ(p.factors, p.factors)
	p.JZ(operand.LabelRef(plain))
	for i := range sums {
		x := p.vec()
		p.VBROADCASTSS(operand.Mem{Base: p.factors, Disp: 4 * i}, x)
		for v := range sums[i] {
			p.VMULPS(x, sums[i][v], sums[i][v])
		}
	}
	p.ADDQ(operand.U32(uint32(4*len(sums))), p.factors)
	p.Label(plain)
	cRow := p.rowBytes("cRow")
	for i := range sums {
		for v := range sums[i] {
			p.VMOVUPS(sums[i][v], p.at(p.c, v))
		}
		p.ADDQ(cRow, p.c)
	}
}

// rowBytes loads a distance of rows, in bytes.
func (s *isa) rowBytes(name string) reg.GPVirtual {
	r := s.integer(name)
	s.SHLQ(operand.U8(2), r)
	return r
}

// copyPointer returns a copy of p.
func (s *isa) copyPointer(p reg.GPVirtual) reg.GPVirtual {
	c := s.GP64()
	s.MOVQ(p, c)
	return c
}

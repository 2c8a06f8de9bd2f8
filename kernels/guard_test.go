package kernels

import (
	"math"
	"math/rand/v2"
	"testing"
)

// placement is a kind of test memory.
type placement string

const (
	unaligned placement = "unaligned"      // between guard words, at an odd address
	pageEnd   placement = "at a page end"  // the next page may not be touched
	pageStart placement = "at page start"  // the page before may not be touched
	guardBits           = uint32(0x7fa5a5) // a NaN's payload
)

var placements = []placement{unaligned, pageEnd, pageStart}

// testMemory hands out operands and notices strays: around each, and in the gaps between a tensor's rows, stand guard words.
type testMemory struct {
	t         *testing.T
	rng       *rand.Rand
	placement placement
	blocks    []guardedBlock
}

// guardedBlock is memory of which only some values may be written.
type guardedBlock struct {
	raw   []float32
	owned []bool
}

func newTestMemory(t *testing.T, p placement) *testMemory {
	return &testMemory{t: t, rng: rand.New(rand.NewPCG(1, 2)), placement: p}
}

func guardWord() float32 { return math.Float32frombits(0x7fc00000 | guardBits) }

// tensor returns a [rows, cols] tensor of NaNs, gap values between its rows.
func (m *testMemory) tensor(rows, cols, gap int) Tensor {
	const around = 32
	stride := cols + gap
	size := 0
	if rows > 0 {
		size = (rows-1)*stride + cols
	}
	var raw []float32
	start := 0
	switch m.placement {
	case pageEnd:
		raw = pageMemory(m.t, around+size)
		start = len(raw) - size
	case pageStart:
		raw = pageMemory(m.t, size+around)
	default:
		raw = make([]float32, around+size+around)
		start = around + len(m.blocks)%7
	}
	owned := make([]bool, len(raw))
	for i := range raw {
		raw[i] = guardWord()
	}
	for r := range rows {
		for j := range cols {
			owned[start+r*stride+j] = true
			raw[start+r*stride+j] = float32(math.NaN())
		}
	}
	m.blocks = append(m.blocks, guardedBlock{raw, owned})
	return Tensor{Rows: rows, Cols: cols, Stride: stride, buf: &Buffer{host: raw}, off: start}
}

// span returns n NaNs.
func (m *testMemory) span(n int) []float32 {
	t := m.tensor(1, n, 0)
	return t.buf.host[t.off : t.off+n : t.off+n]
}

// random returns a [rows, cols] tensor of normally distributed values.
func (m *testMemory) random(rows, cols, gap int) Tensor {
	t := m.tensor(rows, cols, gap)
	for r := range rows {
		row := t.row(r)
		for j := range row {
			row[j] = float32(m.rng.NormFloat64())
		}
	}
	return t
}

// randomSpan returns n normally distributed values.
func (m *testMemory) randomSpan(n int) []float32 { return m.random(1, n, 0).row(0) }

// check fails the test when a guard word has changed.
func (m *testMemory) check() {
	m.t.Helper()
	for _, b := range m.blocks {
		for i, v := range b.raw {
			if !b.owned[i] && math.Float32bits(v) != math.Float32bits(guardWord()) {
				m.t.Errorf("a value outside of an operand was overwritten with %v", v)
				return
			}
		}
	}
}

// indices returns n random row numbers below rows.
func (m *testMemory) indices(n, rows int) []int32 {
	list := make([]int32, n)
	for i := range list {
		list[i] = int32(m.rng.IntN(rows))
	}
	return list
}

// wide returns a tensor's values in float64, row by row.
func wide(t Tensor) [][]float64 {
	rows := make([][]float64, t.Rows)
	for r := range rows {
		rows[r] = wideSpan(t.row(r))
	}
	return rows
}

func wideSpan(x []float32) []float64 {
	w := make([]float64, len(x))
	for i, v := range x {
		w[i] = float64(v)
	}
	return w
}

// near fails the test unless got is within tolerance x max(1, |want|) of want, value by value.
func near(t *testing.T, what string, got Tensor, want [][]float64, tolerance float64) {
	t.Helper()
	for r := range want {
		nearSpan(t, what, got.row(r), want[r], tolerance)
		if t.Failed() {
			t.Fatalf("in row %d", r)
		}
	}
}

func nearSpan(t *testing.T, what string, got []float32, want []float64, tolerance float64) {
	t.Helper()
	for i := range want {
		nearValue(t, what, float64(got[i]), want[i], tolerance)
		if t.Failed() {
			t.Errorf("at %d of %d", i, len(want))
			return
		}
	}
}

func nearValue(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if got != want && !(math.Abs(got-want) <= tolerance*math.Max(1, math.Abs(want))) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

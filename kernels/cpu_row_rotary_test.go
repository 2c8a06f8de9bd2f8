package kernels

import (
	"math"
	"testing"
)

func init() {
	testOnAllTiers(
		implementationTest{"Rotate", testRotate},
		implementationTest{"Rotate by the inverse undoes it", testRotateInverse},
		implementationTest{"Rotate of queries and keys leaves the values alone", testRotateColumns},
	)
}

const rotaryTheta = 10000

// rotated returns x's rows turned, sign being 1 or -1. The table's angles are taken as they are.
func rotated(x, table [][]float64, positions []int32, heads int, sign float64) [][]float64 {
	out := mapped(x, func(_, _ int, v float64) float64 { return v })
	for r, row := range x {
		d := len(row) / heads
		angles := table[positions[r]]
		for h := range heads {
			for i := range d / 2 {
				first, second := h*d+i, h*d+d/2+i
				cos, sin := angles[i], sign*angles[d/2+i]
				out[r][first] = row[first]*cos - row[second]*sin
				out[r][second] = row[second]*cos + row[first]*sin
			}
		}
	}
	return out
}

func testRotate(t *testing.T, c *CPU) {
	const positions = 19
	placement := 0
	test := func(rows, heads, half, gap int, inPlace bool) {
		m := newTestMemory(t, placements[placement%len(placements)])
		placement++
		cols := heads * 2 * half
		table := m.tensor(positions, 2*half, gap)
		c.Write(table, RotaryTable(rotaryTheta, positions, 2*half))
		for _, inverse := range []bool{false, true} {
			op := Rotary{Dst: m.tensor(rows, cols, 2*gap), X: m.random(rows, cols, gap), Heads: heads, Table: table,
				Positions: m.indices(rows, positions), Inverse: inverse}
			if inPlace {
				op.Dst = op.X
			}
			sign := 1.0
			if inverse {
				sign = -1
			}
			want := rotated(wide(op.X), wide(table), op.Positions, heads, sign)
			c.Rotate(op)
			near(t, "turned", op.Dst, want, 3e-7)
		}
		m.check()
		if t.Failed() {
			t.Fatalf("at %d rows of %d heads of %d values, gaps of %d, in place: %v", rows, heads, 2*half, gap, inPlace)
		}
	}
	for _, rows := range []int{0, 1, 3} {
		for _, half := range oddSizes {
			for _, heads := range []int{1, 2, 5} {
				test(rows, heads, half, 0, false)
				test(rows, heads, half, 5, true)
			}
		}
	}
	test(131, 24, 32, 0, true)
	test(131, 6, 20, 7, false)
	test(1, 200, 128, 0, true)
}

func testRotateInverse(t *testing.T, c *CPU) {
	m := newTestMemory(t, unaligned)
	x := m.random(40, 3*64, 0)
	want := wide(x)
	table := m.tensor(40, 64, 0)
	c.Write(table, RotaryTable(rotaryTheta, 40, 64))
	op := Rotary{Dst: x, X: x, Heads: 3, Table: table, Positions: m.indices(40, 40)}
	c.Rotate(op)
	op.Inverse = true
	c.Rotate(op)
	near(t, "turned to and fro", x, want, 5e-7)
	m.check()
}

func testRotateColumns(t *testing.T, c *CPU) {
	const heads, d, rows = 4, 16, 21
	m := newTestMemory(t, unaligned)
	fused := m.random(rows, 3*heads*d, 3)
	values := wide(fused.ColRange(2*heads*d, 3*heads*d))
	queries, keys := fused.ColRange(0, heads*d), fused.ColRange(heads*d, 2*heads*d)
	table := m.tensor(rows, d, 0)
	c.Write(table, RotaryTable(rotaryTheta, rows, d))
	positions := m.indices(rows, rows)
	wantQueries := rotated(wide(queries), wide(table), positions, heads, 1)
	wantKeys := rotated(wide(keys), wide(table), positions, heads, 1)
	both := fused.ColRange(0, 2*heads*d)
	c.Rotate(Rotary{Dst: both, X: both, Heads: 2 * heads, Table: table, Positions: positions})
	near(t, "queries", queries, wantQueries, 3e-7)
	near(t, "keys", keys, wantKeys, 3e-7)
	near(t, "values", fused.ColRange(2*heads*d, 3*heads*d), values, 0)
	m.check()
}

func TestRotaryTableHasTheAnglesOfThePaper(t *testing.T) {
	for _, test := range []struct {
		theta        float64
		positions, d int
	}{{10000, 600, 64}, {160000, 8192, 64}, {160000, 3, 2}, {10000, 0, 8}, {10000, 5, 0}} {
		table := RotaryTable(test.theta, test.positions, test.d)
		if len(table) != test.positions*test.d {
			t.Fatalf("%d values, want %d x %d", len(table), test.positions, test.d)
		}
		for p := range test.positions {
			for i := range test.d / 2 {
				angle := float64(p) / math.Pow(test.theta, 2*float64(i)/float64(test.d))
				nearValue(t, "cosine", float64(table[p*test.d+i]), math.Cos(angle), 6e-8)
				nearValue(t, "sine", float64(table[p*test.d+test.d/2+i]), math.Sin(angle), 6e-8)
			}
		}
	}
}

func TestRotateRefusesOperandsThatDoNotFit(t *testing.T) {
	c, err := NewCPU(Generic, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	b := c.NewBuffer(200)
	x, table := NewTensor(b, 0, 3, 24), NewTensor(b, 100, 5, 8)
	for want, op := range map[string]Rotary{
		"kernels: Rotate: 0 heads of pairs in rows of 24 values": {Dst: x, X: x},
		"kernels: Rotate: 8 heads of pairs in rows of 24 values": {Dst: x, X: x, Heads: 8},
		"kernels: Rotate: Dst is [5, 8], want [3, 24]":           {Dst: table, X: x, Heads: 3},
		"kernels: Rotate: Table is [5, 8], want [5, 12]":         {Dst: x, X: x, Heads: 2, Table: table},
		"kernels: Rotate: 2 Positions, want 3":                   {Dst: x, X: x, Heads: 3, Table: table, Positions: []int32{0, 1}},
		"kernels: Rotate: index 5 at 2, of 5 rows":               {Dst: x, X: x, Heads: 3, Table: table, Positions: []int32{0, 1, 5}},
		"kernels: Rotate: index -1 at 0, of 5 rows":              {Dst: x, X: x, Heads: 3, Table: table, Positions: []int32{-1, 1, 4}},
	} {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("panic %v, want %q", got, want)
				}
			}()
			c.Rotate(op)
		}()
	}
}

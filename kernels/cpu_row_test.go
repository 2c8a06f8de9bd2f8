package kernels

import (
	"math"
	"testing"
)

func init() {
	testOnAllTiers(
		implementationTest{"Zero", testZero},
		implementationTest{"Copy", testCopy},
		implementationTest{"Add", testAdd},
		implementationTest{"Scale", testScale},
		implementationTest{"GatherRows", testGatherRows},
		implementationTest{"ScatterAddRows", testScatterAddRows},
		implementationTest{"ColumnSums", testColumnSums},
		implementationTest{"Transpose", testTranspose},
		implementationTest{"EmbeddingSum", testEmbeddingSum},
	)
}

// mapped returns f of each value of x.
func mapped(x [][]float64, f func(r, j int, v float64) float64) [][]float64 {
	out := make([][]float64, len(x))
	for r := range x {
		out[r] = make([]float64, len(x[r]))
		for j, v := range x[r] {
			out[r][j] = f(r, j, v)
		}
	}
	return out
}

func testZero(t *testing.T, c *CPU) {
	forEachShape(t, func(t *testing.T, m *testMemory, rows, cols, gap int) {
		dst := m.tensor(rows, cols, gap)
		c.Zero(dst)
		near(t, "0", dst, mapped(wide(dst), func(int, int, float64) float64 { return 0 }), 0)
	})
}

func testCopy(t *testing.T, c *CPU) {
	forEachShape(t, func(t *testing.T, m *testMemory, rows, cols, gap int) {
		dst, src := m.tensor(rows, cols, gap), m.random(rows, cols, gap/2)
		c.Copy(dst, src)
		near(t, "copy", dst, wide(src), 0)
	})
}

func testAdd(t *testing.T, c *CPU) {
	forEachShape(t, func(t *testing.T, m *testMemory, rows, cols, gap int) {
		dst, src := m.random(rows, cols, gap), m.random(rows, cols, 2*gap)
		d, s := wide(dst), wide(src)
		c.Add(dst, src)
		near(t, "sum", dst, mapped(d, func(r, j int, v float64) float64 { return v + s[r][j] }), 1e-7)
	})
}

func testScale(t *testing.T, c *CPU) {
	forEachShape(t, func(t *testing.T, m *testMemory, rows, cols, gap int) {
		dst := m.random(rows, cols, gap)
		d := wide(dst)
		c.Scale(dst, -1.75)
		near(t, "product", dst, mapped(d, func(_, _ int, v float64) float64 { return -1.75 * v }), 1e-7)
	})
}

func testGatherRows(t *testing.T, c *CPU) {
	forEachShape(t, func(t *testing.T, m *testMemory, rows, cols, gap int) {
		src, dst := m.random(13, cols, gap), m.tensor(rows, cols, gap)
		indices := m.indices(rows, 13)
		c.GatherRows(dst, src, indices)
		s := wide(src)
		near(t, "row", dst, mapped(wide(dst), func(r, j int, _ float64) float64 { return s[indices[r]][j] }), 0)
	})
}

func testScatterAddRows(t *testing.T, c *CPU) {
	forEachShape(t, func(t *testing.T, m *testMemory, rows, cols, gap int) {
		src, dst := m.random(rows, cols, gap), m.random(13, cols, gap)
		indices := m.indices(rows, 13)
		want, s := wide(dst), wide(src)
		for i, r := range indices {
			for j := range want[r] {
				want[r][j] += s[i][j]
			}
		}
		c.ScatterAddRows(dst, src, indices)
		near(t, "row", dst, want, 1e-6)
	})
}

func testColumnSums(t *testing.T, c *CPU) {
	forEachShape(t, func(t *testing.T, m *testMemory, rows, cols, gap int) {
		src, dst := m.random(rows, cols, gap), m.tensor(1, cols, 0)
		sums := make([]float64, cols)
		for _, row := range wide(src) {
			for j, v := range row {
				sums[j] += v
			}
		}
		c.ColumnSums(dst, src, false)
		near(t, "sums", dst, [][]float64{sums}, 1e-5)
		c.ColumnSums(dst, src, true)
		near(t, "sums, twice", dst, mapped([][]float64{sums}, func(_, _ int, v float64) float64 { return 2 * v }), 1e-5)
	})
}

func testTranspose(t *testing.T, c *CPU) {
	forEachShape(t, func(t *testing.T, m *testMemory, rows, cols, gap int) {
		src, dst := m.random(rows, cols, gap), m.tensor(cols, rows, gap)
		c.Transpose(dst, src)
		s := wide(src)
		near(t, "transpose", dst, mapped(wide(dst), func(r, j int, _ float64) float64 { return s[j][r] }), 0)
	})
}

func testEmbeddingSum(t *testing.T, c *CPU) {
	for terms := range 4 {
		forEachShape(t, func(t *testing.T, m *testMemory, rows, cols, gap int) {
			dst := m.tensor(rows, cols, gap)
			list := make([]EmbeddingTerm, terms)
			want := mapped(wide(dst), func(int, int, float64) float64 { return 0 })
			for i := range list {
				list[i] = EmbeddingTerm{Table: m.random(5+i, cols, gap), IDs: m.indices(rows, 5+i)}
				table := wide(list[i].Table)
				if i%2 == 0 { // the same with eight bits
					group := max(1, cols)
					if i == 2 && cols%3 == 0 {
						group = max(1, cols/3)
					}
					var values []int8
					var scales []float32
					for id := range 5 + i {
						for from := 0; from < cols; from += group {
							piece := make([]int8, group)
							scale := Quantise(piece, list[i].Table.row(id)[from:from+group])
							values, scales = append(values, piece...), append(scales, scale)
							for j, v := range piece {
								table[id][from+j] = float64(v) * float64(scale)
							}
						}
					}
					list[i].Int8, list[i].Table = c.WrapInt8(values, 5+i, scales), Tensor{}
				}
				want = mapped(want, func(r, j int, v float64) float64 { return v + table[list[i].IDs[r]][j] })
			}
			c.EmbeddingSum(dst, list)
			near(t, "sum", dst, want, 1e-6)
		})
	}
}

func TestShapeMistakesPanicWithTheOperationsName(t *testing.T) {
	c, err := NewCPU(Generic, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	b := c.NewBuffer(100)
	a, other := NewTensor(b, 0, 3, 4), NewTensor(b, 50, 4, 3)
	for op, call := range map[string]func(){
		"Copy":              func() { c.Copy(a, other) },
		"Add":               func() { c.Add(a, other) },
		"GatherRows":        func() { c.GatherRows(a, a, []int32{0, 1, 3}) },
		"ScatterAddRows":    func() { c.ScatterAddRows(a, a, []int32{0, -1, 2}) },
		"ColumnSums":        func() { c.ColumnSums(a, a, false) },
		"Transpose":         func() { c.Transpose(a, a) },
		"EmbeddingSum":      func() { c.EmbeddingSum(a, []EmbeddingTerm{{Table: a, IDs: []int32{1}}}) },
		"WrapInt8":          func() { c.WrapInt8(make([]int8, 12), 3, make([]float32, 4)) },
		"LayerNorm":         func() { c.LayerNorm(LayerNorm{Dst: a, X: other}) },
		"LayerNormBackward": func() { c.LayerNormBackward(LayerNormBackward{DY: a, Sum: other}) },
		"Dropout":           func() { c.Dropout(a, other, Dropout{}, false) },
		"dropout rate":      func() { c.Dropout(a, a, Dropout{Rate: float32(math.NaN())}, false) },
		"Activate":          func() { c.Activate(a, other, GELU) },
		"ActivateBackward":  func() { c.ActivateBackward(a, a, other, GELU) },
		"Gate":              func() { c.Gate(a, other, GELU) },
		"GateBackward":      func() { c.GateBackward(a, a, other, GELU) },
		"MeanRows":          func() { c.MeanRows(other, a, []int32{0, 1, 3}) },
		"MeanRowsBackward":  func() { c.MeanRowsBackward(a, a, []int32{0, 1, 2}) },
		"CrossEntropy":      func() { c.CrossEntropy(CrossEntropy{Logits: a, Labels: []int32{0, 1, 4}, Loss: make([]float64, 3)}) },
		"AdamW":             func() { c.AdamW(AdamW{Param: a, Grad: a, M: a, V: other}) },
	} {
		t.Run(op, func(t *testing.T) {
			defer func() {
				message, _ := recover().(string)
				if want := "kernels: " + op; len(message) < len(want) || message[:len(want)] != want {
					t.Errorf("panic %q, want one that begins with %q", message, want)
				}
			}()
			call()
		})
	}
}

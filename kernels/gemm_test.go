package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// gemmCase is one product to be checked.
type gemmCase struct {
	m, n, k        int
	transA, transB bool
	packed         bool
	accumulate     bool
	bias, pre      bool
	alpha          float32
	activation     Activation
}

func (g gemmCase) String() string {
	return fmt.Sprintf("%dx%dx%d/transA=%v,transB=%v,packed=%v,acc=%v,bias=%v,pre=%v,alpha=%v,%v",
		g.m, g.n, g.k, g.transA, g.transB, g.packed, g.accumulate, g.bias, g.pre, g.alpha, g.activation)
}

func init() {
	testOnAllTiers(
		implementationTest{"Gemm at odd shapes", testGemmOddShapes},
		implementationTest{"Gemm at model shapes", testGemmModelShapes},
		implementationTest{"Gemm on any number of threads", testGemmThreads},
		implementationTest{"Gemm of many jobs", testGemmJobs},
		implementationTest{"Gemm of empty operands", testGemmEmpty},
		implementationTest{"Gemm without allocation", testGemmAllocations},
		implementationTest{"Pack", testPack},
	)
}

func activate64(x float64, f Activation) float64 {
	switch f {
	case GELU:
		return 0.5 * x * (1 + math.Erf(x/math.Sqrt2))
	case Tanh:
		return math.Tanh(x)
	case ReLU:
		return math.Max(x, 0)
	case GELUTanh:
		return 0.5 * x * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
	}
	return x
}

// transposed returns the transpose of x, which has n columns.
func transposed(x [][]float64, n int) [][]float64 {
	t := make([][]float64, n)
	for i := range t {
		t[i] = make([]float64, len(x))
		for j := range x {
			t[i][j] = x[j][i]
		}
	}
	return t
}

// job returns a product of random operands, always the same ones for the same kind of memory.
func (g gemmCase) job(c *CPU, m *testMemory) GemmJob {
	shape := func(rows, cols int, trans bool) Tensor {
		if trans {
			rows, cols = cols, rows
		}
		return m.random(rows, cols, 3)
	}
	j := GemmJob{A: shape(g.m, g.k, g.transA), TransA: g.transA, B: shape(g.k, g.n, g.transB), TransB: g.transB,
		Dst: m.random(g.m, g.n, 3), Alpha: g.alpha, Accumulate: g.accumulate, Activation: g.activation}
	if g.packed {
		j.Packed = c.Pack(TensorSource(j.B, g.transB))
	}
	if g.bias {
		j.Bias = m.random(1, g.n, 0)
	}
	if g.pre {
		j.PreActivation = m.random(g.m, g.n, 3)
	}
	return j
}

// checkGemm computes g on c and compares with float64.
func checkGemm(t *testing.T, c *CPU, g gemmCase, m *testMemory) {
	t.Helper()
	job := g.job(c, m)
	dst := job.Dst
	left, right := wide(job.A), wide(job.B)
	if g.transA {
		left = transposed(left, g.m)
	}
	if !g.transB {
		right = transposed(right, g.n)
	}
	want, size := make([]float64, g.m*g.n), make([]float64, g.m*g.n)
	for i := range g.m {
		for j := range g.n {
			var sum, abs float64
			for l := range g.k {
				x := left[i][l] * right[j][l]
				sum += x
				abs += math.Abs(x)
			}
			if g.alpha != 0 {
				sum, abs = sum*float64(g.alpha), abs*math.Abs(float64(g.alpha))
			}
			if g.bias {
				sum += float64(job.Bias.row(0)[j])
			}
			if g.accumulate {
				sum += float64(dst.row(i)[j])
			}
			want[i*g.n+j], size[i*g.n+j] = sum, abs+2
		}
	}
	c.Gemm([]GemmJob{job})
	for i := range want {
		tolerance := 2e-6 * size[i]
		if got := float64(dst.row(i / g.n)[i%g.n]); !(math.Abs(got-activate64(want[i], g.activation)) <= tolerance) {
			t.Fatalf("[%d, %d] = %v, want %v", i/g.n, i%g.n, got, activate64(want[i], g.activation))
		}
		if g.pre {
			if got := float64(job.PreActivation.row(i / g.n)[i%g.n]); !(math.Abs(got-want[i]) <= tolerance) {
				t.Fatalf("pre-activation [%d, %d] = %v, want %v", i/g.n, i%g.n, got, want[i])
			}
		}
	}
	m.check()
}

func testGemmOddShapes(t *testing.T, c *CPU) {
	sizes := []int{1, 2, 3, 7, 15, 16, 17, 31, 32, 33, 65}
	rng := rand.New(rand.NewPCG(1, 2))
	pick := func() int { return sizes[rng.IntN(len(sizes))] }
	flip := func() bool { return rng.IntN(2) == 0 }
	for i := range 300 {
		g := gemmCase{m: pick(), n: pick(), k: pick(), transA: flip(), transB: flip(), packed: flip(), accumulate: flip(), bias: flip(),
			pre: flip(), alpha: []float32{0, 1, -0.5}[rng.IntN(3)], activation: Activation(rng.IntN(int(activations)))}
		if flip() { // what weight gradients are
			g.bias, g.pre, g.activation = false, false, Identity
		}
		if !t.Run(g.String(), func(t *testing.T) { checkGemm(t, c, g, newTestMemory(t, placements[i%len(placements)])) }) {
			return
		}
	}
}

func testGemmModelShapes(t *testing.T, c *CPU) {
	for _, g := range []gemmCase{
		{m: 37, n: 96, k: 2100, packed: true, transB: true, bias: true, activation: GELU}, // three depth blocks
		{m: 37, n: 97, k: 1100, packed: true, accumulate: true, bias: true, pre: true, activation: GELU},
		{m: 300, n: 80, k: 70, packed: true, transB: true}, // several strips
		{m: 140, n: 64, k: 1100, transA: true},             // a weight's gradient
		{m: 50, n: 4, k: 300, transB: true, alpha: 2},      // LoRA: x A^T
		{m: 50, n: 300, k: 4, transB: true, alpha: 2, accumulate: true},
		{m: 4, n: 300, k: 250, transA: true, accumulate: true},
		{m: 300, n: 4, k: 1050, transA: true, accumulate: true},
		{m: 250, n: 300, k: 4, accumulate: true},
	} {
		t.Run(g.String(), func(t *testing.T) { checkGemm(t, c, g, newTestMemory(t, pageEnd)) })
	}
}

func testGemmThreads(t *testing.T, c *CPU) {
	for _, g := range []gemmCase{
		{m: 1, n: 200, k: 96, packed: true, bias: true, activation: Tanh},
		{m: 33, n: 200, k: 5, packed: true, accumulate: true},
		{m: 65, n: 130, k: 1500, packed: true, bias: true, activation: GELU},
		{m: 201, n: 130, k: 96, packed: true, accumulate: true},
		{m: 201, n: 4, k: 768, transB: true},
		{m: 150, n: 70, k: 129, transA: true},
		{m: 400, n: 4, k: 129, transA: true, accumulate: true},
	} {
		want := g.job(c, newTestMemory(t, unaligned))
		c.Gemm([]GemmJob{want})
		for _, threads := range []int{1, 3, 5} {
			other, err := NewCPU(c.Tier(), threads)
			if err != nil {
				t.Fatal(err)
			}
			got := g.job(other, newTestMemory(t, unaligned))
			other.Gemm([]GemmJob{got})
			other.Close()
			equalBits(t, fmt.Sprintf("%v on %d threads", g, threads), got.Dst, want.Dst)
		}
	}
}

// equalBits fails the test unless got is want.
func equalBits(t *testing.T, what string, got, want Tensor) {
	t.Helper()
	for r := range want.Rows {
		for i, v := range want.row(r) {
			if math.Float32bits(got.row(r)[i]) != math.Float32bits(v) {
				t.Fatalf("%s: [%d, %d] is %v, want %v", what, r, i, got.row(r)[i], v)
			}
		}
	}
}

func testGemmJobs(t *testing.T, c *CPU) {
	m := newTestMemory(t, unaligned)
	x, y := m.random(60, 70, 3), m.random(5, 33, 0)
	var together, alone []GemmJob
	for i, a := range []Tensor{x, x, x, y, x} {
		for _, n := range []int{40, 100, 3} {
			w := m.random(n, a.Cols, 0)
			j := GemmJob{Dst: m.tensor(a.Rows, n, 5), A: a, B: w, TransB: true}
			if i%2 == 0 {
				j.Packed = c.Pack(TensorSource(w, true))
			}
			together = append(together, j)
			j.Dst = m.tensor(a.Rows, n, 5)
			alone = append(alone, j)
		}
	}
	c.Gemm(together)
	for i := range alone {
		c.Gemm(alone[i : i+1])
		equalBits(t, fmt.Sprintf("job %d among others", i), together[i].Dst, alone[i].Dst)
	}
	m.check()
}

func testGemmEmpty(t *testing.T, c *CPU) {
	for _, packed := range []bool{false, true} {
		for _, transA := range []bool{false, true} {
			for _, transB := range []bool{false, true} {
				for _, s := range [][3]int{{0, 5, 3}, {5, 0, 3}, {5, 40, 0}, {5, 3, 0}, {0, 0, 0}} {
					g := gemmCase{m: s[0], n: s[1], k: s[2], packed: packed, transA: transA, transB: transB}
					checkGemm(t, c, g, newTestMemory(t, pageEnd))
					g.bias, g.accumulate = true, true
					checkGemm(t, c, g, newTestMemory(t, pageEnd))
				}
			}
		}
	}
	c.Gemm(nil)
}

func testGemmAllocations(t *testing.T, c *CPU) {
	m := newTestMemory(t, unaligned)
	x, w, h := m.random(65, 96, 3), m.random(80, 96, 3), m.random(65, 4, 3)
	jobs := []GemmJob{
		{Dst: m.tensor(65, 80, 3), A: x, Packed: c.Pack(TensorSource(w, true)), Activation: ReLU},
		{Dst: m.tensor(65, 80, 3), A: x, B: w, TransB: true},
		{Dst: m.tensor(96, 96, 3), A: x, TransA: true, B: x},
		{Dst: m.tensor(96, 4, 3), A: x, TransA: true, B: h},
		{Dst: m.tensor(65, 4, 3), A: x, B: m.random(4, 96, 3), TransB: true},
	}
	one, err := NewCPU(c.Tier(), 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, dev := range []*CPU{c, one} {
		dev.Gemm(jobs)
		dev.Gemm(jobs)
		if n := testing.AllocsPerRun(20, func() { dev.Gemm(jobs) }); n != 0 {
			t.Errorf("%v allocations on %d threads", n, dev.Threads())
		}
	}
}

func testPack(t *testing.T, c *CPU) {
	nr := c.gemm.nr
	for _, k := range []int{1, 3, 8, 15, 17, 33, 300} {
		for _, n := range []int{1, 7, 8, 15, 16, 17, 31, 32, 33, 65, 130} {
			for _, transposed := range []bool{false, true} {
				m := newTestMemory(t, pageEnd)
				b := m.random(k, n, 0)
				if transposed {
					b = m.random(n, k, 2)
				}
				tensor := TensorSource(b, transposed)
				filling := tensor // rows made in scratch memory, as from a narrower type
				filling.Row = func(i int, scratch []float32) []float32 {
					copy(scratch, b.row(i))
					return scratch
				}
				direct, filled := c.Pack(tensor), c.Pack(filling)
				for at, v := range direct.panels {
					j, l := at/(k*nr)*nr+at%nr, at/nr%k
					var want float32
					if j < n {
						if want = 0; transposed {
							want = b.row(j)[l]
						} else {
							want = b.row(l)[j]
						}
					}
					if v != want || filled.panels[at] != want {
						t.Fatalf("[%d, %d], transposed %v: at (%d, %d) %v and, from scratch, %v, want %v", k, n, transposed, l, j, v, filled.panels[at], want)
					}
				}
				if want := (n + nr - 1) / nr * nr * k; len(direct.panels) != want || direct.Bytes() != 4*want {
					t.Fatalf("[%d, %d] takes %d values, want %d", k, n, len(direct.panels), want)
				}
			}
		}
	}
}

func TestGemmNamesShapeMistakes(t *testing.T) {
	c, err := NewCPU(Generic, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	m := newTestMemory(t, unaligned)
	x := m.random(4, 5, 0)
	for name, job := range map[string]GemmJob{
		"rows":           {Dst: m.random(3, 6, 0), A: x, B: m.random(5, 6, 0)},
		"depth":          {Dst: m.random(4, 6, 0), A: x, B: m.random(4, 6, 0)},
		"columns":        {Dst: m.random(4, 6, 0), A: x, B: m.random(5, 7, 0)},
		"bias":           {Dst: m.random(4, 6, 0), A: x, B: m.random(5, 6, 0), Bias: m.random(1, 5, 0)},
		"pre-activation": {Dst: m.random(4, 6, 0), A: x, B: m.random(5, 6, 0), PreActivation: m.random(4, 5, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			c.Gemm([]GemmJob{job})
		})
	}
}

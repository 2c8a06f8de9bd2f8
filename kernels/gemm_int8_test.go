package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func init() {
	testOnAllTiers(
		implementationTest{"Gemm with weights of eight bits", testInt8OddShapes},
		implementationTest{"Gemm with weights of eight bits at model shapes", testInt8ModelShapes},
		implementationTest{"Gemm with the largest weights of eight bits", testInt8Extremes},
		implementationTest{"Gemm with weights of eight bits and rows that are not numbers", testInt8NotFinite},
		implementationTest{"Gemm with weights of eight bits on any number of threads", testInt8Threads},
		implementationTest{"Gemm with weights of both kinds", testInt8Mixed},
		implementationTest{"Gemm with weights of eight bits without allocation", testInt8Allocations},
	)
}

// int8Weight is a weight [n, k] and its scales.
type int8Weight struct {
	n, k   int
	values []int8
	scales []float32
}

func (w *int8Weight) row(i int) []int8 { return w.values[i*w.k : (i+1)*w.k] }

func (w *int8Weight) source() Int8Source {
	return Int8Source{K: w.k, N: w.n, Scales: w.scales, Row: func(i int, _ []int8) []int8 { return w.row(i) }}
}

// randomInt8 returns a weight of all values that a byte has.
func randomInt8(n, k int) *int8Weight {
	rng := rand.New(rand.NewPCG(uint64(n), uint64(k)))
	w := &int8Weight{n: n, k: k, values: make([]int8, n*k), scales: make([]float32, n)}
	for i := range w.values {
		w.values[i] = int8(rng.Uint32())
	}
	for i := range w.scales {
		w.scales[i] = rng.Float32() / 100
	}
	return w
}

// int8Reference returns what the contract of products with weights of eight bits says, to the bit.
func int8Reference(x []float32, w *int8Weight, alpha float32) []float32 {
	largest := 0.0
	for _, v := range x {
		largest = max(largest, math.Abs(float64(v)))
	}
	scale, factor := float32(largest)/127, 127/float32(largest)
	if largest < 0x1p-100 {
		scale, factor = 0, 0
	}
	if alpha != 0 {
		scale *= alpha
	}
	out := make([]float32, w.n)
	for n := range out {
		sum := int64(0)
		for l, v := range w.row(n) {
			sum += int64(v) * int64(math.RoundToEven(float64(float32(x[l]*factor))))
		}
		out[n] = float32(float32(sum) * float32(scale*w.scales[n]))
	}
	return out
}

// checkInt8 computes a product and compares it with the reference.
func checkInt8(t *testing.T, c *CPU, m *testMemory, x Tensor, w *int8Weight, g gemmCase) {
	t.Helper()
	job := GemmJob{A: x, Dst: m.random(x.Rows, w.n, 3), Packed: c.PackInt8(w.source()), Alpha: g.alpha, Accumulate: g.accumulate, Activation: g.activation}
	if g.bias {
		job.Bias = m.random(1, w.n, 0)
	}
	if g.pre {
		job.PreActivation = m.random(x.Rows, w.n, 3)
	}
	want := make([][]float32, x.Rows)
	for i := range want {
		want[i] = int8Reference(x.row(i), w, g.alpha)
		for j := range want[i] {
			begin := float32(0)
			if g.accumulate {
				begin = job.Dst.row(i)[j]
			}
			if g.bias {
				begin += job.Bias.row(0)[j]
			}
			want[i][j] += begin
		}
	}
	c.Gemm([]GemmJob{job})
	for i := range want {
		for j, v := range want[i] {
			if got := job.Dst.row(i)[j]; g.activation == Identity && math.Float32bits(got) != math.Float32bits(v) {
				t.Fatalf("[%d, %d] = %v, want %v", i, j, got, v)
			} else if f := activate64(float64(v), g.activation); !(math.Abs(float64(got)-f) <= 2e-6*(2+math.Abs(f))) {
				t.Fatalf("[%d, %d] = %v, want %v", i, j, got, f)
			}
			if g.pre && math.Float32bits(job.PreActivation.row(i)[j]) != math.Float32bits(v) {
				t.Fatalf("pre-activation [%d, %d] = %v, want %v", i, j, job.PreActivation.row(i)[j], v)
			}
		}
	}
	m.check()
}

func testInt8OddShapes(t *testing.T, c *CPU) {
	sizes := []int{0, 1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 65}
	rng := rand.New(rand.NewPCG(3, 4))
	pick := func() int { return sizes[rng.IntN(len(sizes))] }
	flip := func() bool { return rng.IntN(2) == 0 }
	for i := range 200 {
		g := gemmCase{m: pick(), n: pick(), k: pick(), packed: true, accumulate: flip(), bias: flip(), pre: flip(),
			alpha: []float32{0, 1, -0.5}[rng.IntN(3)], activation: Activation(rng.IntN(int(activations)))}
		if flip() {
			g.pre, g.activation = false, Identity
		}
		if !t.Run(g.String(), func(t *testing.T) {
			m := newTestMemory(t, placements[i%len(placements)])
			checkInt8(t, c, m, m.random(g.m, g.k, 3), randomInt8(g.n, g.k), g)
		}) {
			return
		}
	}
}

func testInt8ModelShapes(t *testing.T, c *CPU) {
	for _, g := range []gemmCase{
		{m: 1, n: 384, k: 384, bias: true, activation: Tanh},
		{m: 37, n: 96, k: 3072, bias: true, activation: GELU},
		{m: 150, n: 80, k: 312},                   // several strips, no multiple of 16 columns
		{m: 33, n: 160, k: 770, accumulate: true}, // tiles of every height
	} {
		t.Run(g.String(), func(t *testing.T) {
			m := newTestMemory(t, pageEnd)
			checkInt8(t, c, m, m.random(g.m, g.k, 0), randomInt8(g.n, g.k), g)
		})
	}
}

// testInt8Extremes has the largest sums that there are, of either sign: all rows and weights at the ends of their ranges.
func testInt8Extremes(t *testing.T, c *CPU) {
	for _, k := range []int{64, 1030, MaxInt8K} {
		for _, weight := range []int8{127, -127, -128} {
			m := newTestMemory(t, unaligned)
			w := &int8Weight{n: 3, k: k, values: make([]int8, 3*k), scales: []float32{1, 0.5, 0}}
			for i := range w.values {
				w.values[i] = weight
			}
			x := m.tensor(3, k, 0)
			for l := range k {
				x.row(0)[l], x.row(1)[l], x.row(2)[l] = 2, -3, 0
			}
			checkInt8(t, c, m, x, w, gemmCase{})
			if got := float64(c.int8Product(x, w).row(0)[0]); math.Abs(got-2*float64(k)*float64(weight)) > 1e-6*math.Abs(got) {
				t.Fatalf("2 x %d x %d is %v", k, weight, got)
			}
		}
	}
	m := newTestMemory(t, unaligned)
	x := m.random(4, 40, 0)
	for l := range 40 { // too small for a scale, and just large enough, with a value that rounds to even
		x.row(0)[l], x.row(1)[l], x.row(2)[l], x.row(3)[l] = 0x1p-101, 0x1p-100, math.SmallestNonzeroFloat32, float32(l)+0.5
	}
	x.row(3)[0] = 127
	checkInt8(t, c, m, x, randomInt8(5, 40), gemmCase{})
}

// int8Product returns x W^T.
func (c *CPU) int8Product(x Tensor, w *int8Weight) Tensor {
	dst := NewTensor(c.NewBuffer(x.Rows*w.n), 0, x.Rows, w.n)
	c.Gemm([]GemmJob{{Dst: dst, A: x, Packed: c.PackInt8(w.source())}})
	return dst
}

func testInt8NotFinite(t *testing.T, c *CPU) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for _, at := range []int{0, 5, 17, 36} {
			m := newTestMemory(t, unaligned)
			x, w := m.random(3, 37, 0), randomInt8(19, 37)
			clean := c.int8Product(x, w)
			x.row(1)[at] = float32(bad)
			got := c.int8Product(x, w)
			for j := range w.n {
				if v := got.row(1)[j]; v == v {
					t.Fatalf("a row with %v at %d gives %v in column %d", bad, at, v, j)
				}
				for _, other := range []int{0, 2} {
					if got.row(other)[j] != clean.row(other)[j] {
						t.Fatalf("a row with %v beside it changes", bad)
					}
				}
			}
		}
	}
}

func testInt8Threads(t *testing.T, c *CPU) {
	for _, s := range [][3]int{{1, 200, 96}, {33, 200, 5}, {201, 130, 96}} {
		m, w := newTestMemory(t, unaligned), randomInt8(s[1], s[2])
		x := m.random(s[0], s[2], 0)
		want := c.int8Product(x, w)
		for _, threads := range []int{1, 3, 5} {
			other, err := NewCPU(c.Tier(), threads)
			if err != nil {
				t.Fatal(err)
			}
			equalBits(t, fmt.Sprintf("%v on %d threads", s, threads), other.int8Product(x, w), want)
			other.Close()
		}
	}
}

// testInt8Mixed has jobs that share their left operand with others of another kind.
func testInt8Mixed(t *testing.T, c *CPU) {
	m := newTestMemory(t, unaligned)
	x, w, f := m.random(50, 70, 3), randomInt8(90, 70), m.random(40, 70, 0)
	eight, floats := c.PackInt8(w.source()), c.Pack(TensorSource(f, true))
	var together, alone []GemmJob
	for i := range 6 {
		job := GemmJob{A: x, Packed: eight, Dst: m.tensor(50, 90, 1)}
		if i%3 == 1 {
			job.Packed, job.Dst = floats, m.tensor(50, 40, 1)
		}
		together = append(together, job)
		job.Dst = m.tensor(50, job.Dst.Cols, 1)
		alone = append(alone, job)
	}
	c.Gemm(together)
	for i := range alone {
		c.Gemm(alone[i : i+1])
		equalBits(t, fmt.Sprintf("job %d among others", i), together[i].Dst, alone[i].Dst)
	}
	m.check()
}

func testInt8Allocations(t *testing.T, c *CPU) {
	m := newTestMemory(t, unaligned)
	jobs := []GemmJob{{Dst: m.tensor(65, 80, 3), A: m.random(65, 96, 3), Packed: c.PackInt8(randomInt8(80, 96).source()), Activation: ReLU}}
	one, err := NewCPU(c.Tier(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	for _, dev := range []*CPU{c, one} {
		dev.Gemm(jobs)
		dev.Gemm(jobs)
		if n := testing.AllocsPerRun(20, func() { dev.Gemm(jobs) }); n != 0 {
			t.Errorf("%v allocations on %d threads", n, dev.Threads())
		}
	}
}

func TestInt8MistakesPanic(t *testing.T) {
	c, err := NewCPU(Generic, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	m := newTestMemory(t, unaligned)
	w := randomInt8(6, 5)
	for name, mistake := range map[string]func(){
		"scales": func() { c.PackInt8(Int8Source{K: 5, N: 6, Scales: w.scales[:5], Row: w.source().Row}) },
		"depth":  func() { c.PackInt8(Int8Source{K: MaxInt8K + 1, N: 1, Scales: w.scales[:1]}) },
		"row":    func() { c.PackInt8(Int8Source{K: 4, N: 6, Scales: w.scales, Row: w.source().Row}) },
		"transposed": func() {
			c.Gemm([]GemmJob{{Dst: m.tensor(4, 6, 0), A: m.random(5, 4, 0), TransA: true, Packed: c.PackInt8(w.source())}})
		},
		"repack": func() { c.Repack(c.PackInt8(w.source()), TensorSource(m.random(5, 6, 0), false)) },
		"other shape": func() {
			c.Gemm([]GemmJob{{Dst: m.tensor(4, 6, 0), A: m.random(4, 6, 0), Packed: c.PackInt8(w.source())}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			mistake()
		})
	}
}

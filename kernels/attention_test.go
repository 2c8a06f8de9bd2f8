package kernels

import (
	"fmt"
	"math"
	"testing"
)

// attentionCase is a ragged batch: the numbers of query and key rows of its sequences.
type attentionCase struct {
	name          string
	queries, keys []int
	heads, width  int
	gap           int // how much longer the stride of every operand is than its rows
	rate          float32
	scale         float32 // 0 means 1/sqrt(width)
	window        int
	relative      relativeTerms
}

var attentionCases = []attentionCase{
	{name: "sequences of odd lengths", queries: oddLengths, keys: oddLengths, heads: 2, width: 16},
	{name: "heads of 8 values", queries: oddLengths, keys: oddLengths, heads: 3, width: 8, gap: 5},
	{name: "heads of 24 values", queries: []int{17, 33, 1}, keys: []int{17, 33, 1}, heads: 2, width: 24, gap: 16},
	{name: "heads of 32 values", queries: []int{31, 2, 130}, keys: []int{31, 2, 130}, heads: 3, width: 32, gap: 96},
	{name: "heads of 64 values", queries: []int{65, 16, 7}, keys: []int{65, 16, 7}, heads: 1, width: 64, gap: 64},
	{name: "heads of 128 values", queries: []int{20, 3}, keys: []int{20, 3}, heads: 2, width: 128},
	{name: "heads of 5 values", queries: []int{9, 20}, keys: []int{9, 20}, heads: 3, width: 5, gap: 1},
	{name: "one query row a sequence", queries: []int{1, 1, 1, 1}, keys: []int{15, 130, 1, 31}, heads: 2, width: 32},
	{name: "more query rows than key rows", queries: []int{40, 3}, keys: []int{7, 1}, heads: 2, width: 16},
	{name: "sequences without rows", queries: []int{0, 5, 0, 3}, keys: []int{4, 5, 0, 0}, heads: 2, width: 16},
	{name: "no sequences", heads: 2, width: 16},
	{name: "sequences longer than a block", queries: []int{260, 3}, keys: []int{260, 700}, heads: 1, width: 16},
	{name: "thousands of keys", queries: []int{17}, keys: []int{4001}, heads: 1, width: 16, rate: 0.5},
	{name: "dropout", queries: []int{33, 1, 17, 150}, keys: []int{33, 20, 17, 150}, heads: 2, width: 32, rate: 0.3},
	{name: "dropout of one query row", queries: []int{1, 1}, keys: []int{40, 3}, heads: 2, width: 64, rate: 0.1},
	{name: "scores far apart", queries: []int{33}, keys: []int{33}, heads: 1, width: 32, scale: 20},
}

var oddLengths = []int{1, 2, 3, 15, 16, 17, 31, 33, 65, 130}

// operands makes the operands of a case in m.
func (tc attentionCase) operands(m *testMemory) AttentionBackward {
	offsets := func(lengths []int) []int32 {
		o := []int32{0}
		for _, n := range lengths {
			o = append(o, o[len(o)-1]+int32(n))
		}
		return o
	}
	var op AttentionBackward
	op.Heads, op.Scale = tc.heads, tc.scale
	if op.Scale == 0 {
		op.Scale = float32(1 / math.Sqrt(float64(tc.width)))
	}
	op.QueryOffsets, op.KeyOffsets = offsets(tc.queries), offsets(tc.keys)
	op.Dropout = Dropout{Rate: tc.rate, Seed: 3, Step: 11, Site: 5}
	queries, keys, cols := int(op.QueryOffsets[len(tc.queries)]), int(op.KeyOffsets[len(tc.keys)]), tc.heads*tc.width
	op.Q, op.K, op.V = m.random(queries, cols, tc.gap), m.random(keys, cols, tc.gap), m.random(keys, cols, tc.gap)
	op.Dst, op.DOut = m.tensor(queries, cols, tc.gap), m.random(queries, cols, tc.gap)
	op.LogSumExp = m.tensor(queries, tc.heads, tc.gap)
	op.DQ, op.DK, op.DV = m.tensor(queries, cols, tc.gap), m.tensor(keys, cols, tc.gap), m.tensor(keys, cols, tc.gap)
	op.Window = tc.window
	tc.relative.operands(m, &op, tc.gap)
	return op
}

// attentionResults are the results of the float64 reference, by tensor row and column. The gradients of positions include
// what their tensors held before.
type attentionResults struct{ dst, lse, dq, dk, dv, dpk, dpq [][]float64 }

// attentionReference computes Attention and its gradients from the definition: the whole matrix of probabilities, the
// softmax's Jacobian with its own row sums, and masks from the generator's scalar definition.
func attentionReference(op AttentionBackward) attentionResults {
	matrix := func(rows, cols int) [][]float64 {
		m := make([][]float64, rows)
		for r := range m {
			m[r] = make([]float64, cols)
		}
		return m
	}
	res := attentionResults{
		dst: matrix(op.Q.Rows, op.Q.Cols), lse: matrix(op.Q.Rows, op.Heads),
		dq: matrix(op.Q.Rows, op.Q.Cols), dk: matrix(op.K.Rows, op.Q.Cols), dv: matrix(op.K.Rows, op.Q.Cols),
		dpk: float64s(op.DRelativeKeys), dpq: float64s(op.DRelativeQueries),
	}
	width, scale := op.Q.Cols/op.Heads, float64(op.Scale)
	for s := range len(op.QueryOffsets) - 1 {
		q0, q1, k0, k1 := op.QueryOffsets[s], op.QueryOffsets[s+1], op.KeyOffsets[s], op.KeyOffsets[s+1]
		for h := range op.Heads {
			for q := q0; q < q1; q++ {
				keys := int(k1 - k0)
				p, mask, dp := make([]float64, keys), make([]float64, keys), make([]float64, keys)
				top := math.Inf(-1)
				for j := range p {
					for i := h * width; i < (h+1)*width; i++ {
						query, key := float64(op.Q.row(int(q))[i]), float64(op.K.row(int(k0) + j)[i])
						positionKey, positionQuery := op.positions(int(q-q0)-j, i)
						p[j] += scale * (query*key + query*positionKey + key*positionQuery)
					}
					if away := int(q-q0) - j; op.Window != 0 && max(away, -away) > op.Window {
						p[j] = math.Inf(-1)
					}
					top = max(top, p[j])
				}
				var sum float64
				for j := range p {
					p[j] = math.Exp(p[j] - top)
					sum += p[j]
				}
				res.lse[q][h] = top + math.Log(sum)
				state := op.Dropout.mask().row(uint64(s*op.Heads+h)<<32 | uint64(q-q0))
				var delta float64
				for j := range p {
					p[j] /= sum
					mask[j] = 1
					if op.Dropout.Rate > 0 {
						mask[j] = 1 / (1 - float64(op.Dropout.Rate))
						if hashColumn(state.key0, state.key1, uint32(j)) < state.threshold {
							mask[j] = 0
						}
					}
					for i := h * width; i < (h+1)*width; i++ {
						v, dOut := float64(op.V.row(int(k0) + j)[i]), float64(op.DOut.row(int(q))[i])
						res.dst[q][i] += p[j] * mask[j] * v
						res.dv[int(k0)+j][i] += p[j] * mask[j] * dOut
						dp[j] += dOut * v * mask[j]
					}
					delta += p[j] * dp[j]
				}
				for j := range p {
					ds := scale * p[j] * (dp[j] - delta)
					for i := h * width; i < (h+1)*width; i++ {
						query, key := float64(op.Q.row(int(q))[i]), float64(op.K.row(int(k0) + j)[i])
						positionKey, positionQuery := op.positions(int(q-q0)-j, i)
						res.dq[q][i] += ds * (key + positionKey)
						res.dk[int(k0)+j][i] += ds * (query + positionQuery)
						if res.dpk != nil {
							res.dpk[op.position(int(q-q0)-j)][i] += ds * query
						}
						if res.dpq != nil {
							res.dpq[op.position(int(q-q0)-j)][i] += ds * key
						}
					}
				}
			}
		}
	}
	return res
}

func init() {
	for _, tc := range attentionCases {
		testOnAllTiers(implementationTest{"Attention and its gradients, " + tc.name, tc.test})
	}
	testOnAllTiers(
		implementationTest{"Attention of one query row is that row of Attention", attentionOfOneRow},
		implementationTest{"Attention allocates nothing when warm", attentionAllocations},
	)
}

// test compares Attention and AttentionBackward with their definition in float64.
func (tc attentionCase) test(t *testing.T, c *CPU) {
	for _, p := range placements {
		m := newTestMemory(t, p)
		op := tc.operands(m)
		want := attentionReference(op)
		tolerance := 2e-6 * max(1, float64(tc.scale)) // rounding errors of the scores grow with the scale
		c.Attention(op.Attention)
		near(t, "Dst", op.Dst, want.dst, tolerance)
		near(t, "LogSumExp", op.LogSumExp, want.lse, tolerance)
		c.AttentionBackward(op)
		near(t, "DQ", op.DQ, want.dq, 4*tolerance)
		near(t, "DK", op.DK, want.dk, 4*tolerance)
		near(t, "DV", op.DV, want.dv, 4*tolerance)
		if want.dpk != nil {
			near(t, "DRelativeKeys", op.DRelativeKeys, want.dpk, 4*tolerance)
		}
		if want.dpq != nil {
			near(t, "DRelativeQueries", op.DRelativeQueries, want.dpq, 4*tolerance)
		}
		m.check()
	}
}

// attentionOfOneRow checks that a row's values do not depend on which other query rows of its sequence are asked for.
func attentionOfOneRow(t *testing.T, c *CPU) {
	for _, terms := range []relativeTerms{none, bothTerms} {
		tc := attentionCase{queries: []int{45}, keys: []int{45}, heads: 2, width: 32, rate: 0.1, relative: terms}
		oneRowOf(t, c, tc)
	}
}

func oneRowOf(t *testing.T, c *CPU, tc attentionCase) {
	m := newTestMemory(t, unaligned)
	all := tc.operands(m)
	c.Attention(all.Attention)
	tc.queries = []int{1}
	one := tc.operands(m)
	copy(one.Q.row(0), all.Q.row(0))
	one.K, one.V, one.Relative = all.K, all.V, all.Relative
	c.Attention(one.Attention)
	for j, v := range one.Dst.row(0) {
		if v != all.Dst.row(0)[j] {
			t.Fatalf("value %d is %v, and %v among all rows", j, v, all.Dst.row(0)[j])
		}
	}
}

func attentionAllocations(t *testing.T, c *CPU) {
	op := attentionCase{queries: []int{40, 7}, keys: []int{40, 7}, heads: 2, width: 24, rate: 0.1, relative: bothTerms}.operands(newTestMemory(t, unaligned))
	for threads := 1; threads <= 2; threads++ {
		dev, err := NewCPU(c.tier, threads)
		if err != nil {
			t.Fatal(err)
		}
		defer dev.Close()
		for range 10 { // until every thread had the largest item once
			dev.Attention(op.Attention)
			dev.AttentionBackward(op)
		}
		if n := testing.AllocsPerRun(20, func() { dev.Attention(op.Attention) }); n != 0 {
			t.Errorf("Attention with %d threads: %v allocations", threads, n)
		}
		if n := testing.AllocsPerRun(20, func() { dev.AttentionBackward(op) }); n != 0 {
			t.Errorf("AttentionBackward with %d threads: %v allocations", threads, n)
		}
	}
}

func TestAttentionGradientsAreThoseOfFiniteDifferences(t *testing.T) {
	tc := attentionCase{queries: []int{5, 1}, keys: []int{5, 4}, heads: 2, width: 4, rate: 0.25, relative: bothTerms}
	op := tc.operands(newTestMemory(t, unaligned))
	for _, d := range []Tensor{op.DRelativeKeys, op.DRelativeQueries} {
		clear(d.host())
	}
	want := attentionReference(op)
	loss := func() (sum float64) {
		for r, row := range attentionReference(op).dst {
			for j, v := range row {
				sum += v * float64(op.DOut.row(r)[j])
			}
		}
		return sum
	}
	for name, pair := range map[string]struct {
		x    Tensor
		grad [][]float64
	}{
		"Q": {op.Q, want.dq}, "K": {op.K, want.dk}, "V": {op.V, want.dv},
		"Relative.Keys": {op.Relative.Keys, want.dpk}, "Relative.Queries": {op.Relative.Queries, want.dpq},
	} {
		for r := range pair.x.Rows {
			for j := range pair.x.Cols {
				x := &pair.x.row(r)[j]
				old := *x
				const step = 1.0 / 256
				*x = old + step
				up, above := loss(), float64(*x)
				*x = old - step
				down, below := loss(), float64(*x)
				*x = old
				if got := (up - down) / (above - below); math.Abs(got-pair.grad[r][j]) > 1e-4 {
					t.Fatalf("d%s[%d, %d] = %v, finite difference %v", name, r, j, pair.grad[r][j], got)
				}
			}
		}
	}
}

func TestAttentionDoesNotDependOnTheNumberOfThreads(t *testing.T) {
	tc := attentionCase{queries: []int{300, 1, 33, 70, 5}, keys: []int{300, 40, 33, 70, 5}, heads: 3, width: 32, rate: 0.1, relative: bothTerms}
	for _, tier := range Tiers() {
		t.Run(tier.String(), func(t *testing.T) {
			var first map[string]Tensor
			for threads := 1; threads <= 5; threads++ {
				c, err := NewCPU(tier, threads)
				if err != nil {
					t.Fatal(err)
				}
				op := tc.operands(newTestMemory(t, unaligned))
				c.Attention(op.Attention)
				c.AttentionBackward(op)
				c.Close()
				results := map[string]Tensor{"Dst": op.Dst, "LogSumExp": op.LogSumExp, "DQ": op.DQ, "DK": op.DK, "DV": op.DV,
					"DRelativeKeys": op.DRelativeKeys, "DRelativeQueries": op.DRelativeQueries}
				if first == nil {
					first = results
				}
				for name, tensor := range results {
					for r := range tensor.Rows {
						for j, v := range tensor.row(r) {
							if want := first[name].row(r)[j]; math.Float32bits(v) != math.Float32bits(want) {
								t.Fatalf("%s[%d, %d] is %v with %d threads and %v with 1", name, r, j, v, threads, want)
							}
						}
					}
				}
			}
		})
	}
}

func TestAttentionPanicsNameTheMistake(t *testing.T) {
	dev, err := NewCPU(Generic, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	for name, spoil := range map[string]func(op *AttentionBackward){
		"kernels: Attention: 5 heads in rows of 32 values":                  func(op *AttentionBackward) { op.Heads = 5 },
		"kernels: Attention: K is [7, 31], want [7, 32]":                    func(op *AttentionBackward) { op.K = op.K.ColRange(0, 31) },
		"kernels: Attention: V is [6, 32], want [7, 32]":                    func(op *AttentionBackward) { op.V = op.V.RowRange(0, 6) },
		"kernels: Attention: Dst is [6, 32], want [7, 32]":                  func(op *AttentionBackward) { op.Dst = op.Dst.RowRange(0, 6) },
		"kernels: Attention: LogSumExp is [7, 1], want [7, 2]":              func(op *AttentionBackward) { op.LogSumExp = op.LogSumExp.ColRange(0, 1) },
		"kernels: Attention: query offsets end at 6 of 7 rows":              func(op *AttentionBackward) { op.QueryOffsets = []int32{0, 6} },
		"kernels: Attention: key offset 3 at sequence 2":                    func(op *AttentionBackward) { op.KeyOffsets, op.QueryOffsets = []int32{0, 4, 3}, []int32{0, 1, 7} },
		"kernels: Attention: 2 query offsets and 3 key offsets":             func(op *AttentionBackward) { op.KeyOffsets = []int32{0, 3, 7} },
		"kernels: dropout rate 1 is not in [0, 1)":                          func(op *AttentionBackward) { op.Dropout.Rate = 1 },
		"kernels: Attention: a window of 3, with relative positions true":   func(op *AttentionBackward) { op.Window, op.Relative.Keys = 3, op.K },
		"kernels: Attention: a window of -1, with relative positions false": func(op *AttentionBackward) { op.Window = -1 },
		"kernels: Attention: 12 relative rows for sequences of 7 tokens":    func(op *AttentionBackward) { op.Relative = Relative{Keys: op.K, Rows: make([]int32, 12)} },
		"kernels: Attention: 11 relative rows for sequences of 7 tokens":    func(op *AttentionBackward) { op.Relative = Relative{Keys: op.K, Rows: make([]int32, 11)} },
		"kernels: Attention: index 7 at 0, of 7 rows":                       func(op *AttentionBackward) { op.Relative = Relative{Queries: op.K, Rows: []int32{7, 12: 0}} },
		"kernels: Attention: Relative.Keys is [7, 31], want [7, 32]": func(op *AttentionBackward) {
			op.Relative = Relative{Keys: op.K.ColRange(0, 31), Rows: make([]int32, 13)}
		},
		"kernels: Attention: 4 queries of 3 tokens in sequence 0": func(op *AttentionBackward) {
			op.Window, op.QueryOffsets, op.KeyOffsets = 3, []int32{0, 4, 7}, []int32{0, 3, 7}
		},
		"kernels: Attention: key offset 1 at sequence 0": func(op *AttentionBackward) { op.KeyOffsets = []int32{1, 7} },
	} {
		t.Run(name, func(t *testing.T) {
			op := attentionCase{queries: []int{7}, keys: []int{7}, heads: 2, width: 16}.operands(newTestMemory(t, unaligned))
			spoil(&op)
			defer func() {
				if got := fmt.Sprint(recover()); got != name {
					t.Errorf("panic %q", got)
				}
			}()
			dev.Attention(op.Attention)
		})
	}
}

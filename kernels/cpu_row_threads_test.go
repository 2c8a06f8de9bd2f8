package kernels

import (
	"math"
	"testing"
)

// rowStep runs every row operation once, on operands that are split into many items, and returns everything they wrote.
type rowStep struct {
	c                                                  *CPU
	x, y, z, table, gamma, beta, stats, sum, dst, wide Tensor
	rows, offsets                                      []int32
	terms                                              []EmbeddingTerm
	loss                                               []float64
	squares                                            float64
}

func newRowStep(c *CPU) *rowStep {
	m := &testMemory{rng: newTestMemory(nil, unaligned).rng, placement: unaligned}
	s := &rowStep{c: c, x: m.random(211, 300, 4), y: m.random(211, 300, 0), z: m.random(211, 300, 1), table: m.random(50, 300, 0),
		gamma: m.random(1, 300, 0), beta: m.random(1, 300, 0), stats: m.random(211, 2, 0), sum: m.random(211, 300, 0),
		dst: m.random(211, 300, 0), wide: m.random(300, 211, 0), rows: m.indices(211, 50), loss: make([]float64, 211)}
	s.offsets = []int32{0, 100, 100, 101, 211}
	s.terms = []EmbeddingTerm{{Table: s.table, IDs: s.rows}, {Table: s.table, IDs: m.indices(211, 50)}}
	return s
}

func (s *rowStep) run() {
	c, d := s.c, Dropout{Rate: 0.1, Seed: 1}
	c.EmbeddingSum(s.dst, s.terms)
	c.LayerNorm(LayerNorm{Dst: s.dst, X: s.dst, Residual: s.y, Sum: s.sum, Stats: s.stats, Gamma: s.gamma, Beta: s.beta, Eps: 1e-5, Dropout: d})
	c.Activate(s.x, s.dst, GELU)
	c.ActivateBackward(s.z, s.y, s.x, GELU)
	c.LayerNormBackward(LayerNormBackward{DX: s.z, DY: s.z, Sum: s.sum, Stats: s.stats, Gamma: s.gamma, DGamma: s.gamma, DBeta: s.beta})
	c.LayerNormBackward(LayerNormBackward{DX: s.z, DY: s.y, Sum: s.sum, Stats: s.stats, Gamma: s.beta, Accumulate: true})
	c.Dropout(s.z, s.x, d, true)
	c.Add(s.z, s.y)
	c.Scale(s.z, 0.5)
	c.Gate(s.x.ColRange(0, 150), s.x, GELU)
	c.GateBackward(s.z, s.y.ColRange(0, 150), s.x, GELU)
	c.Rotate(Rotary{Dst: s.z, X: s.z, Heads: 3, Table: s.table.ColRange(0, 100), Positions: s.rows})
	c.ScatterAddRows(s.table, s.z, s.rows)
	c.GatherRows(s.y, s.table, s.rows)
	c.ColumnSums(s.beta, s.z, true)
	c.Transpose(s.wide, s.z)
	c.MeanRows(s.table.RowRange(0, 4), s.z, s.offsets)
	c.MeanRowsBackward(s.sum, s.table.RowRange(0, 4), s.offsets)
	c.CrossEntropy(CrossEntropy{Logits: s.x, Labels: s.rows, Scale: 0.1, Loss: s.loss, DLogits: s.x})
	s.squares = c.SumSquares(s.x)
	c.AdamW(AdamW{Param: s.y, Grad: s.x, M: s.z, V: s.sum, LearningRate: 1e-3, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, GradScale: 1, Step: 1})
	c.Copy(s.dst, s.x)
	c.Zero(s.x)
}

// digest returns a number that depends on every bit of the results.
func (s *rowStep) digest() uint64 {
	h := mix64(math.Float64bits(s.squares))
	for _, t := range []Tensor{s.x, s.y, s.z, s.table, s.gamma, s.beta, s.stats, s.sum, s.dst, s.wide} {
		for r := range t.Rows {
			for _, v := range t.row(r) {
				h = mix64(h + uint64(math.Float32bits(v)))
			}
		}
	}
	for _, l := range s.loss {
		h = mix64(h + math.Float64bits(l))
	}
	return h
}

func TestRowOperationsDoNotDependOnTheNumberOfThreads(t *testing.T) {
	for _, tier := range Tiers() {
		t.Run(tier.String(), func(t *testing.T) {
			var want uint64
			for threads := 1; threads <= 4; threads++ {
				c, err := NewCPU(tier, threads)
				if err != nil {
					t.Fatal(err)
				}
				s := newRowStep(c)
				s.run()
				s.run()
				c.Close()
				if threads == 1 {
					want = s.digest()
				} else if got := s.digest(); got != want {
					t.Errorf("%d threads: digest %x, one thread %x", threads, got, want)
				}
			}
		})
	}
}

func TestRowOperationsDoNotAllocate(t *testing.T) {
	for threads := 1; threads <= 2; threads++ {
		c, err := NewCPU(BestTier(), threads)
		if err != nil {
			t.Fatal(err)
		}
		s := newRowStep(c)
		if n := testing.AllocsPerRun(5, s.run); n != 0 {
			t.Errorf("%d threads: %v allocations a run", threads, n)
		}
		c.Close()
	}
}

package kernels

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkAttention reports GFLOP/s of one thread on batches of about 512 tokens with 384 values: the forward counted as
// two products, the backward as five, and nothing for exponentials and dropout.
func BenchmarkAttention(b *testing.B) {
	benchmarkAttention(b, 2, 5, func(*CPU, *AttentionBackward, int) {})
}

// BenchmarkDisentangledAttention is BenchmarkAttention with both terms of the distance and the gradient of one, as LoRA on
// queries and values needs it: two products more in the forward, and five in the backward.
func BenchmarkDisentangledAttention(b *testing.B) {
	benchmarkAttention(b, 4, 10, func(c *CPU, op *AttentionBackward, length int) {
		n := 2*length - 1
		for d := range n {
			op.Relative.Rows = append(op.Relative.Rows, int32(d))
		}
		positions := func() Tensor { return NewTensor(c.NewBuffer(n*op.Q.Cols), 0, n, op.Q.Cols) }
		op.Relative.Keys, op.Relative.Queries, op.DRelativeQueries = positions(), positions(), positions()
	})
}

func benchmarkAttention(b *testing.B, forward, backward float64, prepare func(c *CPU, op *AttentionBackward, length int)) {
	const tokens, cols = 512, 384
	for _, tier := range Tiers() {
		c, err := NewCPU(tier, 1)
		if err != nil {
			b.Fatal(err)
		}
		defer c.Close()
		for _, width := range []int{32, 64} {
			for _, length := range []int{16, 30, 128, 512} {
				op := benchmarkBatch(c, tokens/length, length, cols, width)
				prepare(c, &op, length)
				flops := 2 * float64(tokens/length) * float64(length*length*cols)
				for _, rate := range []float32{0, 0.1} {
					op.Dropout.Rate = rate
					name := fmt.Sprintf("%s/d=%d/L=%d/p=%v", tier, width, length, rate)
					b.Run(name+"/forward", func(b *testing.B) {
						for b.Loop() {
							c.Attention(op.Attention)
						}
						b.ReportMetric(forward*flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
					})
					b.Run(name+"/backward", func(b *testing.B) {
						for b.Loop() {
							c.AttentionBackward(op)
						}
						b.ReportMetric(backward*flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
					})
				}
			}
		}
	}
}

// benchmarkBatch returns the operands for some sequences of one length.
func benchmarkBatch(c *CPU, sequences, length, cols, width int) AttentionBackward {
	rng := rand.New(rand.NewPCG(1, 2))
	rows := sequences * length
	random := func() Tensor {
		t := NewTensor(c.NewBuffer(rows*cols), 0, rows, cols)
		for i := range t.buf.host {
			t.buf.host[i] = float32(rng.NormFloat64())
		}
		return t
	}
	var op AttentionBackward
	op.Q, op.K, op.V, op.Dst, op.DOut = random(), random(), random(), random(), random()
	op.DQ, op.DK, op.DV = random(), random(), random()
	op.LogSumExp = NewTensor(c.NewBuffer(rows*cols/width), 0, rows, cols/width)
	op.Heads, op.Scale = cols/width, 0.125
	for s := range sequences + 1 {
		op.QueryOffsets = append(op.QueryOffsets, int32(s*length))
	}
	op.KeyOffsets = op.QueryOffsets
	return op
}

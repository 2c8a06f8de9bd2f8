package bench

import "github.com/lorica-go/lorica/kernels"

// The sizes of a base model: what the kernels meet most often.
const (
	width  = 768
	inner  = 3072
	gated  = 1152 // of a gated block, ModernBERT's
	rank   = 4
	tokens = 512 // of a batch
	heads  = 12
)

// kernelList is every operation of a Device that takes time in inference or training, at the sizes of a base model.
func kernelList() []kernel {
	var list []kernel
	for _, m := range []int{1, 16, 128, tokens} {
		for _, s := range [][2]int{{width, width}, {inner, width}, {width, inner}} { // outputs, inputs
			list = append(list, packedGemm("gemm", m, s[0], s[1], kernels.Identity))
		}
	}
	for _, m := range []int{1, 16, 128, tokens} {
		for _, s := range [][2]int{{width, width}, {inner, width}, {width, inner}} {
			list = append(list, int8Gemm("gemm_int8", m, s[0], s[1]))
		}
	}
	list = append(list,
		packedGemm("gemm_gelu", tokens, inner, width, kernels.GELU),
		packedGemm("gemm_tanh", 16, width, width, kernels.Tanh),
		plainGemm("gemm_lora_down", tokens, rank, width, kernels.GemmJob{TransB: true}),
		plainGemm("gemm_lora_up", tokens, width, rank, kernels.GemmJob{TransB: true, Alpha: 8, Accumulate: true}),
		plainGemm("gemm_lora_grad_a", rank, width, tokens, kernels.GemmJob{TransA: true}),
		plainGemm("gemm_lora_grad_b", width, rank, tokens, kernels.GemmJob{TransA: true}),
		plainGemm("gemm_weight_grad", inner, width, tokens, kernels.GemmJob{TransA: true}),
	)
	for _, length := range []int{16, 32, 128, 512} {
		list = append(list, attention(length, false), attention(length, true))
	}
	return append(list, rowKernels()...)
}

// packedGemm is a linear layer: y [m, n] = f(x [m, k] W^T + b).
func packedGemm(op string, m, n, k int, f kernels.Activation) kernel {
	return kernel{op: op, m: m, n: n, k: k, flops: 2 * float64(m) * float64(n) * float64(k), make: func(mk *maker) func() {
		jobs := []kernels.GemmJob{{
			Dst: mk.zero(m, n), A: mk.tensor(m, k), Packed: mk.dev.Pack(kernels.TensorSource(mk.tensor(n, k), true)), Bias: mk.tensor(1, n), Activation: f,
		}}
		return func() { mk.dev.Gemm(jobs) }
	}}
}

// int8Gemm is a linear layer with weights of eight bits. Its rate stands beside the peak of float32, which it may pass.
func int8Gemm(op string, m, n, k int) kernel {
	return kernel{op: op, m: m, n: n, k: k, flops: 2 * float64(m) * float64(n) * float64(k), make: func(mk *maker) func() {
		weight, scales := make([]int8, n*k), make([]float32, n)
		for i := range weight {
			weight[i] = int8(mk.rng.IntN(255) - 127)
		}
		for i := range scales {
			scales[i] = mk.rng.Float32() / 100
		}
		packed := mk.dev.PackInt8(kernels.Int8Source{K: k, N: n, Scales: scales, Row: func(i int, _ []int8) []int8 { return weight[i*k : (i+1)*k] }})
		jobs := []kernels.GemmJob{{Dst: mk.zero(m, n), A: mk.tensor(m, k), Packed: packed, Bias: mk.tensor(1, n)}}
		return func() { mk.dev.Gemm(jobs) }
	}}
}

// plainGemm is a product of two operands as they lie in memory.
func plainGemm(op string, m, n, k int, job kernels.GemmJob) kernel {
	return kernel{op: op, m: m, n: n, k: k, flops: 2 * float64(m) * float64(n) * float64(k), make: func(mk *maker) func() {
		job.Dst, job.A, job.B = mk.zero(m, n), mk.tensor(m, k), mk.tensor(k, n)
		if job.TransA {
			job.A = mk.tensor(k, m)
		}
		if job.TransB {
			job.B = mk.tensor(n, k)
		}
		jobs := []kernels.GemmJob{job}
		return func() {
			if job.Accumulate {
				mk.dev.Zero(job.Dst) // or the sums would grow without end
			}
			mk.dev.Gemm(jobs)
		}
	}}
}

// attention is that of sequences of one length that make up a batch. Forward has two products of 2 L^2 d operations for each
// head, backward five; the softmax is not counted.
func attention(length int, backward bool) kernel {
	sequences := tokens / length
	op, products := "attention", 2.0
	if backward {
		op, products = "attention_backward", 5.0
	}
	flops := products * 2 * float64(length) * float64(length) * width * float64(sequences)
	return kernel{op: op, m: sequences * length, n: width, k: length, flops: flops, make: func(mk *maker) func() {
		of := offsets(sequences, length)
		n := sequences * length
		a := kernels.Attention{
			Dst: mk.zero(n, width), Q: mk.tensor(n, width), K: mk.tensor(n, width), V: mk.tensor(n, width), QueryOffsets: of, KeyOffsets: of,
			Heads: heads, Scale: 0.125, LogSumExp: mk.zero(n, heads),
		}
		mk.dev.Attention(a)
		if !backward {
			return func() { mk.dev.Attention(a) }
		}
		b := kernels.AttentionBackward{Attention: a, DOut: mk.tensor(n, width), DQ: mk.zero(n, width), DK: mk.zero(n, width), DV: mk.zero(n, width)}
		return func() { mk.dev.AttentionBackward(b) }
	}}
}

// rowKernels are the operations that are no products.
func rowKernels() []kernel {
	row := func(op string, n int, make func(*maker) func()) kernel {
		return kernel{op: op, m: tokens, n: n, make: make}
	}
	dropout := kernels.Dropout{Rate: 0.1, Seed: 1, Step: 2, Site: 3}
	activation := func(op string, f kernels.Activation) kernel {
		return row(op, inner, func(mk *maker) func() {
			x, y := mk.tensor(tokens, inner), mk.zero(tokens, inner)
			return func() { mk.dev.Activate(y, x, f) }
		})
	}
	normBackward := func(op string, accumulate bool) kernel {
		return row(op, width, func(mk *maker) func() {
			sum, stats, gamma := mk.zero(tokens, width), mk.zero(tokens, 2), mk.tensor(1, width)
			mk.dev.LayerNorm(kernels.LayerNorm{Dst: mk.zero(tokens, width), X: mk.tensor(tokens, width), Sum: sum, Stats: stats, Gamma: gamma, Beta: mk.tensor(1, width), Eps: 1e-12})
			op := kernels.LayerNormBackward{DX: mk.zero(tokens, width), DY: mk.tensor(tokens, width), Sum: sum, Stats: stats, Gamma: gamma, Accumulate: accumulate}
			return func() { mk.dev.LayerNormBackward(op) }
		})
	}
	return []kernel{
		row("layer_norm", width, func(mk *maker) func() {
			op := kernels.LayerNorm{
				Dst: mk.zero(tokens, width), X: mk.tensor(tokens, width), Residual: mk.tensor(tokens, width), Gamma: mk.tensor(1, width), Beta: mk.tensor(1, width), Eps: 1e-12,
			}
			return func() { mk.dev.LayerNorm(op) }
		}),
		normBackward("layer_norm_backward", false), normBackward("layer_norm_backward_add", true),
		activation("gelu", kernels.GELU), activation("tanh", kernels.Tanh), activation("relu", kernels.ReLU), activation("gelu_tanh", kernels.GELUTanh),
		row("gelu_backward", inner, func(mk *maker) func() {
			x, dy, dx := mk.tensor(tokens, inner), mk.tensor(tokens, inner), mk.zero(tokens, inner)
			return func() { mk.dev.ActivateBackward(dx, dy, x, kernels.GELU) }
		}),
		row("gate_gelu", gated, func(mk *maker) func() {
			x, y := mk.tensor(tokens, 2*gated), mk.zero(tokens, gated)
			return func() { mk.dev.Gate(y, x, kernels.GELU) }
		}),
		row("gate_gelu_backward", gated, func(mk *maker) func() {
			x, dy, dx := mk.tensor(tokens, 2*gated), mk.tensor(tokens, gated), mk.zero(tokens, 2*gated)
			return func() { mk.dev.GateBackward(dx, dy, x, kernels.GELU) }
		}),
		row("rotate", 2*width, func(mk *maker) func() { // queries and keys, in place
			x, table := mk.tensor(tokens, 2*width), mk.zero(tokens, width/heads)
			mk.dev.Write(table, kernels.RotaryTable(10000, tokens, width/heads))
			op := kernels.Rotary{Dst: x, X: x, Heads: 2 * heads, Table: table, Positions: mk.ids(tokens, tokens)}
			return func() { mk.dev.Rotate(op) }
		}),
		row("dropout", width, func(mk *maker) func() {
			x, y := mk.tensor(tokens, width), mk.zero(tokens, width)
			return func() { mk.dev.Dropout(y, x, dropout, false) }
		}),
		row("add", width, func(mk *maker) func() {
			x, y := mk.zero(tokens, width), mk.zero(tokens, width)
			return func() { mk.dev.Add(y, x) }
		}),
		row("embedding_sum", width, func(mk *maker) func() {
			terms := []kernels.EmbeddingTerm{
				{Table: mk.tensor(8192, width), IDs: mk.ids(tokens, 8192)}, {Table: mk.tensor(tokens, width), IDs: mk.ids(tokens, tokens)},
			}
			y := mk.zero(tokens, width)
			return func() { mk.dev.EmbeddingSum(y, terms) }
		}),
		row("gather_rows", width, func(mk *maker) func() {
			x, y, rows := mk.tensor(tokens, width), mk.zero(tokens, width), mk.ids(tokens, tokens)
			return func() { mk.dev.GatherRows(y, x, rows) }
		}),
		row("column_sums", width, func(mk *maker) func() {
			x, y := mk.tensor(tokens, width), mk.zero(1, width)
			return func() { mk.dev.ColumnSums(y, x, false) }
		}),
		row("mean_rows", width, func(mk *maker) func() {
			x, y, of := mk.tensor(tokens, width), mk.zero(tokens/32, width), offsets(tokens/32, 32)
			return func() { mk.dev.MeanRows(y, x, of) }
		}),
		row("mean_rows_backward", width, func(mk *maker) func() {
			dx, dy, of := mk.zero(tokens, width), mk.tensor(tokens/32, width), offsets(tokens/32, 32)
			return func() { mk.dev.MeanRowsBackward(dx, dy, of) }
		}),
		row("transpose", width, func(mk *maker) func() {
			x, y := mk.tensor(tokens, width), mk.zero(width, tokens)
			return func() { mk.dev.Transpose(y, x) }
		}),
		row("sum_squares", width, func(mk *maker) func() {
			x := mk.tensor(1, tokens*width)
			return func() { mk.dev.SumSquares(x) }
		}),
		row("adamw", width, func(mk *maker) func() {
			const n = tokens * width
			op := kernels.AdamW{
				Param: mk.tensor(1, n), Grad: mk.tensor(1, n), M: mk.zero(1, n), V: mk.zero(1, n),
				LearningRate: 1e-6, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Decay: 0.01, GradScale: 1, Step: 10,
			}
			return func() { mk.dev.AdamW(op) }
		}),
		{op: "pack", m: inner, n: width, make: func(mk *maker) func() {
			src := kernels.TensorSource(mk.tensor(inner, width), true)
			packed := mk.dev.Pack(src)
			return func() { mk.dev.Repack(packed, src) }
		}},
		{op: "cross_entropy", m: tokens, n: 2, make: func(mk *maker) func() {
			op := kernels.CrossEntropy{Logits: mk.tensor(tokens, 2), Labels: mk.ids(tokens, 2), Scale: 1, Loss: make([]float64, tokens), DLogits: mk.zero(tokens, 2)}
			return func() { mk.dev.CrossEntropy(op) }
		}},
	}
}

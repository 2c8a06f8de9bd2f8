package kernels

// Device runs the operations. Operations are issued in order by one goroutine at a time; a device uses as many threads as
// it was made with. Results are there when a later Read returns.
//
// Unless an operation says otherwise its destination may not overlap its operands, tensors may have any Stride, and empty
// tensors are allowed and do nothing.
type Device interface {
	// Name names the device and what it runs on, for example "cpu/avx512".
	Name() string

	// NewBuffer returns zeroed memory for n values, aligned to a cache line.
	NewBuffer(n int) *Buffer
	// Wrap makes host memory readable by the device, without a copy where the device can. The memory must stay unchanged
	// while the buffer is in use and the device will not write to it.
	Wrap(host []float32) *Buffer
	// Write copies src, row by row, into dst; len(src) == dst.Len().
	Write(dst Tensor, src []float32)
	// Read copies src, row by row, into dst; len(dst) == src.Len().
	Read(dst []float32, src Tensor)

	// Pack lays a matrix out for use as Gemm's right operand. The result is read-only and may be shared by devices with
	// the same Name.
	Pack(src PackSource) *Packed
	// Repack fills p, made by Pack from a source of the same shape, again.
	Repack(p *Packed, src PackSource)
	// PackInt8 lays a weight of eight bits out for use as Gemm's right operand. K may not be above MaxInt8K.
	PackInt8(src Int8Source) *Packed
	// Gemm computes independent matrix products in one go.
	Gemm(jobs []GemmJob)

	// Zero sets dst to 0.
	Zero(dst Tensor)
	// Copy sets dst = src, shapes equal.
	Copy(dst, src Tensor)
	// Add sets dst += src, shapes equal.
	Add(dst, src Tensor)
	// Scale sets dst *= factor.
	Scale(dst Tensor, factor float32)
	// GatherRows sets dst[i] = src[rows[i]].
	GatherRows(dst, src Tensor, rows []int32)
	// ScatterAddRows sets dst[rows[i]] += src[i]. Rows that occur again are added in the order of i.
	ScatterAddRows(dst, src Tensor, rows []int32)
	// ColumnSums sets, or with accumulate increases, dst [1, n] by the sums over the rows of src [m, n].
	ColumnSums(dst, src Tensor, accumulate bool)
	// MeanRows sets dst[s] to the mean of rows offsets[s] to offsets[s+1] of src, or to 0 where there are none. The offsets cut
	// the rows of src into dst.Rows sequences: the first is 0, the last src.Rows.
	MeanRows(dst, src Tensor, offsets []int32)
	// MeanRowsBackward sets the rows of dx to the gradient of MeanRows: those of sequence s to dy[s] / (offsets[s+1] - offsets[s]).
	MeanRowsBackward(dx, dy Tensor, offsets []int32)
	// Transpose sets dst [n, m] to the transpose of src [m, n].
	Transpose(dst, src Tensor)

	// WrapInt8 makes a table of eight bits readable by the device. As many values in a row as there are for each scale share it. The
	// memory must stay unchanged while the table is in use.
	WrapInt8(values []int8, rows int, scales []float32) *Int8Table
	// EmbeddingSum sets dst[t] to the sum over terms of Table[IDs[t]]. IDs must be in range.
	EmbeddingSum(dst Tensor, terms []EmbeddingTerm)

	// LayerNorm computes z = dropout(x) + residual, and dst = (z - mean(z)) / sqrt(var(z) + eps) * gamma + beta by row.
	// Residual, Sum (receives z) and Stats ([rows, 2], receives mean and 1/sqrt(var+eps)) are optional.
	// Dst may be X or Residual; Sum may be X or Residual.
	LayerNorm(op LayerNorm)
	// LayerNormBackward computes, from Sum, Stats and DY, the gradient with respect to z into DX (which may be DY), or with
	// Accumulate adds it to DX (which may then not be DY), and adds to DGamma and DBeta [1, n] when they are there.
	LayerNormBackward(op LayerNormBackward)

	// Dropout sets dst = x * mask/(1-p), or with accumulate dst += that; with Rate 0 it copies or adds. dst may be x. The
	// mask depends on the key and the element's place (row, column) only, so the same call on the gradient is the backward.
	Dropout(dst, x Tensor, d Dropout, accumulate bool)

	// Activate sets dst = f(x). dst may be x.
	Activate(dst, x Tensor, f Activation)
	// ActivateBackward sets dx = dy * f'(x), x being the input of the activation. dx may be dy.
	ActivateBackward(dx, dy, x Tensor, f Activation)

	// Gate sets dst [m, n] = f(a) * g, where a and g are the left and right half of x [m, 2n]: with GELU, the GeGLU of Shazeer 2020.
	// dst may be a, the left half.
	Gate(dst, x Tensor, f Activation)
	// GateBackward sets dx [m, 2n] = [dy * g * f'(a), dy * f(a)], x being the input of Gate. dx may be x.
	GateBackward(dx, dy, x Tensor, f Activation)

	// Rotate turns the values of each row, in pairs, by angles that depend on the row's position: rotary position embedding
	// (Su et al. 2021), in the form that pairs the halves of a head. Dst may be X.
	Rotate(op Rotary)

	// Attention computes softmax(scale Q K^T) V for each sequence and head, with terms of the distance when op has them.
	Attention(op Attention)
	// AttentionBackward computes the gradients of Attention with respect to Q, K, V and the terms of the distance.
	AttentionBackward(op AttentionBackward)

	// CrossEntropy computes row losses and their gradient.
	CrossEntropy(op CrossEntropy)

	// SumSquares returns the sum of the squares of t's values, in float64, combined in an order that depends on t's shape only.
	SumSquares(t Tensor) float64
	// AdamW makes one step of the optimiser on the values of Param.
	AdamW(op AdamW)
}

// Activation is an elementwise function.
type Activation uint8

// The activations. GELU is the exact one, x/2 (1 + erf(x/sqrt 2)) (Hendrycks and Gimpel 2016); GELUTanh is its tanh
// approximation, which Hugging Face calls gelu_new or gelu_pytorch_tanh.
const (
	Identity Activation = iota
	GELU
	Tanh
	ReLU
	GELUTanh
)

// String returns the activation's name.
func (a Activation) String() string {
	return [...]string{"identity", "gelu", "tanh", "relu", "gelu_tanh"}[a]
}

// PackSource is a matrix to be packed: B [K, N], the right operand of x B. A Linear layer's weight is stored as W [out, in]
// and computes x W^T: that is Transposed with K = in, N = out. Its gradient dx = dy W takes the same W, not transposed, with
// K = out, N = in.
type PackSource struct {
	K, N int
	// Transposed says that rows give W [N, K], so that B = W^T; otherwise rows give B [K, N] itself.
	Transposed bool
	// Row returns row i of the stored matrix. It may return memory of its own or fill scratch, which has room for one row.
	// It is called from several goroutines at once.
	Row func(i int, scratch []float32) []float32
}

// TensorSource returns a PackSource over the rows of a CPU tensor: with transposed the weight w [out, in] of a Linear layer
// as B = w^T, otherwise w [k, n] itself.
func TensorSource(w Tensor, transposed bool) PackSource {
	s := PackSource{K: w.Rows, N: w.Cols, Transposed: transposed, Row: func(i int, _ []float32) []float32 { return w.row(i) }}
	if transposed {
		s.K, s.N = w.Cols, w.Rows
	}
	return s
}

// GemmJob is one product Dst = act(alpha op(A) op(B) + Bias), or with Accumulate Dst = act(Dst + alpha op(A) op(B) + Bias).
// The right operand is Packed, or B when Packed is nil.
type GemmJob struct {
	Dst Tensor // [m, n]
	A   Tensor // [m, k], or [k, m] with TransA
	// TransA takes A^T.
	TransA bool
	// Packed is the right operand [k, n], packed before. With one of PackInt8 the rows of A are rounded to eight bits, each with
	// the scale of its largest value; a row with a value that is not finite gives NaNs. There is no TransA then.
	Packed *Packed
	// B is the right operand [k, n], or [n, k] with TransB, when Packed is nil. Products with few rows of Dst (LoRA's) read
	// it where it is; others pack it first.
	B      Tensor
	TransB bool
	// Alpha scales the product; 0 means 1.
	Alpha float32
	// Bias [1, n] is added to every row, when there.
	Bias       Tensor
	Accumulate bool
	Activation Activation
	// PreActivation [m, n], when there, receives what Activation is applied to. It may not be Dst.
	PreActivation Tensor
}

// EmbeddingTerm is one table of an EmbeddingSum.
type EmbeddingTerm struct {
	Table Tensor     // [vocabulary, width]
	Int8  *Int8Table // takes its place when there
	IDs   []int32
}

// Dropout names a dropout mask: each element is zero with probability Rate. Seed, Step and Site key the counter-based
// generator, so a mask can be made again wherever it is needed.
type Dropout struct {
	Rate float32
	Seed uint64
	Step uint64
	Site uint32 // a number of its own for each place in the model where dropout acts
}

// LayerNorm is the argument of Device.LayerNorm. X, Dst, Residual and Sum are [m, n]; Gamma and Beta [1, n]. Beta may be absent.
type LayerNorm struct {
	Dst, X, Residual, Sum, Stats Tensor
	Gamma, Beta                  Tensor
	Eps                          float32
	Dropout                      Dropout
}

// LayerNormBackward is the argument of Device.LayerNormBackward. Sum is X where the forward had neither Residual nor dropout.
type LayerNormBackward struct {
	DX, DY, Sum, Stats, Gamma Tensor
	DGamma, DBeta             Tensor
	// Accumulate adds to DX: where z goes on beside the norm, as in a pre-norm block, DX already has the gradient from there.
	Accumulate bool
}

// Rotary is the argument of Device.Rotate. Head h of a row is its columns [h d, (h+1) d) with d = X.Cols / Heads, which must be
// even: with the angles a_i of the row's position, its values x_i and x_(i+d/2), i < d/2, become x_i cos a_i - x_(i+d/2) sin a_i and
// x_(i+d/2) cos a_i + x_i sin a_i. Queries and keys that lie side by side are one X of twice as many heads.
type Rotary struct {
	Dst, X Tensor // [tokens, Heads d]
	Heads  int
	// Table [positions, d] has in row p the cosines of position p's d/2 angles and then their sines: RotaryTable makes it.
	Table Tensor
	// Positions has one entry a token, a row of Table.
	Positions []int32
	// Inverse turns by the negative angles. That is the transpose, so the same call on the gradient of Dst is the backward.
	Inverse bool
}

// Attention is the argument of Device.Attention. Head h of a row is its columns [h d, (h+1) d) with d = Q.Cols / Heads.
// Sequence s has query rows QueryOffsets[s] to QueryOffsets[s+1] of Q and Dst, and key rows KeyOffsets[s] to
// KeyOffsets[s+1] of K and V. The two may differ: the last layer asks only for the first token's row.
type Attention struct {
	Dst, Q, K, V             Tensor
	QueryOffsets, KeyOffsets []int32
	Heads                    int
	Scale                    float32
	// LogSumExp [query rows, Heads], when there, receives log sum_k exp(scale q.k), which the backward needs.
	LogSumExp Tensor
	// Dropout acts on the probabilities. A mask's element is placed by sequence, head, query row within the sequence and key row.
	Dropout Dropout
	// Window, when not 0, lets a query see only the keys that are at most as many tokens away. The query rows of a sequence
	// then stand at its first tokens, one after the other.
	Window int
	// Relative adds terms of the distance to the scores, when it has any. It does not go with a Window.
	Relative Relative
}

// Relative is what disentangled attention adds to the score of query i and key j of a sequence (He et al. 2021, "DeBERTa"):
//
//	Q_i . Keys[r] + K_j . Queries[r]   with r = Rows[len(Rows)/2 + i - j]
//
// the content-to-position and the position-to-content term, each head with its own columns. The query rows of a sequence
// stand at its first tokens, one after the other. Rows has an odd number of entries, the middle one for distance 0, and
// reaches as far as the longest sequence does on either side.
type Relative struct {
	Keys, Queries Tensor // [positions, width]: projections of the position embeddings; each may be absent
	Rows          []int32
}

// AttentionBackward is the argument of Device.AttentionBackward: the Attention that was computed, Dst included, the gradient
// DOut of its Dst, and where the gradients of Q, K and V go (all of each is overwritten). The probabilities are computed
// again from LogSumExp and not stored.
type AttentionBackward struct {
	Attention
	DOut, DQ, DK, DV Tensor
	// DRelativeKeys and DRelativeQueries [positions, width], when there, are increased by the gradients of Relative's tensors.
	DRelativeKeys, DRelativeQueries Tensor
}

// CrossEntropy is the argument of Device.CrossEntropy. For row i with Labels[i] = y >= 0: Loss[i] = w_y (lse(logits) - logits[y]),
// and DLogits[i] = Scale w_y (softmax(logits) - onehot(y)), w_y being ClassWeights[y] or 1. Rows with a negative label have
// loss and gradient 0.
type CrossEntropy struct {
	Logits Tensor // [m, classes]
	Labels []int32
	// ClassWeights has one entry a class, or is nil.
	ClassWeights []float32
	Scale        float32
	Loss         []float64
	DLogits      Tensor // [m, classes] or absent; may be Logits
}

// AdamW is the argument of Device.AdamW: decoupled weight decay as in Loshchilov and Hutter 2019 and torch.optim.AdamW.
// Param, Grad, M and V have the same shape. The gradient is multiplied by GradScale first.
type AdamW struct {
	Param, Grad, M, V                      Tensor
	LearningRate, Beta1, Beta2, Eps, Decay float64
	GradScale                              float64
	Step                                   int // from 1, for the bias correction
}

package kernels

import "github.com/lorica-go/lorica/internal/format"

// rowPrimitives are one tier's inner loops over spans: stretches of one row, or of a whole dense tensor.
//
// Unless said otherwise a primitive works on len(first argument) values, its other spans are at least as long, any length is
// allowed, 0 too, and a destination may be the very span it reads (same first value), but may not overlap it otherwise.
type rowPrimitives struct {
	add       func(dst, x, y []float32)             // dst = x + y
	scale     func(dst, x []float32, a float32)     // dst = a x
	addScaled func(dst, x []float32, a float32)     // dst += a x
	dot       func(x, y []float32) float32          // sum of x y
	max       func(x []float32) float32             // largest value, -Inf of none; NaNs are passed over
	sum       func(x []float32) float32             // sum of x
	addRows   func(dst, src []float32, r, step int) // dst[j] += src[j] + src[step+j] + ... + src[(r-1)step+j]
	// transpose sets dst [r, c] of row stride ds to the transpose of src [c, r] of row stride ss.
	transpose func(dst, src []float32, r, c, ds, ss int)

	// expSum sets dst = exp(scale x - shift) and returns the sum of that. Below -87.7, where float32 runs out of normal
	// numbers, the result is 0, above 88.4 infinity.
	expSum func(dst, x []float32, scale, shift float32) float32
	// softmaxGradient sets dst = scale p (dp - delta): the gradient of softmax with respect to the raw scores, from the
	// probabilities p, the gradient dp with respect to them, and delta = sum of p dp.
	softmaxGradient func(dst, p, dp []float32, delta, scale float32)

	// activate sets dst = f(x); activateGradient sets dx = dy f'(x). Both are indexed by Activation.
	activate         [activations]func(dst, x []float32)
	activateGradient [activations]func(dx, dy, x []float32)

	// gate sets dst = f(x) gate; gateGradient sets dx = dy gate f'(x) and dgate = dy f(x). Dst may be x, but not gate.
	gate         [activations]func(dst, x, gate []float32)
	gateGradient [activations]func(dx, dgate, dy, x, gate []float32)

	// dropout sets dst = mask x / (1-p), dropoutAdd dst = mask x / (1-p) + y, for the mask's columns from column on.
	dropout    func(dst, x []float32, m maskRow, column int)
	dropoutAdd func(dst, x, y []float32, m maskRow, column int)

	// normStats returns mean(x) and 1/sqrt(var(x) + eps) of at least one value.
	normStats func(x []float32, eps float32) (mean, rstd float32)
	// normApply sets dst = (x - mean) rstd gamma + beta.
	normApply func(dst, x, gamma, beta []float32, mean, rstd float32)
	// normBackward sets dx to the gradient of one row's norm with respect to its input z.
	normBackward func(dx, dy, z, gamma []float32, mean, rstd float32)
	// normBackwardAdd adds that to dx, which may not be dy.
	normBackwardAdd func(dx, dy, z, gamma []float32, mean, rstd float32)
	// normParameters adds one row's dy (z - mean) rstd to dgamma and dy to dbeta.
	normParameters func(dgamma, dbeta, dy, z []float32, mean, rstd float32)

	// rotate sets (a, b) of dst to (a cos - b sin sign, b cos + a sin sign) of x, a and b being the halves, len(cos) values long, of
	// each of heads, at least one.
	rotate func(dst, x, cos, sin []float32, heads int, sign float32)

	// dequantise sets dst to x, each group of values times its scale.
	dequantise func(dst []float32, x []int8, scales []float32, group int)

	sumSquares func(x []float32) float64
	adamW      func(p, g, m, v []float32, k adamWCoefficients)
}

var genericRow = rowPrimitives{
	add:             addGeneric,
	scale:           scaleGeneric,
	addScaled:       addScaledGeneric,
	dot:             dotGeneric,
	max:             maxGeneric,
	sum:             sumGeneric,
	addRows:         addRowsGeneric,
	transpose:       transposeGeneric,
	dequantise:      dequantiseGeneric,
	expSum:          expSumGeneric,
	softmaxGradient: softmaxGradientGeneric,
	activate: [activations]func(dst, x []float32){
		Identity: identity, GELU: geluGeneric, Tanh: tanhGeneric, ReLU: reluGeneric, GELUTanh: geluTanhGeneric,
	},
	activateGradient: [activations]func(dx, dy, x []float32){
		Identity: identityGradient, GELU: geluGradientGeneric, Tanh: tanhGradientGeneric, ReLU: reluGradientGeneric,
		GELUTanh: geluTanhGradientGeneric,
	},
	gate: [activations]func(dst, x, gate []float32){
		Identity: gateOf(identity), GELU: gateOf(geluGeneric), Tanh: gateOf(tanhGeneric), ReLU: gateOf(reluGeneric),
		GELUTanh: gateOf(geluTanhGeneric),
	},
	gateGradient: [activations]func(dx, dgate, dy, x, gate []float32){
		Identity: gateGradientOf(identityBoth), GELU: gateGradientOf(geluBoth), Tanh: gateGradientOf(tanhBoth), ReLU: gateGradientOf(reluBoth),
		GELUTanh: gateGradientOf(geluTanhBoth),
	},
	dropout:         dropoutGeneric,
	dropoutAdd:      dropoutAddGeneric,
	normStats:       normStatsGeneric,
	normApply:       normApplyGeneric,
	normBackward:    normBackwardGeneric,
	normBackwardAdd: normBackwardAddGeneric,
	normParameters:  normParametersGeneric,
	rotate:          rotateGeneric,
	sumSquares:      sumSquaresGeneric,
	adamW:           adamWGeneric,
}

// activations is how many Activations there are.
const activations = int(GELUTanh) + 1

// rowArguments are the operands of a running elementwise or row operation, one field for each kind.
type rowArguments struct {
	values    valueArguments
	rows      rowMoveArguments
	mean      meanArguments
	embedding embeddingArguments
	norm      normArguments
	rotary    rotaryArguments
	gate      gateArguments
	dropout   dropoutArguments
	loss      CrossEntropy
	squares   squaresArguments
	adamW     adamWArguments
}

// itemValues is about how many values one item of parallel work has: some microseconds' worth, and far below the
// millisecond that a span primitive may run without being preempted.
const itemValues = 8192

// stripeColumns is the width of the column stripes that operations which sum over rows are split into.
const stripeColumns = 128

// sumRows is how many rows such an operation sums up before it adds to the total, so that rounding errors grow slowly.
const sumRows = 64

// split says how tensors of one shape are cut into items: whole rows, or stretches of one long row. It depends on the shape only.
type split struct {
	rows, cols         int
	itemRows, itemCols int
	items              int
}

// splitRows cuts a [rows, cols] operation into groups of whole rows.
func splitRows(rows, cols int) split {
	if rows == 0 || cols == 0 {
		return split{}
	}
	n := max(1, itemValues/cols)
	return split{rows: rows, cols: cols, itemRows: n, itemCols: cols, items: (rows + n - 1) / n}
}

// splitSpan cuts one row of n values into stretches of at most size.
func splitSpan(n, size int) split {
	return split{rows: 1, cols: n, itemRows: 1, itemCols: size, items: (n + size - 1) / size}
}

// rowRange returns the rows [from, to) of an item.
func (s *split) rowRange(item int) (from, to int) {
	if s.rows == 1 {
		return 0, 1
	}
	from = item * s.itemRows
	return from, min(from+s.itemRows, s.rows)
}

// colRange returns the columns [from, to) of an item.
func (s *split) colRange(item int) (from, to int) {
	if s.rows != 1 {
		return 0, s.cols
	}
	from = item * s.itemCols
	return from, min(from+s.itemCols, s.cols)
}

// checkShape panics unless t is a tensor [rows, cols].
func checkShape(op, operand string, t Tensor, rows, cols int) {
	if t.Rows != rows || t.Cols != cols {
		panic(format.Sprintf("kernels: %s: %s is [%d, %d], want [%d, %d]", op, operand, t.Rows, t.Cols, rows, cols))
	}
}

// checkLength panics unless a slice operand has n entries.
func checkLength(op, operand string, have, n int) {
	if have != n {
		panic(format.Sprintf("kernels: %s: %d %s, want %d", op, have, operand, n))
	}
}

package kernels

import (
	"math"

	"github.com/lorica-go/lorica/internal/format"
)

// squaresArguments are the operands of a running SumSquares.
type squaresArguments struct {
	split
	t     Tensor
	parts []float64 // one for each item
}

// SumSquares returns the sum of the squares of t's values. The items' sums are added in order.
func (c *CPU) SumSquares(t Tensor) float64 {
	a := &c.args.squares
	if t.dense() {
		t = t.flat()
		a.split = splitSpan(t.Cols, itemValues)
	} else {
		a.split = splitRows(t.Rows, t.Cols)
	}
	a.t = t
	if cap(a.parts) < a.items {
		a.parts = make([]float64, a.items)
	}
	a.parts = a.parts[:a.items]
	c.parallel(a.items, sumSquaresItem)
	var sum float64
	for _, part := range a.parts {
		sum += part
	}
	return sum
}

func sumSquaresItem(c *CPU, _, item int) {
	a := &c.args.squares
	from, to := a.colRange(item)
	var sum float64
	for r, end := a.rowRange(item); r < end; r++ {
		sum += c.row.sumSquares(a.t.row(r)[from:to])
	}
	a.parts[item] = sum
}

// adamWArguments are the operands of a running AdamW.
type adamWArguments struct {
	split
	param, grad, m, v Tensor
	coefficients      adamWCoefficients
}

// AdamW makes one step of the optimiser.
func (c *CPU) AdamW(op AdamW) {
	rows, cols := op.Param.Rows, op.Param.Cols
	checkShape("AdamW", "Grad", op.Grad, rows, cols)
	checkShape("AdamW", "M", op.M, rows, cols)
	checkShape("AdamW", "V", op.V, rows, cols)
	if op.Step < 1 {
		panic(format.Sprintf("kernels: AdamW: step %d", op.Step))
	}
	a := &c.args.adamW
	a.param, a.grad, a.m, a.v = op.Param, op.Grad, op.M, op.V
	if op.Param.dense() && op.Grad.dense() && op.M.dense() && op.V.dense() {
		a.param, a.grad, a.m, a.v = op.Param.flat(), op.Grad.flat(), op.M.flat(), op.V.flat()
		a.split = splitSpan(op.Param.Len(), itemValues)
	} else {
		a.split = splitRows(rows, cols)
	}
	step := float64(op.Step)
	a.coefficients = adamWCoefficients{
		gradScale: float32(op.GradScale),
		decay:     float32(1 - op.LearningRate*op.Decay),
		rate1:     float32(1 - op.Beta1),
		beta2:     float32(op.Beta2),
		rate2:     float32(1 - op.Beta2),
		root2:     float32(math.Sqrt(1 - math.Pow(op.Beta2, step))),
		eps:       float32(op.Eps),
		step:      float32(-op.LearningRate / (1 - math.Pow(op.Beta1, step))),
	}
	c.parallel(a.items, adamWItem)
}

func adamWItem(c *CPU, _, item int) {
	a := &c.args.adamW
	from, to := a.colRange(item)
	for r, end := a.rowRange(item); r < end; r++ {
		c.row.adamW(a.param.row(r)[from:to], a.grad.row(r)[from:to], a.m.row(r)[from:to], a.v.row(r)[from:to], a.coefficients)
	}
}

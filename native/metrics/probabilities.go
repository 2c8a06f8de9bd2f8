package metrics

import (
	"fmt"
	"math"
)

// Probabilities are class probabilities, [rows, classes] row by row.
type Probabilities struct {
	Classes int
	P       []float64
}

// Rows is the number of rows.
func (p Probabilities) Rows() int { return len(p.P) / p.Classes }

// At is a row's probability of a class.
func (p Probabilities) At(row, class int) float64 { return p.P[row*p.Classes+class] }

// Row is a row's probabilities; the slice is shared.
func (p Probabilities) Row(row int) []float64 {
	return p.P[row*p.Classes : (row+1)*p.Classes : (row+1)*p.Classes]
}

func (p Probabilities) column(class int) []float64 {
	c := make([]float64, p.Rows())
	for row := range c {
		c[row] = p.At(row, class)
	}
	return c
}

// Real is the type of a logit.
type Real interface{ ~float32 | ~float64 }

// Softmax turns logits [rows, classes] into probabilities, in float64 and less each row's maximum, so that no logit is too
// large. A logit that is not finite is an error that names its row.
func Softmax[F Real](logits [][]F, classes int) (Probabilities, error) {
	p := Probabilities{Classes: classes, P: make([]float64, 0, len(logits)*classes)}
	for row, l := range logits {
		if len(l) != classes {
			return p, fmt.Errorf("metrics: row %d: %d logits for %d classes", row, len(l), classes)
		}
		top := math.Inf(-1)
		for _, v := range l {
			if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
				return p, fmt.Errorf("metrics: row %d: a logit is %v", row, f)
			}
			top = max(top, float64(v))
		}
		total := 0.0
		for _, v := range l {
			e := math.Exp(float64(v) - top)
			p.P = append(p.P, e)
			total += e
		}
		for k := range l {
			p.P[row*classes+k] /= total
		}
	}
	return p, nil
}

// Argmax is the index of the largest value, the first of equals; -1 for none.
func Argmax[F Real](x []F) int {
	if len(x) == 0 {
		return -1
	}
	best := 0
	for i, v := range x {
		if v > x[best] {
			best = i
		}
	}
	return best
}

// LogLoss is the mean of -ln p(true class), probabilities kept 2^-52 away from 0 and 1.
func LogLoss(p Probabilities, truth []int) float64 {
	const eps = 0x1p-52
	losses := make([]float64, len(truth))
	for row, t := range truth {
		losses[row] = -math.Log(min(max(p.At(row, t), eps), 1-eps))
	}
	return mean(losses)
}

// BrierMulti is the mean over rows of the squared distance between the probabilities and the truth, summed over classes; for
// two classes twice what Brier gives.
func BrierMulti(p Probabilities, truth []int) float64 {
	losses := make([]float64, len(truth))
	for row, t := range truth {
		for k, v := range p.Row(row) {
			if k == t {
				v--
			}
			losses[row] += v * v
		}
	}
	return mean(losses)
}

// Brier is the mean squared difference between the positive class's probability and 1 or 0.
func Brier(scores []float64, positive []bool) float64 {
	losses := make([]float64, len(scores))
	for i, s := range scores {
		if positive[i] {
			s--
		}
		losses[i] = s * s
	}
	return mean(losses)
}

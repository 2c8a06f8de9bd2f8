package kernels

import (
	"math"

	"github.com/lorica-go/lorica/internal/format"
)

// fewClasses is up to how many classes CrossEntropy works in float64 throughout: a classifier's, not a vocabulary.
const fewClasses = 64

// CrossEntropy computes row losses and their gradient.
func (c *CPU) CrossEntropy(op CrossEntropy) {
	m, n := op.Logits.Rows, op.Logits.Cols
	checkLength("CrossEntropy", "labels", len(op.Labels), m)
	checkLength("CrossEntropy", "losses", len(op.Loss), m)
	if op.ClassWeights != nil {
		checkLength("CrossEntropy", "class weights", len(op.ClassWeights), n)
	}
	if !op.DLogits.IsZero() {
		checkShape("CrossEntropy", "DLogits", op.DLogits, m, n)
	}
	for i, y := range op.Labels {
		if int(y) >= n {
			panic(format.Sprintf("kernels: CrossEntropy: label %d at row %d, of %d classes", y, i, n))
		}
	}
	c.args.loss = op
	c.parallel(splitRows(m, n).items, crossEntropyItem)
}

func crossEntropyItem(c *CPU, worker, item int) {
	op := &c.args.loss
	s := splitRows(op.Logits.Rows, op.Logits.Cols)
	for r, end := s.rowRange(item); r < end; r++ {
		logits, label := op.Logits.row(r), int(op.Labels[r])
		var gradient []float32
		if !op.DLogits.IsZero() {
			gradient = op.DLogits.row(r)
		}
		if label < 0 {
			op.Loss[r] = 0
			clear(gradient)
			continue
		}
		weight := 1.0
		if op.ClassWeights != nil {
			weight = float64(op.ClassWeights[label])
		}
		factor := weight * float64(op.Scale)
		if len(logits) <= fewClasses {
			op.Loss[r] = weight * crossEntropyFew(gradient, logits, label, factor)
		} else {
			op.Loss[r] = weight * c.crossEntropyMany(worker, gradient, logits, label, factor)
		}
	}
}

// crossEntropyFew returns lse(logits) - logits[label] and sets gradient, when there, to factor (softmax - onehot).
func crossEntropyFew(gradient, logits []float32, label int, factor float64) float64 {
	largest := float64(maxGeneric(logits))
	var e [fewClasses]float64
	var sum, rest float64
	for j, l := range logits {
		e[j] = math.Exp(float64(l) - largest)
		sum += e[j]
		if j != label {
			rest += e[j]
		}
	}
	loss := math.Log(sum) + largest - float64(logits[label])
	for j := range gradient {
		gradient[j] = float32(factor * e[j] / sum)
	}
	if gradient != nil {
		gradient[label] = float32(-factor * rest / sum)
	}
	return loss
}

// crossEntropyMany does the same with the exponentials in float32 and only their sum in float64.
func (c *CPU) crossEntropyMany(worker int, gradient, logits []float32, label int, factor float64) float64 {
	const block = 1024
	largest, correct := c.row.max(logits), float64(logits[label])
	var sum, rest float64
	for from := 0; from < len(logits); from += block {
		x := logits[from:min(from+block, len(logits))]
		var e []float32
		if gradient != nil {
			e = gradient[from : from+len(x)]
		} else {
			e = c.workers[worker].floats(block)[:len(x)]
		}
		part := float64(c.row.expSum(e, x, 1, largest))
		sum += part
		if label >= from && label < from+len(x) {
			own := e[label-from]
			e[label-from] = 0
			part = float64(c.row.sum(e))
			e[label-from] = own
		}
		rest += part
	}
	if gradient != nil {
		c.row.scale(gradient, gradient, float32(factor/sum))
		gradient[label] = float32(-factor * rest / sum)
	}
	return math.Log(sum) + float64(largest) - correct
}

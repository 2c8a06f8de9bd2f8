package metrics

import (
	"fmt"
	"math"
)

// None is the class of a prediction that is none of the classes measured, and of a row without a prediction.
const None = -1

// Answers are what is known of a classifier's answers to labelled rows. A classifier may tell its labels only.
type Answers struct {
	Predicted []int // class of each row, or None
	// Confidence is the probability of each row's prediction, NaN where there is none; nil when it is not known.
	Confidence []float64
	// Probabilities are those of the classes measured and perhaps, after them, of others; nil when they are not known.
	Probabilities *Probabilities
}

// check finds lengths that do not fit and classes out of range.
func (a *Answers) check(truth []int, classes int) error {
	if len(a.Predicted) != len(truth) {
		return errLengths(len(a.Predicted), len(truth))
	}
	if a.Confidence != nil && len(a.Confidence) != len(truth) {
		return fmt.Errorf("metrics: %d confidences, %d true classes", len(a.Confidence), len(truth))
	}
	if p := a.Probabilities; p != nil && (p.Classes < classes || p.Rows() != len(truth)) {
		return fmt.Errorf("metrics: probabilities of %d rows and %d classes for %d rows and %d classes", p.Rows(), p.Classes, len(truth), classes)
	}
	for row, p := range a.Predicted {
		if p < None {
			return fmt.Errorf("metrics: row %d: predicted class %d", row, p)
		}
	}
	return nil
}

// Measure measures answers against the true classes, which index labels. What the answers do not tell is NaN in the report:
// without probabilities log loss, Brier score and the areas, without confidence the calibration. A prediction that is None is
// wrong, and counts for no class. Without rows the error is ErrNoRows.
func Measure(truth []int, a Answers, labels []string) (*Report, error) {
	switch {
	case len(labels) < 2:
		return nil, errFewClasses
	case len(truth) == 0:
		return nil, ErrNoRows
	}
	if err := a.check(truth, len(labels)); err != nil {
		return nil, err
	}
	whole, err := a.confusion(truth, len(labels))
	if err != nil {
		return nil, err
	}
	classes := make([]int, len(labels))
	for k := range classes {
		classes[k] = k
	}
	scores, err := Classify(truth, a.Predicted, ClassifyOptions{Labels: classes, Names: labels})
	if err != nil {
		return nil, err
	}
	nan := Float(math.NaN())
	r := &Report{
		Rows: len(truth), Labels: labels, Classification: *scores,
		Accuracy: Float(whole.Accuracy()), BalancedAccuracy: Float(whole.BalancedAccuracy()),
		MCC: Float(whole.MCC()), CohenKappa: Float(whole.CohenKappa()),
		LogLoss: nan, BrierMulti: nan, Calibration: a.calibration(truth),
	}
	r.Confusion, r.Outside = whole.inside(len(labels))
	if p := a.Probabilities; p != nil {
		r.LogLoss, r.BrierMulti = Float(LogLoss(*p, truth)), Float(BrierMulti(*p, truth))
	}
	if len(labels) == 2 {
		r.Binary = measureBinary(a.Probabilities, truth)
	} else {
		r.Multiclass = measureMulticlass(a.Probabilities, truth, len(labels))
	}
	return r, nil
}

// confusion counts all rows. Where a prediction is None, the matrix has one class more, the last, of which no row is.
func (a *Answers) confusion(truth []int, classes int) (Confusion, error) {
	predicted, all := make([]int, len(truth)), classes
	for row, p := range a.Predicted {
		if predicted[row] = p; p == None {
			predicted[row], all = classes, classes+1
		}
	}
	for row, t := range truth {
		if t < 0 || t >= classes || a.Predicted[row] >= classes {
			return nil, fmt.Errorf("metrics: row %d: true class %d, predicted %d, of %d classes", row, t, a.Predicted[row], classes)
		}
	}
	return NewConfusion(truth, predicted, all)
}

// inside is the matrix of the first classes alone, and beside it what else was predicted for each of them.
func (c Confusion) inside(classes int) (inside Confusion, outside []int) {
	if len(c) == classes {
		return c, nil
	}
	for _, row := range c[:classes] {
		inside = append(inside, row[:classes:classes])
		outside = append(outside, row[classes])
	}
	return inside, outside
}

// calibration is that of the rows whose confidence is known.
func (a *Answers) calibration(truth []int) Calibration {
	var confidence []float64
	var right []bool
	for row, c := range a.Confidence {
		if !math.IsNaN(c) {
			confidence, right = append(confidence, c), append(right, a.Predicted[row] == truth[row])
		}
	}
	if confidence == nil {
		return unknownCalibration()
	}
	return Calibrate(confidence, right)
}

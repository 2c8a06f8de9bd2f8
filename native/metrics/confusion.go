package metrics

import (
	"fmt"
	"math"
)

// Confusion counts rows by true class (first index) and predicted class (second).
type Confusion [][]int

// NewConfusion counts; truth and predicted hold classes from 0 to classes-1. An error names the first row that does not.
func NewConfusion(truth, predicted []int, classes int) (Confusion, error) {
	if len(truth) != len(predicted) {
		return nil, fmt.Errorf("metrics: %d true classes, %d predictions", len(truth), len(predicted))
	}
	c := make(Confusion, classes)
	cells := make([]int, classes*classes)
	for k := range c {
		c[k] = cells[k*classes : (k+1)*classes : (k+1)*classes]
	}
	for i, t := range truth {
		p := predicted[i]
		if t < 0 || t >= classes || p < 0 || p >= classes {
			return nil, fmt.Errorf("metrics: row %d: true class %d, predicted %d, of %d classes", i, t, p, classes)
		}
		c[t][p]++
	}
	return c, nil
}

// Rows is how many rows were counted.
func (c Confusion) Rows() int {
	n := 0
	for _, row := range c {
		for _, v := range row {
			n += v
		}
	}
	return n
}

// margins returns rows by true class, by predicted class, and those where both are the same.
func (c Confusion) margins() (truth, predicted []int, correct int) {
	truth, predicted = make([]int, len(c)), make([]int, len(c))
	for t, row := range c {
		for p, v := range row {
			truth[t] += v
			predicted[p] += v
		}
		correct += row[t]
	}
	return truth, predicted, correct
}

// Accuracy is the share of rows predicted right; NaN without rows.
func (c Confusion) Accuracy() float64 {
	_, _, correct := c.margins()
	return float64(correct) / float64(c.Rows())
}

// BalancedAccuracy is the mean recall of the classes that have rows.
func (c Confusion) BalancedAccuracy() float64 {
	truth, _, _ := c.margins()
	var recalls []float64
	for k, n := range truth {
		if n > 0 {
			recalls = append(recalls, float64(c[k][k])/float64(n))
		}
	}
	return mean(recalls)
}

// MCC is Matthews' correlation coefficient for any number of classes (Gorodkin 2004), from -1 to 1; 0 where either the
// truth or the predictions are of one class only.
func (c Confusion) MCC() float64 {
	truth, predicted, correct := c.margins()
	n := float64(c.Rows())
	var tp, tt, pp float64
	for k := range c {
		t, p := float64(truth[k]), float64(predicted[k])
		tp += t * p
		tt += t * t
		pp += p * p
	}
	spread := (n*n - pp) * (n*n - tt)
	if spread == 0 {
		return 0
	}
	return (float64(correct)*n - tp) / math.Sqrt(spread)
}

// CohenKappa is the agreement of truth and prediction beyond chance; NaN where all rows and all predictions are of one and
// the same class.
func (c Confusion) CohenKappa() float64 {
	truth, predicted, correct := c.margins()
	n := float64(c.Rows())
	chance := 0.0
	for k := range c {
		chance += float64(truth[k]) * float64(predicted[k])
	}
	if n*n == chance {
		return math.NaN()
	}
	return 1 - (n-float64(correct))/(n-chance/n)
}

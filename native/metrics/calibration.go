package metrics

import "math"

// calibrationBins is how many equal bins confidence is sorted into.
const calibrationBins = 10

// Bin is one bin of a reliability diagram. Bin k of 10 holds k/10 < confidence <= (k+1)/10; the first also holds 0.
type Bin struct {
	Count      int   `json:"count"`
	Accuracy   Float `json:"accuracy"`   // share of rows that are right; NaN in an empty bin
	Confidence Float `json:"confidence"` // mean; NaN in an empty bin
}

// Calibration compares confidence with accuracy.
type Calibration struct {
	ECE  Float `json:"ece"` // mean gap between accuracy and confidence, bins weighted by their rows
	MCE  Float `json:"mce"` // largest gap of a bin that is not empty
	Bins []Bin `json:"bins"`
}

// Calibrate sorts rows into ten bins of confidence, which lies between 0 and 1; right says which rows are right.
func Calibrate(confidence []float64, right []bool) Calibration {
	var inBin [calibrationBins][]float64
	var hits [calibrationBins]int
	for row, c := range confidence {
		k := 0
		for k < calibrationBins-1 && c > float64(k+1)/calibrationBins {
			k++
		}
		inBin[k] = append(inBin[k], c)
		if right[row] {
			hits[k]++
		}
	}
	c := Calibration{Bins: make([]Bin, calibrationBins)}
	for k, values := range inBin {
		n := float64(len(values))
		accuracy, confident := float64(hits[k])/n, mean(values)
		c.Bins[k] = Bin{len(values), Float(accuracy), Float(confident)}
		if len(values) > 0 {
			gap := math.Abs(accuracy - confident)
			c.ECE += Float(n / float64(len(confidence)) * gap)
			c.MCE = max(c.MCE, Float(gap))
		}
	}
	return c
}

// unknownCalibration is that of a classifier which does not tell its confidence.
func unknownCalibration() Calibration {
	return Calibration{ECE: Float(math.NaN()), MCE: Float(math.NaN()), Bins: []Bin{}}
}

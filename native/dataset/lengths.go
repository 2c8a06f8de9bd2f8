package dataset

import (
	"math"
	"slices"
)

// Lengths sums up how long texts are. Quantiles lie between two lengths where they must, as numpy.quantile has them.
type Lengths struct {
	Unit string  `json:"unit"` // characters (code points), words or tokens
	Mean float64 `json:"mean"`
	Min  float64 `json:"min"`
	P5   float64 `json:"p5"`
	P25  float64 `json:"p25"`
	P50  float64 `json:"p50"`
	P75  float64 `json:"p75"`
	P90  float64 `json:"p90"`
	P95  float64 `json:"p95"`
	P99  float64 `json:"p99"`
	Max  float64 `json:"max"`
	Sum  int64   `json:"sum"`
}

// newLengths sorts the lengths.
func newLengths(unit string, of []int32) Lengths {
	l := Lengths{Unit: unit}
	if len(of) == 0 {
		return l
	}
	slices.Sort(of)
	for _, n := range of {
		l.Sum += int64(n)
	}
	l.Mean = float64(l.Sum) / float64(len(of))
	for _, q := range []struct {
		at *float64
		p  float64
	}{{&l.Min, 0}, {&l.P5, 0.05}, {&l.P25, 0.25}, {&l.P50, 0.5}, {&l.P75, 0.75}, {&l.P90, 0.9}, {&l.P95, 0.95}, {&l.P99, 0.99}, {&l.Max, 1}} {
		*q.at = quantile(of, q.p)
	}
	return l
}

// quantile interpolates between the two sorted values on either side of p (n-1).
func quantile(sorted []int32, p float64) float64 {
	place := p * float64(len(sorted)-1)
	low := int(math.Floor(place))
	high := min(low+1, len(sorted)-1)
	below, above := float64(sorted[low]), float64(sorted[high])
	return below + (above-below)*(place-float64(low))
}

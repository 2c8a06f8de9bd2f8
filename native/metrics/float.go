package metrics

import (
	"encoding/json"
	"math"
)

// Float is a measured value. JSON, which has neither NaN nor infinities, carries them as null; null is read as NaN.
type Float float64

// MarshalJSON writes the shortest number that reads back as the same value, or null.
func (f Float) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(f))
}

// UnmarshalJSON reads a number or null.
func (f *Float) UnmarshalJSON(raw []byte) error {
	if string(raw) == "null" {
		*f = Float(math.NaN())
		return nil
	}
	return json.Unmarshal(raw, (*float64)(f))
}

// sum adds as numpy does, pairwise in blocks of eight accumulators, so that averages agree to the last bit.
func sum(x []float64) float64 {
	n := len(x)
	switch {
	case n < 8:
		s := 0.0
		for _, v := range x {
			s += v
		}
		return s
	case n <= 128:
		var r [8]float64
		copy(r[:], x)
		i := 8
		for ; i+8 <= n; i += 8 {
			for k := range r {
				r[k] += x[i+k]
			}
		}
		s := ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]))
		for ; i < n; i++ {
			s += x[i]
		}
		return s
	}
	half := n / 2
	half -= half % 8
	return sum(x[:half]) + sum(x[half:])
}

// mean is NaN for no values.
func mean(x []float64) float64 { return sum(x) / float64(len(x)) }

// average is the mean, weighted unless weights is nil, of the values that are not NaN; NaN when there is none. Where all
// their weights are 0, they count alike.
func average(x, weights []float64) float64 {
	var kept, scale []float64
	for i, v := range x {
		if math.IsNaN(v) {
			continue
		}
		kept = append(kept, v)
		if weights != nil {
			scale = append(scale, weights[i])
		}
	}
	total := sum(scale)
	if weights == nil || total == 0 {
		return mean(kept)
	}
	for i := range kept {
		kept[i] *= scale[i]
	}
	return sum(kept) / total
}

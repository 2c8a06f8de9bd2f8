package metrics

import (
	"fmt"
	"math"
	"slices"
)

func errLengths(got, want int) error {
	return fmt.Errorf("metrics: %d predictions, %d true classes", got, want)
}

// McNemar compares two classifiers on the same rows by those where just one of them is right.
type McNemar struct {
	OnlyA int `json:"only_a_right"`
	OnlyB int `json:"only_b_right"`
	// P is the exact two-sided p-value of the binomial test: how often OnlyA and OnlyB would be at least this unequal were
	// the classifiers equally good. 1 where they never differ.
	P Float `json:"p"`
}

// NewMcNemar compares predictions a and b of the same rows.
func NewMcNemar(truth, a, b []int) (*McNemar, error) {
	if len(a) != len(truth) || len(b) != len(truth) {
		return nil, errLengths(max(len(a), len(b)), len(truth))
	}
	m := &McNemar{}
	for row, t := range truth {
		switch {
		case a[row] == t && b[row] != t:
			m.OnlyA++
		case a[row] != t && b[row] == t:
			m.OnlyB++
		}
	}
	m.P = Float(min(1, 2*binomialHalf(min(m.OnlyA, m.OnlyB), m.OnlyA+m.OnlyB)))
	return m, nil
}

// binomialHalf is P[X <= k] for X from Binomial(n, 1/2), k <= n/2.
func binomialHalf(k, n int) float64 {
	// C(n, k) / 2^n with the powers of two kept apart, which would underflow from n = 1075 on.
	term, exponent := 1.0, -n
	for i := 1; i <= k; i++ {
		f, e := math.Frexp(term * float64(n-k+i) / float64(i))
		term, exponent = f, exponent+e
	}
	total := 0.0
	for i := k; i >= 0; i-- { // C(n, i-1) = C(n, i) * i / (n-i+1)
		total += term
		term *= float64(i) / float64(n-i+1)
	}
	return math.Ldexp(total, exponent)
}

// Difference is a paired bootstrap of one measure: B's value less A's.
type Difference struct {
	A     Float `json:"a"`
	B     Float `json:"b"`
	Value Float `json:"difference"`
	Low   Float `json:"low"`  // 2.5th percentile of the differences
	High  Float `json:"high"` // 97.5th
	// NotAbove is the share of resamples in which B is not better than A.
	NotAbove Float `json:"p_le_0"`
}

// Bootstrap holds the 95% intervals of two classifiers' differences.
type Bootstrap struct {
	Resamples int        `json:"resamples"`
	Accuracy  Difference `json:"accuracy"`
	MacroF1   Difference `json:"f1_macro"` // classes 0 to classes-1, undefined scores as 0
}

// PairedBootstrap draws the rows anew, with replacement, resamples times, always the same for both classifiers
// (Efron 1979). The draws are floor(u n), u the upper 53 bits of splitmix64 seeded with seed, resample by resample.
func PairedBootstrap(truth, a, b []int, classes, resamples int, seed uint64) (*Bootstrap, error) {
	switch {
	case len(a) != len(truth) || len(b) != len(truth):
		return nil, errLengths(max(len(a), len(b)), len(truth))
	case len(truth) == 0:
		return nil, ErrNoRows
	case resamples < 1:
		return nil, fmt.Errorf("metrics: %d resamples", resamples)
	}
	for _, predicted := range [][]int{a, b} {
		if _, err := NewConfusion(truth, predicted, classes); err != nil {
			return nil, err
		}
	}
	rows := make([]int, len(truth))
	for i := range rows {
		rows[i] = i
	}
	allA, allB := measure(truth, a, rows, classes), measure(truth, b, rows, classes)
	var accuracy, f1 []float64
	draw := splitMix64(seed)
	for range resamples {
		for i := range rows {
			rows[i] = draw.below(len(truth))
		}
		inA, inB := measure(truth, a, rows, classes), measure(truth, b, rows, classes)
		accuracy, f1 = append(accuracy, inB.accuracy-inA.accuracy), append(f1, inB.f1-inA.f1)
	}
	return &Bootstrap{resamples, difference(allA.accuracy, allB.accuracy, accuracy), difference(allA.f1, allB.f1, f1)}, nil
}

type measured struct{ accuracy, f1 float64 }

// measure is accuracy and macro F1 of the rows that were drawn.
func measure(truth, predicted, rows []int, classes int) measured {
	counts := make([]counts, classes)
	right := 0
	for _, row := range rows {
		t, p := truth[row], predicted[row]
		counts[t].truth++
		counts[p].predicted++
		if t == p {
			counts[t].right++
			right++
		}
	}
	f1 := make([]float64, classes)
	for k, c := range counts {
		f1[k] = float64(c.scores(0).F1)
	}
	return measured{float64(right) / float64(len(rows)), mean(f1)}
}

func difference(a, b float64, resampled []float64) Difference {
	notAbove := 0
	for _, d := range resampled {
		if d <= 0 {
			notAbove++
		}
	}
	slices.Sort(resampled)
	return Difference{
		A: Float(a), B: Float(b), Value: Float(b - a),
		Low: Float(percentile(resampled, 2.5)), High: Float(percentile(resampled, 97.5)),
		NotAbove: Float(float64(notAbove) / float64(len(resampled))),
	}
}

// percentile interpolates linearly between the ranks of sorted values, numpy's default.
func percentile(sorted []float64, q float64) float64 {
	rank := q / 100 * float64(len(sorted)-1)
	at := int(rank)
	if at+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[at] + (rank-float64(at))*(sorted[at+1]-sorted[at])
}

// splitMix64 is Steele, Lea and Flood's generator (2014).
type splitMix64 uint64

func (s *splitMix64) next() uint64 {
	*s += 0x9e3779b97f4a7c15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below draws from 0 to n-1.
func (s *splitMix64) below(n int) int {
	return int(float64(s.next()>>11) * 0x1p-53 * float64(n))
}

package metrics

import (
	"cmp"
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

// Holm adjusts the p-values of several tests for there being several, so that the chance of even one false alarm stays below
// the level that they are held against (Holm 1979). The result has the order of p.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	adjusted, least := make([]float64, len(p)), 0.0
	for rank, i := range order {
		least = max(least, min(1, float64(len(p)-rank)*p[i]))
		adjusted[i] = least
	}
	return adjusted
}

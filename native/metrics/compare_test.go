package metrics

import (
	"math"
	"testing"

	"github.com/lorica-go/lorica/native/internal/golden"
)

func TestTemperatureIsWhereTheDerivativeIsZero(t *testing.T) {
	for _, s := range golden.Sets(t) {
		want := s.Expected.Temperature
		got, err := FitTemperature(s.Logits, s.YTrue, len(s.Names))
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
			continue
		}
		near := func(what string, got Float, want golden.Number) {
			// Rounding in the derivative moves its root by some 1e-13.
			if math.Abs(float64(got)-float64(want)) > 1e-11*max(1, math.Abs(float64(want))) {
				t.Errorf("%s: %s: got %v, want %v", s.Name, what, got, want)
			}
		}
		near("beta", got.Beta, want.Beta)
		near("temperature", got.Temperature, want.Temperature)
		near("NLL before", got.NLLBefore, want.NLLBefore)
		near("NLL after", got.NLLAfter, want.NLLAfter)
		near("ECE after", got.ECEAfter, want.ECEAfter)
		if got.AtBound != (want.AtBound != nil) {
			t.Errorf("%s: at bound: got %v, want %v", s.Name, got.AtBound, want.AtBound != nil)
		}
	}
}

func TestMcNemarIsTheExactBinomialTest(t *testing.T) {
	for _, s := range golden.Sets(t) {
		want := s.Expected.McNemar
		got, err := NewMcNemar(s.YTrue, s.Expected.YPred, s.PredB)
		if err != nil || got.OnlyA != want.B || got.OnlyB != want.C || !same(got.P, want.P) {
			t.Errorf("%s: got %+v, %v; want %+v", s.Name, got, err, want)
		}
	}
	// Printed by scipy 1.17.1: binom.cdf(k, n, 0.5).
	for _, c := range []struct {
		k, n int
		want float64
	}{{0, 0, 1.0}, {0, 5, 0.03125}, {3, 10, 0.171875}, {450, 1000, 0.0008652680424881513}, {950, 2000, 0.013412073120140273}, {4900, 10000, 0.023292763852473225}} {
		if got := binomialHalf(c.k, c.n); math.Abs(got/c.want-1) > 1e-11 {
			t.Errorf("P[X <= %d] of %d: got %v, want %v", c.k, c.n, got, c.want)
		}
	}
}

func TestBootstrapDrawsAndIntervalsAreTheDocumentedOnes(t *testing.T) {
	for _, s := range golden.Sets(t) {
		want := s.Expected.Bootstrap
		draw := splitMix64(want.Seed)
		for r, row := range want.Indices {
			for i, index := range row {
				if got := draw.below(len(s.YTrue)); got != index {
					t.Fatalf("%s: resample %d, draw %d: got %d, want %d", s.Name, r, i, got, index)
				}
			}
		}
		resamples, err := Resample(t.Context(), s.YTrue, [][]int{s.Expected.YPred, s.PredB}, len(s.Names), want.Resamples, want.Seed)
		if err != nil {
			t.Fatal(err)
		}
		got := resamples.Compare(0, 1)
		for what, pair := range map[string]struct {
			got  Difference
			want golden.Difference
		}{"accuracy": {got.Accuracy, want.Accuracy}, "macro F1": {got.MacroF1, want.F1Macro}} {
			g, w := pair.got, pair.want
			if !same(g.A, w.A) || !same(g.B, w.B) || !same(g.Value, w.Difference) || !same(g.Low, w.CI95[0]) || !same(g.High, w.CI95[1]) || !same(g.NotAbove, w.NotAbove) {
				t.Errorf("%s: %s: got %+v, want %+v", s.Name, what, g, w)
			}
		}
	}
}

func TestComparingRefusesWhatDoesNotFit(t *testing.T) {
	if _, err := NewMcNemar([]int{1}, []int{1, 0}, []int{1}); err == nil {
		t.Error("McNemar took predictions of another length")
	}
	for name, c := range map[string]struct {
		truth, predicted []int
		n                int
	}{
		"a class out of range":      {[]int{1}, []int{2}, 10},
		"a class below None":        {[]int{1}, []int{-2}, 10},
		"a true class out of range": {[]int{-1}, []int{1}, 10},
		"no rows":                   {nil, nil, 10},
		"no resamples":              {[]int{1}, []int{1}, 0},
		"too many predictions":      {[]int{1}, []int{1, 1}, 10},
	} {
		if _, err := Resample(t.Context(), c.truth, [][]int{c.predicted}, 2, c.n, 1); err == nil {
			t.Errorf("the bootstrap took %s", name)
		}
	}
	for name, c := range map[string]struct {
		logits [][]float64
		truth  []int
	}{
		"no rows": {nil, nil}, "lengths": {[][]float64{{1, 2}}, []int{0, 1}}, "a class out of range": {[][]float64{{1, 2}}, []int{2}},
		"a NaN": {[][]float64{{1, math.NaN()}}, []int{0}},
	} {
		if got, err := FitTemperature(c.logits, c.truth, 2); err == nil {
			t.Errorf("%s: got a temperature: %+v", name, got)
		}
	}
}

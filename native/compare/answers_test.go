package compare

import (
	"math"
	"slices"
	"testing"

	"github.com/lorica-go/lorica/native/metrics"
)

func TestLogitsAreKnownOnlyWhereLabelsAreClassesOneForOne(t *testing.T) {
	for _, c := range []struct {
		of   []int
		want []float64
	}{
		{[]int{1, 0}, []float64{2, 1}}, {[]int{0, 1}, []float64{1, 2}}, {[]int{0, 0}, nil}, {[]int{0, metrics.None}, nil}, {[]int{0}, nil}, {[]int{0, 1, metrics.None}, nil},
	} {
		if got := byClass([]float64{1, 2, 3}[:len(c.of)], c.of, 2); !slices.Equal(got, c.want) {
			t.Errorf("%v: got %v, want %v", c.of, got, c.want)
		}
	}
}

// Five stars: the first two are one class, the third is none, the last two are the other.
func TestProbabilitiesOfLabelsOfOneClassAddUp(t *testing.T) {
	a := newAnswers(2, 2)
	stars := []int{0, 0, metrics.None, 1, 1}
	a.add(0, 0, stars, []float64{0.5, 0.125, 0.125, 0.25, 0})
	a.add(1, metrics.None, stars, []float64{0, 0.25, 0.5, 0.125, 0.125})
	a.logits[0] = []float64{1, 2}
	a.finish(true, true)
	if !slices.Equal(a.Confidence, []float64{0.625, 0.5}) || !slices.Equal(a.Probabilities.P, []float64{0.625, 0.25, 0.125, 0.25, 0.25, 0.5}) {
		t.Errorf("confidence %v, probabilities %v", a.Confidence, a.Probabilities.P)
	}
	if a.logits != nil || a.scalable(2) != nil {
		t.Error("logits of one row alone are taken for those of all")
	}
}

func TestProbabilitiesAreScaledAsLogits(t *testing.T) {
	a := newAnswers(2, 2)
	a.add(0, 0, []int{0, 1}, []float64{0.75, 0.25})
	a.add(1, 0, []int{0, 1}, []float64{0.5, 0.5})
	a.finish(true, true)
	logits := a.scalable(2)
	if a.Probabilities.Classes != 2 || len(logits) != 2 || logits[0][1] != math.Log(0.25) {
		t.Errorf("%d classes, logits %v", a.Probabilities.Classes, logits)
	}
	a.Probabilities.P[0] = 0
	if logits := a.scalable(2); logits != nil {
		t.Errorf("the logarithm of 0 gave %v", logits)
	}
}

func TestModelsTakeTheirTurnsInEveryPlace(t *testing.T) {
	var first []int
	for turn := range 6 {
		list := order(3, turn)
		first = append(first, list[0])
		if slices.Sort(list); !slices.Equal(list, []int{0, 1, 2}) {
			t.Errorf("turn %d: %v", turn, list)
		}
	}
	if !slices.Equal(first, []int{0, 1, 2, 0, 1, 2}) {
		t.Errorf("the first ones are %v", first)
	}
}

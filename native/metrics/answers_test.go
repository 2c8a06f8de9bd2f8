package metrics

import (
	"context"
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"
)

// The figures are scikit-learn 1.9.1's: balanced_accuracy_score, matthews_corrcoef, cohen_kappa_score and, with labels=[0, 1],
// classification_report, of y_true = [0, 0, 0, 1, 1, 1, 1, 0] and y_pred = [0, 1, 9, 1, 1, 9, 0, 0].
func TestPredictionsOutsideTheLabelsAreWrongAndCountForNoClass(t *testing.T) {
	truth := []int{0, 0, 0, 1, 1, 1, 1, 0}
	predicted := []int{0, 1, None, 1, 1, None, 0, 0}
	r, err := Measure(truth, Answers{Predicted: predicted}, []string{"no", "yes"})
	if err != nil {
		t.Fatal(err)
	}
	for what, pair := range map[string][2]float64{
		"accuracy": {float64(r.Accuracy), 0.5}, "balanced accuracy": {float64(r.BalancedAccuracy), 0.5},
		"MCC": {float64(r.MCC), 0.2182178902359924}, "kappa": {float64(r.CohenKappa), 0.2},
		"macro F1": {float64(r.Macro.F1), 0.5714285714285714}, "micro precision": {float64(r.Micro.Precision), 2. / 3},
	} {
		if math.Abs(pair[0]-pair[1]) > 1e-15 {
			t.Errorf("%s: got %v, want %v", what, pair[0], pair[1])
		}
	}
	if !reflect.DeepEqual(r.Confusion, Confusion{{2, 1}, {1, 2}}) || !slices.Equal(r.Outside, []int{1, 1}) || r.MicroIsAccuracy {
		t.Errorf("confusion %v, outside %v, micro is accuracy %v", r.Confusion, r.Outside, r.MicroIsAccuracy)
	}
	if !isNaN(r.LogLoss) || !isNaN(r.BrierMulti) || !isNaN(r.ROCAUC) || !isNaN(r.Calibration.ECE) || r.Calibration.Bins == nil {
		t.Errorf("labels alone gave log loss %v, Brier %v, AUC %v, calibration %+v", r.LogLoss, r.BrierMulti, r.ROCAUC, r.Calibration)
	}
}

func TestConfidenceAloneGivesTheCalibration(t *testing.T) {
	a := Answers{Predicted: []int{0, 1, None, 1}, Confidence: []float64{0.95, 0.65, math.NaN(), 0.95}}
	r, err := Measure([]int{0, 0, 1, 1}, a, []string{"no", "yes"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := float64(r.Calibration.ECE), (2*0.05+0.65)/3; math.Abs(got-want) > 1e-15 || !isNaN(r.LogLoss) {
		t.Errorf("ECE %v, want %v; log loss %v", got, want, r.LogLoss)
	}
}

// A classifier of three classes on rows of two: the third class's probability is part of the Brier score, not of the areas.
func TestProbabilitiesOfFurtherClassesAreCounted(t *testing.T) {
	p := Probabilities{Classes: 3, P: []float64{0.5, 0.25, 0.25, 0, 0.25, 0.75}}
	r, err := Measure([]int{0, 1}, Answers{Predicted: []int{0, None}, Confidence: []float64{0.5, 0.75}, Probabilities: &p}, []string{"no", "yes"})
	if err != nil {
		t.Fatal(err)
	}
	want := (0.25 + 0.0625 + 0.0625 + 0.5625 + 0.5625) / 2
	if float64(r.BrierMulti) != want || math.Abs(float64(r.LogLoss)-(math.Ln2+math.Log(4))/2) > 1e-15 || float64(r.ROCAUC) != 0.5 {
		t.Errorf("Brier %v, want %v; log loss %v; AUC %v", r.BrierMulti, want, r.LogLoss, r.ROCAUC)
	}
}

func TestMeasureRefusesWhatDoesNotFit(t *testing.T) {
	two := []string{"no", "yes"}
	for name, c := range map[string]struct {
		truth  []int
		a      Answers
		labels []string
	}{
		"one class":                  {[]int{0}, Answers{Predicted: []int{0}}, two[:1]},
		"no rows":                    {nil, Answers{}, two},
		"another number of rows":     {[]int{0}, Answers{Predicted: []int{0, 1}}, two},
		"a true class out of range":  {[]int{2}, Answers{Predicted: []int{0}}, two},
		"a true class of None":       {[]int{None}, Answers{Predicted: []int{0}}, two},
		"a prediction out of range":  {[]int{0}, Answers{Predicted: []int{2}}, two},
		"a prediction below None":    {[]int{0}, Answers{Predicted: []int{-2}}, two},
		"too many confidences":       {[]int{0}, Answers{Predicted: []int{0}, Confidence: []float64{1, 1}}, two},
		"probabilities of one class": {[]int{0}, Answers{Predicted: []int{0}, Probabilities: &Probabilities{Classes: 1, P: []float64{1}}}, two},
	} {
		if _, err := Measure(c.truth, c.a, c.labels); err == nil {
			t.Errorf("Measure took %s", name)
		}
	}
}

func TestHolmIsTheStepDownProcedure(t *testing.T) {
	// statsmodels 0.15: multipletests(p, method="holm").
	for _, c := range []struct{ p, want []float64 }{
		{nil, []float64{}},
		{[]float64{0.03}, []float64{0.03}},
		{[]float64{0.01, 0.04, 0.03, 0.005}, []float64{0.03, 0.06, 0.06, 0.02}},
		{[]float64{1, 0.5, 0.5}, []float64{1, 1, 1}},
	} {
		got := Holm(c.p)
		if len(got) != len(c.want) {
			t.Fatalf("%v: got %v", c.p, got)
		}
		for i := range got {
			if math.Abs(got[i]-c.want[i]) > 1e-15 {
				t.Errorf("%v: got %v, want %v", c.p, got, c.want)
			}
		}
	}
}

// draws are rows with three classifiers of different merit.
func draws(n int) (truth []int, predictions [][]int) {
	random := splitMix64(5)
	predictions = make([][]int, 3)
	for range n {
		t := random.below(3)
		truth = append(truth, t)
		for i := range predictions {
			p := t
			if random.below(10) <= 2*i {
				p = random.below(4) - 1
			}
			predictions[i] = append(predictions[i], p)
		}
	}
	return truth, predictions
}

func TestResamplesDependOnTheSeedAlone(t *testing.T) {
	truth, predictions := draws(97)
	all, err := Resample(t.Context(), truth, predictions, 3, 500, 42)
	if err != nil {
		t.Fatal(err)
	}
	for _, pair := range [][2]int{{0, 1}, {2, 1}, {1, 1}} {
		alone, err := Resample(t.Context(), truth, [][]int{predictions[pair[0]], predictions[pair[1]]}, 3, 500, 42)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := alone.Compare(0, 1), all.Compare(pair[0], pair[1]); *got != *want {
			t.Errorf("%v: alone %+v, among three %+v", pair, got, want)
		}
	}
	if same := all.Compare(1, 1); same.Accuracy.Low != 0 || same.Accuracy.High != 0 || same.Accuracy.NotAbove != 1 {
		t.Errorf("a classifier against itself: %+v", same)
	}
	other, err := Resample(t.Context(), truth, predictions, 3, 500, 43)
	if err != nil {
		t.Fatal(err)
	}
	if *all.Compare(0, 1) == *other.Compare(0, 1) {
		t.Error("another seed gave the same intervals")
	}
	accuracy, f1 := all.Intervals(0)
	for _, i := range []Interval{accuracy, f1} {
		if !(i.Low < i.Value && i.Value < i.High) {
			t.Errorf("interval %+v", i)
		}
	}
}

func TestResamplingStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("enough")
	cancel(stop)
	truth, predictions := draws(10)
	if _, err := Resample(ctx, truth, predictions, 3, 1<<30, 1); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}

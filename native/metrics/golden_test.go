package metrics

import (
	"math"
	"testing"

	"github.com/lorica-go/lorica/native/internal/golden"
)

// same allows 1e-12 relative (absolute below 1), and NaN for NaN.
func same(got Float, want golden.Number) bool {
	g, w := float64(got), float64(want)
	if math.IsNaN(w) {
		return math.IsNaN(g)
	}
	return g == w || math.Abs(g-w) <= 1e-12*max(math.Abs(w), 1e-3)
}

func checkBins(t *testing.T, s *golden.Set, what string, got Calibration, want golden.Bins) {
	t.Helper()
	if !same(got.ECE, want.ECE) || !same(got.MCE, want.MCE) || len(got.Bins) != len(want.Bins) {
		t.Errorf("%s: %s: ece %v, mce %v, want %v, %v", s.Name, what, got.ECE, got.MCE, want.ECE, want.MCE)
		return
	}
	for k, b := range want.Bins {
		if g := got.Bins[k]; g.Count != b.Count || !same(g.Accuracy, b.Accuracy) || !same(g.Confidence, b.Confidence) {
			t.Errorf("%s: %s: bin %d: got %+v, want %+v", s.Name, what, k, g, b)
		}
	}
}

func TestEvaluateGivesScikitLearnsNumbers(t *testing.T) {
	for _, s := range golden.Sets(t) {
		e := s.Expected
		r, err := Evaluate(s.Logits, s.YTrue, s.Names)
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
			continue
		}
		p, _ := Softmax(s.Logits, len(s.Names))
		for row, want := range e.Probabilities {
			if got := Argmax(s.Logits[row]); got != e.YPred[row] {
				t.Errorf("%s: row %d: predicted %d, want %d", s.Name, row, got, e.YPred[row])
			}
			for k, v := range want {
				if got := p.At(row, k); math.Abs(got-float64(v)) > 1e-12*float64(v) {
					t.Errorf("%s: row %d, class %d: probability %v, want %v", s.Name, row, k, got, v)
				}
			}
		}
		check := func(what string, got Float, want golden.Number) {
			t.Helper()
			if !same(got, want) {
				t.Errorf("%s: %s: got %v, want %v", s.Name, what, got, want)
			}
		}
		for i, row := range e.Confusion {
			for j, want := range row {
				if got := r.Confusion[i][j]; got != want {
					t.Errorf("%s: confusion[%d][%d]: got %d, want %d", s.Name, i, j, got, want)
				}
			}
		}
		check("accuracy", r.Accuracy, e.Accuracy.Value)
		check("balanced accuracy", r.BalancedAccuracy, e.Balanced.Value)
		check("MCC", r.MCC, e.MCC.Value)
		check("Cohen's kappa", r.CohenKappa, e.Kappa.Value)
		check("micro F1", r.Micro.F1, e.F1Micro.Value)
		check("macro F1", r.Macro.F1, e.F1Macro.Value)
		check("weighted F1", r.Weighted.F1, e.F1Weighted.Value)
		check("log loss", r.LogLoss, e.LogLoss.Value)
		check("Brier, all classes", r.BrierMulti, e.BrierMulti)
		checkBins(t, &s, "calibration", r.Calibration, e.ECE)
		if len(s.Names) == 2 {
			check("Brier", r.Brier, e.Brier.Value)
			check("ROC AUC", r.ROCAUC, e.ROCAUC.Value)
			check("average precision", r.AveragePrecision, e.AP.Value)
			checkBins(t, &s, "calibration of the positive class", r.CalibrationPositive, e.ECEPositive)
		} else {
			check("ROC AUC, one vs rest, macro", r.ROCAUCOneVsRestMacro, e.OvRMacro.Value)
			check("ROC AUC, one vs rest, weighted", r.ROCAUCOneVsRestWeighted, e.OvRWeighted.Value)
			check("ROC AUC, one vs one", r.ROCAUCOneVsOneMacro, e.OvOMacro.Value)
			check("average precision", r.AveragePrecisionMacro, e.APMacro.Value)
		}
	}
}

func TestReportTextIsScikitLearnsToTheDigit(t *testing.T) {
	for _, s := range golden.Sets(t) {
		e := s.Expected
		labels := make([]int, len(s.Names))
		for k := range labels {
			labels[k] = k
		}
		named := func(zero float64) ClassifyOptions {
			return ClassifyOptions{Labels: labels, Names: s.Names, ZeroDivision: zero}
		}
		for _, c := range []struct {
			what    string
			options ClassifyOptions
			digits  int
			want    string
		}{
			{"two digits", named(0), 2, e.Report2.Value},
			{"four digits", named(0), 4, e.Report4.Value},
			{"default labels", ClassifyOptions{}, 2, e.ReportDefault.Value},
			{"zero division 0", named(0), 4, e.ReportZero.Value},
			{"zero division 1", named(1), 4, e.ReportOne.Value},
			{"zero division NaN", named(math.NaN()), 4, e.ReportNaN.Value},
		} {
			got, err := Classify(s.YTrue, e.YPred, c.options)
			if err != nil {
				t.Errorf("%s: %s: %v", s.Name, c.what, err)
			} else if text := got.Text(c.digits); text != c.want || c.want == "" {
				t.Errorf("%s: %s: got\n%s\nwant\n%s", s.Name, c.what, text, c.want)
			}
		}
		if r, err := Evaluate(s.Logits, s.YTrue, s.Names); err != nil || r.Text(4) != e.Report4.Value {
			t.Errorf("%s: Evaluate's report differs (%v)", s.Name, err)
		}
	}
}

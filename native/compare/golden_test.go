package compare

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/native/internal/golden"
	"github.com/lorica-go/lorica/native/metrics"
)

// write writes lines of JSON into a file of the test.
func write[T any](t *testing.T, name string, lines []T) string {
	t.Helper()
	var b strings.Builder
	for _, line := range lines {
		raw, err := json.Marshal(line)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(raw, '\n'))
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

type fields map[string]any

// compared runs the comparison of a set's two classifiers, both as files.
func compared(t *testing.T, s *golden.Set) *Result {
	t.Helper()
	var rows, a, b []fields
	for i, y := range s.YTrue {
		rows = append(rows, fields{"text": fmt.Sprint("row ", i), "label": s.Names[y]})
		a = append(a, fields{"logits": s.Logits[i]})
		b = append(b, fields{"label": s.Names[s.PredB[i]]})
	}
	c := Default()
	c.Candidates = []Candidate{{Name: "a", Path: write(t, "a.jsonl", a)}, {Name: "b", Path: write(t, "b.jsonl", b)}}
	c.Data, c.Labels = write(t, "rows.jsonl", rows), s.Names
	c.Seed, c.Resamples = s.Expected.Bootstrap.Seed, s.Expected.Bootstrap.Resamples
	r, err := Run(t.Context(), c)
	if err != nil {
		t.Fatalf("%s: %v", s.Name, err)
	}
	return r
}

// printed is a value as JSON prints it, less its last digits, which hang on the order of sums.
func printed(v float64) string { return fmt.Sprintf("%.10g", v) }

func TestTheMeasuresAreThoseOfTheReferenceToTheLastPrintedDigit(t *testing.T) {
	for _, s := range golden.Sets(t) {
		e := &s.Expected
		r := compared(t, &s)
		a, pair := r.Outcomes[0], &r.Pairs[0]
		check := func(what string, got metrics.Float, want golden.Number) {
			t.Helper()
			if printed(float64(got)) != printed(float64(want)) {
				t.Errorf("%s: %s: got %v, want %v", s.Name, what, got, want)
			}
		}
		if got := a.Report.Text(4); got != e.Report4.Value {
			t.Errorf("%s: got\n%s\nwant\n%s", s.Name, got, e.Report4.Value)
		}
		check("accuracy", a.Report.Accuracy, e.Accuracy.Value)
		check("balanced accuracy", a.Report.BalancedAccuracy, e.Balanced.Value)
		check("MCC", a.Report.MCC, e.MCC.Value)
		check("kappa", a.Report.CohenKappa, e.Kappa.Value)
		check("macro F1", a.Report.Macro.F1, e.F1Macro.Value)
		check("weighted F1", a.Report.Weighted.F1, e.F1Weighted.Value)
		check("log loss", a.Report.LogLoss, e.LogLoss.Value)
		check("Brier", a.Report.BrierMulti, e.BrierMulti)
		check("ECE", a.Report.Calibration.ECE, e.ECE.ECE)
		check("MCE", a.Report.Calibration.MCE, e.ECE.MCE)
		if len(s.Names) == 2 {
			check("AUC", a.Report.ROCAUC, e.ROCAUC.Value)
		} else {
			check("AUC", a.Report.ROCAUCOneVsRestMacro, e.OvRMacro.Value)
		}
		check("temperature", a.Temperature.Temperature, e.Temperature.Temperature)
		check("ECE after it", a.Temperature.ECEAfter, e.Temperature.ECEAfter)
		check("NLL after it", a.Temperature.NLLAfter, e.Temperature.NLLAfter)
		if pair.OnlyA != e.McNemar.B || pair.OnlyB != e.McNemar.C {
			t.Errorf("%s: only a %d, only b %d, want %d and %d", s.Name, pair.OnlyA, pair.OnlyB, e.McNemar.B, e.McNemar.C)
		}
		check("McNemar's p", pair.P, e.McNemar.P)
		check("p after Holm", pair.Holm, e.McNemar.P)
		for what, d := range map[string]struct {
			got  *metrics.Difference
			want *golden.Difference
		}{"accuracy": {&pair.Bootstrap.Accuracy, &e.Bootstrap.Accuracy}, "macro F1": {&pair.Bootstrap.MacroF1, &e.Bootstrap.F1Macro}} {
			check(what+" of a", d.got.A, d.want.A)
			check(what+" of b", d.got.B, d.want.B)
			check(what+" difference", d.got.Value, d.want.Difference)
			check(what+" low", d.got.Low, d.want.CI95[0])
			check(what+" high", d.got.High, d.want.CI95[1])
			check(what+" p", d.got.NotAbove, d.want.NotAbove)
		}
		if b := r.Outcomes[1]; b.Temperature != nil || !math.IsNaN(float64(b.Report.LogLoss)) || b.Speed != nil {
			t.Errorf("%s: labels alone gave %+v", s.Name, b)
		}
	}
}

package compare

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/shared"
	"github.com/lorica-go/lorica/native/metrics"
)

// number is a value of metrics.json, where what JSON lacks is written as text.
type number float64

func (n *number) UnmarshalJSON(raw []byte) error {
	if raw[0] == '"' || string(raw) == "null" {
		*n = number(math.NaN())
		return nil
	}
	return json.Unmarshal(raw, (*float64)(n))
}

type goldenValue struct{ Value number }

type goldenDifference struct {
	A, B, Difference number
	CI95             [2]number
	NotAbove         number `json:"p_le_0"`
}

// goldenSet is what scikit-learn, statsmodels and numpy say of a set with the logits of one classifier and the labels of another.
type goldenSet struct {
	Name     string
	Names    []string
	YTrue    []int `json:"y_true"`
	Logits   [][]float64
	PredB    []int `json:"pred_b"`
	Expected struct {
		Report4     struct{ Value string } `json:"report_4"`
		Accuracy    goldenValue
		Balanced    goldenValue `json:"balanced_accuracy"`
		MCC         goldenValue
		Kappa       goldenValue `json:"cohen_kappa"`
		F1Macro     goldenValue `json:"f1_macro"`
		F1Weighted  goldenValue `json:"f1_weighted"`
		LogLoss     goldenValue `json:"log_loss"`
		BrierMulti  number      `json:"brier_multi"`
		ROCAUC      goldenValue `json:"roc_auc"`
		OvR         goldenValue `json:"roc_auc_ovr_macro"`
		ECE         struct{ ECE, MCE number }
		Temperature struct {
			Temperature number
			ECEAfter    number `json:"ece_after"`
			NLLAfter    number `json:"nll_after"`
		}
		McNemar struct {
			B, C int
			P    number `json:"p_exact"`
		}
		Bootstrap struct {
			Seed      uint64
			Resamples int
			Accuracy  goldenDifference
			F1Macro   goldenDifference `json:"f1_macro"`
		}
	}
}

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

// compared runs the comparison of the set's two classifiers, both as files.
func (s *goldenSet) compared(t *testing.T) *Result {
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
	raw, err := os.ReadFile(shared.Path(t, "golden", "metrics.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct{ Sets []goldenSet }
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Sets) < 10 {
		t.Fatalf("%d sets", len(doc.Sets))
	}
	for i := range doc.Sets {
		s := &doc.Sets[i]
		e := &s.Expected
		r := s.compared(t)
		a, pair := r.Outcomes[0], &r.Pairs[0]
		check := func(what string, got metrics.Float, want number) {
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
			check("AUC", a.Report.ROCAUCOneVsRestMacro, e.OvR.Value)
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
			want *goldenDifference
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

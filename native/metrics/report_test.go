package metrics

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
)

// Printed by numpy 2.4.6: np.sum of 1/1, 1/2, ... 1/n.
func TestSumsAreNumpysToTheLastBit(t *testing.T) {
	for n, want := range map[int]float64{7: 2.5928571428571425, 8: 2.7178571428571425, 100: 5.187377517639621, 128: 5.433147092589173, 129: 5.440899030573669, 1000: 7.485470860550345, 300: 6.282663880299504, 301: 6.285986139435716, 500: 6.792823429990525, 777: 7.2332993778816785, 999: 7.484470860550346, 1001: 7.486469861549347, 1003: 7.4884648745144435, 1357: 7.790615739320065} {
		x := make([]float64, n)
		for i := range x {
			x[i] = 1 / float64(i+1)
		}
		if got := sum(x); got != want {
			t.Errorf("%d terms: got %v, want %v", n, got, want)
		}
	}
}

// From the documentation of scikit-learn's classification_report.
func TestClassesThatAreLeftOutTurnAccuracyIntoMicroAverage(t *testing.T) {
	c, err := Classify([]int{1, 1, 1}, []int{1, 1, 0}, ClassifyOptions{Labels: []int{1, 2, 3}})
	if err != nil {
		t.Fatal(err)
	}
	want := `              precision    recall  f1-score   support

           1       1.00      0.67      0.80         3
           2       0.00      0.00      0.00         0
           3       0.00      0.00      0.00         0

   micro avg       1.00      0.67      0.80         3
   macro avg       0.33      0.22      0.27         3
weighted avg       1.00      0.67      0.80         3
`
	if got := c.Text(2); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The beginning of what scikit-learn 1.9.1 prints.
func TestManyDigitsWidenTheFirstColumn(t *testing.T) {
	c, err := Classify([]int{0, 1}, []int{0, 1}, ClassifyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.Text(14), "                precision    recall  f1-score   support\n\n             0  1.00000000000000 1.00000000000000 "; !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want it to begin with %q", got, want)
	}
}

func TestReportSurvivesJSONWithUndefinedValues(t *testing.T) {
	for name, c := range map[string]struct {
		logits [][]float32
		truth  []int
		labels []string
		null   string // a value that is undefined here
	}{
		"two classes, one of them true": {[][]float32{{1, 2}, {2, 1}}, []int{1, 1}, []string{"neg", "pos"}, `"roc_auc":null`},
		"one class throughout":          {[][]float32{{1, 2}}, []int{1}, []string{"neg", "pos"}, `"cohen_kappa":null`},
		"three classes, two of them true": {[][]float32{{1, 2, 0}, {2, 1, 0}, {0, 1, 2}}, []int{1, 2, 1}, []string{"a", "b", "c"},
			`"roc_auc_ovr_macro":null`},
	} {
		r, err := Evaluate(c.logits, c.truth, c.labels)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		raw, err := json.Marshal(r)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !strings.Contains(string(raw), c.null) {
			t.Errorf("%s: no %s in %s", name, c.null, raw)
		}
		var back Report
		if err := json.Unmarshal(raw, &back); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		again, err := json.Marshal(back)
		if err != nil || string(again) != string(raw) {
			t.Errorf("%s: read and written again (%v):\n%s\nwas\n%s", name, err, again, raw)
		}
		if back.Text(4) != r.Text(4) || !reflect.DeepEqual(back.Confusion, r.Confusion) || (back.Binary == nil) != (r.Binary == nil) {
			t.Errorf("%s: the report that was read back differs", name)
		}
	}
}

func TestEvaluateRefusesWhatCannotBeMeasured(t *testing.T) {
	two := []string{"neg", "pos"}
	nan, inf := math.NaN(), math.Inf(1)
	for name, c := range map[string]struct {
		logits [][]float64
		truth  []int
		labels []string
		want   string
	}{
		"no rows":              {nil, nil, two, "no rows to evaluate"},
		"rows without truth":   {[][]float64{{1, 2}}, nil, two, "metrics: 1 rows of logits, 0 true classes"},
		"one class":            {[][]float64{{1}}, []int{0}, two[:1], "metrics: fewer than two classes"},
		"a short row":          {[][]float64{{1, 2}, {1}}, []int{0, 1}, two, "metrics: row 1: 1 logits for 2 classes"},
		"a NaN":                {[][]float64{{1, nan}}, []int{0}, two, "metrics: row 0: a logit is NaN"},
		"an infinity":          {[][]float64{{inf, 1}}, []int{0}, two, "metrics: row 0: a logit is +Inf"},
		"a class out of range": {[][]float64{{1, 2}}, []int{2}, two, "metrics: row 0: true class 2, predicted 1, of 2 classes"},
	} {
		r, err := Evaluate(c.logits, c.truth, c.labels)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v, %v; want %q", name, r, err, c.want)
		}
		if name == "no rows" && (!errors.Is(err, ErrNoRows) || !badinput.Is(err)) {
			t.Errorf("no rows: %v is not ErrNoRows or no bad input error", err)
		}
	}
	for name, o := range map[string]ClassifyOptions{
		"too few names": {Labels: []int{0, 1}, Names: []string{"a"}},
		"a class twice": {Labels: []int{0, 0}},
	} {
		if c, err := Classify([]int{0, 1}, []int{0, 1}, o); err == nil {
			t.Errorf("%s: got %v", name, c)
		}
	}
}

func TestHugeLogitsDoNotOverflow(t *testing.T) {
	p, err := Softmax([][]float32{{1e30, -1e30}, {3e38, 3e38}}, 2)
	if err != nil {
		t.Fatal(err)
	}
	if want := []float64{1, 0, 0.5, 0.5}; !reflect.DeepEqual(p.P, want) {
		t.Errorf("got %v, want %v", p.P, want)
	}
}

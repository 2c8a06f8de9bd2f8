package golden

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/lorica-go/lorica/internal/shared"
)

// Number is a value of metrics.json, where what JSON lacks is written as text.
type Number float64

// UnmarshalJSON reads a number, "nan", "inf", "-inf" or null.
func (n *Number) UnmarshalJSON(raw []byte) error {
	switch string(raw) {
	case `"nan"`, "null":
		*n = Number(math.NaN())
	case `"inf"`:
		*n = Number(math.Inf(1))
	case `"-inf"`:
		*n = Number(math.Inf(-1))
	default:
		return json.Unmarshal(raw, (*float64)(n))
	}
	return nil
}

// Value is a measure.
type Value struct{ Value Number }

// Text is a printed report.
type Text struct{ Value string }

// Bins are a reliability diagram.
type Bins struct {
	ECE, MCE Number
	Bins     []struct {
		Count                int
		Accuracy, Confidence Number
	}
}

// Difference is a bootstrapped difference of a measure.
type Difference struct {
	A, B, Difference Number
	CI95             [2]Number
	NotAbove         Number `json:"p_le_0"`
}

// Set is one labelled set of metrics.json: the logits of one classifier, the classes that another one gives, and what
// scikit-learn, statsmodels and numpy say of them.
type Set struct {
	Name     string
	Names    []string // of the classes
	YTrue    []int    `json:"y_true"`
	Logits   [][]float64
	PredB    []int `json:"pred_b"`
	Expected Expected
}

// Expected are the reference's figures.
type Expected struct {
	YPred         []int `json:"y_pred"`
	Probabilities [][]Number
	Report2       Text `json:"report_2"`
	Report4       Text `json:"report_4"`
	ReportDefault Text `json:"report_default_labels"`
	ReportZero    Text `json:"report_4_zero_division_0"`
	ReportOne     Text `json:"report_4_zero_division_1"`
	ReportNaN     Text `json:"report_4_zero_division_nan"`
	Confusion     [][]int
	Accuracy      Value
	Balanced      Value `json:"balanced_accuracy"`
	MCC           Value
	Kappa         Value  `json:"cohen_kappa"`
	F1Micro       Value  `json:"f1_micro"`
	F1Macro       Value  `json:"f1_macro"`
	F1Weighted    Value  `json:"f1_weighted"`
	LogLoss       Value  `json:"log_loss"`
	BrierMulti    Number `json:"brier_multi"`
	Brier         Value
	ROCAUC        Value `json:"roc_auc"`
	AP            Value `json:"average_precision"`
	OvRMacro      Value `json:"roc_auc_ovr_macro"`
	OvRWeighted   Value `json:"roc_auc_ovr_weighted"`
	OvOMacro      Value `json:"roc_auc_ovo_macro"`
	APMacro       Value `json:"average_precision_macro"`
	ECE           Bins
	ECEPositive   Bins `json:"ece_positive"`
	Temperature   struct {
		Beta, Temperature Number
		AtBound           *string `json:"at_bound"`
		NLLBefore         Number  `json:"nll_before"`
		NLLAfter          Number  `json:"nll_after"`
		ECEAfter          Number  `json:"ece_after"`
	}
	McNemar struct {
		B, C int
		P    Number `json:"p_exact"`
	}
	Bootstrap struct {
		Seed      uint64
		Resamples int
		Indices   [][]int
		Accuracy  Difference
		F1Macro   Difference `json:"f1_macro"`
	}
}

// Sets returns the sets of metrics.json. Without the reference data it skips the test.
func Sets(tb testing.TB) []Set {
	tb.Helper()
	raw, err := os.ReadFile(shared.Path(tb, "golden", "metrics.json"))
	if err != nil {
		tb.Fatal(err)
	}
	var doc struct{ Sets []Set }
	if err := json.Unmarshal(raw, &doc); err != nil {
		tb.Fatal(err)
	}
	if len(doc.Sets) < 10 {
		tb.Fatalf("%d sets", len(doc.Sets))
	}
	return doc.Sets
}

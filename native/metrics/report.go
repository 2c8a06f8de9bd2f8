package metrics

import (
	"errors"
	"fmt"
	"math"

	"github.com/lorica-go/lorica/internal/badinput"
)

// ErrNoRows says that there is nothing to measure.
var ErrNoRows = badinput.Errorf("no rows to evaluate")

var errFewClasses = errors.New("metrics: fewer than two classes")

// Report is everything that is measured of a classifier on labelled rows. Its JSON form is what `eval --json` prints and
// report.json holds; values that are undefined for the rows at hand are null there.
type Report struct {
	Rows             int      `json:"rows"`
	Labels           []string `json:"labels"`
	Accuracy         Float    `json:"accuracy"`
	BalancedAccuracy Float    `json:"balanced_accuracy"`
	MCC              Float    `json:"mcc"`
	CohenKappa       Float    `json:"cohen_kappa"`
	Classification
	Confusion   Confusion   `json:"confusion"`         // [true][predicted]
	Outside     []int       `json:"outside,omitempty"` // rows of each true class whose prediction is None; nil when there are none
	LogLoss     Float       `json:"log_loss"`
	BrierMulti  Float       `json:"brier_multi"`
	Calibration Calibration `json:"calibration"` // of the predicted class's probability
	*Binary                 // nil with more than two classes
	*Multiclass             // nil with two
}

// Binary are the measures that two classes have; class 1 is the positive one.
type Binary struct {
	ROCAUC              Float       `json:"roc_auc"`
	AveragePrecision    Float       `json:"average_precision"`
	Brier               Float       `json:"brier"`
	CalibrationPositive Calibration `json:"calibration_positive"` // of P(class 1) against the share of class 1
}

// Multiclass are the measures that need more than two classes.
type Multiclass struct {
	ROCAUCOneVsRestMacro    Float `json:"roc_auc_ovr_macro"`
	ROCAUCOneVsRestWeighted Float `json:"roc_auc_ovr_weighted"`
	ROCAUCOneVsOneMacro     Float `json:"roc_auc_ovo_macro"`
	AveragePrecisionMacro   Float `json:"average_precision_macro"`
}

// Evaluate measures logits [rows, len(labels)] against the true classes, which index labels. A row's prediction is its largest
// logit, the first of equals. No rows are ErrNoRows; shapes that do not fit, and logits that are not finite, are errors.
func Evaluate[F Real](logits [][]F, truth []int, labels []string) (*Report, error) {
	switch {
	case len(logits) != len(truth):
		return nil, fmt.Errorf("metrics: %d rows of logits, %d true classes", len(logits), len(truth))
	case len(labels) < 2:
		return nil, errFewClasses
	case len(truth) == 0:
		return nil, ErrNoRows
	}
	p, err := Softmax(logits, len(labels))
	if err != nil {
		return nil, err
	}
	a := Answers{Predicted: make([]int, len(truth)), Confidence: make([]float64, len(truth)), Probabilities: &p}
	for row, l := range logits {
		a.Predicted[row] = Argmax(l)
		a.Confidence[row] = p.At(row, a.Predicted[row])
	}
	return Measure(truth, a, labels)
}

func measureBinary(p *Probabilities, truth []int) *Binary {
	if p == nil {
		nan := Float(math.NaN())
		return &Binary{nan, nan, nan, unknownCalibration()}
	}
	scores, positive := p.column(1), make([]bool, len(truth))
	for row, t := range truth {
		positive[row] = t == 1
	}
	return &Binary{
		ROCAUC: Float(ROCAUC(scores, positive)), AveragePrecision: Float(AveragePrecision(scores, positive)),
		Brier: Float(Brier(scores, positive)), CalibrationPositive: Calibrate(scores, positive),
	}
}

func measureMulticlass(p *Probabilities, truth []int, classes int) *Multiclass {
	if p == nil {
		nan := Float(math.NaN())
		return &Multiclass{nan, nan, nan, nan}
	}
	support := make([]float64, classes)
	for _, t := range truth {
		support[t]++
	}
	areas, precisions := make([]float64, classes), make([]float64, classes)
	weighted := make([]float64, classes)
	for k, steps := range oneVersusRest(*p, truth, classes) {
		areas[k], precisions[k] = rocAUC(steps), averagePrecision(steps)
		if support[k] > 0 { // a class without rows has no area, but no weight either
			weighted[k] = areas[k] * support[k]
		}
	}
	return &Multiclass{
		ROCAUCOneVsRestMacro: Float(mean(areas)), ROCAUCOneVsRestWeighted: Float(sum(weighted) / sum(support)),
		ROCAUCOneVsOneMacro: Float(oneVersusOne(*p, truth, classes)), AveragePrecisionMacro: Float(mean(precisions)),
	}
}

package metrics

import (
	"errors"
	"fmt"

	"github.com/lorica-go/lorica/internal/badinput"
)

// ErrNoRows says that there is nothing to measure.
var ErrNoRows = badinput.Errorf("no rows to evaluate")

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
	Confusion   Confusion   `json:"confusion"` // [true][predicted]
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
		return nil, errors.New("metrics: fewer than two classes")
	case len(truth) == 0:
		return nil, ErrNoRows
	}
	p, err := Softmax(logits, len(labels))
	if err != nil {
		return nil, err
	}
	predicted := make([]int, len(truth))
	confidence, right := make([]float64, len(truth)), make([]bool, len(truth))
	for row, l := range logits {
		predicted[row] = Argmax(l)
		confidence[row], right[row] = p.At(row, predicted[row]), predicted[row] == truth[row]
	}
	confusion, err := NewConfusion(truth, predicted, len(labels))
	if err != nil {
		return nil, err
	}
	classes := make([]int, len(labels))
	for k := range classes {
		classes[k] = k
	}
	scores, err := Classify(truth, predicted, ClassifyOptions{Labels: classes, Names: labels})
	if err != nil {
		return nil, err
	}
	r := &Report{
		Rows: len(truth), Labels: labels, Classification: *scores, Confusion: confusion,
		Accuracy: Float(confusion.Accuracy()), BalancedAccuracy: Float(confusion.BalancedAccuracy()),
		MCC: Float(confusion.MCC()), CohenKappa: Float(confusion.CohenKappa()),
		LogLoss: Float(LogLoss(p, truth)), BrierMulti: Float(BrierMulti(p, truth)),
		Calibration: Calibrate(confidence, right),
	}
	if len(labels) == 2 {
		r.Binary = measureBinary(p, truth)
	} else {
		r.Multiclass = measureMulticlass(p, truth)
	}
	return r, nil
}

func measureBinary(p Probabilities, truth []int) *Binary {
	scores, positive := p.column(1), make([]bool, len(truth))
	for row, t := range truth {
		positive[row] = t == 1
	}
	return &Binary{
		ROCAUC: Float(ROCAUC(scores, positive)), AveragePrecision: Float(AveragePrecision(scores, positive)),
		Brier: Float(Brier(scores, positive)), CalibrationPositive: Calibrate(scores, positive),
	}
}

func measureMulticlass(p Probabilities, truth []int) *Multiclass {
	support := make([]float64, p.Classes)
	for _, t := range truth {
		support[t]++
	}
	areas, precisions := make([]float64, p.Classes), make([]float64, p.Classes)
	weighted := make([]float64, p.Classes)
	for k, steps := range oneVersusRest(p, truth) {
		areas[k], precisions[k] = rocAUC(steps), averagePrecision(steps)
		if support[k] > 0 { // a class without rows has no area, but no weight either
			weighted[k] = areas[k] * support[k]
		}
	}
	return &Multiclass{
		ROCAUCOneVsRestMacro: Float(mean(areas)), ROCAUCOneVsRestWeighted: Float(sum(weighted) / sum(support)),
		ROCAUCOneVsOneMacro: Float(oneVersusOne(p, truth)), AveragePrecisionMacro: Float(mean(precisions)),
	}
}

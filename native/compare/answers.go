package compare

import (
	"math"

	"github.com/lorica-go/lorica/native/metrics"
)

// answers are a candidate's answers to all rows, by the classes that are measured.
type answers struct {
	metrics.Answers
	// labels are what the candidate says in its own words where the class is None, "" for no answer; other rows are "" too.
	labels []string
	// logits [rows, classes]; nil where they are not known, or where the candidate's labels are not those measured one for one.
	logits [][]float64
}

// newAnswers returns room for rows. Probabilities have one class more than is measured, the last: that of all other labels. Their
// room is got with the first of them, since many files have none.
func newAnswers(rows, classes int) *answers {
	a := &answers{labels: make([]string, rows), logits: make([][]float64, rows)}
	a.Predicted, a.Confidence = make([]int, rows), make([]float64, rows)
	a.Probabilities = &metrics.Probabilities{Classes: classes + 1}
	return a
}

// place is the class's column of the probabilities.
func (a *answers) place(class int) int {
	if class == metrics.None {
		return a.Probabilities.Classes - 1
	}
	return class
}

// add sets a row whose labels have these classes and probabilities. Labels of one class add up.
func (a *answers) add(row, predicted int, classes []int, probabilities []float64) {
	if a.Probabilities.P == nil {
		a.Probabilities.P = make([]float64, len(a.Predicted)*a.Probabilities.Classes)
	}
	p := a.Probabilities.Row(row)
	for i, class := range classes {
		p[a.place(class)] += probabilities[i]
	}
	a.Predicted[row], a.Confidence[row] = predicted, min(1, p[a.place(predicted)])
}

// byClass puts logits into the order of the classes; nil unless there is one for each class, and nothing else.
func byClass(logits []float64, of []int, classes int) []float64 {
	if len(of) != classes {
		return nil
	}
	ordered := make([]float64, classes)
	seen := make([]bool, classes)
	for i, class := range of {
		if class == metrics.None || seen[class] {
			return nil
		}
		seen[class], ordered[class] = true, logits[i]
	}
	return ordered
}

// finish drops what is not known of all rows, and the column of other labels where none has a part of it.
func (a *answers) finish(haveProbabilities, haveConfidence bool) {
	for _, l := range a.logits {
		if l == nil {
			a.logits = nil
			break
		}
	}
	if !haveConfidence {
		a.Confidence = nil
	}
	if !haveProbabilities {
		a.Probabilities = nil
		return
	}
	other := 0.0
	last := a.Probabilities.Classes - 1
	for row := range a.Predicted {
		other += a.Probabilities.At(row, last)
	}
	if other > 0 {
		return
	}
	narrow := metrics.Probabilities{Classes: last}
	for row := range a.Predicted {
		narrow.P = append(narrow.P, a.Probabilities.Row(row)[:last]...)
	}
	a.Probabilities = &narrow
}

// score is the probability of a row's answer, NaN where it is not known.
func (a *answers) score(row int) float64 {
	if a.Confidence == nil {
		return math.NaN()
	}
	return a.Confidence[row]
}

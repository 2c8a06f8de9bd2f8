package compare

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/metrics"
)

// measure measures every candidate and compares every two.
func (r *run) measure(ctx context.Context) error {
	truth, classes := r.set.Classes, r.labels.Len()
	var predicted [][]int
	for _, o := range r.result.Outcomes {
		var err error
		if o.Report, err = metrics.Measure(truth, o.answers.Answers, r.labels.Names()); err != nil {
			return fmt.Errorf("%s: %w", o.Name, err)
		}
		if logits := o.answers.scalable(classes); logits != nil {
			if o.Temperature, err = metrics.FitTemperature(logits, truth, classes); err != nil {
				return fmt.Errorf("%s: %w", o.Name, err)
			}
		}
		predicted = append(predicted, o.answers.Predicted)
	}
	resamples, err := metrics.Resample(ctx, truth, predicted, classes, r.Resamples, r.Seed)
	if err != nil {
		return err
	}
	var p []float64
	for b, ob := range r.result.Outcomes {
		ob.Accuracy, ob.MacroF1 = resamples.Intervals(b)
	}
	for a, oa := range r.result.Outcomes {
		for b := a + 1; b < len(predicted); b++ {
			pair, err := newPair(truth, oa, r.result.Outcomes[b])
			if err != nil {
				return err
			}
			pair.Bootstrap = resamples.Compare(a, b)
			r.result.Pairs = append(r.result.Pairs, *pair)
			p = append(p, float64(pair.P))
		}
	}
	for i, adjusted := range metrics.Holm(p) {
		r.result.Pairs[i].Holm = metrics.Float(adjusted)
	}
	return nil
}

// scalable returns the logits that a temperature can be fitted to, or the logarithms of probabilities, which do as well; nil
// where neither is known for every row and class.
func (a *answers) scalable(classes int) [][]float64 {
	if a.logits != nil || a.Probabilities == nil || a.Probabilities.Classes != classes {
		return a.logits
	}
	logits := make([][]float64, a.Probabilities.Rows())
	for row := range logits {
		for _, p := range a.Probabilities.Row(row) {
			if p <= 0 {
				return nil
			}
			logits[row] = append(logits[row], math.Log(p))
		}
	}
	return logits
}

func newPair(truth []int, a, b *Outcome) (*Pair, error) {
	m, err := metrics.NewMcNemar(truth, a.answers.Predicted, b.answers.Predicted)
	if err != nil {
		return nil, err
	}
	pair := &Pair{A: a.Name, B: b.Name, McNemar: *m}
	for row, t := range truth {
		rightA, rightB := a.answers.Predicted[row] == t, b.answers.Predicted[row] == t
		if rightA && rightB {
			pair.BothRight++
		}
		if !rightA && !rightB {
			pair.BothWrong++
		}
		if a.answers.same(&b.answers, row) {
			pair.SameLabel++
		}
	}
	return pair, nil
}

// same reports whether both give a row one label, or none.
func (a *answers) same(b *answers, row int) bool {
	return a.Predicted[row] == b.Predicted[row] && a.labels[row] == b.labels[row]
}

// differences finds the rows that not all candidates give the same label.
func (r *run) differences() {
	type surest struct {
		Difference
		score float64 // of the surest wrong answer; below 0 where none is known
	}
	found := []surest{}
	outcomes := r.result.Outcomes
	for i := range r.set.Rows {
		if !slices.ContainsFunc(outcomes[1:], func(o *Outcome) bool { return !o.answers.same(&outcomes[0].answers, i) }) {
			continue
		}
		row := &r.set.Rows[i]
		d := surest{Difference{Row: i, Line: row.Line, ID: row.ID, Label: r.labels.Name(r.set.Classes[i]), Text: excerpt(row)}, -1}
		for _, o := range outcomes {
			a := Answer{Label: o.answers.labels[i], Score: metrics.Float(o.answers.score(i)), Right: o.answers.Predicted[i] == r.set.Classes[i]}
			if class := o.answers.Predicted[i]; class != metrics.None {
				a.Label = r.labels.Name(class)
			}
			if !a.Right && float64(a.Score) > d.score { // a NaN is not
				d.score = float64(a.Score)
			}
			d.Answers = append(d.Answers, a)
		}
		found = append(found, d)
	}
	slices.SortStableFunc(found, func(a, b surest) int { return cmp.Compare(b.score, a.score) })
	r.result.Differences = make([]Difference, len(found))
	for i := range found {
		r.result.Differences[i] = found[i].Difference
	}
}

// maxExcerpt bounds what of a row's text goes into the result, in runes.
const maxExcerpt = 300

// excerpt is the beginning of a row's text, or of its ids where it has no text.
func excerpt(row *data.Row) string {
	text := row.Text
	if text == "" && row.InputIDs != nil {
		text = strings.Trim(fmt.Sprint(row.InputIDs[:min(len(row.InputIDs), maxExcerpt)]), "[]")
	}
	runes := 0
	for i := range text {
		if runes++; runes > maxExcerpt {
			return strings.TrimRight(text[:i], " \n") + "…"
		}
	}
	return text
}

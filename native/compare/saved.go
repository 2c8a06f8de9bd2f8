package compare

import (
	"errors"
	"fmt"
	"math"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/metrics"
	"github.com/lorica-go/lorica/native/predictions"
)

// saved is a file of predictions, matched with the rows.
type saved struct {
	outcome *Outcome
	file    *predictions.File
	matched []*predictions.Prediction // of each row; nil where there is none
}

// readSaved reads a file of predictions and matches it.
func (r *run) readSaved(o *Outcome, t *predictions.Target) error {
	file, all, err := predictions.Read(o.Path, t.Most(), data.Options{IDField: r.Read.IDField, Stdin: r.Read.Stdin})
	if err != nil {
		return err
	}
	matched, err := file.Match(t, all)
	if err != nil {
		return err
	}
	for i, p := range matched {
		if p != nil && !p.Answered() {
			matched[i] = nil
		}
	}
	r.saved = append(r.saved, &saved{o, file, matched})
	return nil
}

// settleMissing does with rows without a prediction what the configuration wants.
func (r *run) settleMissing() error {
	var keep []int
	for i := range r.set.Rows {
		answered := true
		for _, s := range r.saved {
			if s.matched[i] != nil {
				continue
			}
			answered = false
			s.outcome.Missing++
			if s.outcome.Missing > 1 || r.Missing != MissingError {
				continue
			}
			missing := 0
			for _, p := range s.matched {
				if p == nil {
					missing++
				}
			}
			return badinput.Errorf("%s: no prediction for %d of %d rows, the first of which is line %d of %s; --missing wrong counts them as wrong, --missing drop leaves them out for all",
				s.file.Name, missing, r.set.Len(), r.set.Rows[i].Line, r.set.File)
		}
		if answered {
			keep = append(keep, i)
		}
	}
	if r.Missing != MissingDrop || len(keep) == r.set.Len() {
		return nil
	}
	if len(keep) == 0 {
		return badinput.Errorf("%s: no row has a prediction of every candidate", r.set.File)
	}
	r.result.Data.Dropped = r.set.Len() - len(keep)
	r.set = r.set.Select(keep)
	for _, s := range r.saved {
		kept := make([]*predictions.Prediction, len(keep))
		for i, row := range keep {
			kept[i] = s.matched[row]
		}
		s.matched, s.outcome.Missing = kept, 0
	}
	return nil
}

// answer turns the predictions into answers.
func (s *saved) answer(r *run) error {
	a := newAnswers(r.set.Len(), r.labels.Len())
	reader := savedReader{labelling{s.outcome.Name, r.labels, r.Renames}, a, true, true}
	for row, p := range s.matched {
		if p == nil {
			a.Predicted[row], a.Confidence[row], reader.probabilities = metrics.None, math.NaN(), false
			continue
		}
		err := reader.checkTruth(p, &r.set.Rows[row], r.set.Classes[row])
		if err == nil {
			err = reader.read(row, p)
		}
		if err != nil {
			return badinput.Errorf("%w", &data.RowError{File: s.file.Name, Line: p.Line, Err: err})
		}
	}
	a.finish(reader.probabilities, reader.confidence)
	s.outcome.answers = *a
	return nil
}

// savedReader reads the answers of one file.
type savedReader struct {
	labelling
	answers                   *answers
	probabilities, confidence bool // known of all rows so far
}

// checkTruth compares what the file takes for the true label with the data's.
func (s *savedReader) checkTruth(p *predictions.Prediction, row *data.Row, class int) error {
	if p.Truth.Kind == data.NoLabel {
		return nil
	}
	truth, err := s.class(p.Truth)
	if err != nil {
		return fmt.Errorf("true label: %w; %s", err, mapHint)
	}
	if truth != class {
		return fmt.Errorf("the true label is %s here and %s on line %d of the data: these are predictions of other rows", p.Truth, row.Label, row.Line)
	}
	return nil
}

// distribution are a row's labels with their probabilities, and their logits where those are known.
type distribution struct {
	classes       []int
	spelled       []string
	probabilities []float64
	logits        []float64
}

// read reads one row.
func (s *savedReader) read(row int, p *predictions.Prediction) error {
	d, err := s.distribution(p)
	if err != nil {
		return err
	}
	predicted := metrics.None
	label := p.Label
	switch {
	case label.Kind == data.NoLabel:
		best := metrics.Argmax(d.probabilities)
		predicted, s.answers.labels[row] = d.classes[best], d.spelled[best]
	default:
		if predicted, err = s.class(label); err != nil {
			return fmt.Errorf("label: %w; %s", err, mapHint)
		}
		s.answers.labels[row] = spelling(label)
	}
	if predicted != metrics.None {
		s.answers.labels[row] = ""
	}
	if d == nil && s.labels.Len() == 2 && !math.IsNaN(p.Score) && predicted != metrics.None {
		if p.Score < 0.5-1e-6 {
			return fmt.Errorf("the score of the label that the row is given is %v, though of two labels it has one half at least; give \"scores\" of both", p.Score)
		}
		d = &distribution{classes: []int{predicted, 1 - predicted}, probabilities: []float64{p.Score, 1 - p.Score}}
	}
	if d == nil {
		s.probabilities = false
		s.confidence = s.confidence && !math.IsNaN(p.Score)
		s.answers.Predicted[row], s.answers.Confidence[row] = predicted, p.Score
		return nil
	}
	s.answers.add(row, predicted, d.classes, d.probabilities)
	if d.logits != nil {
		s.answers.logits[row] = byClass(d.logits, d.classes, s.labels.Len())
	}
	return nil
}

// near is how far probabilities that are written twice may be from each other.
const near = 0.02

// distribution returns a row's scores; nil where there are none for all labels.
func (s *savedReader) distribution(p *predictions.Prediction) (*distribution, error) {
	values, what := p.Scores, "scores"
	if values == nil {
		values, what = p.Logits, "logits"
	}
	if values == nil {
		return nil, nil
	}
	d := &distribution{probabilities: values.Values}
	if err := s.classesOf(d, values, what); err != nil {
		return nil, err
	}
	if p.Logits != nil {
		logits, err := metrics.Softmax([][]float64{p.Logits.Values}, len(p.Logits.Values))
		if err != nil {
			return nil, err
		}
		d.logits = p.Logits.Values
		switch {
		case p.Scores == nil:
			d.probabilities = logits.P
		case !sameLabels(p.Logits.Labels, p.Scores.Labels):
			return nil, errors.New("scores and logits have different labels, or another order")
		default:
			for i, v := range p.Scores.Values {
				if math.Abs(v-logits.P[i]) > near {
					return nil, fmt.Errorf("the scores are not the softmax of the logits: %s has %v, the logits give %.4g", d.spelled[i], v, logits.P[i])
				}
			}
		}
	}
	if values.Labels == nil && p.Label.Kind != data.NoLabel {
		class, err := s.class(p.Label)
		if best := metrics.Argmax(d.probabilities); err == nil && class >= 0 && class != best && d.probabilities[best] > d.probabilities[class]+near {
			return nil, fmt.Errorf("the label is %s, the largest of the %s is the one in the place of %q: a list has the order %s", p.Label, what, d.spelled[best], listed(d.spelled))
		}
	}
	return d, nil
}

// classesOf finds the classes that values belong to.
func (s *savedReader) classesOf(d *distribution, v *predictions.Values, what string) error {
	if v.Labels == nil {
		if len(v.Values) != s.labels.Len() {
			return fmt.Errorf("a list of %d %s for the %d labels %s", len(v.Values), what, s.labels.Len(), listed(s.labels.Names()))
		}
		for k, name := range s.labels.Names() {
			d.classes, d.spelled = append(d.classes, k), append(d.spelled, name)
		}
		return nil
	}
	seen := map[string]bool{}
	for _, label := range v.Labels {
		class, err := s.class(label)
		if err != nil {
			return fmt.Errorf("%s: %w; %s", what, err, mapHint)
		}
		spelled := spelling(label)
		if seen[spelled] {
			return fmt.Errorf("%s: the label %q stands twice", what, spelled)
		}
		seen[spelled] = true
		d.classes, d.spelled = append(d.classes, class), append(d.spelled, spelled)
	}
	return nil
}

func sameLabels(a, b []data.Label) bool {
	if len(a) != len(b) || (a == nil) != (b == nil) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

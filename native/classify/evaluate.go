package classify

import (
	"context"
	"io"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/metrics"
	"github.com/lorica-go/lorica/native/predictions"
)

// Evaluation is a labelled set with a classifier's answers to it.
type Evaluation struct {
	Report  *metrics.Report
	Answers []Answer // in the order of the set
	Result  Result
}

// Evaluate classifies a labelled set, whose classes have to be the classifier's labels, and measures the answers. progress,
// when not nil, is told how many rows and tokens are done. Errors are those of Run.
func Evaluate(ctx context.Context, c encoder.TextClassifier, set *data.Set, progress func(rows, tokens int)) (*Evaluation, error) {
	answers, result, err := Set(ctx, c, set, progress)
	if err != nil {
		return nil, err
	}
	logits := make([][]float32, len(answers))
	for i := range answers {
		logits[i] = answers[i].Logits
	}
	e := &Evaluation{Answers: answers, Result: result}
	e.Report, err = metrics.Evaluate(logits, set.Classes, c.Labels())
	return e, err
}

// Set classifies all rows of a set. progress, when not nil, is told how many rows and tokens are done. Errors are those of Run.
func Set(ctx context.Context, c encoder.TextClassifier, set *data.Set, progress func(rows, tokens int)) ([]Answer, Result, error) {
	all, tokens := make([]Answer, 0, set.Len()), 0
	result, err := Run(ctx, c, &rowSource{rows: set.Rows}, Options{File: set.File}, func(answers []Answer) error {
		for _, a := range answers {
			tokens += a.Tokens
		}
		all = append(all, answers...)
		if progress != nil {
			progress(len(all), tokens)
		}
		return nil
	})
	return all, result, err
}

// rowSource is a stream.Source of rows in memory.
type rowSource struct{ rows []data.Row }

func (s *rowSource) Next() (data.Row, error) {
	if len(s.rows) == 0 {
		return data.Row{}, io.EOF
	}
	row := s.rows[0]
	s.rows = s.rows[1:]
	return row, nil
}

func (s *rowSource) Skipped() int { return 0 }

// WritePredictions writes a JSON object a row of the set that was evaluated, in its order; labels are the classifier's.
func (e *Evaluation) WritePredictions(w io.Writer, set *data.Set, labels []string) error {
	lines := make([]predictions.Line, len(e.Answers))
	for i := range e.Answers {
		a := &e.Answers[i]
		lines[i] = predictions.Line{
			Row: i, Line: a.Row.Line, Label: set.Labels.Name(set.Classes[i]), Predicted: a.Label, Score: a.Score,
			Scores: predictions.Scores{Labels: labels, Values: a.Scores}, Logits: a.Logits,
		}
	}
	return predictions.Write(w, lines)
}

package classify

import (
	"context"
	"encoding/json"
	"io"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/metrics"
)

// Evaluation is a labelled set with a classifier's answers to it.
type Evaluation struct {
	Report  *metrics.Report
	Answers []Answer // in the order of the set
	Result  Result
}

// Evaluate classifies a labelled set, whose classes have to be the classifier's labels, and measures the answers. progress,
// when not nil, is told how many rows and tokens are done. Errors are those of Run.
func Evaluate(ctx context.Context, c *encoder.Classifier, set *data.Set, progress func(rows, tokens int)) (*Evaluation, error) {
	e := &Evaluation{Answers: make([]Answer, 0, set.Len())}
	logits := make([][]float32, 0, set.Len())
	tokens := 0
	var err error
	e.Result, err = Run(ctx, c, &rowSource{rows: set.Rows}, Options{File: set.File}, func(answers []Answer) error {
		for _, a := range answers {
			logits = append(logits, a.Logits)
			tokens += a.Tokens
		}
		e.Answers = append(e.Answers, answers...)
		if progress != nil {
			progress(len(e.Answers), tokens)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	e.Report, err = metrics.Evaluate(logits, set.Classes, c.Labels())
	return e, err
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

// prediction is a line of what WritePredictions writes.
type prediction struct {
	Row       int       `json:"row"`  // position in the set, from 0
	Line      int       `json:"line"` // of the file, from 1
	Label     string    `json:"label"`
	Predicted string    `json:"predicted"`
	Score     float64   `json:"score"` // of the predicted label
	Logits    []float32 `json:"logits"`
}

// WritePredictions writes a JSON object a row of the set that was evaluated, in its order.
func (e *Evaluation) WritePredictions(w io.Writer, set *data.Set) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for i := range e.Answers {
		a := &e.Answers[i]
		p := prediction{i, a.Row.Line, set.Labels.Name(set.Classes[i]), a.Label, a.Score, a.Logits}
		if err := enc.Encode(p); err != nil {
			return err
		}
	}
	return nil
}

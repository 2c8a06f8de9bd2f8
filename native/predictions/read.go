package predictions

import (
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
)

// The fields of a row.
const (
	predictedField = "predicted"
	labelField     = "label"
	scoreField     = "score"
	scoresField    = "scores"
	logitsField    = "logits"
	rowField       = "row"
	lineField      = "line"
)

// File is a file of predictions.
type File struct {
	Name        string
	Predictions []Prediction
}

// Prediction is what a classifier says of a row.
type Prediction struct {
	Line   int        // of the file of predictions, from 1
	Label  data.Label // NoLabel where the row has no answer, or has scores or logits alone
	Truth  data.Label // what the file takes for the true label; NoLabel where it does not say
	Score  float64    // probability of Label; NaN where it is not known
	Scores *Values    // nil where they are not known
	Logits *Values
	Row    int    // -1 where it is not known
	AtLine int    // line of the row in the data; 0 where it is not known
	ID     string // what data.Options.IDField says
}

// Answered reports whether there is a label, or what gives one.
func (p *Prediction) Answered() bool {
	return p.Label.Kind != data.NoLabel || p.Scores != nil || p.Logits != nil
}

// Values are numbers that belong to labels.
type Values struct {
	Labels []data.Label // nil: they are in the order of the labels, whatever those are
	Values []float64
}

// Read reads a file, or standard input for "-". o says the format, the limits and the column of ids. Of more than most
// predictions only the first most+1 are kept, and the number of all is returned beside them. An error that a row caused names
// file and line.
func Read(path string, most int, o data.Options) (f *File, all int, err error) {
	r, err := data.OpenRecords(path, o)
	if err != nil {
		return nil, 0, err
	}
	f, all, err = read(r, most, o.IDField)
	if closed := r.Close(); err == nil && closed != nil {
		err = badinput.Errorf("%s: %w", f.Name, closed)
	}
	return f, all, err
}

func read(r *data.Records, most int, idField string) (*File, int, error) {
	f := &File{Name: r.Name()}
	for all := 0; ; all++ {
		rec, err := r.Next()
		if err == io.EOF {
			if all == 0 {
				return nil, 0, badinput.Errorf("%s: no predictions", f.Name)
			}
			return f, all, nil
		}
		if err != nil {
			return nil, 0, err
		}
		p, err := parse(rec, idField)
		if err != nil {
			return nil, 0, rec.Error(err)
		}
		if all <= most {
			f.Predictions = append(f.Predictions, p)
		}
	}
}

// parse makes a prediction of a record.
func parse(rec data.Record, idField string) (Prediction, error) {
	p := Prediction{Line: rec.Line(), Score: math.NaN(), Row: -1}
	var err error
	if !rec.Has(predictedField) && !rec.Has(labelField) && !rec.Has(scoresField) && !rec.Has(logitsField) {
		return p, fmt.Errorf("no field %q, %q, %q or %q; columns here: %s", predictedField, labelField, scoresField, logitsField, rec.Names())
	}
	into := &p.Label
	if rec.Has(predictedField) {
		into = &p.Truth
		if v, ok := rec.Field(predictedField); ok {
			if p.Label, err = v.Label(); err != nil {
				return p, err
			}
		}
	}
	if v, ok := rec.Field(labelField); ok {
		if *into, err = v.Label(); err != nil {
			return p, err
		}
	}
	for _, number := range []struct {
		field string
		into  *int
	}{{rowField, &p.Row}, {lineField, &p.AtLine}} {
		if v, ok := rec.Field(number.field); ok {
			if *number.into, err = v.Whole(); err != nil {
				return p, err
			}
		}
	}
	if idField != "" {
		v, ok := rec.Field(idField)
		if !ok {
			return p, fmt.Errorf("no field %q; columns here: %s", idField, rec.Names())
		}
		if p.ID, err = v.ID(); err != nil {
			return p, err
		}
	}
	return p, p.parseScores(rec)
}

// parseScores reads the numbers.
func (p *Prediction) parseScores(rec data.Record) error {
	var err error
	if v, ok := rec.Field(scoreField); ok {
		if p.Score, err = v.Number(); err != nil {
			return err
		}
		if p.Score < 0 || p.Score > 1 {
			return fmt.Errorf("field %q: %v is no probability", scoreField, p.Score)
		}
	}
	if v, ok := rec.Field(scoresField); ok {
		if p.Scores, err = values(v); err != nil {
			return err
		}
		if err := p.Scores.areProbabilities(); err != nil {
			return fmt.Errorf("field %q: %w", scoresField, err)
		}
	}
	if v, ok := rec.Field(logitsField); ok {
		if p.Logits, err = values(v); err != nil {
			return err
		}
	}
	if p.Logits != nil && p.Scores != nil && p.Logits.Labels == nil {
		if len(p.Logits.Values) != len(p.Scores.Values) {
			return fmt.Errorf("%d logits, but %d scores", len(p.Logits.Values), len(p.Scores.Values))
		}
		p.Logits.Labels = p.Scores.Labels
	}
	return nil
}

// maxLabels bounds how many labels a row has scores for.
const maxLabels = 100_000

// values reads an object of numbers, a list of them, or a list of objects with label and score.
func values(v data.Value) (*Values, error) {
	if !v.IsList() {
		members, err := v.Members()
		if err != nil {
			return nil, err
		}
		all := &Values{Labels: []data.Label{}}
		for _, m := range members {
			x, err := m.Number()
			if err != nil {
				return nil, fmt.Errorf("field %q: %w", v.Name(), err)
			}
			all.Labels, all.Values = append(all.Labels, data.NameValue(m.Name())), append(all.Values, x)
		}
		return all, all.check(v.Name())
	}
	list, err := v.List()
	if err != nil {
		return nil, err
	}
	all := &Values{}
	for _, item := range list {
		if x, err := item.Number(); err == nil && all.Labels == nil {
			all.Values = append(all.Values, x)
			continue
		}
		label, score, err := labelledScore(item)
		if err != nil {
			return nil, err
		}
		if len(all.Labels) != len(all.Values) {
			return nil, fmt.Errorf("field %q: numbers and objects", v.Name())
		}
		all.Labels, all.Values = append(all.Labels, label), append(all.Values, score)
	}
	return all, all.check(v.Name())
}

// labelledScore reads {"label": ..., "score": ...}, as pipelines of transformers write it.
func labelledScore(v data.Value) (label data.Label, score float64, err error) {
	members, err := v.Members()
	if err != nil {
		return label, 0, fmt.Errorf("field %q: want a number, or an object with label and score", v.Name())
	}
	found := 0
	for _, m := range members {
		switch m.Name() {
		case labelField:
			label, err = m.Label()
			found++
		case scoreField:
			score, err = m.Number()
			found++
		}
		if err != nil {
			return label, 0, fmt.Errorf("field %q: %w", v.Name(), err)
		}
	}
	if found != 2 {
		return label, 0, fmt.Errorf("field %q: want an object with label and score", v.Name())
	}
	return label, score, nil
}

func (v *Values) check(field string) error {
	if len(v.Values) == 0 || len(v.Values) > maxLabels {
		return fmt.Errorf("field %q: %d values", field, len(v.Values))
	}
	return nil
}

// sumTolerance is how far rounded probabilities may miss a sum of 1.
const sumTolerance = 0.02

func (v *Values) areProbabilities() error {
	sum := 0.0
	for _, x := range v.Values {
		if x < 0 || x > 1 {
			return fmt.Errorf("%v is no probability", x)
		}
		sum += x
	}
	if math.Abs(sum-1) > sumTolerance {
		return fmt.Errorf("the probabilities of %d labels add up to %.4g; those of all labels add up to 1", len(v.Values), sum)
	}
	return nil
}

var errBothRows = errors.New("some predictions have a row number, others have none")

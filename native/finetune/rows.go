package finetune

import (
	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/train"
)

// halves are the rows of a run.
type halves struct {
	train, eval *data.Set
	leaks       *data.LeakReport // nil when there is nothing to evaluate on
	dropped     int
}

// loadRows reads, splits and checks the rows.
func (c *Config) loadRows() (*halves, error) {
	labels, err := c.labels()
	if err != nil {
		return nil, err
	}
	h := &halves{}
	all, err := data.Load(c.Data, labels, c.Read)
	if err != nil {
		return nil, err
	}
	h.train, err = pick(all, c.Rows)
	if err != nil {
		return nil, err
	}
	switch {
	case c.EvalData != "":
		if h.eval, err = data.Load(c.EvalData, all.Labels, c.Read); err == nil {
			h.eval, err = pick(h.eval, c.EvalRows)
		}
	case c.EvalRows != "":
		h.eval, err = pick(all, c.EvalRows)
	case c.TestSize != (data.Size{}):
		err = c.split(h)
	}
	if err != nil || h.eval == nil {
		return h, err
	}
	if h.leaks, err = data.FindLeaks(h.train, h.eval, 0); err != nil {
		return nil, err
	}
	if c.DropLeaks {
		h.dropped = len(h.leaks.TrainRows)
		h.train = h.train.Without(h.leaks.TrainRows)
	}
	if h.train.Len() == 0 {
		return nil, badinput.Errorf("%s: no training rows are left", c.Data)
	}
	return h, nil
}

// labels returns the names that are known before the data are read: the caller's, the adapter's or the model's; nil leaves it
// to the data.
func (c *Config) labels() (*data.Labels, error) {
	names := c.Labels
	if names == nil {
		var err error
		if names, err = native.ModelLabels(c.Model, c.InitAdapter); err != nil {
			return nil, err
		}
	}
	if names == nil {
		return nil, nil
	}
	return data.NewLabels(names...)
}

// pick takes the rows that a list names, or all.
func pick(s *data.Set, list string) (*data.Set, error) {
	if list == "" {
		return s, nil
	}
	rows, err := data.ReadRowList(list)
	if err != nil {
		return nil, err
	}
	return s.Take(rows)
}

// split divides the rows in two.
func (c *Config) split(h *halves) error {
	all := h.train
	s := data.SplitConfig{Library: data.HFDatasets, Test: c.TestSize, Seed: c.SplitSeed}
	switch c.Split {
	case SplitSklearn:
		s.Library = data.ScikitLearn
	case SplitStratified:
		s.Stratify = all.Classes
	}
	parts, err := data.TrainTestSplit(all.Len(), s)
	if err != nil {
		return badinput.Errorf("%s: %w", c.Data, err)
	}
	h.train, h.eval = all.Select(parts.Train), all.Select(parts.Test)
	return nil
}

// input is a row as a classifier takes it.
func input(row *data.Row) encoder.Input {
	return encoder.Input{Text: row.Text, IDs: row.InputIDs, TypeIDs: row.TokenTypeIDs}
}

// examples tokenises a set. It returns how many tokens there are and how many rows were cut.
func examples(c *encoder.Classifier, s *data.Set) (all []train.Example, tokens, truncated int, err error) {
	for i := range s.Rows {
		e, err := c.Encode(input(&s.Rows[i]))
		if err != nil {
			return nil, 0, 0, badinput.Errorf("%w", &data.RowError{File: s.File, Line: s.Rows[i].Line, Err: err})
		}
		all = append(all, train.Example{IDs: e.IDs, TypeIDs: e.TypeIDs, Label: int32(s.Classes[i])})
		tokens += len(e.IDs)
		if e.Truncated {
			truncated++
		}
	}
	return all, tokens, truncated, nil
}

package finetune

import (
	"context"
	"slices"

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
	skipped     int              // bad rows of the files
	dropped     int              // training rows left out because of leaks
}

// loadRows reads, splits and checks the rows.
func (c *Config) loadRows() (*halves, error) {
	labels, err := c.labels()
	if err != nil {
		return nil, err
	}
	all, err := data.Load(c.Data, labels, c.Read)
	if err != nil {
		return nil, err
	}
	h := &halves{skipped: all.Skipped}
	if h.train, err = pick(all, c.Rows); err != nil {
		return nil, err
	}
	switch {
	case c.EvalData != "":
		err = c.loadEval(h, all.Labels)
	case c.EvalRows != "":
		err = c.pickEval(h, all)
	case c.TestSize != (data.Size{}):
		err = c.split(h)
	}
	if err == nil {
		err = c.findLeaks(h)
	}
	if err != nil {
		return nil, err
	}
	return h, c.checkTraining(h.train)
}

// loadEval reads the evaluation rows from a file of their own. A label that the training file has not is a bad row.
func (c *Config) loadEval(h *halves, labels *data.Labels) error {
	all, err := data.Load(c.EvalData, labels, c.Read)
	if err != nil {
		return err
	}
	h.skipped += all.Skipped
	h.eval, err = pick(all, c.EvalRows)
	return err
}

// pickEval takes the evaluation rows out of the training file, and trains on the others when nothing else is said.
func (c *Config) pickEval(h *halves, all *data.Set) error {
	rows, err := data.ReadRowList(c.EvalRows)
	if err != nil {
		return err
	}
	if h.eval, err = all.Take(rows); err != nil {
		return err
	}
	if c.Rows == "" {
		h.train = all.Without(slices.Compact(slices.Sorted(slices.Values(rows))))
	}
	return nil
}

// findLeaks looks for texts that stand in both halves.
func (c *Config) findLeaks(h *halves) error {
	if h.eval == nil {
		return nil
	}
	var err error
	if h.leaks, err = data.FindLeaks(h.train, h.eval, 0); err != nil {
		return err
	}
	if c.DropLeaks {
		h.dropped = len(h.leaks.TrainRows)
		h.train = h.train.Without(h.leaks.TrainRows)
	}
	return nil
}

// checkTraining returns an input error unless the rows are of two classes at least.
func (c *Config) checkTraining(s *data.Set) error {
	if s.Len() == 0 {
		return badinput.Errorf("%s: no training rows are left", s.File)
	}
	for _, class := range s.Classes {
		if class != s.Classes[0] {
			return nil
		}
	}
	return badinput.Errorf("%s: all %d training rows have the label %q: there is nothing to tell apart", s.File, s.Len(), s.Labels.Name(s.Classes[0]))
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
func examples(ctx context.Context, c *encoder.Classifier, s *data.Set) (all []train.Example, tokens, truncated int, err error) {
	for i := range s.Rows {
		if ctx.Err() != nil {
			return nil, 0, 0, context.Cause(ctx)
		}
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

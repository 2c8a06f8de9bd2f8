package finetune

import (
	"context"
	"errors"
	"strings"

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
	parts, err := c.Load(labels)
	if err != nil && c.mayHaveOtherLabels(err) {
		parts, err = c.loadOther(labels, err)
	}
	if err != nil {
		return nil, err
	}
	h := &halves{train: parts.Train, eval: parts.Eval, skipped: parts.Skipped}
	if err := c.findLeaks(h); err != nil {
		return nil, err
	}
	return h, c.checkTraining(h.train)
}

// mayHaveOtherLabels reports whether a label that the base does not know may be one of a task of its own: when nobody named the
// labels, the base is a bundle, and the rows can be read again.
func (c *Config) mayHaveOtherLabels(err error) bool {
	return errors.Is(err, data.ErrUnknownLabel) && c.Labels == nil && c.InitAdapter == "" && c.Data != "-" && native.IsBundle(c.Model)
}

// loadOther reads the rows with their own labels, if none of these is the bundle's; otherwise unknown, the error that was found with
// the bundle's, remains: a label among known ones is a mistake.
func (c *Config) loadOther(of *data.Labels, unknown error) (*data.Halves, error) {
	parts, err := c.Load(nil)
	if err != nil {
		return nil, unknown
	}
	for _, name := range parts.Train.Labels.Names() {
		for _, known := range of.Names() {
			if strings.EqualFold(name, known) {
				return nil, unknown
			}
		}
	}
	return parts, nil
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

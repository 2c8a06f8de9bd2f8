package compare

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/predictions"
)

// Run compares. Whatever is wrong with a file, a row or a model is an input error; it is found as early as can be, before any
// row is classified. The end of ctx is an error, its cause.
func Run(ctx context.Context, c Config) (result *Result, err error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	r := &run{Config: c, result: &Result{Version: c.Version, Resamples: c.Resamples, Seed: c.Seed, Notes: []string{}}}
	defer func() { err = errors.Join(err, r.close()) }()
	for _, candidate := range c.Candidates {
		r.result.Outcomes = append(r.result.Outcomes, &Outcome{Name: candidate.Name, Path: candidate.Path, Adapter: candidate.Adapter})
	}
	if err := r.prepare(); err != nil {
		return nil, err
	}
	if err := r.classify(ctx); err != nil {
		return nil, err
	}
	if err := r.measure(ctx); err != nil {
		return nil, err
	}
	r.differences()
	return r.result, nil
}

// run is a comparison in progress.
type run struct {
	Config
	result      *Result
	labels      *data.Labels // that are measured
	set         *data.Set    // the rows
	models      []*Outcome
	contestants []*contestant
	saved       []*saved
}

// prepare reads everything that can be wrong: labels, rows, predictions, models.
func (r *run) prepare() error {
	files := []*Outcome{}
	for i, o := range r.result.Outcomes {
		isModel, err := r.Candidates[i].isModel()
		switch {
		case err != nil:
			return err
		case isModel:
			r.models = append(r.models, o)
		case o.Adapter != "":
			return badinput.Errorf("%s: an adapter for a file of predictions", o.Name)
		default:
			files = append(files, o)
		}
	}
	target, err := r.load()
	if err != nil {
		return err
	}
	for _, o := range files {
		if err := r.readSaved(o, target); err != nil {
			return err
		}
	}
	if err := r.settleMissing(); err != nil {
		return err
	}
	for _, s := range r.saved {
		if err := s.answer(r); err != nil {
			return err
		}
	}
	d := &r.result.Data
	d.Rows, d.Labels, d.Counts, d.Digest = r.set.Len(), r.labels.Names(), r.set.Counts(), r.set.Digest()
	for _, o := range r.models {
		if err := r.open(o); err != nil {
			return err
		}
	}
	return r.checkTokens()
}

// load reads the rows, by the labels that are measured, and takes those that are wanted.
func (r *run) load() (*predictions.Target, error) {
	labels, from, err := r.measured()
	if err != nil {
		return nil, err
	}
	o := r.Read
	o.Logger = r.Logger
	all, err := data.Load(r.Data, labels, o)
	switch {
	case errors.Is(err, data.ErrUnknownLabel):
		return nil, fmt.Errorf("%w (%s); %s", err, from, mapHint)
	case err != nil:
		return nil, err
	case all.Labels.Len() > maxLabels:
		return nil, badinput.Errorf("%s: %d labels, more than the limit of %d: is this the label's column?", all.File, all.Labels.Len(), maxLabels)
	case all.Labels.Len() < 2:
		return nil, badinput.Errorf("%s: all rows have the label %q: there is nothing to tell apart; --labels names the others", all.File, all.Labels.Name(0))
	}
	target := &predictions.Target{All: all}
	r.labels, r.set = all.Labels, all
	if r.Rows != "" {
		if r.set, target.Numbers, err = all.TakeListed(r.Rows); err != nil {
			return nil, err
		}
	}
	r.result.Data = Data{File: all.File, RowList: r.Rows, Skipped: all.Skipped}
	return target, nil
}

// measured returns the labels that are measured, and in words where they come from. They are nil when the data have to tell.
func (r *run) measured() (labels *data.Labels, from string, err error) {
	names, from := r.Labels, "the labels that were given"
	for _, numbered := range []bool{false, true} { // names say more than numbers, which stand for them as well
		for _, o := range r.models {
			if names != nil {
				break
			}
			own, err := native.ModelLabels(o.Path, o.Adapter)
			if err != nil {
				return nil, "", err
			}
			own = measuredLabels(r.Renames, o.Name, own)
			if len(own) > 1 && slices.ContainsFunc(own, isNumber) == numbered {
				names, from = own, "the labels of "+o.Name
			}
		}
	}
	if names == nil {
		return nil, "", nil
	}
	labels, err = data.NewLabels(names...)
	if err == nil && labels.Len() < 2 {
		err = badinput.Errorf("labels: only %q; want two at least", names[0])
	}
	return labels, from, err
}

func isNumber(label string) bool {
	_, err := strconv.Atoi(label)
	return err == nil
}

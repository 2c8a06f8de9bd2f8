package dataset

import (
	"context"
	"fmt"
	"math"
	"os"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
)

// draw chooses the rows of each part: first those to test on, then, of the others and with the same seed, those to validate on.
func (d *divide) draw(context.Context) error {
	rows := make([]int, len(d.store.entries))
	for i := range rows {
		rows[i] = i
	}
	all := len(rows)
	if d.groups != nil {
		all = differing(d.groups)
	}
	var err error
	if d.parts[train], d.parts[test], err = d.cut(rows, d.Test); err != nil {
		return fmt.Errorf("%s: %w", d.Source, err)
	}
	if d.Validation == (data.Size{}) {
		return nil
	}
	share := d.Validation
	if share.Count == 0 {
		share = data.Size{Count: int(math.Ceil(share.Fraction * float64(all)))}
	}
	if d.parts[train], d.parts[validation], err = d.cut(d.parts[train], share); err != nil {
		return fmt.Errorf("%s: validation: %w", d.Source, err)
	}
	return nil
}

func differing(groups []string) int {
	seen := map[string]bool{}
	for _, g := range groups {
		seen[g] = true
	}
	return len(seen)
}

// cut parts rows in two.
func (d *divide) cut(rows []int, size data.Size) (rest, drawn []int, err error) {
	var split data.Split
	if d.groups != nil {
		groups := make([]string, len(rows))
		for i, at := range rows {
			groups[i] = d.groups[at]
		}
		split, err = data.GroupSplit(groups, size, d.Seed)
	} else {
		c := data.SplitConfig{Library: data.HFDatasets, Test: size, Seed: d.Seed}
		if d.Method == Sklearn || d.Method == SklearnStratified {
			c.Library = data.ScikitLearn
		}
		if d.Method == Stratified || d.Method == SklearnStratified {
			if c.Stratify, err = d.classesOf(rows); err != nil {
				return nil, nil, err
			}
		}
		split, err = data.TrainTestSplit(len(rows), c)
	}
	if err != nil {
		return nil, nil, err
	}
	return pick(rows, split.Train), pick(rows, split.Test), nil
}

// classesOf returns the classes of rows; an input error where a row has none.
func (d *divide) classesOf(rows []int) ([]int, error) {
	classes := make([]int, len(rows))
	for i, at := range rows {
		e := &d.store.entries[at]
		if e.spelling < 0 {
			return nil, badinput.Errorf("line %d: a row without a label cannot be split by label", e.line)
		}
		classes[i] = d.class[e.spelling]
	}
	return classes, nil
}

func pick(rows, at []int) []int {
	out := make([]int, len(at))
	for i, k := range at {
		out[i] = rows[k]
	}
	return out
}

// makeDir makes the folder of the parts.
func makeDir(path string) error {
	if err := os.MkdirAll(path, 0o777); err != nil {
		return badinput.Errorf("output folder: %w", err)
	}
	return nil
}

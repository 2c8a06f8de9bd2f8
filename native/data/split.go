package data

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
)

// Library names whose train_test_split is followed, row for row.
type Library string

// The libraries. HFDatasets is datasets.Dataset.train_test_split(test_size, seed), and ScikitLearn is
// sklearn.model_selection.train_test_split(test_size=..., random_state=seed).
const (
	HFDatasets  Library = "datasets"
	ScikitLearn Library = "sklearn"
)

// Size is a part of a data set: a fraction or, when Count is not 0, a number of rows.
type Size struct {
	Fraction float64 `json:"fraction,omitempty"`
	Count    int     `json:"count,omitempty"`
}

// ParseSize reads a test size as both libraries do: with a point (0.2) it is a fraction between 0 and 1, without (500)
// a number of rows.
func ParseSize(s string) (Size, error) {
	if n, err := strconv.Atoi(s); err == nil {
		if n <= 0 {
			return Size{}, badinput.Errorf("test size %s: want at least one row", s)
		}
		return Size{Count: n}, nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f > 0 && f < 1) || strings.ContainsAny(s, "xX") {
		return Size{}, badinput.Errorf("test size %q: want a fraction between 0 and 1, or a number of rows", s)
	}
	return Size{Fraction: f}, nil
}

// of returns how many of n rows the size stands for: fractions are rounded up.
func (s Size) of(n int) (int, error) {
	if s.Count != 0 {
		if s.Count < 0 || s.Count >= n {
			return 0, badinput.Errorf("split: %d test rows of %d leave nothing to train on", s.Count, n)
		}
		return s.Count, nil
	}
	if !(s.Fraction > 0 && s.Fraction < 1) {
		return 0, badinput.Errorf("split: a test size of %v; want a fraction between 0 and 1, or a number of rows", s.Fraction)
	}
	test := int(math.Ceil(s.Fraction * float64(n)))
	if test >= n {
		return 0, badinput.Errorf("split: %v of %d rows is %d test rows, which leaves nothing to train on", s.Fraction, n, test)
	}
	return test, nil
}

// SplitConfig says how to part rows into two halves. The zero value of Library means HFDatasets.
type SplitConfig struct {
	Library Library
	Test    Size
	Seed    uint64 // ScikitLearn takes 32 bits
	// Stratify, when not nil, holds a class for each row; the halves then have the same shares of each (as near as whole
	// rows allow): stratify_by_column and stratify=.
	Stratify []int
}

// Split lists the positions of the rows of each half, in the library's order.
type Split struct{ Train, Test []int }

// TrainTestSplit parts n rows.
func TrainTestSplit(n int, c SplitConfig) (Split, error) {
	test, err := c.Test.of(n)
	if err != nil {
		return Split{}, err
	}
	var lib library
	switch c.Library {
	case HFDatasets, "":
		lib = hfDatasets(c.Seed)
	case ScikitLearn:
		if c.Seed > math.MaxUint32 {
			return Split{}, badinput.Errorf("split: seed %d: scikit-learn's is at most %d", c.Seed, uint32(math.MaxUint32))
		}
		lib = scikitLearn(uint32(c.Seed))
	default:
		return Split{}, fmt.Errorf("split: unknown library %q; known: %s, %s", c.Library, HFDatasets, ScikitLearn)
	}
	if c.Stratify == nil {
		p := permute(identity(n), lib.src)
		return Split{Train: p[test:], Test: p[:test]}, nil
	}
	if len(c.Stratify) != n {
		return Split{}, fmt.Errorf("split: %d classes for %d rows", len(c.Stratify), n)
	}
	return lib.stratified(c.Stratify, n-test, test)
}

// Split parts the set. With stratify, the classes keep their shares in both halves.
func (s *Set) Split(c SplitConfig, stratify bool) (train, test *Set, err error) {
	if stratify {
		if s.Classes == nil {
			return nil, nil, badinput.Errorf("%s: rows without labels cannot be split by label", s.File)
		}
		c.Stratify = s.Classes
	}
	parts, err := TrainTestSplit(len(s.Rows), c)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", s.File, err)
	}
	return s.Select(parts.Train), s.Select(parts.Test), nil
}

package data

import (
	"slices"

	"github.com/lorica-go/lorica/internal/badinput"
)

// SplitMethod names a way to split rows in two, as a command line gives it.
type SplitMethod string

// The ways to split.
const (
	SplitDatasets   SplitMethod = "datasets"   // Hugging Face datasets' train_test_split
	SplitSklearn    SplitMethod = "sklearn"    // scikit-learn's train_test_split
	SplitStratified SplitMethod = "stratified" // datasets' with stratify_by_column
)

// ParseSplitMethod returns the method of that name.
func ParseSplitMethod(name string) (SplitMethod, error) {
	switch m := SplitMethod(name); m {
	case SplitDatasets, SplitSklearn, SplitStratified:
		return m, nil
	}
	return "", badinput.Errorf("split %q: want datasets, sklearn or stratified", name)
}

// Sources says which rows are trained on and which are measured on. Whatever is given the same Sources gets the same halves.
type Sources struct {
	// Data is the file of labelled rows; Rows, when not empty, picks some of them (ReadRowList).
	Data string `json:"data"`
	Rows string `json:"rows,omitempty"`
	// EvalData and EvalRows are the rows to evaluate on. EvalRows without EvalData picks them from Data; without Rows, all others
	// are then trained on. When both are empty the rows are split.
	EvalData string `json:"eval_data,omitempty"`
	EvalRows string `json:"eval_rows,omitempty"`
	// Split says how the rows are split when there is no evaluation data, and TestSize how large the evaluation half is; the
	// zero TestSize keeps all rows for training.
	Split     SplitMethod `json:"split"`
	TestSize  Size        `json:"test_size,omitzero"`
	SplitSeed uint64      `json:"split_seed"`
	// Read says how the files are read.
	Read Options `json:"-"`
}

// DefaultSources returns what the command line begins with: a fifth of the rows is held out.
func DefaultSources() Sources {
	return Sources{Split: SplitDatasets, TestSize: Size{Fraction: 0.2}, SplitSeed: 42}
}

// Halves are the rows to train on and those to evaluate on.
type Halves struct {
	Train, Eval *Set // Eval is nil when no row is held out
	// TrainNumbers and EvalNumbers are the rows' positions in their files, from 0, as row lists have them.
	TrainNumbers, EvalNumbers []int
	Skipped                   int // bad rows of the files, which have no number
}

// Load reads the files and parts their rows. labels are the classes; nil infers them from Data.
func (s *Sources) Load(labels *Labels) (*Halves, error) {
	all, err := Load(s.Data, labels, s.Read)
	if err != nil {
		return nil, err
	}
	h := &Halves{Skipped: all.Skipped}
	if h.Train, h.TrainNumbers, err = all.pick(s.Rows); err != nil {
		return nil, err
	}
	switch {
	case s.EvalData != "":
		err = s.loadEval(h, all.Labels)
	case s.EvalRows != "":
		err = s.pickEval(h, all)
	case s.TestSize != (Size{}):
		err = s.split(h)
	}
	if err != nil {
		return nil, err
	}
	return h, nil
}

// loadEval reads the evaluation rows from a file of their own. A label that the training file has not is a bad row.
func (s *Sources) loadEval(h *Halves, labels *Labels) error {
	all, err := Load(s.EvalData, labels, s.Read)
	if err != nil {
		return err
	}
	h.Skipped += all.Skipped
	h.Eval, h.EvalNumbers, err = all.pick(s.EvalRows)
	return err
}

// pickEval takes the evaluation rows out of the training file, and trains on the others when nothing else is said.
func (s *Sources) pickEval(h *Halves, all *Set) error {
	var err error
	if h.Eval, h.EvalNumbers, err = all.TakeListed(s.EvalRows); err != nil || s.Rows != "" {
		return err
	}
	held := slices.Compact(slices.Sorted(slices.Values(h.EvalNumbers)))
	h.Train = all.Without(held)
	h.TrainNumbers = slices.DeleteFunc(h.TrainNumbers, func(row int) bool {
		_, ok := slices.BinarySearch(held, row)
		return ok
	})
	return nil
}

// split divides the rows in two.
func (s *Sources) split(h *Halves) error {
	c := SplitConfig{Library: HFDatasets, Test: s.TestSize, Seed: s.SplitSeed}
	switch s.Split {
	case SplitSklearn:
		c.Library = ScikitLearn
	case SplitStratified:
		c.Stratify = h.Train.Classes
	}
	all, numbers := h.Train, h.TrainNumbers
	parts, err := TrainTestSplit(all.Len(), c)
	if err != nil {
		return badinput.Errorf("%s: %w", s.Data, err)
	}
	h.Train, h.TrainNumbers = all.Select(parts.Train), take(numbers, parts.Train)
	h.Eval, h.EvalNumbers = all.Select(parts.Test), take(numbers, parts.Test)
	return nil
}

// pick takes the rows that a list names, or all, and returns their numbers, too.
func (s *Set) pick(list string) (*Set, []int, error) {
	if list == "" {
		return s, identity(s.Len()), nil
	}
	return s.TakeListed(list)
}

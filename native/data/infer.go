package data

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/lorica-go/lorica/internal/badinput"
)

// maxClasses bounds what InferLabels takes for classes; a column of distinct texts is not a label.
const maxClasses = 10_000

// InferLabels finds the classes that rows carry, with ids as scikit-learn's LabelEncoder gives them: sorted.
//
// Bools, and the words true and false in any letter case, give the classes negative (0) and positive (1), also when
// only one of them occurs. Whole numbers, written as numbers or as text, give classes that are named by the numeral and
// sorted by value: 1 to 5 stars get the ids 0 to 4, and if all labels are 0 or 1, both classes exist. Other names are
// sorted by their bytes (which is by code point). A file that mixes these kinds is an error that names two rows of it.
func InferLabels(file string, rows []Row) (*Labels, error) {
	seen := spellings{ints: map[int64]bool{}, names: map[string]bool{}}
	for i := range rows {
		if err := seen.add(&rows[i]); err != nil {
			return nil, badinput.Errorf("%w", &RowError{File: file, Line: rows[i].Line, Err: err})
		}
	}
	names, err := seen.classes()
	if err != nil {
		return nil, badinput.Errorf("%s: %w", file, err)
	}
	return NewLabels(names...)
}

// spellings gathers how rows spell their labels, and which readings fit all of them.
type spellings struct {
	rows            int
	line            [NameLabel + 1]int // of the first label of each kind; 0: there is none
	notBool, notInt bool               // some label cannot be read so
	ints            map[int64]bool
	names           map[string]bool
}

func (s *spellings) add(row *Row) error {
	l := row.Label
	if l.Kind == NoLabel {
		return errors.New("the row has no label")
	}
	s.rows++
	if s.line[l.Kind] == 0 {
		s.line[l.Kind] = row.Line
	}
	if l.Kind == NameLabel {
		s.names[l.Name] = true
	}
	if _, ok := l.asBool(); !ok {
		s.notBool = true
	}
	if i, ok := l.asInt(); ok {
		s.ints[i] = true
	} else {
		s.notInt = true
	}
	if len(s.names) > maxClasses || len(s.ints) > maxClasses {
		return fmt.Errorf("more than %d different labels: is this the label's column?", maxClasses)
	}
	return nil
}

// classes returns the classes' names in the order of their ids.
func (s *spellings) classes() ([]string, error) {
	bools, ints, words := s.line[BoolLabel], s.line[IntLabel], s.line[NameLabel]
	switch {
	case s.rows == 0:
		return nil, errors.New("no rows to take labels from")
	case !s.notBool:
		return []string{"negative", "positive"}, nil
	case !s.notInt:
		if values := slices.Sorted(maps.Keys(s.ints)); values[0] < 0 || values[len(values)-1] > 1 {
			names := make([]string, len(values))
			for i, v := range values {
				names[i] = strconv.FormatInt(v, 10)
			}
			return names, nil
		}
		return []string{"0", "1"}, nil
	case bools > 0 && ints > 0:
		return nil, fmt.Errorf("labels of two kinds: a bool on line %d, a number on line %d", bools, ints)
	case bools > 0:
		return nil, fmt.Errorf("labels of two kinds: a bool on line %d, a name on line %d", bools, words)
	case ints > 0:
		return nil, fmt.Errorf("labels of two kinds: a number on line %d, a name on line %d", ints, words)
	}
	return slices.Sorted(maps.Keys(s.names)), nil
}

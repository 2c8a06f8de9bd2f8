package predictions

import (
	"fmt"
	"strconv"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
)

// Target is the rows that predictions are wanted for.
type Target struct {
	All *data.Set // the whole file
	// Numbers are those of the wanted rows in the file, counted from 0; nil wants all.
	Numbers []int
}

// Len is how many rows are wanted.
func (t *Target) Len() int {
	if t.Numbers == nil {
		return t.All.Len()
	}
	return len(t.Numbers)
}

// Row is the row at a position of the wanted ones.
func (t *Target) Row(i int) *data.Row {
	if t.Numbers != nil {
		i = t.Numbers[i]
	}
	return &t.All.Rows[i]
}

// Most is how many predictions a file for the target may have.
func (t *Target) Most() int { return t.All.Len() }

// Match finds the prediction of every wanted row, nil where there is none: by id where the target's rows have ids, by the
// predictions' row numbers where they have those, else by their order. Numbers and order may be those of the wanted rows or
// those of the whole file. all is how many predictions the file has. Whatever leaves a doubt about which row a prediction is
// for is an input error.
func (f *File) Match(t *Target, all int) ([]*Prediction, error) {
	byID := t.All.Rows[0].ID != ""
	if !byID && t.All.Skipped > 0 {
		return nil, badinput.Errorf("%s: which rows these predictions are for cannot be told, since %d bad rows of %s were skipped; match them by an id, or mend that file",
			f.Name, t.All.Skipped, t.All.File)
	}
	m := matcher{file: f, target: t, matched: make([]*Prediction, t.Len())}
	var err error
	switch {
	case byID:
		err = m.byID()
	case f.Predictions[0].Row >= 0:
		err = m.byRow()
	default:
		err = m.byOrder(all)
	}
	if err == nil && all > len(f.Predictions) {
		err = badinput.Errorf("%s: %d predictions for %s", f.Name, all, t.describe())
	}
	return m.matched, err
}

// describe names the rows for a message.
func (t *Target) describe() string {
	if t.Numbers == nil {
		return fmt.Sprintf("the %d rows of %s", t.All.Len(), t.All.File)
	}
	return fmt.Sprintf("%d of the %d rows of %s", len(t.Numbers), t.All.Len(), t.All.File)
}

// matcher is a match in progress.
type matcher struct {
	file    *File
	target  *Target
	matched []*Prediction
}

// errorf names the prediction's place.
func (m *matcher) errorf(p *Prediction, format string, args ...any) error {
	return badinput.Errorf("%w", &data.RowError{File: m.file.Name, Line: p.Line, Err: fmt.Errorf(format, args...)})
}

// set gives a wanted row its prediction.
func (m *matcher) set(i int, p *Prediction) error {
	row := m.target.Row(i)
	if earlier := m.matched[i]; earlier != nil {
		return m.errorf(p, "a second prediction for line %d of %s; the first is on line %d", row.Line, m.target.All.File, earlier.Line)
	}
	if p.AtLine > 0 && p.AtLine != row.Line {
		return m.errorf(p, "the prediction is for line %d, the row in its place is line %d of %s: these are predictions of other rows", p.AtLine, row.Line, m.target.All.File)
	}
	m.matched[i] = p
	return nil
}

// places says where rows of the file stand among the wanted ones; a row may be wanted more than once.
func (t *Target) places() map[int][]int {
	at := make(map[int][]int, t.Len())
	for i := range t.Len() {
		number := i
		if t.Numbers != nil {
			number = t.Numbers[i]
		}
		at[number] = append(at[number], i)
	}
	return at
}

func (m *matcher) byID() error {
	numbers := make(map[string]int, m.target.All.Len())
	for number := range m.target.All.Rows {
		row := &m.target.All.Rows[number]
		if other, twice := numbers[row.ID]; twice {
			return badinput.Errorf("%w", &data.RowError{File: m.target.All.File, Line: row.Line, Err: fmt.Errorf("the id %q is that of line %d, too", row.ID, m.target.All.Rows[other].Line)})
		}
		numbers[row.ID] = number
	}
	return m.byNumber(func(p *Prediction) (int, error) {
		number, ok := numbers[p.ID]
		if !ok {
			return 0, m.errorf(p, "no row of %s has the id %q", m.target.All.File, p.ID)
		}
		return number, nil
	})
}

// byNumber matches predictions whose number in the file is known. Those for rows that are not wanted are passed over.
func (m *matcher) byNumber(numberOf func(p *Prediction) (int, error)) error {
	places, first := m.target.places(), make(map[int]int)
	for i := range m.file.Predictions {
		p := &m.file.Predictions[i]
		number, err := numberOf(p)
		if err != nil {
			return err
		}
		if line, twice := first[number]; twice {
			return m.errorf(p, "a second prediction for line %d of %s; the first is on line %d", m.target.All.Rows[number].Line, m.target.All.File, line)
		}
		first[number] = p.Line
		for _, place := range places[number] {
			if err := m.set(place, p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *matcher) byRow() error {
	wanted := m.ofWanted()
	limit, of := m.target.Len(), m.target.describe()
	if !wanted {
		limit, of = m.target.All.Len(), "the "+strconv.Itoa(m.target.All.Len())+" rows of "+m.target.All.File
	}
	for i := range m.file.Predictions {
		p := &m.file.Predictions[i]
		switch {
		case p.Row < 0:
			return m.errorf(p, "%w", errBothRows)
		case p.Row >= limit:
			return m.errorf(p, "row %d, counted from 0, of %s", p.Row, of)
		}
		if wanted {
			if err := m.set(p.Row, p); err != nil {
				return err
			}
		}
	}
	if wanted {
		return nil
	}
	return m.byNumber(func(p *Prediction) (int, error) { return p.Row, nil })
}

// ofWanted reports whether the predictions number the wanted rows, as against those of the whole file: there are that many
// at most, the numbers lie below that, and lines, where they are known, are those of the wanted rows.
func (m *matcher) ofWanted() bool {
	if m.target.Numbers == nil {
		return true
	}
	for i := range m.file.Predictions {
		p := &m.file.Predictions[i]
		if p.Row >= m.target.Len() || p.Row >= 0 && p.AtLine > 0 && p.AtLine != m.target.Row(p.Row).Line {
			return false
		}
	}
	return len(m.file.Predictions) <= m.target.Len()
}

func (m *matcher) byOrder(all int) error {
	wanted, file := m.target.Len(), m.target.All.Len()
	whole := all == file && all != wanted
	switch {
	case all != wanted && !whole:
		return badinput.Errorf("%s: %d predictions for %s; give each its row number in a field %q, or an id", m.file.Name, all, m.target.describe(), rowField)
	case m.target.Numbers != nil && wanted == file && !isOrdered(m.target.Numbers) && m.file.Predictions[0].AtLine == 0:
		return badinput.Errorf("%s: whether these predictions stand in the order of %s or in that of the row list cannot be told; give each its row number in a field %q, and its %q",
			m.file.Name, m.target.All.File, rowField, lineField)
	}
	for i := range m.file.Predictions {
		if p := &m.file.Predictions[i]; p.Row >= 0 {
			return m.errorf(p, "%w", errBothRows)
		}
	}
	if whole {
		next := -1
		return m.byNumber(func(*Prediction) (int, error) {
			next++
			return next, nil
		})
	}
	for i := range m.file.Predictions {
		if err := m.set(i, &m.file.Predictions[i]); err != nil {
			return err
		}
	}
	return nil
}

// isOrdered reports whether the numbers are 0, 1, 2 and so on.
func isOrdered(numbers []int) bool {
	for i, n := range numbers {
		if i != n {
			return false
		}
	}
	return true
}

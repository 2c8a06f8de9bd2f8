package data

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"slices"

	"github.com/lorica-go/lorica/internal/badinput"
)

// Set is the rows of one file, or a part of them, in memory.
type Set struct {
	File    string
	Rows    []Row
	Labels  *Labels // nil when the rows were read without labels
	Classes []int   // class id of each row; nil when Labels is nil
	Skipped int     // bad rows that Options.SkipBad passed over
}

// Load reads a whole labelled file. The labels are looked up in labels, or inferred (InferLabels) where that is nil; a
// label never seen is a bad row. A file without rows is an error, too.
func Load(path string, labels *Labels, o Options) (*Set, error) {
	r, err := Open(path, o)
	if err != nil {
		return nil, err
	}
	return closing(r)(loadLabelled(r, labels))
}

// LoadTexts reads a whole file for its texts: Labels and Classes stay nil, rows keep the labels that they have.
func LoadTexts(path string, o Options) (*Set, error) {
	r, err := Open(path, o)
	if err != nil {
		return nil, err
	}
	return closing(r)(loadRows(r, func(Row) error { return nil }))
}

// closing closes the file behind a result; what went wrong first is what is told.
func closing(r *Reader) func(*Set, error) (*Set, error) {
	return func(s *Set, err error) (*Set, error) {
		if closeErr := r.Close(); err == nil && closeErr != nil {
			return nil, badinput.Errorf("%s: %w", r.Name(), closeErr)
		}
		return s, err
	}
}

func loadLabelled(r *Reader, labels *Labels) (*Set, error) {
	r.opts.NeedLabel = true
	var classes []int
	s, err := loadRows(r, func(row Row) error {
		if labels == nil {
			return nil
		}
		id, err := labels.ID(row.Label)
		if err == nil {
			classes = append(classes, id)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if labels == nil {
		if labels, err = InferLabels(s.File, s.Rows); err != nil {
			return nil, err
		}
		for _, row := range s.Rows {
			id, err := labels.ID(row.Label)
			if err != nil {
				return nil, badinput.Errorf("%w", &RowError{File: s.File, Line: row.Line, Err: err})
			}
			classes = append(classes, id)
		}
	}
	s.Labels, s.Classes = labels, classes
	return s, nil
}

// loadRows keeps the rows that accept lets pass; its error makes the row a bad one.
func loadRows(r *Reader, accept func(Row) error) (*Set, error) {
	s := &Set{File: r.Name()}
	for {
		row, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := accept(row); err != nil {
			err = badinput.Errorf("%w", &RowError{File: s.File, Line: row.Line, Err: fmt.Errorf("field %q: %w", r.columns.label, err)})
			if !r.opts.SkipBad {
				return nil, err
			}
			r.skip(err)
			continue
		}
		s.Rows = append(s.Rows, row)
	}
	if s.Skipped = r.Skipped(); len(s.Rows) == 0 {
		if r.firstly != nil {
			return nil, fmt.Errorf("no usable row in %d; the first bad one: %w", s.Skipped, r.firstly)
		}
		return nil, badinput.Errorf("%s: no rows", s.File)
	}
	return s, nil
}

// Len is the number of rows.
func (s *Set) Len() int { return len(s.Rows) }

// Counts is how many rows each class has.
func (s *Set) Counts() []int {
	if s.Labels == nil {
		return nil
	}
	counts := make([]int, s.Labels.Len())
	for _, c := range s.Classes {
		counts[c]++
	}
	return counts
}

// Select returns the rows at these positions, in this order. The texts are shared, not copied.
func (s *Set) Select(rows []int) *Set {
	part := &Set{File: s.File, Labels: s.Labels, Rows: make([]Row, len(rows))}
	if s.Classes != nil {
		part.Classes = make([]int, len(rows))
	}
	for i, at := range rows {
		part.Rows[i] = s.Rows[at]
		if s.Classes != nil {
			part.Classes[i] = s.Classes[at]
		}
	}
	return part
}

// Without returns all rows but those at these positions, which are in rising order.
func (s *Set) Without(rows []int) *Set {
	rest := make([]int, 0, len(s.Rows)-len(rows))
	for i := range s.Rows {
		if _, drop := slices.BinarySearch(rows, i); !drop {
			rest = append(rest, i)
		}
	}
	return s.Select(rest)
}

// Digest identifies what the rows say, whatever the file format and wherever they stood in it: the hexadecimal SHA-256
// of "lorica rows 1\n" and, row by row, of text, input ids, token type ids and class name. Texts and names are
// preceded by their length in bytes, arrays by their number of entries, all as little-endian uint64; ids are
// little-endian uint32. An absent part has length 0.
func (s *Set) Digest() string {
	h := sha256.New()
	_, _ = io.WriteString(h, "lorica rows 1\n") // a hash does not fail
	var buf []byte
	for i := range s.Rows {
		name := ""
		if s.Classes != nil {
			name = s.Labels.Name(s.Classes[i])
		}
		buf = writeRow(h, buf[:0], &s.Rows[i], name)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func writeRow(h hash.Hash, buf []byte, row *Row, class string) []byte {
	buf = binary.LittleEndian.AppendUint64(buf, uint64(len(row.Text)))
	buf = append(buf, row.Text...)
	for _, ids := range [][]int32{row.InputIDs, row.TokenTypeIDs} {
		buf = binary.LittleEndian.AppendUint64(buf, uint64(len(ids)))
		for _, id := range ids {
			buf = binary.LittleEndian.AppendUint32(buf, uint32(id))
		}
	}
	buf = binary.LittleEndian.AppendUint64(buf, uint64(len(class)))
	buf = append(buf, class...)
	_, _ = h.Write(buf)
	return buf
}

package data

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
)

// Records reads the rows of a file as they stand, for those who want other fields of them than text and label: JSON lines, a
// JSON array of objects, CSV and TSV, gzipped or not, with the limits of Options.
type Records struct {
	src     *source
	records recordSource
	err     error // what Next returned last, once it is final
}

// OpenRecords opens a file of records, or standard input for "-". Of the options, those that pick fields do not count, nor
// does SkipBad.
func OpenRecords(path string, o Options) (*Records, error) {
	src, err := openSource(path, o)
	if err != nil {
		return nil, err
	}
	return newRecords(src, o), nil
}

// NewRecords reads records from r; name stands for it in messages and, under Options.Format Auto, tells the format.
func NewRecords(name string, r io.Reader, o Options) (*Records, error) {
	src, err := newSource(name, r, o)
	if err != nil {
		return nil, err
	}
	return newRecords(src, o), nil
}

func newRecords(src *source, o Options) *Records {
	return &Records{src: src, records: newRecordSource(src, o.withDefaults(), true)}
}

// Name is the file's name as messages show it.
func (r *Records) Name() string { return r.src.name }

// Close closes the file. Reading to its end does not.
func (r *Records) Close() error { return r.src.close() }

// Next returns the next record, io.EOF after the last, or an error for which badinput.Is holds.
func (r *Records) Next() (Record, error) {
	if r.err != nil {
		return Record{}, r.err
	}
	rec, err := r.records.next()
	if err != nil {
		if r.err = err; err != io.EOF {
			r.err = badinput.Errorf("%w", err)
		}
		return Record{}, r.err
	}
	return Record{rec, r.src.name}, nil
}

// Record is one row of a file. It is valid until the next one is read.
type Record struct {
	record
	file string
}

// Line is the line on which the record begins, from 1.
func (r Record) Line() int { return r.line }

// Names lists the record's fields for a message.
func (r Record) Names() string { return names(r.fields) }

// Field returns the field of that name. A field that is null, and a cell without text, is not there.
func (r Record) Field(name string) (Value, bool) {
	f := find(r.fields, name)
	if f == nil || f.kind == kindNull || f.kind == kindCell && strings.TrimSpace(f.cell) == "" {
		return Value{}, false
	}
	return Value{f}, true
}

// Has reports whether the record has a field of that name, if only a null.
func (r Record) Has(name string) bool { return find(r.fields, name) != nil }

// Error puts file and line before what is wrong with the record. badinput.Is holds for it.
func (r Record) Error(err error) error {
	return badinput.Errorf("%w", &RowError{File: r.file, Line: r.line, Row: r.row, Err: err})
}

// Value is a field's value. The errors of its methods name the field.
type Value struct{ *field }

// Name is the field's name.
func (v Value) Name() string { return v.name }

// Label reads a bool, a whole number or a name.
func (v Value) Label() (Label, error) { return v.label() }

// ID reads what names a row: a text or a whole number, which are the same when they are spelled the same.
func (v Value) ID() (string, error) { return v.id() }

// Number reads a finite number.
func (v Value) Number() (float64, error) {
	text := string(v.raw)
	if v.kind == kindCell {
		text = strings.TrimSpace(v.cell)
	} else if v.kind != kindNumber {
		return 0, fmt.Errorf("field %q: want a number, got %s", v.name, v.kind)
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
		return 0, fmt.Errorf("field %q: want a finite number, got %.40s", v.name, text)
	}
	return x, nil
}

// Whole reads a whole number from 0 to 2^31-1.
func (v Value) Whole() (int, error) {
	x, err := v.Number()
	if err != nil {
		return 0, err
	}
	if x != math.Trunc(x) || x < 0 || x > math.MaxInt32 {
		return 0, fmt.Errorf("field %q: want a whole number from 0, got %v", v.name, x)
	}
	return int(x), nil
}

// IsList reports whether the value is a JSON array, which a table holds as text.
func (v Value) IsList() bool {
	_, err := v.composite(kindArray)
	return err == nil
}

// List reads a JSON array; the names of its values say where they stand.
func (v Value) List() ([]Value, error) {
	f, err := v.composite(kindArray)
	if err != nil {
		return nil, err
	}
	var list []Value
	for i, raw := range splitArray(f.raw) {
		list = append(list, Value{&field{name: fmt.Sprintf("%s[%d]", v.name, i), kind: kindOf(raw[0]), raw: raw}})
	}
	return list, nil
}

// Members reads a JSON object: its members in their order.
func (v Value) Members() ([]Value, error) {
	f, err := v.composite(kindObject)
	if err != nil {
		return nil, err
	}
	fields, err := parseObject(f.raw, DefaultMaxDepth)
	if err != nil {
		return nil, fmt.Errorf("field %q: %w", v.name, err)
	}
	members := make([]Value, len(fields))
	for i := range fields {
		members[i] = Value{&fields[i]}
	}
	return members, nil
}

// composite is the field as JSON, an array or an object as is wanted.
func (v Value) composite(want kind) (*field, error) {
	f, err := v.json()
	if err == nil && f.kind != want {
		err = fmt.Errorf("field %q: want an %s, got %s", v.name, want, f.kind)
	}
	return f, err
}

// json is the field as JSON. A cell holds an array or an object as text.
func (v Value) json() (*field, error) {
	if v.kind != kindCell {
		return v.field, nil
	}
	raw := []byte(strings.TrimSpace(v.cell))
	if len(raw) == 0 || raw[0] != '[' && raw[0] != '{' {
		return nil, fmt.Errorf("field %q: want JSON such as [0.25, 0.75], got %.40q", v.name, raw)
	}
	if err := checkJSON(raw, DefaultMaxDepth); err != nil {
		return nil, fmt.Errorf("field %q: %w", v.name, err)
	}
	return &field{name: v.name, kind: kindOf(raw[0]), raw: raw}, nil
}

// id is a row's name for itself.
func (f *field) id() (string, error) {
	switch f.kind {
	case kindNumber:
		if i, ok := wholeNumber(string(f.raw)); ok {
			return strconv.FormatInt(i, 10), nil
		}
		return "", fmt.Errorf("field %q: want a text or a whole number, got %.40s", f.name, f.raw)
	case kindString, kindCell:
		s, err := f.text()
		if err == nil && strings.TrimSpace(s) == "" {
			err = fmt.Errorf("field %q: %w", f.name, errEmptyID)
		}
		return s, err
	}
	return "", fmt.Errorf("field %q: want a text or a whole number, got %s", f.name, f.kind)
}

var errEmptyID = errors.New("the id is empty")

package data

import (
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/lorica-go/lorica/internal/badinput"
)

// RowError says what is wrong with one row and where it stands; reading may go on after it. Every RowError that this
// package returns is wrapped so that badinput.Is holds.
type RowError struct {
	File string
	Line int // from 1
	Row  int // position in a JSON array or column, from 1; 0 for formats with one row a line
	Err  error
}

// Error says file, line, row and what is wrong.
func (e *RowError) Error() string {
	if e.Row > 0 {
		return fmt.Sprintf("%s:%d: row %d: %v", e.File, e.Line, e.Row, e.Err)
	}
	return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err)
}

// Unwrap returns what is wrong, without the place.
func (e *RowError) Unwrap() error { return e.Err }

// record is one row before its fields are given a meaning.
type record struct {
	line, row int
	fields    []field
}

// recordSource yields the records of one format. next returns io.EOF at the end; a *RowError when one record is
// unusable but the next may be read; any other error ends the file.
type recordSource interface {
	next() (record, error)
}

// Reader streams the rows of one file.
type Reader struct {
	src     *source
	records recordSource
	opts    Options
	page    pageRows // of the page of reviews that is being read
	last    []field  // of the row that Next returned last
	columns columns
	decided bool
	good    int
	skipped int
	firstly error // the first skipped row's error
	err     error // what Next returned last, once it is final
}

// Open opens a file of rows, or standard input for "-".
func Open(path string, o Options) (*Reader, error) {
	src, err := openSource(path, o)
	if err != nil {
		return nil, err
	}
	return newReader(src, o), nil
}

// NewReader reads rows from r; name stands for it in messages and, under Options.Format Auto, tells the format.
func NewReader(name string, r io.Reader, o Options) (*Reader, error) {
	src, err := newSource(name, r, o)
	if err != nil {
		return nil, err
	}
	return newReader(src, o), nil
}

func newReader(src *source, o Options) *Reader {
	o = o.withDefaults()
	return &Reader{src: src, opts: o, records: newRecordSource(src, o, false)}
}

// newRecordSource reads the source's format. With plain, the outermost object of a JSON file is a row, whatever it holds.
func newRecordSource(src *source, o Options, plain bool) recordSource {
	switch src.format {
	case CSV:
		return newTable(src, ',', o)
	case TSV:
		return newTable(src, '\t', o)
	case JSON:
		return newDocument(src, o, plain)
	case Text:
		return newPlainText(src, o)
	}
	return newLines(src, o)
}

// Close closes the file. Reading to its end does not.
func (r *Reader) Close() error { return r.src.close() }

// Name is the file's name as messages show it.
func (r *Reader) Name() string { return r.src.name }

// Format is the format that was given or found.
func (r *Reader) Format() Format { return r.src.format }

// Skipped is how many bad rows SkipBad has passed over so far.
func (r *Reader) Skipped() int { return r.skipped }

// Fields names the columns that text and label are read from; empty before the first row, or where there is none.
func (r *Reader) Fields() (text, label string) { return r.columns.text, r.columns.label }

// Next returns the next row, io.EOF after the last, or an error for which badinput.Is holds.
func (r *Reader) Next() (Row, error) {
	for r.err == nil {
		row, err := r.read()
		if err == nil {
			r.good++
			return row, nil
		}
		var bad *RowError
		switch {
		case err == io.EOF && r.good == 0 && r.firstly != nil:
			r.err = fmt.Errorf("no usable row in %d; the first bad one: %w", r.skipped, r.firstly)
		case err == io.EOF:
			r.err = io.EOF
		case errors.As(err, &bad) && r.opts.SkipBad:
			r.skip(badinput.Errorf("%w", err))
		default:
			r.err = badinput.Errorf("%w", err)
		}
	}
	return Row{}, r.err
}

// read returns the next record as a row.
func (r *Reader) read() (Row, error) {
	rec, err := r.record()
	if err != nil {
		return Row{}, err
	}
	if !r.decided {
		cols, err := r.opts.choose(rec.fields)
		if err != nil {
			return Row{}, r.at(rec, err)
		}
		r.columns, r.decided = cols, true
	}
	row, err := r.columns.row(rec.fields, r.opts)
	if err != nil {
		return Row{}, r.at(rec, err)
	}
	row.Line = rec.line
	r.last = rec.fields
	return row, nil
}

// Field is one named value of a row, as the file has it.
type Field struct {
	Name string
	JSON []byte // the value; what stands in a table is a JSON string
}

// Record returns all fields of the row that Next returned last, in the order of the file (of files that are a single JSON
// object, only with Options.KeepFields). The values hold until Next is called again.
func (r *Reader) Record() []Field {
	fields := make([]Field, len(r.last))
	for i, f := range r.last {
		fields[i] = Field{f.name, f.raw}
		if f.kind == kindCell {
			fields[i].JSON = AppendJSON(nil, f.cell)
		}
	}
	return fields
}

func (r *Reader) at(rec record, err error) error {
	return &RowError{File: r.src.name, Line: rec.line, Row: rec.row, Err: err}
}

// loggedSkips is how many skipped rows are named in the log; a file in the wrong format has thousands.
const loggedSkips = 20

// skip counts a row that cannot be used. Callers of a later stage (labels never seen) come here, too.
func (r *Reader) skip(err error) {
	r.skipped++
	if r.firstly == nil {
		r.firstly = err
	}
	if r.skipped <= loggedSkips {
		r.opts.Logger.Warn("skipped a bad row", "error", err.Error())
	}
	if r.skipped == loggedSkips+1 {
		r.opts.Logger.Warn("more bad rows are skipped without a line each", "file", r.src.name)
	}
}

// Rows ranges over the remaining rows. It stops after the first error, which comes with an empty row.
func (r *Reader) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for {
			row, err := r.Next()
			if err == io.EOF {
				return
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

package data

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// table reads CSV and TSV with a header line, quoted as RFC 4180 says. In TSV a quotation mark inside a field stands
// for itself, for many writers of TSV do not quote at all.
type table struct {
	src    *source
	csv    *csv.Reader
	meter  *meter
	header []string
	opts   Options
}

func newTable(src *source, comma rune, o Options) *table {
	m := &meter{in: src.in}
	r := csv.NewReader(m)
	r.Comma = comma
	r.LazyQuotes = comma == '\t'
	r.ReuseRecord = true
	r.FieldsPerRecord = -1 // counted here, for a message that speaks of the header
	return &table{src: src, csv: r, meter: m, opts: o}
}

func (t *table) next() (record, error) {
	if t.header == nil {
		cells, line, err := t.read()
		if err != nil {
			var bad *RowError
			if errors.As(err, &bad) { // without a header no row can be read
				err = errors.New(bad.Error())
			}
			return record{}, err
		}
		if err := t.setHeader(cells); err != nil {
			return record{}, fmt.Errorf("%s:%d: %w", t.src.name, line, err)
		}
	}
	cells, line, err := t.read()
	if err != nil {
		return record{}, err
	}
	if len(cells) != len(t.header) {
		return record{}, t.bad(line, fmt.Errorf("want %d columns as in the header, got %d", len(t.header), len(cells)))
	}
	fields := make([]field, len(cells))
	for i, cell := range cells {
		if !utf8.ValidString(cell) {
			return record{}, t.bad(line, fmt.Errorf("field %q: %w", t.header[i], errUTF8([]byte(cell))))
		}
		fields[i] = field{name: t.header[i], kind: kindCell, cell: cell}
	}
	return record{line: line, fields: fields}, nil
}

func (t *table) setHeader(cells []string) error {
	fields := make([]field, len(cells))
	for i, name := range cells {
		if !utf8.ValidString(name) {
			return fmt.Errorf("header: %w", errUTF8([]byte(name)))
		}
		if name != "" && find(fields[:i], name) != nil { // nameless columns, such as a row number's, do no harm
			return fmt.Errorf("header: column %q stands twice", name)
		}
		fields[i].name = name
	}
	t.header = append([]string{}, cells...)
	return nil
}

// read returns the next non-blank line's cells and the line on which they begin.
func (t *table) read() (cells []string, line int, err error) {
	for {
		t.meter.allow(t.opts.MaxRowBytes)
		cells, err = t.csv.Read()
		var syntax *csv.ParseError
		switch {
		case err == io.EOF:
			return nil, 0, io.EOF
		case t.meter.spent():
			// What is left of the row cannot be told from the next: there is no going on.
			return nil, 0, fmt.Errorf("%s:%d: %w (a quotation mark that is never closed?)", t.src.name, max(t.lastLine(), 1), errRowSize(t.opts.MaxRowBytes))
		case errors.As(err, &syntax):
			return nil, syntax.StartLine, t.bad(syntax.StartLine, syntaxCause(syntax))
		case err != nil:
			return nil, 0, fmt.Errorf("%s:%d: %w", t.src.name, max(t.lastLine(), 1), err)
		}
		line, _ = t.csv.FieldPos(0)
		if len(cells) == 1 && cells[0] == "" && len(t.header) != 1 {
			continue // a quoted blank; encoding/csv passes over bare ones itself
		}
		return cells, line, nil
	}
}

// lastLine estimates, from the bytes handed over, where reading stopped.
func (t *table) lastLine() int { return t.meter.lines + 1 }

func (t *table) bad(line int, err error) error {
	return &RowError{File: t.src.name, Line: line, Err: err}
}

// syntaxCause names what encoding/csv found, with its place when that is not the row's first line.
func syntaxCause(e *csv.ParseError) error {
	cause := e.Err
	switch {
	case errors.Is(cause, csv.ErrQuote):
		cause = errors.New("a quoted field has text after its closing quotation mark, or none closes it")
	case errors.Is(cause, csv.ErrBareQuote):
		cause = errors.New("a quotation mark inside a field that is not quoted")
	}
	if e.Line != e.StartLine {
		return fmt.Errorf("up to line %d: %w", e.Line, cause)
	}
	return cause
}

// errMeter stops encoding/csv, which would keep a row of any size.
var errMeter = errors.New("row limit reached")

// meter bounds how much may be read for one row.
type meter struct {
	in    io.Reader
	left  int
	over  bool
	lines int
}

// allow grants the next row its bytes, and the buffer that csv.Reader fills ahead of it.
func (m *meter) allow(row int) { m.left = row + sniffBytes }

func (m *meter) spent() bool { return m.over }

func (m *meter) Read(p []byte) (int, error) {
	if m.left <= 0 {
		m.over = true
		return 0, errMeter
	}
	n, err := m.in.Read(p[:min(len(p), m.left)])
	m.left -= n
	for _, c := range p[:n] {
		if c == '\n' {
			m.lines++
		}
	}
	return n, err
}

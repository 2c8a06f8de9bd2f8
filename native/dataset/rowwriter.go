package dataset

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/lorica-go/lorica/native/data"
)

// rowWriter writes rows in one format.
type rowWriter interface {
	write(values []value) error
	close() error
}

func newRowWriter(format data.Format, w io.Writer, columns []column) (rowWriter, error) {
	switch format {
	case data.JSONL:
		return newLineWriter(w, columns), nil
	case data.JSON:
		return &arrayWriter{lineWriter: newLineWriter(w, columns)}, nil
	case data.CSV:
		return newTableWriter(w, ',', columns)
	case data.TSV:
		return newTableWriter(w, '\t', columns)
	}
	return nil, fmt.Errorf("rows cannot be written as %q", format)
}

// zipped lets fill write through gzip where a path asks for it.
func zipped(path string, w io.Writer, fill func(io.Writer) error) error {
	if !strings.EqualFold(filepath.Ext(path), ".gz") {
		return fill(w)
	}
	zip := gzip.NewWriter(w)
	buffered := bufio.NewWriterSize(zip, 1<<16)
	if err := fill(buffered); err != nil {
		return err
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	return zip.Close()
}

// places tells the column of a name's number.
func places(columns []column) map[int]int {
	place := make(map[int]int, len(columns))
	for i, c := range columns {
		place[c.number] = i
	}
	return place
}

// lineWriter writes JSON lines. A field that a row lacks is left out.
type lineWriter struct {
	w     io.Writer
	names [][]byte // JSON of the columns' names
	place map[int]int
	cells [][]byte
	line  []byte
}

func newLineWriter(w io.Writer, columns []column) *lineWriter {
	l := &lineWriter{w: w, place: places(columns), cells: make([][]byte, len(columns))}
	for _, c := range columns {
		l.names = append(l.names, data.AppendJSON(nil, c.name))
	}
	return l
}

func (l *lineWriter) write(values []value) error {
	l.object(values)
	l.line = append(l.line, '\n')
	_, err := l.w.Write(l.line)
	return err
}

// object makes line of a row, as a JSON object on one line.
func (l *lineWriter) object(values []value) {
	clear(l.cells)
	for _, v := range values {
		if i, ok := l.place[v.name]; ok {
			l.cells[i] = v.json
		}
	}
	l.line = append(l.line[:0], '{')
	for i, cell := range l.cells {
		if cell == nil {
			continue
		}
		if len(l.line) > 1 {
			l.line = append(l.line, ',')
		}
		l.line = append(append(append(l.line, l.names[i]...), ':'), cell...)
	}
	l.line = append(l.line, '}')
}

func (l *lineWriter) close() error { return nil }

// arrayWriter writes one JSON array, a row a line.
type arrayWriter struct {
	*lineWriter
	rows int
}

func (a *arrayWriter) write(values []value) error {
	a.object(values)
	before := ",\n"
	if a.rows == 0 {
		before = "[\n"
	}
	a.rows++
	if _, err := io.WriteString(a.w, before); err != nil {
		return err
	}
	_, err := a.w.Write(a.line)
	return err
}

func (a *arrayWriter) close() error {
	end := "\n]\n"
	if a.rows == 0 {
		end = "[]\n"
	}
	_, err := io.WriteString(a.w, end)
	return err
}

// tableWriter writes CSV or TSV: a text as it is, null and missing fields as nothing, lists and objects as JSON.
type tableWriter struct {
	w     io.Writer
	csv   *csv.Writer
	place map[int]int
	cells []string
}

func newTableWriter(w io.Writer, comma rune, columns []column) (*tableWriter, error) {
	t := &tableWriter{w: w, csv: csv.NewWriter(w), place: places(columns), cells: make([]string, len(columns))}
	t.csv.Comma = comma
	header := make([]string, len(columns))
	for i, c := range columns {
		header[i] = c.name
	}
	return t, t.csv.Write(header)
}

func (t *tableWriter) write(values []value) error {
	clear(t.cells)
	for _, v := range values {
		if i, ok := t.place[v.name]; ok {
			t.cells[i], _ = plain(v.json)
		}
	}
	if len(t.cells) == 1 && t.cells[0] == "" { // a blank line would be no row
		t.csv.Flush()
		if _, err := io.WriteString(t.w, "\"\"\n"); err != nil {
			return err
		}
		return t.csv.Error()
	}
	return t.csv.Write(t.cells)
}

func (t *tableWriter) close() error {
	t.csv.Flush()
	return t.csv.Error()
}

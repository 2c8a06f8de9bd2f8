package dataset

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorica-go/lorica/internal/atomicfile"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
)

// column is a field of the result: the number of its name in the store, and its name in the result.
type column struct {
	number int
	name   string
}

// roleName is the name of the column of texts, or of labels, in the result: the wanted one, or that which all sources have in common,
// or the fallback.
func (s *store) roleName(wanted, fallback string, sources []string) string {
	if wanted != "" {
		return wanted
	}
	name := ""
	for _, of := range sources {
		switch {
		case of == "" || of == name:
		case name != "":
			return fallback
		default:
			name = of
		}
	}
	return name
}

// layout returns the columns of the result: those asked for, or all in the order in which rows first have them.
func (s *store) layout(textField, labelField string, fields []string) ([]column, error) {
	all := make([]column, len(s.met))
	at := map[string]int{}
	for i, number := range s.met {
		name := s.names[number]
		switch number {
		case textName:
			name = s.roleName(textField, "text", s.texts)
		case labelName:
			name = s.roleName(labelField, "label", s.labels)
		}
		if _, twice := at[name]; twice {
			return nil, badinput.Errorf("two columns of the result would be called %q; give that of the texts or labels another name", name)
		}
		at[name], all[i] = i, column{number, name}
	}
	if fields == nil {
		return all, nil
	}
	var chosen []column
	for _, f := range fields {
		i, ok := at[f]
		if !ok {
			return nil, badinput.Errorf("no field %q in the rows; there is %s", f, columnNames(all))
		}
		if slices.Contains(chosen, all[i]) {
			return nil, badinput.Errorf("field %q is named twice", f)
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

func columnNames(all []column) string {
	var names []string
	for i, c := range all {
		if i == 20 {
			names = append(names, "...")
			break
		}
		names = append(names, c.name)
	}
	return strings.Join(names, ", ")
}

// write writes the result and the dropped rows: both, or on any error none.
func (b *build) write(ctx context.Context, order []int32) error {
	columns, err := b.store.layout(b.TextName, b.LabelName, b.Fields)
	if err != nil {
		return err
	}
	format, err := outputFormat(b.Out)
	if err != nil {
		return err
	}
	s := &b.summary
	s.Order, s.Seed, s.Out, s.OutFormat, s.TextField, s.LabelField = string(b.Order), b.Seed, b.Out, string(format), "", ""
	for _, c := range columns {
		switch c.number {
		case textName:
			s.TextField = c.name
		case labelName:
			s.LabelField = c.name
		}
	}
	result := func() error {
		fill := func(w io.Writer) error {
			return b.store.writeRows(ctx, w, format, columns, order, func(done int) { b.OnProgress.tell("writing", done, len(order)) })
		}
		if b.Out == "-" {
			return fill(b.Stdout)
		}
		return writeFile(b.Out, fill)
	}
	if b.Dropped == "" {
		return result()
	}
	return writeFile(b.Dropped, func(w io.Writer) error {
		if err := b.writeDropped(ctx, w); err != nil {
			return err
		}
		return result()
	})
}

// writeFile writes a file whole or not at all, gzipped where its name ends in .gz.
func writeFile(path string, fill func(io.Writer) error) error {
	return atomicfile.Write(path, func(w io.Writer) error { return zipped(path, w, fill) })
}

// writeRows writes rows of the store.
func (s *store) writeRows(ctx context.Context, w io.Writer, format data.Format, columns []column, rows []int32, progress func(done int)) error {
	out, err := newRowWriter(format, w, columns)
	if err != nil {
		return err
	}
	var buffer []byte
	var values []value
	for i, at := range rows {
		if i%groupRows == 0 {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			progress(i)
		}
		if buffer, values, err = s.load(&s.entries[at], buffer, values); err != nil {
			return err
		}
		if err := out.write(values); err != nil {
			return err
		}
	}
	progress(len(rows))
	return out.close()
}

// droppedRow is a line of the file of dropped rows.
type droppedRow struct {
	Reason     string          `json:"reason"`
	Place      string          `json:"place"`
	Of         string          `json:"of,omitempty"` // the row that it is a duplicate, or an older version, of
	Similarity float32         `json:"similarity,omitempty"`
	Row        json.RawMessage `json:"row"`
}

// writeDropped writes what is not in the result, in the order of reading.
func (b *build) writeDropped(ctx context.Context, w io.Writer) error {
	columns, err := b.store.layout(b.TextName, b.LabelName, nil)
	if err != nil {
		return err
	}
	var buffer []byte
	var values []value
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for i := range b.store.entries {
		if i%groupRows == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		entry := &b.store.entries[i]
		if entry.reason == kept {
			continue
		}
		if buffer, values, err = b.store.load(entry, buffer, values); err != nil {
			return err
		}
		var row bytes.Buffer
		if err := newLineWriter(&row, columns).write(values); err != nil {
			return err
		}
		line := droppedRow{Reason: reasonNames[entry.reason], Place: b.store.place(entry), Similarity: entry.alike, Row: row.Bytes()}
		if entry.of >= 0 {
			line.Of = b.store.place(&b.store.entries[entry.of])
		}
		if err := e.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

// outputFormat is the format that a file's name tells.
func outputFormat(path string) (data.Format, error) {
	if path == "-" {
		return data.JSONL, nil
	}
	name := strings.TrimSuffix(strings.ToLower(filepath.Base(path)), ".gz")
	switch filepath.Ext(name) {
	case ".jsonl", ".ndjson":
		return data.JSONL, nil
	case ".json":
		return data.JSON, nil
	case ".csv":
		return data.CSV, nil
	case ".tsv":
		return data.TSV, nil
	}
	return "", badinput.Errorf("%s: want a name that ends in .jsonl, .json, .csv or .tsv, also with .gz", path)
}

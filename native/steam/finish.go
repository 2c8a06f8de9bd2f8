package steam

import (
	"bufio"
	"io"

	"github.com/lorica-go/lorica/internal/atomicfile"
	"github.com/lorica-go/lorica/native/internal/tables"
)

// The columns that come first in tables, and those whose numbers Steam writes as strings now and then.
var (
	firstColumns  = []string{"recommendationid", "appid", "review", "voted_up", "language", "timestamp_created", "timestamp_updated"}
	numberColumns = []string{"weighted_vote_score", "app_release_date"}
)

// finish makes the output what it should be in the end.
func (f *fetch) finish() error {
	switch {
	case f.c.derived():
		if err := f.derive(); err != nil {
			return err
		}
	case len(f.edits) > 0 || f.c.Balanced && !f.rewritten:
		if err := f.rewrite(); err != nil {
			return err
		}
	}
	if f.finished {
		return nil
	}
	return f.commit(nil, &note{Finished: true})
}

// rows calls use with every row of the output.
func (f *fetch) rows(use func(row []byte) error) error {
	rows := f.journal.Rows()
	for _, e := range f.held.arranged(f.c.Apps, f.c.Balanced) {
		row, err := e.row(rows)
		if err != nil {
			return err
		}
		if err := use(row); err != nil {
			return err
		}
	}
	return nil
}

// rewrite puts the edits and the order into the rows file.
func (f *fetch) rewrite() error {
	n := &note{Rewritten: true}
	err := f.journal.Rewrite(func(w io.Writer) error {
		out := bufio.NewWriterSize(w, 1<<16)
		err := f.rows(func(row []byte) error {
			_, err := out.Write(row)
			if err == nil {
				err = out.WriteByte('\n')
			}
			return err
		})
		if err != nil {
			return err
		}
		return out.Flush()
	}, n)
	if err != nil {
		return err
	}
	return f.take(n)
}

// derive makes the output from the rows.
func (f *fetch) derive() error {
	layout := tables.Layout{Fields: f.c.Fields, First: firstColumns, Numbers: numberColumns}
	columns, missing, err := layout.Columns(f.rows)
	if err != nil {
		return err
	}
	for _, field := range missing {
		f.c.Logger.Warn("no review has this field", "field", field)
	}
	format, err := f.c.format()
	if err != nil {
		return err
	}
	write := map[Format]func(io.Writer, []tables.Column, tables.Rows) error{JSONL: tables.WriteJSONL, CSV: tables.WriteCSV, Parquet: tables.WriteParquet}[format]
	return atomicfile.Write(f.c.Out, func(w io.Writer) error { return write(w, columns, f.rows) })
}

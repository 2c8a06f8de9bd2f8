package tables

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
)

// cells is a row brought into the order of the columns.
type cells struct {
	index  map[string]int
	values []value
	row    []*value // nil where the row has nothing
}

func newCells(columns []Column) *cells {
	c := &cells{index: map[string]int{}, row: make([]*value, len(columns))}
	for i := range columns {
		c.index[columns[i].Path] = i
	}
	return c
}

// set reads a row. What it held before is gone.
func (c *cells) set(row []byte) error {
	clear(c.row)
	var err error
	if c.values, err = flatten(c.values[:0], "", row, 1); err != nil {
		return err
	}
	for i := range c.values {
		if at, ok := c.index[c.values[i].path]; ok {
			c.row[at] = &c.values[i]
		}
	}
	return nil
}

// WriteCSV writes a line of names and a line for every row. Numbers and texts stand there as in the JSON, to the digit; what is
// missing or null is empty.
func WriteCSV(w io.Writer, columns []Column, rows Rows) error {
	out := csv.NewWriter(w)
	line := make([]string, len(columns))
	for i := range columns {
		line[i] = columns[i].Path
	}
	if err := out.Write(line); err != nil {
		return err
	}
	c := newCells(columns)
	err := rows(func(row []byte) error {
		if err := c.set(row); err != nil {
			return err
		}
		for i, v := range c.row {
			line[i] = ""
			if v == nil {
				continue
			}
			var err error
			if line[i], err = v.text(); err != nil {
				return err
			}
		}
		return out.Write(line)
	})
	if err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

// WriteJSONL writes a flat object for every row, with the columns that the row has; values stand there as in the row.
func WriteJSONL(w io.Writer, columns []Column, rows Rows) error {
	out := bufio.NewWriter(w)
	c := newCells(columns)
	names := make([][]byte, len(columns))
	for i := range columns {
		var err error
		if names[i], err = json.Marshal(columns[i].Path); err != nil {
			return err
		}
	}
	var line []byte
	err := rows(func(row []byte) error {
		if err := c.set(row); err != nil {
			return err
		}
		line = append(line[:0], '{')
		for i, v := range c.row {
			if v == nil {
				continue
			}
			if len(line) > 1 {
				line = append(line, ',')
			}
			line = append(append(append(line, names[i]...), ':'), v.raw...)
		}
		_, err := out.Write(append(line, '}', '\n'))
		return err
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

package data

import "fmt"

// column is one member of an object of columns.
type column struct {
	name  string
	cells [][]byte
}

// asColumns returns the object's columns, or nil if it holds none: a text that is an array, or token ids that are an
// array of arrays. An object whose only kept member is an empty array is a file without rows.
func (d *document) asColumns() []column {
	columnar := false
	var cols []column
	for _, f := range d.members {
		if f.raw == nil || f.kind != kindArray {
			continue
		}
		cells := splitArray(f.raw)
		switch f.name {
		case inputIDsField, tokenTypeIDsField, attentionMaskField:
			columnar = columnar || len(cells) > 0 && kindOf(cells[0][0]) == kindArray
		default:
			columnar = columnar || d.meant(f.name)
		}
		cols = append(cols, column{f.name, cells})
	}
	if !columnar {
		return nil
	}
	return cols
}

// startColumns turns columns into records, one for each position.
func (d *document) startColumns(cols []column) (record, error) {
	line := d.in.line
	for _, c := range cols {
		if len(c.cells) != len(cols[0].cells) {
			return record{}, fmt.Errorf("%s:%d: columns of different length: %q has %d values, %q has %d",
				d.src.name, line, cols[0].name, len(cols[0].cells), c.name, len(c.cells))
		}
	}
	d.step = func() (record, error) {
		if d.rows == len(cols[0].cells) {
			d.step = d.end
			return d.step()
		}
		fields := make([]field, len(cols))
		for i, c := range cols {
			raw := c.cells[d.rows]
			fields[i] = field{name: c.name, kind: kindOf(raw[0]), raw: raw}
		}
		d.rows++
		return record{line: line, row: d.rows, fields: fields}, nil
	}
	return d.step()
}

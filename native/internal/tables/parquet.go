package tables

import (
	"io"
	"slices"
	"strconv"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// batch is how many rows are handed to the Parquet writer at a time, and groupRows how many are in a row group.
const (
	batch     = 256
	groupRows = 100_000
)

// ordered is a group whose fields keep the order of the columns; parquet.Group sorts them by name.
type ordered struct {
	parquet.Group
	fields []parquet.Field
}

// Fields returns the columns.
func (o ordered) Fields() []parquet.Field { return o.fields }

// schema makes every column an optional one.
func schema(columns []Column) *parquet.Schema {
	group := parquet.Group{}
	for _, c := range columns {
		leaf := parquet.String()
		switch c.Type {
		case Bool:
			leaf = parquet.Leaf(parquet.BooleanType)
		case Int:
			leaf = parquet.Int(64)
		case Float:
			leaf = parquet.Leaf(parquet.DoubleType)
		}
		group[c.Path] = parquet.Optional(leaf)
	}
	fields := group.Fields()
	sorted := make([]parquet.Field, 0, len(columns))
	for _, c := range columns {
		i := slices.IndexFunc(fields, func(f parquet.Field) bool { return f.Name() == c.Path })
		sorted = append(sorted, fields[i])
	}
	return parquet.NewSchema("rows", ordered{group, sorted})
}

// WriteParquet writes the rows as a Parquet file with Zstandard compression; what is missing or null is null. The columns' paths
// must be distinct.
func WriteParquet(w io.Writer, columns []Column, rows Rows) error {
	out := parquet.NewGenericWriter[any](w, schema(columns), parquet.Compression(&zstd.Codec{}), parquet.MaxRowsPerRowGroup(groupRows))
	c := newCells(columns)
	var waiting []parquet.Row
	flush := func() error {
		_, err := out.WriteRows(waiting)
		waiting = waiting[:0]
		return err
	}
	err := rows(func(row []byte) error {
		if err := c.set(row); err != nil {
			return err
		}
		values := make(parquet.Row, len(columns))
		for i, v := range c.row {
			converted, err := columns[i].Type.convert(v)
			if err != nil {
				return err
			}
			level := 1
			if converted.IsNull() {
				level = 0
			}
			values[i] = converted.Level(0, level, i)
		}
		if waiting = append(waiting, values); len(waiting) < batch {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	if err != nil {
		return err
	}
	return out.Close()
}

// convert returns a value as the column's type has it.
func (t Type) convert(v *value) (parquet.Value, error) {
	if v == nil || v.kind() == 'n' {
		return parquet.NullValue(), nil
	}
	s, err := v.text()
	if err != nil {
		return parquet.Value{}, err
	}
	switch t {
	case Bool:
		return parquet.BooleanValue(s == "true"), nil
	case Int:
		i, err := strconv.ParseInt(s, 10, 64)
		return parquet.Int64Value(i), err
	case Float:
		f, err := strconv.ParseFloat(s, 64)
		return parquet.DoubleValue(f), err
	}
	return parquet.ByteArrayValue([]byte(s)), nil
}

package tables

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// Rows calls use with every row, a JSON object, and stops at its first error. It can be called again and again.
type Rows func(use func(row []byte) error) error

// Type is what a column's values are.
type Type int

// The types. A column of Text may hold JSON, where rows disagree or have arrays.
const (
	Text Type = iota
	Bool
	Int
	Float
)

// Column is a column of a table.
type Column struct {
	Path string
	Type Type
}

// maxColumns bounds the columns of a table.
const maxColumns = 2000

// Layout says which columns a table gets.
type Layout struct {
	// Fields are the only columns, in this order; nil for all that there are.
	Fields []string
	// First are the columns that come first if there are such, and alone if there are no rows.
	First []string
	// Numbers are columns whose texts are numbers that somebody has put between quotation marks.
	Numbers []string
}

// Columns finds the columns and their types. Fields that no row has are columns of empty texts, and returned as missing.
func (l Layout) Columns(rows Rows) (columns []Column, missing []string, err error) {
	seen := map[string]*kinds{}
	var order []string
	var values []value
	err = rows(func(row []byte) error {
		if values, err = flatten(values[:0], "", row, 1); err != nil {
			return err
		}
		for i := range values {
			v := &values[i]
			if l.Fields != nil && !slices.Contains(l.Fields, v.path) {
				continue
			}
			k := seen[v.path]
			if k == nil {
				if len(seen) == maxColumns {
					return fmt.Errorf("more than %d columns", maxColumns)
				}
				k = &kinds{}
				seen[v.path] = k
				order = append(order, v.path)
			}
			k.add(v, slices.Contains(l.Numbers, v.path))
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	paths := l.Fields
	if paths == nil {
		for _, path := range l.First {
			if seen[path] != nil || len(seen) == 0 {
				paths = append(paths, path)
			}
		}
		for _, path := range order {
			if !slices.Contains(l.First, path) {
				paths = append(paths, path)
			}
		}
	}
	for _, path := range paths {
		k := seen[path]
		if k == nil {
			k = &kinds{}
			if l.Fields != nil {
				missing = append(missing, path)
			}
		}
		columns = append(columns, Column{path, k.columnType()})
	}
	if len(columns) == 0 {
		return nil, nil, errors.New("no row has a column")
	}
	return columns, missing, nil
}

// kinds counts what a column's values are; null is nothing.
type kinds struct{ texts, bools, ints, floats int }

func (k *kinds) add(v *value, numbers bool) {
	switch c := v.kind(); {
	case c == 'n':
	case c == 't' || c == 'f':
		k.bools++
	case c == '[':
		k.texts++
	case c == '"' && !numbers:
		k.texts++
	default:
		switch v.numeral() {
		case Int:
			k.ints++
		case Float:
			k.floats++
		default:
			k.texts++
		}
	}
}

func (k *kinds) columnType() Type {
	switch {
	case k.texts == 0 && k.bools > 0 && k.ints+k.floats == 0:
		return Bool
	case k.texts == 0 && k.bools == 0 && k.floats > 0:
		return Float
	case k.texts == 0 && k.bools == 0 && k.ints > 0:
		return Int
	}
	return Text
}

// numeral tells which type holds a number, or a text that spells one as JSON would. It is Text for other texts, and for what is
// beyond 64 bits.
func (v *value) numeral() Type {
	s, err := v.text()
	if err != nil || !json.Valid([]byte(s)) || s[0] != '-' && (s[0] < '0' || s[0] > '9') {
		return Text
	}
	if _, err := strconv.ParseInt(s, 10, 64); err == nil {
		return Int
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return Float
	}
	return Text
}

package data

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The fields of rows that were tokenized elsewhere, as Hugging Face's tokenizers name them.
const (
	inputIDsField      = "input_ids"
	tokenTypeIDsField  = "token_type_ids"
	attentionMaskField = "attention_mask"
)

// columns names the fields that rows are made from. An empty name means that the first row has no such field.
type columns struct{ text, label string }

// choose settles the columns on the first row's fields.
func (o Options) choose(fields []field) (columns, error) {
	var c columns
	if o.TextField != "" {
		c.text = o.TextField
	} else {
		c.text = firstOf(fields, defaultTextFields)
	}
	if c.text == "" && find(fields, inputIDsField) == nil {
		return c, fmt.Errorf("no text field (looked for %s); columns here: %s", strings.Join(defaultTextFields, ", "), names(fields))
	}
	if o.TextField != "" && find(fields, c.text) == nil {
		return c, fmt.Errorf("no field %q; columns here: %s", c.text, names(fields))
	}
	if o.LabelField != "" {
		c.label = o.LabelField
		if o.NeedLabel && find(fields, c.label) == nil {
			return c, fmt.Errorf("no field %q; columns here: %s", c.label, names(fields))
		}
	} else if c.label = firstOf(fields, defaultLabelFields); c.label == "" && o.NeedLabel {
		return c, fmt.Errorf("no label field (looked for %s); columns here: %s", strings.Join(defaultLabelFields, ", "), names(fields))
	}
	return c, nil
}

// firstOf returns the first wanted name that the fields have, as they spell it.
func firstOf(fields []field, wanted []string) string {
	for _, name := range wanted {
		if find(fields, name) != nil {
			return name
		}
	}
	for _, name := range wanted {
		for _, f := range fields {
			if strings.EqualFold(f.name, name) {
				return f.name
			}
		}
	}
	return ""
}

// names lists the columns for a message, cut where it would no longer be read.
func names(fields []field) string {
	if len(fields) == 0 {
		return "none"
	}
	const most = 20
	var b strings.Builder
	for i, f := range fields {
		if i == most {
			fmt.Fprintf(&b, " and %d more", len(fields)-most)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		name := f.name
		if r := []rune(name); len(r) > 60 {
			name = string(r[:60]) + "..."
		}
		b.WriteString(strings.Map(printable, name))
	}
	return b.String()
}

// printable keeps messages on one line, whatever a file's header holds.
func printable(r rune) rune {
	if strconv.IsPrint(r) {
		return r
	}
	return utf8.RuneError
}

// row gives the fields of one record their meaning.
func (c columns) row(fields []field, o Options) (Row, error) {
	var row Row
	var err error
	if ids := find(fields, inputIDsField); ids != nil {
		if err = row.setTokens(ids, find(fields, tokenTypeIDsField), find(fields, attentionMaskField)); err != nil {
			return row, err
		}
	}
	text := (*field)(nil)
	if c.text != "" {
		text = find(fields, c.text)
	}
	switch {
	case text != nil:
		if row.Text, err = text.text(); err != nil && row.InputIDs == nil {
			return row, err
		}
	case row.InputIDs == nil && c.text == "":
		return row, fmt.Errorf("no field %q; columns here: %s", inputIDsField, names(fields))
	case row.InputIDs == nil:
		return row, fmt.Errorf("no field %q; columns here: %s", c.text, names(fields))
	}
	if !o.AllowEmpty && row.InputIDs == nil && strings.TrimSpace(row.Text) == "" {
		return row, fmt.Errorf("field %q: the text is empty", c.text)
	}
	if o.IDField != "" {
		id := find(fields, o.IDField)
		if id == nil {
			return row, fmt.Errorf("no field %q; columns here: %s", o.IDField, names(fields))
		}
		if row.ID, err = id.id(); err != nil {
			return row, err
		}
	}
	label := (*field)(nil)
	if c.label != "" {
		label = find(fields, c.label)
	}
	if label == nil {
		if o.NeedLabel {
			return row, fmt.Errorf("no field %q; columns here: %s", c.label, names(fields))
		}
		return row, nil
	}
	if row.Label, err = label.label(); err != nil {
		if o.NeedLabel {
			return row, err
		}
		row.Label = Label{}
	}
	return row, nil
}

// text reads a text. A number counts as the characters that spell it: tools that guess types turn the review "10" into one.
func (f *field) text() (string, error) {
	switch f.kind {
	case kindCell:
		return f.cell, nil
	case kindNumber:
		return string(f.raw), nil
	case kindString:
		s, err := unquote(f.raw)
		if err != nil {
			return "", fmt.Errorf("field %q: %w", f.name, err)
		}
		return s, nil
	}
	return "", fmt.Errorf("field %q: want a text, got %s", f.name, f.kind)
}

// label reads a bool, an integer or a name; a whole float counts as an integer.
func (f *field) label() (Label, error) {
	switch f.kind {
	case kindBool:
		return BoolValue(f.raw[0] == 't'), nil
	case kindNumber:
		if i, ok := wholeNumber(string(f.raw)); ok {
			return IntValue(i), nil
		}
		return Label{}, fmt.Errorf("field %q: want a bool, a label name or 0/1, got %.40s", f.name, f.raw)
	case kindString, kindCell:
		s, err := f.text()
		if err != nil {
			return Label{}, err
		}
		if s = strings.TrimSpace(s); s == "" {
			return Label{}, fmt.Errorf("field %q: the label is empty", f.name)
		}
		return NameValue(s), nil
	}
	return Label{}, fmt.Errorf("field %q: want a bool, a label name or 0/1, got %s", f.name, f.kind)
}

// setTokens reads input_ids, token_type_ids and attention_mask. Masked positions at the end are padding and are cut
// off; a mask with holes would need attention that skips them, so it is refused.
func (r *Row) setTokens(ids, types, mask *field) error {
	var err error
	if r.InputIDs, err = ids.integers(); err != nil {
		return err
	}
	if types != nil {
		if r.TokenTypeIDs, err = types.integers(); err != nil {
			return err
		}
		if len(r.TokenTypeIDs) != len(r.InputIDs) {
			return fmt.Errorf("field %q has %d entries, %q has %d", types.name, len(r.TokenTypeIDs), ids.name, len(r.InputIDs))
		}
	}
	if mask != nil {
		m, err := mask.integers()
		if err != nil {
			return err
		}
		if len(m) != len(r.InputIDs) {
			return fmt.Errorf("field %q has %d entries, %q has %d", mask.name, len(m), ids.name, len(r.InputIDs))
		}
		n := len(m)
		for n > 0 && m[n-1] == 0 {
			n--
		}
		for i, v := range m[:n] {
			if v != 1 {
				return fmt.Errorf("field %q: only zeros at the end are understood, got %d at %d", mask.name, v, i)
			}
		}
		r.InputIDs = r.InputIDs[:n]
		if types != nil {
			r.TokenTypeIDs = r.TokenTypeIDs[:n]
		}
	}
	if len(r.InputIDs) == 0 {
		return fmt.Errorf("field %q: no token", ids.name)
	}
	return nil
}

// integers reads a JSON array of integers from 0 to 2^31-1; a cell of a table holds it as text.
func (f *field) integers() ([]int32, error) {
	raw := f.raw
	if f.kind == kindCell {
		raw = []byte(strings.TrimSpace(f.cell))
		if len(raw) == 0 || raw[0] != '[' {
			return nil, fmt.Errorf("field %q: want an array of integers such as [101, 102]", f.name)
		}
		if err := checkJSON(raw, 1); err != nil {
			return nil, fmt.Errorf("field %q: %w", f.name, err)
		}
	} else if f.kind != kindArray {
		return nil, fmt.Errorf("field %q: want an array of integers, got %s", f.name, f.kind)
	}
	out := []int32{}
	for i, e := range splitArray(raw) {
		v, err := strconv.ParseInt(string(e), 10, 64)
		switch {
		case err != nil && kindOf(e[0]) == kindNumber && !errors.Is(err, strconv.ErrRange):
			return nil, fmt.Errorf("field %q[%d]: want an integer, got %.40s", f.name, i, e)
		case err != nil && kindOf(e[0]) != kindNumber:
			return nil, fmt.Errorf("field %q[%d]: want an integer, got %s", f.name, i, kindOf(e[0]))
		case err != nil || v < 0 || v > math.MaxInt32:
			return nil, fmt.Errorf("field %q[%d]: %.40s is no token id", f.name, i, e)
		}
		out = append(out, int32(v))
	}
	return out, nil
}

package data

import (
	"errors"
	"slices"
	"strings"
)

// document reads a JSON file: an array of rows; an object that holds one array of rows, as Steam's answers and many
// exports do (in the newer of them inside another object); an object of columns, as datasets' to_dict gives; or objects one
// after another.
type document struct {
	src  *source
	in   *scanner
	opts Options
	step func() (record, error) // reads on from where the last record ended
	rows int

	found   string  // the member that held an array of rows
	inside  bool    // of a member that wraps rows (Steam's "response")
	wrapped bool    // there was such a member
	members []field // of an object that may turn out to be a row or a set of columns
	empty   bool    // a member is an empty array: rows that are none
	fresh   bool    // at an array's or object's first entry, where no comma stands
	plain   bool    // an outermost object is a row
}

func newDocument(src *source, o Options, plain bool) *document {
	d := &document{src: src, in: newScanner(src, o.MaxDepth), opts: o, plain: plain}
	d.step = d.start
	return d
}

func (d *document) next() (record, error) { return d.step() }

func (d *document) start() (record, error) {
	c, err := d.in.peek()
	if err != nil {
		return record{}, err
	}
	d.fresh = true
	switch {
	case c == '[':
		d.in.take()
		d.step = func() (record, error) { return d.element(d.end) }
	case c == '{' && d.plain:
		d.step = d.another
	case c == '{':
		d.in.take()
		d.step = d.member
	default:
		return record{}, d.in.fail("want a JSON array or object, got %q", c)
	}
	return d.step()
}

// end allows nothing but white space.
func (d *document) end() (record, error) {
	c, err := d.in.peek()
	if err == nil {
		err = d.in.fail("unexpected %q after the end of the JSON value", c)
	}
	return record{}, err
}

// element reads one row of an array; after is what follows the array.
func (d *document) element(after func() (record, error)) (record, error) {
	more, err := d.entry(']', "an array's next row or its ]")
	if err != nil {
		return record{}, err
	}
	if !more {
		d.step = after
		return d.step()
	}
	return d.object()
}

// entry moves to an array's or object's next entry, past the comma, and reports false at the closing bracket.
func (d *document) entry(closing byte, what string) (bool, error) {
	c, err := d.in.want(what)
	if err != nil {
		return false, err
	}
	fresh := d.fresh
	d.fresh = false
	switch {
	case c == closing:
		d.in.take()
		return false, nil
	case fresh:
		return true, nil
	case c != ',':
		return false, d.in.fail("want %s, got %q", what, c)
	}
	d.in.take()
	if c, err = d.in.want(what); err == nil && c == closing {
		err = d.in.fail("a comma before %q", c)
	}
	return err == nil, err
}

// object reads one row.
func (d *document) object() (record, error) {
	d.rows++
	line := d.in.line
	raw, whole, err := d.in.value("", d.opts.MaxRowBytes, true)
	if err != nil {
		return record{}, err
	}
	if !whole {
		return record{}, &RowError{d.src.name, line, d.rows, errRowSize(d.opts.MaxRowBytes)}
	}
	fields, err := parseObject(raw, d.opts.MaxDepth)
	if err != nil {
		return record{}, &RowError{d.src.name, line, d.rows, err}
	}
	return record{line: line, row: d.rows, fields: fields}, nil
}

// member reads on in an object until rows turn up in one of its members, or it ends.
func (d *document) member() (record, error) {
	for {
		more, err := d.entry('}', "an object's next member or its }")
		if err != nil {
			return record{}, err
		}
		if !more && d.inside {
			d.inside = false
			continue
		}
		if !more {
			return d.objectEnd()
		}
		name, err := d.name()
		if err != nil {
			return record{}, err
		}
		c, err := d.in.want("a value")
		if err != nil {
			return record{}, err
		}
		if name == wrapperField && c == '{' && !d.isRow() && d.found == "" && !d.wrapped {
			d.in.take()
			d.inside, d.wrapped, d.empty, d.fresh = true, true, true, true
			continue
		}
		open := ""
		if c == '[' && !d.isRow() {
			d.in.take()
			open = "["
			if c, err = d.in.want("an array's first value"); err != nil {
				return record{}, err
			}
			d.empty = d.empty || c == ']'
			if c == '{' {
				if d.found != "" {
					return record{}, d.in.fail("two arrays of rows: %q and %q", d.found, name)
				}
				d.found, d.fresh = name, true
				d.step = func() (record, error) { return d.element(d.member) }
				return d.step()
			}
		}
		if d.inside { // beside the rows stand counts and a cursor, which no row needs
			_, _, err = d.in.value(open, d.opts.MaxRowBytes, false)
		} else {
			err = d.keep(name, c, open)
		}
		if err != nil {
			return record{}, err
		}
	}
}

// name reads a member's name and the colon after it.
func (d *document) name() (string, error) {
	c, err := d.in.want("a member's name")
	if err != nil {
		return "", err
	}
	if c != '"' {
		return "", d.in.fail("want a member's name, got %q", c)
	}
	raw, whole, err := d.in.value("", 1<<16, true)
	if err != nil {
		return "", err
	}
	if !whole {
		return "", d.in.fail("a member's name is longer than %d bytes", 1<<16)
	}
	if err := checkJSON(raw, 1); err != nil {
		return "", d.in.fail("%w", err)
	}
	name, err := unquote(raw)
	if err != nil {
		return "", d.in.fail("%w", err)
	}
	if c, err = d.in.want("a colon"); err != nil {
		return "", err
	}
	if c != ':' {
		return "", d.in.fail("want a colon after %q, got %q", name, c)
	}
	d.in.take()
	return name, nil
}

// keep stores a member that a row or a set of columns could need, and passes over others.
func (d *document) keep(name string, first byte, open string) error {
	if find(d.members, name) != nil {
		return d.in.fail("field %q stands twice", name)
	}
	wanted := d.wanted(name)
	limit := d.opts.MaxRowBytes
	if open != "" {
		limit = max(limit, maxColumnBytes)
	}
	raw, whole, err := d.in.value(open, limit, wanted)
	switch {
	case err != nil:
		return err
	case wanted && !whole:
		return d.in.fail("field %q is larger than %d bytes", name, limit)
	}
	f := field{name: name, kind: kindOf(first)}
	if open != "" {
		f.kind = kindArray
	}
	if wanted {
		if err := checkJSON(raw, d.opts.MaxDepth); err != nil {
			return d.in.fail("field %q: %w", name, err)
		}
		f.raw = slices.Clone(raw)
	}
	if len(d.members) == maxMembers {
		return d.in.fail("an object of more than %d members", maxMembers)
	}
	d.members = append(d.members, f)
	return nil
}

// maxMembers bounds the members of a file's outermost object; a row seldom has a hundred.
const maxMembers = 10_000

func (d *document) wanted(name string) bool { return d.opts.KeepFields || d.meant(name) }

// meant reports whether a field of that name may be a row's text, label or tokens.
func (d *document) meant(name string) bool {
	same := func(s string) bool { return strings.EqualFold(s, name) }
	return name == d.opts.TextField || name == d.opts.LabelField || name == d.opts.IDField && name != "" || slices.ContainsFunc(defaultTextFields, same) ||
		slices.ContainsFunc(defaultLabelFields, same) || name == inputIDsField || name == tokenTypeIDsField || name == attentionMaskField
}

// isRow reports whether the members so far show that the object is a row itself, so that arrays in it are no rows.
func (d *document) isRow() bool {
	return slices.ContainsFunc(d.members, func(f field) bool {
		return f.kind == kindString && f.raw != nil && f.name != d.opts.LabelField && !slices.Contains(defaultLabelFields, strings.ToLower(f.name))
	})
}

// objectEnd decides what an object without an array of rows was.
func (d *document) objectEnd() (record, error) {
	if d.found == pageField || d.wrapped && d.found == "" {
		d.step = d.another // a page of reviews; more of them may follow
		return d.step()
	}
	if d.found != "" {
		d.step = d.end
		return d.step()
	}
	if cols := d.asColumns(); cols != nil {
		return d.startColumns(cols)
	}
	kept := slices.DeleteFunc(slices.Clone(d.members), func(f field) bool { return f.raw == nil })
	switch {
	case len(kept) > 0:
		d.step = d.another
	case d.empty:
		d.step = d.end
		return d.step()
	default:
		return record{}, d.in.fail("%w; members here: %s", errNoRows, names(d.members))
	}
	d.rows++
	return record{line: d.in.line, row: d.rows, fields: kept}, nil
}

var errNoRows = errors.New("neither an array of rows nor a row")

// another reads objects that follow the first without an array around them.
func (d *document) another() (record, error) {
	c, err := d.in.peek()
	if err == nil && c != '{' {
		err = d.in.fail("unexpected %q after the end of the JSON value", c)
	}
	if err != nil {
		return record{}, err
	}
	return d.object()
}

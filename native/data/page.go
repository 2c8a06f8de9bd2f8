package data

import (
	"errors"
	"slices"
)

// The members of an answer of Steam's review list. The older API has {"success","query_summary","reviews","cursor"}, the newer
// one the same inside {"response"}, where the reviews are left out when there are none.
const (
	pageField    = "reviews"
	wrapperField = "response"
	summaryField = "query_summary"
)

// pageRows are the rows of one saved answer that have not been read yet.
type pageRows struct {
	line int
	row  int // of the last row that was read, in the file
	rows [][]byte
}

// record returns the next record. Where a row should stand, there may be a whole saved answer, as loaders keep them one a line or
// in an array: its reviews are then the records.
func (r *Reader) record() (record, error) {
	for len(r.page.rows) == 0 {
		rec, err := r.records.next()
		if err != nil {
			return record{}, err
		}
		if !r.opts.isPage(rec.fields) {
			return rec, nil
		}
		rows, err := splitPage(rec.fields, r.opts.MaxDepth)
		if err != nil {
			return record{}, r.at(rec, err)
		}
		r.page.line, r.page.rows = rec.line, rows
	}
	raw := r.page.rows[0]
	r.page.rows = r.page.rows[1:]
	r.page.row++
	rec := record{line: r.page.line, row: r.page.row}
	var err error
	if rec.fields, err = parseObject(raw, r.opts.MaxDepth); err != nil {
		return record{}, r.at(rec, err)
	}
	return rec, nil
}

// isPage tells an answer from a row: it has the members of one and no text.
func (o Options) isPage(fields []field) bool {
	for _, name := range append([]string{o.TextField}, defaultTextFields...) {
		if f := find(fields, name); f != nil && f.kind != kindArray {
			return false
		}
	}
	if f := find(fields, wrapperField); f != nil && f.kind == kindObject {
		return true
	}
	f := find(fields, pageField)
	return f != nil && f.kind == kindArray && (find(fields, summaryField) != nil || startsWithObject(f.raw))
}

func startsWithObject(array []byte) bool {
	first := skipSpace(array, 1)
	return array[first] == '{'
}

// splitPage returns the reviews of an answer.
func splitPage(fields []field, maxDepth int) ([][]byte, error) {
	if wrapper := find(fields, wrapperField); wrapper != nil {
		var err error
		if fields, err = parseObject(wrapper.raw, maxDepth); err != nil {
			return nil, err
		}
	}
	list := find(fields, pageField)
	switch {
	case list == nil && (len(fields) == 0 || find(fields, summaryField) != nil):
		return nil, nil // an application that Steam does not know, or that has no such reviews
	case list == nil || list.kind != kindArray:
		return nil, errors.New("an answer of Steam's without a list of reviews")
	}
	return slices.Clone(splitArray(list.raw)), nil
}

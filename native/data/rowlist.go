package data

import (
	"encoding/json"
	"os"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
)

// maxRowList bounds a file of row numbers, in bytes.
const maxRowList = 256 << 20

// ReadRowList reads the numbers of rows to take, counted from 0, in their order. spec is the path of a JSON file that holds a
// list of them, or PATH:KEY for the list under a key of a JSON object.
func ReadRowList(spec string) ([]int, error) {
	path, key := spec, ""
	if _, err := os.Stat(path); err != nil {
		if colon := strings.LastIndexByte(spec, ':'); colon > 0 {
			path, key = spec[:colon], spec[colon+1:]
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, badinput.Errorf("row list: %w", err)
	}
	if info.Size() > maxRowList {
		return nil, badinput.Errorf("row list %s: %d bytes, more than the limit of %d", path, info.Size(), maxRowList)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, badinput.Errorf("row list: %w", err)
	}
	if key != "" {
		var object map[string]json.RawMessage
		if err := json.Unmarshal(text, &object); err != nil {
			return nil, badinput.Errorf("row list %s: want a JSON object: %w", path, err)
		}
		value, ok := object[key]
		if !ok {
			return nil, badinput.Errorf("row list %s: no key %q", path, key)
		}
		text = value
	}
	var rows []int
	if err := json.Unmarshal(text, &rows); err != nil {
		return nil, badinput.Errorf("row list %s: want a list of row numbers: %w", spec, err)
	}
	if len(rows) == 0 {
		return nil, badinput.Errorf("row list %s: no rows", spec)
	}
	return rows, nil
}

// TakeListed returns the rows that ReadRowList's spec lists, and their numbers. Rows of a file of which bad ones were skipped
// have no numbers: that is an input error.
func (s *Set) TakeListed(spec string) (*Set, []int, error) {
	rows, err := ReadRowList(spec)
	if err != nil {
		return nil, nil, err
	}
	if s.Skipped > 0 {
		return nil, nil, badinput.Errorf("%s: %d bad rows were skipped, so the row list would name others; mend the file", s.File, s.Skipped)
	}
	part, err := s.Take(rows)
	return part, rows, err
}

// Take returns the rows of those numbers. A number that the set has not is an input error.
func (s *Set) Take(rows []int) (*Set, error) {
	for _, r := range rows {
		if r < 0 || r >= s.Len() {
			return nil, badinput.Errorf("%s: row %d of %d, counted from 0", s.File, r, s.Len())
		}
	}
	return s.Select(rows), nil
}

package tables

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// maxDepth bounds how deep objects may stand in each other.
const maxDepth = 32

// value is one value of a row: raw JSON that is no object.
type value struct {
	path string
	raw  json.RawMessage
}

// kind is the first byte of the JSON: '"', '[', 't', 'f', 'n' or that of a number.
func (v *value) kind() byte { return v.raw[0] }

// text returns the value as a cell: strings without quotation marks, all else as JSON, null as nothing.
func (v *value) text() (string, error) {
	switch v.kind() {
	case 'n':
		return "", nil
	case '"':
		var s string
		err := json.Unmarshal(v.raw, &s)
		return s, err
	}
	return string(v.raw), nil
}

// flatten appends the values of a JSON object in their order. Empty objects have none.
func flatten(values []value, prefix string, object []byte, depth int) ([]value, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("objects inside each other to more than %d levels", maxDepth)
	}
	d := json.NewDecoder(bytes.NewReader(object))
	opening, err := d.Token()
	if err != nil {
		return nil, err
	}
	if opening != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		path := prefix + name.(string) // a member's name is a string
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, err
		}
		if raw[0] != '{' {
			values = append(values, value{path, raw})
			continue
		}
		if values, err = flatten(values, path+".", raw, depth+1); err != nil {
			return nil, err
		}
	}
	_, err = d.Token()
	return values, err
}

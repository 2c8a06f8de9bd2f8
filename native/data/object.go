package data

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// kind is the JSON type of a field; cell is text of a table, which has no types.
type kind uint8

const (
	kindNull kind = iota
	kindBool
	kindNumber
	kindString
	kindArray
	kindObject
	kindCell
)

func (k kind) String() string {
	return [...]string{"null", "bool", "number", "string", "array", "object", "text"}[k]
}

// field is one named value of a record: raw JSON, or a table's cell.
type field struct {
	name string
	kind kind
	raw  []byte // JSON, valid until the next record is read
	cell string
}

// kindOf tells a JSON value's type from its first byte.
func kindOf(first byte) kind {
	switch first {
	case '"':
		return kindString
	case '{':
		return kindObject
	case '[':
		return kindArray
	case 't', 'f':
		return kindBool
	case 'n':
		return kindNull
	}
	return kindNumber
}

// parseObject splits one JSON object into its members. It refuses bytes that are not UTF-8, wrong grammar, nesting
// beyond maxDepth, members of the same name and any value that is not an object.
func parseObject(raw []byte, maxDepth int) ([]field, error) {
	if err := checkJSON(raw, maxDepth); err != nil {
		return nil, err
	}
	if k := kindOf(raw[0]); k != kindObject {
		return nil, fmt.Errorf("want a JSON object, got %s", k)
	}
	var fields []field
	var seen map[string]bool // only wide objects pay for it
	for i := skipSpace(raw, 1); raw[i] != '}'; {
		end := valueEnd(raw, i)
		name, err := unquote(raw[i:end])
		if err != nil {
			return nil, err
		}
		i = skipSpace(raw, skipSpace(raw, end)+1) // past the colon
		end = valueEnd(raw, i)
		if seen == nil && len(fields) == 16 {
			seen = make(map[string]bool)
			for _, f := range fields {
				seen[f.name] = true
			}
		}
		if seen[name] || seen == nil && find(fields, name) != nil {
			return nil, fmt.Errorf("field %q stands twice", name)
		}
		if seen != nil {
			seen[name] = true
		}
		fields = append(fields, field{name: name, kind: kindOf(raw[i]), raw: raw[i:end]})
		if i = skipSpace(raw, end); raw[i] == ',' {
			i = skipSpace(raw, i+1)
		}
	}
	return fields, nil
}

func find(fields []field, name string) *field {
	for i := range fields {
		if fields[i].name == name {
			return &fields[i]
		}
	}
	return nil
}

// splitArray returns the elements of a JSON array that checkJSON has passed.
func splitArray(raw []byte) [][]byte {
	var elements [][]byte
	for i := skipSpace(raw, 1); raw[i] != ']'; {
		end := valueEnd(raw, i)
		elements = append(elements, raw[i:end])
		if i = skipSpace(raw, end); raw[i] == ',' {
			i = skipSpace(raw, i+1)
		}
	}
	return elements
}

// checkJSON accepts exactly one JSON value without space around it, in valid UTF-8 and within maxDepth.
func checkJSON(raw []byte, maxDepth int) error {
	if !utf8.Valid(raw) {
		return errUTF8(raw)
	}
	depth, inString := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return fmt.Errorf("JSON is nested deeper than %d", maxDepth)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	if json.Valid(raw) {
		return nil
	}
	var value json.RawMessage
	var syntax *json.SyntaxError
	if err := json.Unmarshal(raw, &value); errors.As(err, &syntax) {
		return fmt.Errorf("bad JSON at byte %d: %w", syntax.Offset, syntax)
	}
	return errors.New("bad JSON")
}

func errUTF8(raw []byte) error {
	for i := 0; i < len(raw); {
		r, size := utf8.DecodeRune(raw[i:])
		if r == utf8.RuneError && size <= 1 {
			return fmt.Errorf("invalid UTF-8 at byte %d (0x%02x)", i+1, raw[i])
		}
		i += size
	}
	return errors.New("invalid UTF-8")
}

func skipSpace(raw []byte, i int) int {
	for i < len(raw) && (raw[i] == ' ' || raw[i] == '\t' || raw[i] == '\n' || raw[i] == '\r') {
		i++
	}
	return i
}

// valueEnd returns where the value that begins at i ends; raw is known to be valid JSON.
func valueEnd(raw []byte, i int) int {
	switch kindOf(raw[i]) {
	case kindString:
		for i++; raw[i] != '"'; i++ {
			if raw[i] == '\\' {
				i++
			}
		}
		return i + 1
	case kindObject, kindArray:
		for depth := 0; ; i++ {
			switch raw[i] {
			case '"':
				i = valueEnd(raw, i) - 1
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
		}
	}
	for i < len(raw) && bytes.IndexByte([]byte(" \t\r\n,:]}"), raw[i]) < 0 {
		i++
	}
	return i
}

// unquote decodes a JSON string. Half of a surrogate pair has no UTF-8 form: where encoding/json would put U+FFFD in
// its place, it is an error here, for the text would not be what the file says.
func unquote(raw []byte) (string, error) {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1]), nil
	}
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		if i++; raw[i] != 'u' {
			continue
		}
		high := hexRune(raw[i+1:])
		if high < 0xd800 || high > 0xdfff {
			continue
		}
		low := raw[i+5:]
		if high > 0xdbff || len(low) < 6 || low[0] != '\\' || low[1] != 'u' || hexRune(low[2:])&0xfc00 != 0xdc00 {
			return "", fmt.Errorf("half a surrogate pair: \\u%s", raw[i+1:i+5])
		}
		i += 10
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err
}

// AppendJSON appends a text to b as a JSON string. Characters that HTML gives a meaning stay as they are.
func AppendJSON(b []byte, text string) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a string always has a JSON form, and a buffer takes it
	return append(b, bytes.TrimSuffix(out.Bytes(), []byte("\n"))...)
}

// hexRune reads four hexadecimal digits, which valid JSON has after \u.
func hexRune(digits []byte) rune {
	v, _ := strconv.ParseUint(string(digits[:4]), 16, 32)
	return rune(v)
}

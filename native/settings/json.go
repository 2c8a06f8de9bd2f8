package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// jsonReader reads tokens and knows on which line it is.
type jsonReader struct {
	file    *File
	content []byte
	tokens  *json.Decoder
	line    int
	counted int64 // bytes that line counts
}

// next returns the next token with its line.
func (r *jsonReader) next() (json.Token, error) {
	token, err := r.tokens.Token()
	offset := r.tokens.InputOffset()
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.Is(err, io.ErrUnexpectedEOF) || err == io.EOF:
		offset, err = int64(len(r.content)), errors.New("the file ends too early")
	}
	offset = min(max(offset, r.counted), int64(len(r.content)))
	r.line += bytes.Count(r.content[r.counted:offset], []byte("\n"))
	r.counted = offset
	if err != nil {
		return nil, r.file.Errorf(r.line, "bad JSON: %w", err)
	}
	return token, nil
}

// parseJSON reads an object.
func (f *File) parseJSON(content []byte) ([]Entry, error) {
	r := &jsonReader{file: f, content: content, tokens: json.NewDecoder(bytes.NewReader(content)), line: 1}
	r.tokens.UseNumber()
	token, err := r.next()
	if err != nil {
		return nil, err
	}
	if token != json.Delim('{') {
		return nil, f.Errorf(r.line, "want a JSON object of settings")
	}
	var all []Entry
	for r.tokens.More() && len(all) <= maxEntries {
		e, err := r.entry()
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	if len(all) > maxEntries {
		return all, nil
	}
	if _, err := r.next(); err != nil {
		return nil, err
	}
	if rest := bytes.TrimSpace(content[r.tokens.InputOffset():]); len(rest) > 0 {
		return nil, f.Errorf(r.line, "bad JSON: something follows the object")
	}
	return all, nil
}

// entry reads a name and its value.
func (r *jsonReader) entry() (Entry, error) {
	token, err := r.next()
	if err != nil {
		return Entry{}, err
	}
	name, ok := token.(string)
	if !ok {
		return Entry{}, r.file.Errorf(r.line, "want the name of a setting")
	}
	e := Entry{Name: name, Line: r.line}
	if token, err = r.next(); err != nil {
		return e, err
	}
	if token != json.Delim('[') {
		v, err := r.value(name, token)
		e.Values = []Value{v}
		return e, err
	}
	e.List = true
	for r.tokens.More() {
		if token, err = r.next(); err != nil {
			return e, err
		}
		v, err := r.value(name, token)
		if err != nil {
			return e, err
		}
		if e.Values = append(e.Values, v); len(e.Values) > maxValues {
			return e, r.file.Errorf(e.Line, "%q: more than %d values", name, maxValues)
		}
	}
	_, err = r.next()
	return e, err
}

// value makes a value of a token.
func (r *jsonReader) value(name string, token json.Token) (Value, error) {
	v := Value{Line: r.line}
	switch t := token.(type) {
	case nil:
		v.Kind = Null
	case bool:
		v.Kind, v.Text = Bool, fmt.Sprint(t)
	case string:
		v.Kind, v.Text = Text, t
	case json.Number:
		v.Kind, v.Text = Integer, t.String()
		if strings.ContainsAny(v.Text, ".eE") {
			v.Kind = Float
		}
	default:
		what := "a mapping"
		if token == json.Delim('[') {
			what = "a list"
		}
		return v, r.file.Errorf(r.line, "%q: want a value or a list of values, got %s", name, what)
	}
	return v, nil
}

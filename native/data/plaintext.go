package data

import (
	"bytes"
	"unicode/utf8"
)

// textField is the name that a line of a plain text file goes by in messages.
const textField = "text"

// plainText reads plain text: every line is a text of its own, empty lines too, so that rows and lines count alike.
type plainText struct{ lines }

func newPlainText(src *source, o Options) *plainText { return &plainText{lines{src: src, opts: o}} }

func (t *plainText) next() (record, error) {
	text, err := t.readLine()
	if err != nil {
		return record{}, err
	}
	text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
	if !utf8.Valid(text) {
		return record{}, &RowError{File: t.src.name, Line: t.line, Err: errUTF8(text)}
	}
	return record{line: t.line, fields: []field{{name: textField, kind: kindCell, cell: string(text)}}}, nil
}

// sniffTexts guesses the format of a stream from the little of it that has arrived: rows of JSON begin with an object, those
// of a JSON document with an array of objects or with a bracket alone on its line; anything else is plain text.
func sniffTexts(head []byte) Format {
	head = bytes.TrimLeft(head, " \t\r\n")
	array := bytes.HasPrefix(head, []byte("["))
	if array {
		head = bytes.TrimLeft(head[1:], " \t\r\n")
	}
	members, ok := bytes.CutPrefix(head, []byte("{"))
	inner := bytes.TrimLeft(members, " \t\r\n")
	switch {
	case !ok || len(inner) > 0 && inner[0] != '"' && inner[0] != '}':
		return Text
	case array || bytes.HasPrefix(bytes.TrimLeft(members, " \t\r"), []byte("\n")):
		return JSON
	}
	return JSONL
}

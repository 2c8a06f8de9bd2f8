package prompt

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
)

// Format is how a server is asked to keep a model to the form of an answer: the request's response_format.
type Format string

// The formats. Auto begins with a schema and falls back to what the server takes.
const (
	Auto       Format = "auto"
	JSONSchema Format = "json_schema" // the server admits only what the schema admits: each number once, with a label
	JSONObject Format = "json_object" // the server admits only JSON
	PlainText  Format = "text"        // no response_format is sent
)

// fallbacks are the formats that Auto tries, one after the other.
var fallbacks = []Format{JSONSchema, JSONObject, PlainText}

// ParseFormat returns the format of that name.
func ParseFormat(name string) (Format, error) {
	switch f := Format(name); f {
	case Auto, JSONSchema, JSONObject, PlainText:
		return f, nil
	}
	return "", badinput.Errorf("format %q: want auto, json_schema, json_object or text", name)
}

// responseFormat is the field of the request for n texts; nil for none.
func (f Format) responseFormat(n int, labels *data.Labels) json.RawMessage {
	switch f {
	case JSONSchema:
		return json.RawMessage(`{"type":"json_schema","json_schema":{"name":"labels","strict":true,"schema":` + answerSchema(n, labels) + `}}`)
	case JSONObject:
		return json.RawMessage(`{"type":"json_object"}`)
	}
	return nil
}

// answerSchema is the JSON schema of what ParseAnswer takes. Every number is a property of its own, so the schema itself sees to
// it that none is missing and none occurs twice; the keywords are those that all servers with schemas know.
func answerSchema(n int, labels *data.Labels) string {
	names := make([]string, labels.Len())
	for i, name := range labels.Names() {
		names[i] = quoted(name)
	}
	label := `{"type":"string","enum":[` + strings.Join(names, ",") + `]}`
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf(`"%d"`, i+1)
	}
	return `{"type":"object","properties":` + numberedObject(n, ",", func(int) string { return label }) +
		`,"required":[` + strings.Join(keys, ",") + `],"additionalProperties":false}`
}

// negotiation is the format that the server is known to take. Its methods may be called by several goroutines at once.
type negotiation struct {
	fixed Format       // "" where it is negotiated
	at    atomic.Int32 // index in fallbacks
}

func newNegotiation(f Format) *negotiation {
	if f == Auto {
		return &negotiation{}
	}
	return &negotiation{fixed: f}
}

// format is what to send now.
func (n *negotiation) format() Format {
	if n.fixed != "" {
		return n.fixed
	}
	return fallbacks[n.at.Load()]
}

// refused tells that the server has refused this format. It returns what to send instead, and whether this call was the one to
// find out; with the last one refused, or no choice, ok is false.
func (n *negotiation) refused(f Format) (next Format, first, ok bool) {
	if n.fixed != "" {
		return "", false, false
	}
	for i := range len(fallbacks) - 1 {
		if fallbacks[i] == f {
			first = n.at.CompareAndSwap(int32(i), int32(i+1))
			return n.format(), first, true
		}
	}
	return "", false, false
}

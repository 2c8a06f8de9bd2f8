package prompt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Message is a turn of a chat.
type Message struct {
	Role    string `json:"role"` // system, user or assistant
	Content string `json:"content"`
}

// chatRequest is the body of a request for a chat completion, as OpenAI defines it.
type chatRequest struct {
	Model          string          `json:"model"`
	Messages       []Message       `json:"messages"`
	Stream         bool            `json:"stream"` // false; some servers stream unless told not to
	Temperature    *float64        `json:"temperature,omitempty"`
	Seed           *int64          `json:"seed,omitempty"`
	MaxTokens      int             `json:"max_tokens,omitempty"`
	ResponseFormat json.RawMessage `json:"response_format,omitempty"`
}

// ownFields are the fields of a request that Config.Extra may not set: some because other settings do, the last ones because
// the reply would have a form that is not read.
var ownFields = []string{"model", "messages", "temperature", "seed", "max_tokens", "response_format", "stream", "n", "tools", "functions"}

// body is the request as JSON, with the extra fields behind its own. extra is a JSON object or nil.
func (r *chatRequest) body(extra json.RawMessage) ([]byte, error) {
	own, err := marshal(r)
	if err != nil || extra == nil {
		return own, err
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, extra); err != nil {
		return nil, err
	}
	fields := bytes.TrimSuffix(bytes.TrimPrefix(compact.Bytes(), []byte("{")), []byte("}"))
	if len(fields) == 0 {
		return own, nil
	}
	return slices.Concat(own[:len(own)-1], []byte(","), fields, []byte("}")), nil
}

// checkExtra returns an error unless extra is nil or a JSON object without fields that are not its to set.
func checkExtra(extra json.RawMessage) error {
	if extra == nil {
		return nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(extra, &fields); err != nil || fields == nil {
		return errors.New("want a JSON object of request fields")
	}
	for _, name := range ownFields {
		if _, ok := fields[name]; ok {
			return fmt.Errorf("the field %q is not to be set here", name)
		}
	}
	return nil
}

// marshal is json.Marshal without the escapes that only HTML needs, which cost tokens.
func marshal(value any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// clip shortens a text for a message: white space becomes one blank, and what is beyond so many runes three dots.
func clip(text string, most int) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "..."
	}
	return text
}

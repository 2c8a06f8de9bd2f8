package prompt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maxReply bounds the body of a server's reply, in bytes. Labels for a chunk take some hundred; a model that thinks aloud, more.
const maxReply = 4 << 20

// Message is a turn of a chat.
type Message struct {
	Role    string `json:"role"` // system, user or assistant
	Content string `json:"content"`
}

// chatRequest is the body of a request for a chat completion, as OpenAI defines it.
type chatRequest struct {
	Model          string          `json:"model"`
	Messages       []Message       `json:"messages"`
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

// Usage is what a request has used up, in tokens.
type Usage struct {
	Prompt     int `json:"prompt_tokens"`
	Cached     int `json:"cached_tokens,omitempty"` // part of Prompt that the server had already read
	Completion int `json:"completion_tokens"`
}

// completion is the part of a chat completion that is needed here.
type completion struct {
	Model   string // that answered, as the server calls it
	Content string
	Refusal string // what the model said in place of an answer
	Finish  string // stop, length, content_filter, ...
	Usage   *Usage // nil where the server did not say
}

// errNoCompletion is wrapped by the errors of parseCompletion.
var errNoCompletion = errors.New("the reply is no chat completion")

// parseCompletion reads the body of a reply with status 200. Where the body is an error all the same, as some servers that
// pass requests on have it, the error is a *statusError.
func parseCompletion(body []byte) (*completion, error) {
	var reply struct {
		Model   string `json:"model"`
		Choices []struct {
			Message struct {
				Content content `json:"content"`
				Refusal string  `json:"refusal"`
			} `json:"message"`
			Finish string `json:"finish_reason"`
		} `json:"choices"`
		Usage *struct {
			Prompt     int `json:"prompt_tokens"`
			Completion int `json:"completion_tokens"`
			Details    struct {
				Cached int `json:"cached_tokens"`
			} `json:"prompt_tokens_details"`
		} `json:"usage"`
		Error json.RawMessage `json:"error"`
	}
	if err := json.Unmarshal(body, &reply); err != nil {
		return nil, fmt.Errorf("%w: %s", errNoCompletion, excerpt(body, err))
	}
	if len(reply.Choices) == 0 {
		if failure := parseFailure(0, body); failure.code != "" || failure.message != "" {
			return nil, failure
		}
		return nil, fmt.Errorf("%w: it has no choices", errNoCompletion)
	}
	choice := &reply.Choices[0]
	c := &completion{Model: reply.Model, Content: string(choice.Message.Content), Refusal: choice.Message.Refusal, Finish: choice.Finish}
	if u := reply.Usage; u != nil && u.Prompt >= 0 && u.Completion >= 0 && u.Prompt+u.Completion > 0 {
		c.Usage = &Usage{Prompt: u.Prompt, Cached: min(max(u.Details.Cached, 0), u.Prompt), Completion: u.Completion}
	}
	return c, nil
}

// excerpt says what stands in a body that is not the JSON that was expected: of a page, its beginning.
func excerpt(body []byte, err error) string {
	text := strings.TrimSpace(string(body[:min(len(body), 200)]))
	if text == "" {
		return "it is empty"
	}
	if strings.HasPrefix(text, "<") {
		return fmt.Sprintf("it is a page: %s", clip(text, 60))
	}
	return err.Error()
}

// content is the text of a message: a string, null, or a list of parts, of which those of type text count.
type content string

// UnmarshalJSON implements json.Unmarshaler.
func (c *content) UnmarshalJSON(raw []byte) error {
	if raw[0] != '[' {
		return json.Unmarshal(raw, (*string)(c))
	}
	var parts []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	if err := json.Unmarshal(raw, &parts); err != nil {
		return err
	}
	for _, p := range parts {
		if p.Type == "text" {
			*c += content(p.Text)
		}
	}
	return nil
}

// clip shortens a text for a message: white space becomes one blank, and what is beyond so many runes three dots.
func clip(text string, most int) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "..."
	}
	return text
}

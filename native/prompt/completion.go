package prompt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// maxReply bounds the body of a server's reply, in bytes. Labels for a chunk take some hundred; a model that thinks aloud, more.
const maxReply = 4 << 20

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

// reply is a chat completion as OpenAI defines it, or a part of one that is streamed, which has a delta in place of the message.
type reply struct {
	Model   string `json:"model"`
	Choices []struct {
		Index   int     `json:"index"`
		Message content `json:"message"`
		Delta   content `json:"delta"`
		Finish  string  `json:"finish_reason"`
	} `json:"choices"`
	Usage *struct {
		Prompt     int `json:"prompt_tokens"`
		Completion int `json:"completion_tokens"`
		Details    struct {
			Cached int `json:"cached_tokens"`
		} `json:"prompt_tokens_details"`
	} `json:"usage"`
}

// content is what a message or a part of one says.
type content struct {
	Text    text   `json:"content"`
	Refusal string `json:"refusal"`
}

// parseCompletion reads the body of a reply with status 200: a completion, or a stream of its parts, which some servers send
// whatever was asked for. Where the body is an error all the same, as some servers that pass requests on have it, the error is
// a *statusError.
func parseCompletion(body []byte) (*completion, error) {
	if body = bytes.TrimSpace(body); bytes.HasPrefix(body, []byte("data:")) || bytes.HasPrefix(body, []byte("event:")) || bytes.HasPrefix(body, []byte(":")) {
		return parseStream(body)
	}
	var c completion
	heard, err := c.take(body)
	if err != nil {
		return nil, err
	}
	if !heard {
		return nil, fmt.Errorf("%w: it has no choices", errNoCompletion)
	}
	return &c, nil
}

// parseStream reads server-sent events whose data are parts of a completion. One that lacks its end is an error.
func parseStream(body []byte) (*completion, error) {
	var c completion
	for line := range bytes.Lines(body) {
		data, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("data:"))
		if data = bytes.TrimSpace(data); !ok || len(data) == 0 {
			continue
		}
		if string(data) == "[DONE]" {
			return &c, nil
		}
		if _, err := c.take(data); err != nil {
			return nil, err
		}
	}
	if c.Finish == "" {
		return nil, fmt.Errorf("%w: its stream ends too early", errNoCompletion)
	}
	return &c, nil
}

// take adds a completion, or a part of one, to c. heard reports whether it has a choice.
func (c *completion) take(body []byte) (heard bool, err error) {
	var r reply
	if err := json.Unmarshal(body, &r); err != nil {
		return false, fmt.Errorf("%w: %s", errNoCompletion, excerpt(body, err))
	}
	if len(r.Choices) == 0 {
		if failure := parseFailure(0, body); failure.code != "" || failure.message != "" {
			return false, failure
		}
	}
	if r.Model != "" {
		c.Model = r.Model
	}
	for i := range r.Choices {
		choice := &r.Choices[i]
		if choice.Index != 0 {
			continue // of several answers, the first
		}
		heard = true
		c.Content += string(choice.Message.Text) + string(choice.Delta.Text)
		c.Refusal += choice.Message.Refusal + choice.Delta.Refusal
		if choice.Finish != "" {
			c.Finish = choice.Finish
		}
	}
	if u := r.Usage; u != nil && u.Prompt >= 0 && u.Completion >= 0 && u.Prompt+u.Completion > 0 {
		c.Usage = &Usage{Prompt: u.Prompt, Cached: min(max(u.Details.Cached, 0), u.Prompt), Completion: u.Completion}
	}
	return heard, nil
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

// text is the text of a message: a string, null, or a list of parts, of which those of type text count.
type text string

// UnmarshalJSON implements json.Unmarshaler.
func (c *text) UnmarshalJSON(raw []byte) error {
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
			*c += text(p.Text)
		}
	}
	return nil
}

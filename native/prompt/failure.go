package prompt

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// statusError is a reply that is an error.
type statusError struct {
	status              int // of HTTP; 0 where the server said 200 and sent an error without a number
	code, param, reason string
	message             string
}

// Error says what the server says.
func (e *statusError) Error() string {
	text := "the server answers"
	if e.status != 0 {
		text += strings.TrimRight(fmt.Sprintf(" %d %s", e.status, http.StatusText(e.status)), " ")
	} else {
		text += " with an error"
	}
	if e.message != "" {
		text += ": " + clip(e.message, 300)
	} else if e.code != "" {
		text += ": " + clip(e.code, 100)
	}
	return text
}

// parseFailure reads the body of an error: {"error": {"message", "type", "param", "code"}}, as OpenAI has it, {"error": text} or
// {"message"} or {"detail"}, as others do, or any text.
func parseFailure(status int, body []byte) *statusError {
	e := &statusError{status: status}
	var outer struct {
		Error   json.RawMessage `json:"error"`
		Message json.RawMessage `json:"message"`
		Detail  json.RawMessage `json:"detail"`
	}
	if json.Unmarshal(body, &outer) != nil {
		if text := strings.TrimSpace(string(body[:min(len(body), 1000)])); !strings.HasPrefix(text, "<") {
			e.message = text
		}
		return e
	}
	var inner struct {
		Message string          `json:"message"`
		Type    string          `json:"type"`
		Param   string          `json:"param"`
		Code    json.RawMessage `json:"code"`
	}
	if json.Unmarshal(outer.Error, &inner) == nil && (inner.Message != "" || inner.Type != "" || inner.Code != nil) {
		e.message, e.reason, e.param = inner.Message, inner.Type, inner.Param
		if e.code = strings.Trim(string(inner.Code), `"`); e.code == "null" {
			e.code = ""
		}
		if number, err := strconv.Atoi(e.code); err == nil && status == 0 && number >= 400 && number < 600 {
			e.status = number
		}
		return e
	}
	if e.message, e.param = validation(outer.Detail); e.message != "" {
		return e
	}
	for _, raw := range []json.RawMessage{outer.Error, outer.Message, outer.Detail} {
		if len(raw) > 0 && string(raw) != "null" {
			if json.Unmarshal(raw, &e.message) != nil {
				e.message = string(raw)
			}
			return e
		}
	}
	return e
}

// validation reads what servers made with FastAPI say of fields, [{"loc": ["body", "stream"], "msg": "Field required", ...}],
// and leaves out the request, which they repeat. params are the fields, where they are named; both are "" for anything else.
func validation(detail json.RawMessage) (message, params string) {
	var list []struct {
		Place   []any  `json:"loc"`
		Message string `json:"msg"`
	}
	if json.Unmarshal(detail, &list) != nil {
		return "", ""
	}
	var messages, fields []string
	for _, item := range list {
		path := ""
		for _, part := range item.Place {
			if part != "body" {
				path += fmt.Sprint(".", part)
			}
		}
		if path = strings.TrimPrefix(path, "."); path != "" {
			fields = append(fields, path)
			path += ": "
		}
		if item.Message != "" {
			messages = append(messages, path+item.Message)
		}
	}
	return strings.Join(messages, "; "), strings.Join(fields, " ")
}

// What servers say of texts that are too long for the model, of texts that a filter stops, and of answer formats.
var (
	saysTooLarge = regexp.MustCompile(`(?i)request too large`) // for a limit of tokens a minute: waiting does not help
	saysTooLong  = regexp.MustCompile(`(?i)context[ _-]?(length|window|size)|maximum context|prompt is too long|too many (input )?tokens|exceeds? the (available )?context|string_above_max_length`)
	saysFiltered = regexp.MustCompile(`(?i)content[ _-]?(filter|policy|management)|responsible ?ai|safety|moderation|flagged`)
	saysFormat   = regexp.MustCompile(`(?i)response_format|json[ _-]?(schema|object|mode)|structured output|grammar|guided`)
	saysNoMoney  = regexp.MustCompile(`(?i)insufficient[ _-]?(quota|funds|credit|balance)|billing|exceeded your current quota`)
)

// says looks for a pattern in all that the server said.
func (e *statusError) says(pattern *regexp.Regexp) bool {
	return pattern.MatchString(e.code) || pattern.MatchString(e.reason) || pattern.MatchString(e.message)
}

// refuses reports whether the server will not have this request, whoever sends it how often.
func (e *statusError) refuses() bool {
	return e.status == http.StatusBadRequest || e.status == http.StatusUnprocessableEntity || e.status == http.StatusNotImplemented
}

// tooLong reports whether the texts are too long to be read at once.
func (e *statusError) tooLong() bool {
	switch {
	case e.status == http.StatusRequestEntityTooLarge:
		return true
	case e.status == http.StatusTooManyRequests:
		return e.says(saysTooLarge)
	}
	return e.status < 500 && (e.says(saysTooLong) || e.says(saysTooLarge))
}

// filtered reports whether the server will not show the texts to the model.
func (e *statusError) filtered() bool {
	return (e.refuses() || e.status == http.StatusForbidden) && e.says(saysFiltered)
}

// dislikesFormat reports whether the request may pass without a response_format: the server says so, or refuses it and names
// no other field.
func (e *statusError) dislikesFormat() bool {
	if e.param != "" && !strings.Contains(e.param, "response_format") {
		return false
	}
	return e.refuses() || e.status >= 500 && e.says(saysFormat)
}

// passing reports whether the same request may succeed later.
func (e *statusError) passing() bool {
	switch e.status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly, 0:
		return true
	case http.StatusTooManyRequests:
		return !e.says(saysNoMoney) && !e.tooLong()
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	}
	return e.status >= 500 && !e.says(saysFormat)
}

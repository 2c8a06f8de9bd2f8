package fakellm

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// reply is a chat completion.
type reply struct {
	ID      string   `json:"id"`
	Object  string   `json:"object"`
	Created int64    `json:"created"`
	Model   string   `json:"model"`
	Choices []choice `json:"choices"`
	Usage   *usage   `json:"usage,omitempty"`
}

type choice struct {
	Index   int    `json:"index"`
	Message said   `json:"message"`
	Finish  string `json:"finish_reason"`
}

type said struct {
	Role    string  `json:"role"`
	Content *string `json:"content"`
	Refusal string  `json:"refusal,omitempty"`
}

type usage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
	Total      int `json:"total_tokens"`
}

// completion is the reply with this content. A token is four bytes here.
func completion(r *Request, content string) *reply {
	prompt := 0
	for _, m := range r.Messages {
		prompt += len(m.Content)
	}
	u := &usage{Prompt: (prompt + 3) / 4, Completion: (len(content) + 3) / 4}
	u.Total = u.Prompt + u.Completion
	return &reply{
		ID: fmt.Sprintf("chatcmpl-%d", r.Number), Object: "chat.completion", Created: 1750000000, Model: r.Model + "-2025-06-15",
		Choices: []choice{{Message: said{Role: "assistant", Content: &content}, Finish: "stop"}}, Usage: u,
	}
}

func send(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // a client that has gone is no concern of the server's
}

// Answer answers properly.
func Answer(w http.ResponseWriter, r *Request) { send(w, http.StatusOK, completion(r, r.Proper())) }

// Say answers with what becomes of the proper answer: prose around it, a number left out, anything.
func Say(become func(proper string) string) Behaviour {
	return func(w http.ResponseWriter, r *Request) { send(w, http.StatusOK, completion(r, become(r.Proper()))) }
}

// CutOff ends the answer in the middle, as a limit of tokens does.
func CutOff(w http.ResponseWriter, r *Request) {
	proper := r.Proper()
	c := completion(r, proper[:len(proper)*2/3])
	c.Choices[0].Finish = "length"
	send(w, http.StatusOK, c)
}

// Refuse has the model decline to answer.
func Refuse(w http.ResponseWriter, r *Request) {
	c := completion(r, "")
	c.Choices[0].Message.Content, c.Choices[0].Message.Refusal = nil, "I'm sorry, I can't assist with that."
	send(w, http.StatusOK, c)
}

// Filter stops the answer by a filter of the server's.
func Filter(w http.ResponseWriter, r *Request) {
	c := completion(r, "")
	c.Choices[0].Finish = "content_filter"
	send(w, http.StatusOK, c)
}

// NoUsage answers properly and names no tokens.
func NoUsage(w http.ResponseWriter, r *Request) {
	c := completion(r, r.Proper())
	c.Usage = nil
	send(w, http.StatusOK, c)
}

// Stream sends the answer in parts, as server-sent events, whatever was asked for. With an error instead of the end, the server
// fails on the way; broken off, the events just stop.
func Stream(failure string, brokenOff bool) Behaviour {
	return func(w http.ResponseWriter, r *Request) {
		w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		part := func(content, finish string) {
			text, _ := json.Marshal(content) // a string has a JSON form
			fmt.Fprintf(w, "data: {\"model\": %q, \"choices\": [{\"index\": 0, \"delta\": {\"content\": %s}, \"finish_reason\": %s}]}\n\n", r.Model, text, finish)
		}
		fmt.Fprint(w, ": a comment that keeps the connection open\n\n")
		for _, word := range strings.SplitAfter(r.Proper(), " ") {
			part(word, "null")
		}
		switch {
		case failure != "":
			fmt.Fprintf(w, "data: {\"error\": {\"message\": %q}}\n\n", failure)
		case !brokenOff:
			part("", `"stop"`)
			fmt.Fprint(w, "data: {\"choices\": [], \"usage\": {\"prompt_tokens\": 50, \"completion_tokens\": 5}}\n\ndata: [DONE]\n\n")
		}
	}
}

// Fail refuses the request with an error in OpenAI's form.
func Fail(status int, code, param, message string) Behaviour {
	return func(w http.ResponseWriter, _ *Request) {
		send(w, status, map[string]any{"error": map[string]any{"message": message, "type": "invalid_request_error", "param": param, "code": code}})
	}
}

// Busy refuses the request for now: 429 or another status, with a Retry-After unless that is "".
func Busy(status int, retryAfter string) Behaviour {
	return func(w http.ResponseWriter, r *Request) {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		Fail(status, "rate_limit_exceeded", "", "Rate limit reached")(w, r)
	}
}

// Body answers with status and body as they are.
func Body(status int, kind, body string) Behaviour {
	return func(w http.ResponseWriter, _ *Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body)) // see send
	}
}

// Page answers 200 with a page, as proxies and captive portals do.
var Page = Body(http.StatusOK, "text/html", "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>")

// Huge answers 200 with a body of so many bytes, all of them white space but for the last.
func Huge(bytes int) Behaviour {
	return func(w http.ResponseWriter, r *Request) {
		w.Header().Set("Content-Type", "application/json")
		blank := []byte(strings.Repeat(" ", 64<<10))
		for sent := 0; sent < bytes; sent += len(blank) {
			if _, err := w.Write(blank); err != nil {
				return
			}
			r.server.padding.Add(int64(len(blank)))
		}
		_, _ = w.Write([]byte("{}")) // see send
	}
}

// Slow waits before the behaviour, or gives up when the client has gone.
func Slow(wait time.Duration, then Behaviour) Behaviour {
	return func(w http.ResponseWriter, r *Request) {
		select {
		case <-time.After(wait):
			then(w, r)
		case <-r.http.Context().Done():
		}
	}
}

// Drop closes the connection in the middle of a reply.
func Drop(w http.ResponseWriter, r *Request) {
	w.Header().Set("Content-Length", "1000")
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"choices": [{"mess`)) // see send
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
	panic(http.ErrAbortHandler) // how a handler of net/http closes the connection
}

// Hang closes the connection before any reply.
func Hang(http.ResponseWriter, *Request) { panic(http.ErrAbortHandler) }

// Without refuses a response_format of one of these types, and answers properly to everything else.
func Without(types ...string) func(r *Request) Behaviour {
	return func(r *Request) Behaviour {
		for _, t := range types {
			if r.Format.Type == t {
				return Fail(http.StatusBadRequest, "", "response_format", fmt.Sprintf("response_format of type %q is not supported", t))
			}
		}
		return nil
	}
}

// EveryThird misbehaves on every third request, in all ways by turns that another attempt gets over.
func EveryThird(r *Request) Behaviour {
	wrong := []Behaviour{
		Busy(http.StatusTooManyRequests, "1"), CutOff, Page, Say(func(proper string) string { return "Here you are: " + proper }), Drop,
		Body(http.StatusInternalServerError, "text/plain", "oops"), Say(func(string) string { return `{"1": "no such label"}` }), Refuse, Hang,
		Busy(http.StatusServiceUnavailable, ""), Stream("overloaded", false), NoUsage,
	}
	if r.Number%3 != 0 {
		return nil
	}
	return wrong[r.Number/3%len(wrong)]
}

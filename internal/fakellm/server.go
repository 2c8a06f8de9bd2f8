package fakellm

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// Server is a running server. Its settings are for before the first request.
type Server struct {
	URL string // base of the endpoint, as http://127.0.0.1:4321/v1
	// Label is what the model says of a text.
	Label func(text string) string
	// Behave says what is done with a request; nil, of it or from it, is a proper answer.
	Behave func(r *Request) Behaviour
	// Key, when not empty, is what requests have to carry as their bearer token.
	Key string

	listener *httptest.Server
	mu       sync.Mutex
	requests []*Request
	running  int
	most     int
	padding  atomic.Int64
}

// Behaviour answers a request.
type Behaviour func(w http.ResponseWriter, r *Request)

// Message is a turn of a chat.
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// Request is a request that has come in.
type Request struct {
	Number      int         `json:"-"` // from 1, in the order of arrival
	Path        string      `json:"-"`
	Header      http.Header `json:"-"`
	Body        []byte      `json:"-"`
	Model       string      `json:"model"`
	Messages    []Message   `json:"messages"`
	Temperature *float64    `json:"temperature"`
	Seed        *int64      `json:"seed"`
	MaxTokens   int         `json:"max_tokens"`
	Format      struct {
		Type   string `json:"type"` // "" without a response_format
		Schema struct {
			Name   string          `json:"name"`
			Strict bool            `json:"strict"`
			Schema json.RawMessage `json:"schema"`
		} `json:"json_schema"`
	} `json:"response_format"`
	// Texts are those of the last message with a JSON object of numbered texts.
	Texts []string `json:"-"`
	// Repeat is how often the same body has come before.
	Repeat int `json:"-"`

	server *Server
	http   *http.Request
}

// New starts a server whose model labels texts by a function.
func New(label func(text string) string) *Server {
	s := &Server{Label: label}
	s.listener = httptest.NewServer(http.HandlerFunc(s.serve))
	s.URL = s.listener.URL + "/v1"
	return s
}

// Close ends the server and all connections.
func (s *Server) Close() {
	s.listener.CloseClientConnections()
	s.listener.Close()
}

// Requests are those that have come in, in the order of arrival.
func (s *Server) Requests() []*Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// MostAtOnce is the highest number of requests that were being answered at the same time.
func (s *Server) MostAtOnce() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.most
}

// Padding is how many bytes of Huge replies clients have taken, what stands in buffers included.
func (s *Server) Padding() int64 { return s.padding.Load() }

// enter logs a request and counts it as running until the returned function is called.
func (s *Server) enter(r *Request) func() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, other := range s.requests {
		if string(other.Body) == string(r.Body) {
			r.Repeat++
		}
	}
	s.requests = append(s.requests, r)
	r.Number = len(s.requests)
	s.running++
	s.most = max(s.most, s.running)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.running--
	}
}

func (s *Server) serve(w http.ResponseWriter, in *http.Request) {
	body, err := io.ReadAll(io.LimitReader(in.Body, 64<<20))
	if err != nil {
		return
	}
	r := &Request{Path: in.URL.Path, Header: in.Header.Clone(), Body: body, server: s, http: in}
	if err := json.Unmarshal(body, r); err == nil {
		r.findTexts()
	}
	defer s.enter(r)()
	switch {
	case in.Method != http.MethodPost || in.URL.Path != "/v1/chat/completions":
		Fail(http.StatusNotFound, "not_found", "", "There is nothing at "+in.URL.Path)(w, r)
		return
	case s.Key != "" && in.Header.Get("Authorization") != "Bearer "+s.Key:
		Fail(http.StatusUnauthorized, "invalid_api_key", "", "Incorrect API key provided: "+strings.TrimPrefix(in.Header.Get("Authorization"), "Bearer "))(w, r)
		return
	}
	behave := Behaviour(nil)
	if s.Behave != nil {
		behave = s.Behave(r)
	}
	if behave == nil {
		behave = Answer
	}
	behave(w, r)
}

// findTexts reads the numbered texts.
func (r *Request) findTexts() {
	for _, m := range slices.Backward(r.Messages) {
		at := strings.IndexByte(m.Content, '{')
		if m.Role != "user" || at < 0 {
			continue
		}
		var numbered map[string]string
		if json.NewDecoder(strings.NewReader(m.Content[at:])).Decode(&numbered) != nil || len(numbered) == 0 {
			continue
		}
		r.Texts = make([]string, len(numbered))
		for i := range r.Texts {
			r.Texts[i] = numbered[strconv.Itoa(i+1)]
		}
		return
	}
}

// Proper is the answer that the model gives to a request: a JSON object of numbers and labels.
func (r *Request) Proper() string {
	var b strings.Builder
	for i, text := range r.Texts {
		separator := ", "
		if i == 0 {
			separator = "{"
		}
		label, _ := json.Marshal(r.server.Label(text)) // a string has a JSON form
		fmt.Fprintf(&b, "%s\"%d\": %s", separator, i+1, label)
	}
	return b.String() + "}"
}

package fakesteam

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Options say what a Server offers, and where.
type Options struct {
	// Address is where it listens, "" for a free port of 127.0.0.1.
	Address string
	Apps    []*App
	// Retired makes the older endpoint redirect to the shop.
	Retired bool
}

// Request is one that has been answered, or is about to be.
type Request struct {
	Path   string // with the query
	Cursor string
	At     time.Time
}

// Server is a fake of Steam. Its methods are safe for concurrent use.
type Server struct {
	// URL is the address of both endpoints, "" until it listens.
	URL string

	o      Options
	server *http.Server

	mu       sync.Mutex
	lists    map[string]list
	asked    map[string]int // how often a page was
	faults   []*Fault
	requests []Request
}

// New returns a server that does not listen: a handler.
func New(o Options) *Server {
	return &Server{o: o, lists: map[string]list{}, asked: map[string]int{}}
}

// Start returns a server that listens. It has to be closed.
func Start(o Options) (*Server, error) {
	s := New(o)
	if o.Address == "" {
		o.Address = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", o.Address)
	if err != nil {
		return nil, fmt.Errorf("fake Steam: %w", err)
	}
	s.URL = "http://" + l.Addr().String()
	s.server = &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: s}
	go func() { _ = s.server.Serve(l) }() // ends with Close, whose error says the same
	return s, nil
}

// Close ends the server and its connections.
func (s *Server) Close() error { return s.server.Close() }

// Fault makes the server misbehave from now on. Of several faults for one request the first counts.
func (s *Server) Fault(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		s.faults = append(s.faults, &f)
	}
}

// Mend removes all faults.
func (s *Server) Mend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// Requests returns what has come in so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// ServeHTTP answers both endpoints.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var q query
	var err error
	app, legacy := strings.CutPrefix(r.URL.Path, "/appreviews/")
	switch {
	case legacy:
		q, err = olderQuery(app, r.URL.Query())
	case strings.TrimSuffix(r.URL.Path, "/") == "/IUserReviewsService/GetAppReviews/v1":
		q, err = newerQuery(r.URL.Query())
	case r.URL.Path == "/":
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		_, _ = w.Write([]byte(htmlPage))
		return
	default:
		err = errors.New("there is nothing here")
	}
	if _, known := position(q.cursor); err == nil && !known && !legacy {
		err = errors.New("the cursor is none")
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	body, fault := s.respond(r, q, legacy)
	if fault != nil {
		fault.answer(w, legacy, body)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	_, _ = w.Write(body)
}

// respond notes a request and returns the right answer, and the fault that takes its place.
func (s *Server) respond(r *http.Request, q query, legacy bool) ([]byte, *Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{r.URL.RequestURI(), q.cursor, time.Now()})
	var met *Fault
	for _, f := range s.faults {
		if f.meets() && met == nil {
			met = f
		}
	}
	if legacy && s.o.Retired {
		met = &Fault{Kind: Redirect}
	}
	answer := s.answer(q, legacy, met != nil)
	body, err := marshal(answer)
	if err != nil {
		return []byte(err.Error()), met
	}
	return body, met
}

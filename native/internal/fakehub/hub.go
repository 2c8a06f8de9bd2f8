package fakehub

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Options say how a Hub behaves. The zero value is a hub on a free port that knows no token.
type Options struct {
	// Address is where the API listens, "" for a free port of 127.0.0.1. The CDN always has a free port.
	Address string
	// Tokens are the valid ones, each with the ids of the gated and private repositories that it opens.
	Tokens map[string][]string
	// PageSize is how many models a page of the list has at most; 0 is 100.
	PageSize int
	// LFS says which files are kept outside git, behind the CDN; nil is DefaultLFS.
	LFS func(name string, size int) bool
}

// DefaultLFS takes weights, SentencePiece models and what is larger than 1 MB.
func DefaultLFS(name string, size int) bool {
	for _, suffix := range []string{".safetensors", ".bin", ".model", ".onnx", ".h5"} {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return size > 1<<20
}

// Hub is a running server. Its methods are safe for concurrent use.
type Hub struct {
	// URL is the address of the API, for HF_ENDPOINT; CDN is that of the files' other home.
	URL, CDN string

	o       Options
	servers []*http.Server

	mu       sync.Mutex
	repos    map[string]*repository
	aliases  map[string]string // old names and what they have become
	faults   []*Fault
	requests []Request
}

// Request is one that has been answered, or is about to be.
type Request struct {
	CDN           bool // it came to the CDN
	Method        string
	Path          string // with the query
	Range         string
	Authorization string
}

// Start starts a hub. It has to be closed.
func Start(o Options) (*Hub, error) {
	if o.PageSize == 0 {
		o.PageSize = 100
	}
	if o.LFS == nil {
		o.LFS = DefaultLFS
	}
	if o.Address == "" {
		o.Address = "127.0.0.1:0"
	}
	h := &Hub{o: o, repos: map[string]*repository{}, aliases: map[string]string{}}
	var err error
	if h.URL, err = h.listen(o.Address, false, h.api); err != nil {
		return nil, err
	}
	if h.CDN, err = h.listen("127.0.0.1:0", true, h.cdn); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

// listen serves on an address what find finds there, and returns the URL.
func (h *Hub) listen(address string, cdn bool, find func(r *http.Request) reply) (string, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return "", fmt.Errorf("fake hub: %w", err)
	}
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.answer(w, r, cdn, find)
	})}
	h.servers = append(h.servers, server)
	go func() { _ = server.Serve(l) }() // ends with Close, whose error says the same
	return "http://" + l.Addr().String(), nil
}

// Close ends the servers and their connections.
func (h *Hub) Close() error {
	var err error
	for _, server := range h.servers {
		err = errors.Join(err, server.Close())
	}
	return err
}

// answer notes a request and lets a fault or the hub answer it.
func (h *Hub) answer(w http.ResponseWriter, r *http.Request, cdn bool, find func(r *http.Request) reply) {
	h.mu.Lock()
	h.requests = append(h.requests, Request{
		CDN: cdn, Method: r.Method, Path: r.URL.RequestURI(), Range: r.Header.Get("Range"), Authorization: r.Header.Get("Authorization"),
	})
	fault := h.fault(r, cdn)
	h.mu.Unlock()
	serve := func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		p := find(r)
		h.mu.Unlock()
		p.send(w, r)
	}
	if fault == nil {
		serve(w, r)
	} else {
		fault.answer(w, r, serve)
	}
}

// Requests returns what has come in so far.
func (h *Hub) Requests() []Request {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]Request(nil), h.requests...)
}

// Forget clears the list of requests.
func (h *Hub) Forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.requests = nil
}

// Alias makes an old name redirect to a repository, as renamed ones do.
func (h *Hub) Alias(old, id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.aliases[old] = id
}

// caller is who asks: nobody, somebody with a token that is no good, or the holder of a good one.
type caller struct {
	known   bool
	invalid bool
	opens   []string
}

func (h *Hub) caller(r *http.Request) caller {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return caller{}
	}
	opens, ok := h.o.Tokens[token]
	return caller{known: ok, invalid: !ok, opens: opens}
}

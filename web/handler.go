package web

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Handler returns what serves the page. Reading the model's digest takes it a moment; nothing else is done before it is asked
// for.
func Handler(o Options) (http.Handler, error) {
	s, err := newSite(o, false)
	if err != nil {
		return nil, err
	}
	names := make(hosts, len(o.Hosts))
	for i, name := range o.Hosts {
		names[i] = strings.ToLower(strings.TrimSuffix(name, "."))
	}
	return &handler{site: s, hosts: names}, nil
}

type handler struct {
	site  *site
	hosts hosts
}

// headers go with every answer. The page needs none of them to work: they keep others from using it for what it is not for.
var headers = map[string]string{
	"Content-Security-Policy":      policy + "; frame-ancestors 'none'",
	"X-Content-Type-Options":       "nosniff",
	"Referrer-Policy":              "no-referrer",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy":           "camera=(), geolocation=(), microphone=()",
}

// What browsers may do with an answer: keep it for ever, or ask each time whether it is still the same.
const (
	forEver  = "public, max-age=31536000, immutable"
	askAgain = "no-cache"
)

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for name, value := range headers {
		w.Header().Set(name, value)
	}
	switch {
	case !h.hosts.allow(r.Host):
		http.Error(w, "This server does not answer to that name; lorica web --host NAME makes it.", http.StatusMisdirectedRequest)
		return
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "Only GET and HEAD are answered.", http.StatusMethodNotAllowed)
		return
	}
	path := strings.TrimPrefix(r.URL.Path, "/")
	if path == "" {
		path = indexPath
	}
	if m := h.site.model; m != nil && path == h.site.modelPath {
		w.Header().Set("Content-Type", "application/octet-stream")
		answer(w, r, h.site.digest, true, io.NewSectionReader(m.Content, 0, m.Size))
		return
	}
	a := h.site.assets[path]
	if a == nil {
		w.Header().Set("Cache-Control", askAgain)
		http.Error(w, "There is no such file.", http.StatusNotFound)
		return
	}
	h.serve(w, r, a)
}

// serve answers with an asset in the form that the client takes.
func (h *handler) serve(w http.ResponseWriter, r *http.Request, a *asset) {
	form := choose(r.Header.Values("Accept-Encoding"), a)
	if r.Header.Get("Range") != "" {
		form = identity // a part of the file, not of its compressed form
	}
	content, err := a.forms[form]()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", a.contentType)
	tag := a.digest
	if a.compress {
		w.Header().Set("Vary", "Accept-Encoding")
	}
	if form != identity {
		tag += "-" + string(form)
		w.Header().Set("Content-Encoding", string(form))
		w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	}
	answer(w, r, tag, a.immutable, bytes.NewReader(content))
}

// answer sends a content, or the part of it that is asked for, or only that it is still the same.
func answer(w http.ResponseWriter, r *http.Request, tag string, immutable bool, content io.ReadSeeker) {
	w.Header().Set("ETag", strconv.Quote(tag))
	w.Header().Set("Cache-Control", askAgain)
	if immutable {
		w.Header().Set("Cache-Control", forEver)
	}
	http.ServeContent(w, r, "", time.Time{}, content)
}

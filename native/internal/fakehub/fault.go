package fakehub

import (
	"io"
	"net/http"
	"strings"
	"time"
)

// Fault is a way to misbehave, for the requests that it describes.
type Fault struct {
	// Path is a part of the address and Method the method of the requests that are meant; "" are all.
	Path, Method string
	// OnCDN and OnAPI narrow it to one of the two servers; with neither it is for both.
	OnCDN, OnAPI bool
	// After lets that many such requests pass first, and Times is how many then meet the fault; 0 are all.
	After, Times int

	// Do is called first; it may change the hub, such as move a revision.
	Do func()
	// Status is answered, with Header and Body, instead of what was asked for; 0 goes on.
	Status int
	Header map[string]string
	Body   string
	// Stall waits before the answer, or after CutAfter bytes, until the client has gone or the time is over.
	Stall time.Duration
	// CutAfter sends so many bytes of the answer's body, and drops the connection; a Stall comes before.
	CutAfter int
	// Slow waits so long before every piece of the body, of which each has some kilobytes.
	Slow time.Duration
	// Corrupt turns one bit of every piece of the body.
	Corrupt bool
	// IgnoreRange answers with the whole file whatever range is asked for.
	IgnoreRange bool

	met int
}

// Fault makes the hub misbehave from now on. Of several faults for one request the first that is not used up counts.
func (h *Hub) Fault(f Fault) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.faults = append(h.faults, &f)
}

// Mend removes all faults.
func (h *Hub) Mend() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.faults = nil
}

// fault returns the fault that a request meets, nil for none. The caller holds the lock.
func (h *Hub) fault(r *http.Request, cdn bool) *Fault {
	for _, f := range h.faults {
		if !strings.Contains(r.URL.RequestURI(), f.Path) || f.Method != "" && f.Method != r.Method || (f.OnCDN || f.OnAPI) && !(f.OnCDN && cdn || f.OnAPI && !cdn) {
			continue
		}
		if f.Times > 0 && f.met >= f.After+f.Times {
			continue
		}
		if f.met++; f.met > f.After {
			return f
		}
	}
	return nil
}

// answer misbehaves.
func (f *Fault) answer(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
	if f.Do != nil {
		f.Do()
	}
	if f.CutAfter == 0 && f.Stall > 0 {
		stall(r, f.Stall)
	}
	if f.Status != 0 {
		for key, value := range f.Header {
			w.Header().Set(key, value)
		}
		w.WriteHeader(f.Status)
		_, _ = io.WriteString(w, f.Body)
		return
	}
	if f.IgnoreRange {
		r.Header.Del("Range")
	}
	serve(&faultyWriter{ResponseWriter: w, r: r, f: f}, r)
}

func stall(r *http.Request, wait time.Duration) {
	select {
	case <-r.Context().Done():
	case <-time.After(wait):
	}
}

// faultyWriter spoils the body that goes through it.
type faultyWriter struct {
	http.ResponseWriter
	r    *http.Request
	f    *Fault
	sent int
}

func (w *faultyWriter) Write(p []byte) (int, error) {
	if w.f.Slow > 0 {
		stall(w.r, w.f.Slow)
	}
	if w.f.Corrupt && len(p) > 0 {
		p = append([]byte(nil), p...)
		p[len(p)/2] ^= 1
	}
	if w.f.CutAfter > 0 && w.sent+len(p) > w.f.CutAfter {
		_, _ = w.ResponseWriter.Write(p[:w.f.CutAfter-w.sent])
		if flusher, ok := w.ResponseWriter.(http.Flusher); ok {
			flusher.Flush()
		}
		stall(w.r, w.f.Stall)
		if c, _, err := http.NewResponseController(w.ResponseWriter).Hijack(); err == nil {
			_ = c.Close()
		}
		return 0, io.ErrClosedPipe
	}
	w.sent += len(p)
	return w.ResponseWriter.Write(p)
}

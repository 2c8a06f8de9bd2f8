package fakesteam

import (
	"net/http"
)

// Kind is a way to misbehave.
type Kind int

// The kinds of faults.
const (
	Busy       Kind = iota // 502
	TooMany                // 429, with RetryAfter if there is one
	Forbidden              // 403
	HTML                   // a page with status 200
	Redirect               // to such a page
	HalfAnswer             // JSON that breaks off
	Drop                   // a connection that breaks off
	Unanswered             // an answer without one: {"response":{}}, or success 2
)

// Fault makes requests go wrong.
type Fault struct {
	Kind Kind
	// Every says that of so many requests the last meets the fault; 0 is as 1. After lets so many pass before, and Times is how many
	// meet it in all; 0 for all.
	Every, After, Times int
	RetryAfter          string

	seen, met int
}

// meets counts a request and reports whether it meets the fault.
func (f *Fault) meets() bool {
	f.seen++
	n := f.seen - f.After
	if n <= 0 || n%max(f.Every, 1) != 0 || f.Times > 0 && f.met == f.Times {
		return false
	}
	f.met++
	return true
}

const htmlPage = "<!DOCTYPE html>\n<html><head><title>Welcome to Steam</title></head><body>The shop.</body></html>\n"

// answer goes wrong, where half is what would have been right.
func (f *Fault) answer(w http.ResponseWriter, legacy bool, right []byte) {
	status, body := 0, []byte("<html><body>no</body></html>")
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	switch f.Kind {
	case Busy:
		status = http.StatusBadGateway
	case TooMany:
		status = http.StatusTooManyRequests
		if f.RetryAfter != "" {
			w.Header().Set("Retry-After", f.RetryAfter)
		}
	case Forbidden:
		status = http.StatusForbidden
	case HTML:
		status, body = http.StatusOK, []byte(htmlPage)
	case Redirect:
		status = http.StatusFound
		w.Header().Set("Location", "/")
	case HalfAnswer:
		status, body = http.StatusOK, right[:len(right)/2]
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	case Unanswered:
		status, body = http.StatusOK, []byte(`{"response":{}}`)
		if legacy {
			body = []byte(`{"success":2}`)
		}
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	case Drop:
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		_, _ = w.Write(right[:len(right)/2])
		controller := http.NewResponseController(w)
		_ = controller.Flush()
		if c, _, err := controller.Hijack(); err == nil {
			_ = c.Close()
		}
		return
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// Everything returns faults of every kind but refusals for good (403), each now and then.
func Everything() []Fault {
	return []Fault{
		{Kind: Busy, Every: 13}, {Kind: TooMany, Every: 17, RetryAfter: "0.01"}, {Kind: TooMany, Every: 19}, {Kind: HTML, Every: 23},
		{Kind: HalfAnswer, Every: 29}, {Kind: Drop, Every: 31}, {Kind: Redirect, Every: 37}, {Kind: Unanswered, Every: 41},
	}
}

package hub

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/internal/retry"
)

// Errors that a caller can act on.
var (
	// ErrOffline is the error of every request of a Client that is offline.
	ErrOffline = errors.New("HF_HUB_OFFLINE is set, so nothing is asked of the hub")
	// ErrNotFound is wrapped by the error for a model, a revision or a file that the hub does not have or does not show.
	ErrNotFound = errors.New("not on the hub")
	// ErrGated is wrapped by the error for a model whose terms have to be accepted first.
	ErrGated = errors.New("gated")
	// ErrNotCached is wrapped by the error for a model that the cache does not have, or not all of.
	ErrNotCached = errors.New("not in the cache")
)

// refusal is an answer with a status from 400 on.
type refusal struct {
	host          string
	status        int
	code, message string // the hub's X-Error-Code and X-Error-Message
}

func (r *refusal) Error() string {
	text := fmt.Sprintf("%s answers %d %s", r.host, r.status, http.StatusText(r.status))
	if r.message != "" {
		text += ": " + r.message
	}
	return text
}

// refused returns the error for an answer, nil for a good one. It closes the body of a bad one.
func (c *Client) refused(r *http.Response, at *url.URL) error {
	if r.StatusCode < 400 {
		if r.StatusCode >= 300 {
			r.Body.Close()
			return fmt.Errorf("%s answers %d without saying where to go", at.Host, r.StatusCode)
		}
		return nil
	}
	_, _ = io.CopyN(io.Discard, r.Body, 4<<10) // so that the connection can be used again
	r.Body.Close()
	e := &refusal{host: at.Host, status: r.StatusCode, code: r.Header.Get("X-Error-Code"), message: plain(r.Header.Get("X-Error-Message"))}
	switch r.StatusCode {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		wait := retry.WaitAsked(r.Header, time.Now())
		if wait > c.retry.Patience {
			return fmt.Errorf("%w; it asks to wait for %s", e, wait.Round(time.Second))
		}
		return retry.Temporary(e, wait)
	}
	return e
}

// plain makes a text of the network fit for a one-line message.
func plain(text string) string {
	const limit = 200
	text = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)), " ")
	if len(text) > limit {
		return strings.ToValidUTF8(text[:limit], "") + "..."
	}
	return text
}

// explain puts an error of a request for a model, or for one of its files when that is not "", into words that say what to do.
func (c *Client) explain(id ID, file string, err error) error {
	var r *refusal
	if !errors.As(err, &r) {
		return fmt.Errorf("%s: %w", id, err)
	}
	page := c.config.Endpoint + "/" + id.Name
	switch {
	case r.code == "GatedRepo" && c.config.Token == "":
		return badinput.Errorf("%s is %w: accept its terms at %s, and set HF_TOKEN to a token of that account", id, ErrGated, page)
	case r.code == "GatedRepo":
		return badinput.Errorf("%s is %w, and the account of %s has no access yet: ask for it at %s", id, ErrGated, c.config.TokenSource, page)
	case r.code == "RevisionNotFound":
		return badinput.Errorf("%s: revision %q is %w", id.Name, id.revision(), ErrNotFound)
	case r.code == "EntryNotFound" || r.code == "" && r.status == http.StatusNotFound && file != "":
		return badinput.Errorf("%s: %s is %w", id, file, ErrNotFound)
	case r.status == http.StatusUnauthorized && r.code != "RepoNotFound" && c.config.Token != "":
		return badinput.Errorf("%s: %s refuses the token of %s; a new one is made at %s/settings/tokens", id, r.host, c.config.TokenSource, c.config.Endpoint)
	case (r.status == http.StatusUnauthorized || r.status == http.StatusNotFound) && c.config.Token == "":
		return badinput.Errorf("%s is %w %s, or it is private and needs HF_TOKEN", id, ErrNotFound, c.config.Endpoint)
	case r.status == http.StatusNotFound:
		return badinput.Errorf("%s is %w %s, or it is private and the account of %s may not see it", id, ErrNotFound, c.config.Endpoint, c.config.TokenSource)
	case r.status == http.StatusForbidden:
		return badinput.Errorf("%s: %w", id, err)
	}
	return fmt.Errorf("%s: %w", id, err)
}

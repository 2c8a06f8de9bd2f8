package steam

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/internal/retry"
	"golang.org/x/time/rate"
)

// maxBody bounds an answer, in bytes. A hundred texts of 8000 characters, all of them written as \u escapes, are 5 MB.
const maxBody = 32 << 20

// maxStrange is how many answers in a row may be a page for people instead of JSON. A host that has no such endpoint answers so for
// ever, a busy one for a while.
const maxStrange = 4

// longWait is a wait that somebody who looks on should know about.
const longWait = 15 * time.Second

// client asks one of the endpoints for pages, one at a time.
type client struct {
	c      *Config
	http   *http.Client
	limit  *rate.Limiter
	policy retry.Policy

	requests, retries int
	failed            int // requests in a row
	refused           int // of them, with 403
	strange           int // of them, with pages for people
}

func newClient(c *Config) *client {
	limit := rate.Inf
	if pause := c.pause(); pause > 0 {
		limit = rate.Every(pause)
	}
	k := &client{c: c, limit: rate.NewLimiter(limit, 1), policy: c.Retry, http: &http.Client{
		Transport: c.Transport, Timeout: c.Timeout,
		// What is followed would be asked for without the query, and come as a page for people.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	k.policy.OnRetry = func(err error, wait time.Duration) {
		level := slog.LevelInfo // that a request fails once is nothing that anybody must know
		if k.failed++; k.failed > 1 || wait >= longWait {
			level = slog.LevelWarn
		}
		k.retries++
		c.Logger.Log(context.Background(), level, "trying again", "in", wait.Round(time.Millisecond), "error", err.Error())
	}
	return k
}

// get returns the answer to a request. It tries again what may pass.
func (k *client) get(ctx context.Context, r request) (*answer, error) {
	base := k.c.BaseURL
	if base == "" {
		base = k.c.API.host()
	}
	address, err := k.c.address(base, r)
	if err != nil {
		return nil, err
	}
	var a *answer
	err = k.policy.Do(ctx, func() error {
		if err := k.limit.Wait(ctx); err != nil {
			return err
		}
		k.requests++
		a, err = k.try(ctx, address, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("app %d: %w", r.app, err)
	}
	return a, nil
}

// try makes one request. What may pass is marked as temporary.
func (k *client) try(ctx context.Context, address string, r request) (*answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", k.c.UserAgent)
	req.Header.Set("Accept", "application/json")
	response, err := k.http.Do(req)
	if err != nil {
		return nil, retry.Temporary(withoutAddress(err), 0)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, retry.Temporary(fmt.Errorf("the answer broke off: %w", withoutAddress(err)), 0)
	case len(body) > maxBody:
		return nil, badinput.Errorf("an answer of more than %d bytes", maxBody)
	}
	if err := k.status(response, body); err != nil {
		return nil, err
	}
	a, err := parseAnswer(body, r.app, r.label)
	if err != nil {
		return nil, retry.Temporary(fmt.Errorf("not an answer of Steam's: %w", err), 0)
	}
	k.failed, k.refused, k.strange = 0, 0, 0
	return a, nil
}

// status judges everything but the JSON.
func (k *client) status(response *http.Response, body []byte) error {
	code := response.StatusCode
	said := fmt.Errorf("status %s", response.Status)
	wait := retry.WaitAsked(response.Header, time.Now())
	switch {
	case code == http.StatusForbidden:
		return k.forbidden(said, wait)
	case code == http.StatusTooManyRequests, code == http.StatusRequestTimeout, code >= 500:
		return retry.Temporary(said, wait)
	case code >= 300 && code < 400:
		to, _ := response.Location() // nil is printed as nothing
		return k.notJSON(fmt.Errorf("a redirect to %s", orNowhere(to)))
	case code != http.StatusOK:
		return badinput.Errorf("%w: %.200s", said, oneLine(body))
	case isMarkup(response.Header.Get("Content-Type"), body):
		return k.notJSON(errors.New("a page for people instead of JSON"))
	}
	return nil
}

// forbidden is the circuit breaker: after a 403 nothing is asked for a while, and after a few of them no more at all.
func (k *client) forbidden(said error, wait time.Duration) error {
	k.refused++
	if k.refused >= k.c.Refusals {
		return fmt.Errorf("%w, %d times in a row: Steam lets nobody in from here for now; try again in an hour", said, k.refused)
	}
	return retry.Temporary(said, max(wait, k.c.CoolDown<<(k.refused-1)))
}

// notJSON is for answers that mean that this is no endpoint, or not for the moment.
func (k *client) notJSON(what error) error {
	k.strange++
	if k.strange < maxStrange {
		return retry.Temporary(what, 0)
	}
	if k.c.API == Legacy {
		return fmt.Errorf("%w, %d times in a row: Steam has retired the legacy endpoint; the other is called v1", what, k.strange)
	}
	return fmt.Errorf("%w, %d times in a row", what, k.strange)
}

// withoutAddress leaves the long address out of a client's error.
func withoutAddress(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

func orNowhere(to *url.URL) string {
	if to == nil {
		return "nowhere"
	}
	return to.Redacted()
}

// oneLine makes a body fit for a message.
func oneLine(body []byte) string {
	out := make([]rune, 0, 200)
	for _, r := range string(body[:min(len(body), 200)]) {
		if r < ' ' || r == 0x7f || r == 0xfffd {
			r = ' '
		}
		out = append(out, r)
	}
	return string(out)
}

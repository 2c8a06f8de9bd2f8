package prompt

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/lorica-go/lorica/native/internal/retry"
)

// client talks to a server. Its methods may be called by several goroutines at once.
type client struct {
	url       string // of chat completions
	key       string // "": none
	keyHeader string // that carries the key as it is; "": Authorization, as a bearer token
	agent     string
	http      *http.Client
	timeout   time.Duration // of one request
	grace     time.Duration // that a request under way has once the run is to end
	policy    retry.Policy
	now       func() time.Time
	log       *slog.Logger
	pause     pause
}

// newClient makes a client of valid settings.
func newClient(c *Config) *client {
	k := &client{
		url: completionsURL(c.Endpoint), key: c.Key, keyHeader: c.KeyHeader, agent: "lorica/" + c.Version, timeout: c.Timeout, grace: c.Grace,
		policy: c.Retry, now: c.Now, log: c.Logger,
	}
	transport := c.Transport
	if transport == nil {
		own := http.DefaultTransport.(*http.Transport).Clone()
		own.MaxIdleConnsPerHost = c.Parallel
		transport = own
	}
	k.http = &http.Client{
		Transport: transport,
		// A redirection would carry texts, and perhaps the key, to where the user did not send them.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return k
}

// sent is a completion with what it took.
type sent struct {
	completion
	seconds float64 // of the request that was answered
	tries   int     // requests
}

// complete sends the body, again where the server cannot answer now, and returns the completion. When ctx ends, a request under
// way still has its grace, since it is paid for; nothing new begins. Errors of the server are *statusError.
func (k *client) complete(ctx context.Context, body []byte) (*sent, error) {
	s := &sent{}
	policy := k.policy
	policy.OnRetry = func(err error, wait time.Duration) {
		k.log.Warn("asking again", "in", wait.Round(time.Millisecond*10).String(), "because", err)
	}
	err := policy.Do(ctx, func() error {
		if err := k.pause.wait(ctx, k.now); err != nil {
			return err
		}
		s.tries++
		begin := k.now()
		c, wait, err := k.post(ctx, body)
		if err == nil {
			s.completion, s.seconds = *c, k.now().Sub(begin).Seconds()
			return nil
		}
		switch {
		case isFinal(err):
			return err
		case wait > k.policy.Patience:
			return fmt.Errorf("%w; it wants a wait of %s, which is more than %s", err, wait.Round(time.Second), k.policy.Patience)
		case wait > 0:
			k.pause.until(k.now().Add(wait))
		}
		return retry.Temporary(err, wait)
	})
	return s, err
}

// isFinal reports whether the same request will fail in the same way, however often it is sent.
func isFinal(err error) bool {
	var failure *statusError
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &failure):
		return !failure.passing()
	case errors.As(err, &name):
		return name.IsNotFound
	}
	return errors.As(err, &certificate)
}

// post sends one request. With an error comes how long the server asks to wait.
func (k *client) post(ctx context.Context, body []byte) (*completion, time.Duration, error) {
	graceful, cancel := context.WithTimeout(context.WithoutCancel(ctx), k.timeout)
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		select {
		case <-time.After(k.grace):
			cancel()
		case <-graceful.Done():
		}
	})()
	request, err := http.NewRequestWithContext(graceful, http.MethodPost, k.url, bytes.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", k.agent)
	switch {
	case k.key == "":
	case k.keyHeader != "":
		request.Header.Set(k.keyHeader, k.key)
	default:
		request.Header.Set("Authorization", "Bearer "+k.key)
	}
	reply, err := k.http.Do(request)
	if err != nil {
		return nil, 0, k.disturbance(err)
	}
	defer reply.Body.Close()
	text, err := k.read(reply.Body)
	if reply.StatusCode != http.StatusOK {
		failure := parseFailure(reply.StatusCode, text)
		if to := reply.Header.Get("Location"); to != "" && failure.message == "" {
			to, _, _ = strings.Cut(to, "?") // which may hold what nobody else should see
			failure.message = "it is at " + to + " now"
		}
		return nil, retry.WaitAsked(reply.Header, k.now()), failure
	}
	if err != nil {
		return nil, 0, err
	}
	c, err := parseCompletion(text)
	return c, retry.WaitAsked(reply.Header, k.now()), err
}

// read reads a body up to the limit and takes the key out of it, should the server repeat it.
func (k *client) read(body io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(body, maxReply+1))
	const shortestSecret = 8 // below that a key is a word such as "none"
	if len(k.key) >= shortestSecret {
		text = bytes.ReplaceAll(text, []byte(k.key), []byte("[the key]"))
	}
	switch {
	case err != nil:
		return text, k.disturbance(err)
	case len(text) > maxReply:
		return text, fmt.Errorf("the reply is longer than %d bytes", maxReply)
	}
	return text, nil
}

// disturbance says what went wrong on the way, without the URL, which everybody knows.
func (k *client) disturbance(err error) error {
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("no reply within %s: %w", k.timeout, err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the connection broke off: %w", err)
	}
	return fmt.Errorf("the server cannot be reached: %w", err)
}

// pause keeps all requests back while a server wants none.
type pause struct {
	mu  sync.Mutex
	end time.Time
}

// until lets the pause last until a time at least.
func (p *pause) until(end time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if end.After(p.end) {
		p.end = end
	}
}

// wait returns after the pause, or with the cause of ctx when that ends before.
func (p *pause) wait(ctx context.Context, now func() time.Time) error {
	for {
		p.mu.Lock()
		rest := p.end.Sub(now())
		p.mu.Unlock()
		if rest <= 0 {
			return nil
		}
		timer := time.NewTimer(rest)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
	}
}

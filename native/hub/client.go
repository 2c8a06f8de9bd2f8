package hub

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/lorica-go/lorica/native/internal/retry"
)

// Client talks to a hub. It is safe for concurrent use.
type Client struct {
	config   Config
	endpoint *url.URL
	http     *http.Client
	retry    retry.Policy
	cache    Cache
}

// New returns a client.
func New(c Config) (*Client, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	endpoint, err := url.Parse(c.Endpoint)
	if err != nil {
		return nil, err
	}
	transport := c.Transport
	if transport == nil {
		own := http.DefaultTransport.(*http.Transport).Clone()
		own.MaxIdleConnsPerHost = c.Parallel
		transport = own
	}
	client := &Client{
		config: c, endpoint: endpoint, retry: c.Retry, cache: Cache{Dir: c.Cache},
		// Redirects are followed by hand: they describe the file, and who gets the token is decided at each.
		http: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
	client.retry.OnRetry = func(err error, wait time.Duration) {
		c.Logger.Warn("trying again", "after", wait.Round(10*time.Millisecond).String(), "because", err)
	}
	return client, nil
}

// Cache returns the client's cache.
func (c *Client) Cache() Cache { return c.cache }

// Headers that describe a file, on whatever answer on the way to it.
const (
	headerCommit     = "X-Repo-Commit"
	headerLinkedEtag = "X-Linked-Etag"
	headerLinkedSize = "X-Linked-Size"
)

// maxRedirects is as many as net/http itself would follow.
const maxRedirects = 10

// response is the answer at the end of a chain of redirects.
type response struct {
	*http.Response
	// commit, linkedEtag and linkedSize are what the answers of the chain said of the file, "" where none did.
	commit, linkedEtag, linkedSize string
	// elsewhere says that the chain was left where it led away from the hub.
	elsewhere bool
}

// send makes one attempt at a request. It follows redirects, those of a HEAD only as long as they stay with the hub: what a
// storage behind it says of a file is not asked for. Statuses from 400 on are errors of type *refusal. An error after which
// another attempt makes sense is marked. The body has to be closed; its reads fail when nothing comes for Config.Timeout.
func (c *Client) send(ctx context.Context, method, address string, header http.Header) (*response, error) {
	if c.config.Offline {
		return nil, ErrOffline
	}
	at, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	ctx, watch := watchFor(ctx, c.config.Timeout)
	r := &response{}
	for range maxRedirects {
		if r.Response, err = c.sendOnce(ctx, method, at, header); err != nil {
			err = c.networkError(ctx, at, err)
			watch.stop()
			return nil, err
		}
		watch.reset()
		r.note()
		location := r.Header.Get("Location")
		if r.StatusCode < 300 || r.StatusCode >= 400 || location == "" {
			r.Body = watched{r.Body, watch}
			return r, c.refused(r.Response, at)
		}
		next, err := at.Parse(location)
		if err == nil {
			err = mayFollow(at, next)
		}
		r.elsewhere = err == nil && !sameOrigin(next, c.endpoint)
		if err != nil || method == http.MethodHead && r.elsewhere {
			r.Body.Close()
			watch.stop()
			return r, err
		}
		r.Body.Close()
		at = next
	}
	watch.stop()
	return nil, fmt.Errorf("%s: more than %d redirects", at.Host, maxRedirects)
}

// sendOnce sends one request. The token goes to the hub only.
func (c *Client) sendOnce(ctx context.Context, method string, at *url.URL, header http.Header) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, at.String(), nil)
	if err != nil {
		return nil, err
	}
	for key, values := range header {
		request.Header[key] = values
	}
	request.Header.Set("User-Agent", c.config.UserAgent)
	if c.config.Token != "" && sameOrigin(at, c.endpoint) {
		request.Header.Set("Authorization", "Bearer "+c.config.Token)
	}
	return c.http.Do(request)
}

// note keeps what an answer says of the file. The first answer to say something counts: it knows it from git.
func (r *response) note() {
	r.commit = cmp.Or(r.commit, r.Header.Get(headerCommit))
	r.linkedEtag = cmp.Or(r.linkedEtag, r.Header.Get(headerLinkedEtag))
	r.linkedSize = cmp.Or(r.linkedSize, r.Header.Get(headerLinkedSize))
}

// mayFollow refuses redirects that leave encryption, or HTTP.
func mayFollow(from, to *url.URL) error {
	if to.Scheme != "https" && (to.Scheme != "http" || from.Scheme == "https") {
		return fmt.Errorf("%s redirects to an address of %s, which is not followed", from.Host, to.Scheme)
	}
	return nil
}

// sameOrigin reports whether two addresses are of one protocol, host and port.
func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "http":
		return "80"
	}
	return "443"
}

// networkError is the error of a request that has not been answered, without the address, which may be a signed one.
func (c *Client) networkError(ctx context.Context, at *url.URL, err error) error {
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, errStalled) {
		return cause
	} else if cause != nil {
		err = cause
	}
	var inner *url.Error
	if errors.As(err, &inner) {
		err = inner.Err
	}
	err = fmt.Errorf("%s: %w", at.Host, err)
	var name *net.DNSError
	if errors.As(err, &name) && name.IsNotFound || errors.As(err, new(*tls.CertificateVerificationError)) {
		return err // which the next attempt would not change
	}
	return retry.Temporary(err, 0)
}

// errStalled is the cause of a request that was given up.
var errStalled = errors.New("nothing has come for too long")

// watch ends a request when nothing comes.
type watch struct {
	ctx    context.Context
	timer  *time.Timer
	cancel context.CancelCauseFunc
	limit  time.Duration
}

func watchFor(ctx context.Context, limit time.Duration) (context.Context, *watch) {
	ctx, cancel := context.WithCancelCause(ctx)
	return ctx, &watch{ctx, time.AfterFunc(limit, func() { cancel(errStalled) }), cancel, limit}
}

func (w *watch) reset() { w.timer.Reset(w.limit) }

func (w *watch) stop() {
	w.timer.Stop()
	w.cancel(nil)
}

// watched is a body whose every piece gives the request its time anew.
type watched struct {
	io.ReadCloser
	watch *watch
}

func (b watched) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	switch {
	case n > 0:
		b.watch.reset()
	case err != nil && errors.Is(context.Cause(b.watch.ctx), errStalled):
		err = errStalled
	}
	return n, err
}

func (b watched) Close() error {
	err := b.ReadCloser.Close()
	b.watch.stop()
	return err
}

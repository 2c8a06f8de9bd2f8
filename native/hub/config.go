package hub

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/lorica-go/lorica/native/internal/retry"
)

// DefaultEndpoint is the hub that everybody means.
const DefaultEndpoint = "https://huggingface.co"

// Config says which hub a Client talks to, and how.
type Config struct {
	// Endpoint is the hub's address, without a slash at the end.
	Endpoint string
	// Token is sent to the endpoint, "" for none; TokenSource says where it came from, for messages.
	Token, TokenSource string
	// Cache is the folder that holds models--org--name.
	Cache string
	// Offline forbids all requests.
	Offline bool
	// CopyFiles puts copies instead of links into snapshots, which happens by itself where there are no links.
	CopyFiles bool
	// Parallel is how many files are fetched at a time.
	Parallel int
	// Timeout ends a request to which nothing has come for so long.
	Timeout time.Duration
	// Retry says how often a request is tried.
	Retry retry.Policy
	// UserAgent is how the client calls itself.
	UserAgent string
	// Transport carries the requests; nil is a transport of Go's defaults, which honours HTTPS_PROXY.
	Transport http.RoundTripper
	// Logger is told of retries and of waiting; it is never told a token or a signed address.
	Logger *slog.Logger
}

// Default returns the public hub without a token. Cache is empty: FromEnvironment knows the usual one.
func Default() Config {
	return Config{
		Endpoint: DefaultEndpoint, Parallel: 4, Timeout: 30 * time.Second, Retry: retry.Default(), UserAgent: "lorica",
		Logger: slog.New(slog.DiscardHandler),
	}
}

// Validate checks the configuration.
func (c Config) Validate() error {
	endpoint, err := url.Parse(c.Endpoint)
	switch {
	case err != nil || endpoint.Host == "" || endpoint.Scheme != "https" && endpoint.Scheme != "http" || endpoint.RawQuery != "" || endpoint.User != nil:
		return fmt.Errorf("endpoint %q: want an address such as %s", c.Endpoint, DefaultEndpoint)
	case c.Cache == "":
		return errors.New("no cache folder")
	case c.Parallel < 1:
		return fmt.Errorf("%d files at a time: want at least 1", c.Parallel)
	case c.Timeout <= 0:
		return fmt.Errorf("timeout %s: want more than 0", c.Timeout)
	case c.Logger == nil:
		return errors.New("no logger")
	}
	return c.Retry.Validate()
}

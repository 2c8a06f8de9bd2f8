package steam

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lorica-go/lorica/native/internal/retry"
)

// Format is how reviews are written.
type Format string

// The formats. Auto goes by the ending of the output's name.
const (
	Auto    Format = "auto"
	JSONL   Format = "jsonl"
	CSV     Format = "csv"
	Parquet Format = "parquet"
)

// ParseFormat reads a format's name.
func ParseFormat(s string) (Format, error) { return choose("format", s, Auto, JSONL, CSV, Parquet) }

// AutoPause is a second between two requests, and none where the server is this machine.
const AutoPause = time.Duration(-1)

// Config says what to fetch, how, and where to put it.
type Config struct {
	Query
	// Count is how many reviews of each app are wanted, of each label when Balanced is set; 0 for all that there are.
	Count int

	// Out is the output.
	Out string
	// Format of the output.
	Format Format
	// Fields are the columns of the output, such as review or author.playtime_forever; nil for all, and with JSONL for whole
	// objects.
	Fields []string
	// Restart throws away what an earlier fetch left.
	Restart bool

	// BaseURL replaces the endpoint's host; "" is Steam's.
	BaseURL string
	// Pause is the least time between two requests.
	Pause time.Duration
	// Retry says how often a request is tried, and after which waits.
	Retry retry.Policy
	// Doubt says how often an end that the totals do not confirm is asked for again, and after which waits.
	Doubt retry.Policy
	// CoolDown is how long nothing is asked for after a first 403. It doubles with the next, and Refusals of them in a row end the
	// fetch.
	CoolDown time.Duration
	Refusals int
	// Timeout ends a request.
	Timeout time.Duration
	// UserAgent is how the client calls itself.
	UserAgent string
	// Transport carries the requests; nil is Go's, which honours HTTPS_PROXY.
	Transport http.RoundTripper
	// Logger is told of retries, and of what is odd in answers.
	Logger *slog.Logger
	// OnProgress is told of every page. It may be nil.
	OnProgress func(Progress)
}

// Progress is how far a fetch is.
type Progress struct {
	App      int64
	Label    Label // of the list that the page was of
	Reviews  int   // in the output, of all apps
	New      int   // of these, fetched by this run
	Expected int   // as far as the totals are known; 0 when nothing is
	Requests int   // of this run
}

// Default fetches everything from the newer endpoint, politely. Apps and Out are missing.
func Default() Config {
	return Config{
		Query:  Query{Languages: []string{allLanguages}, Label: All, Purchase: Anywhere, Order: Recent, API: V1},
		Format: Auto, Pause: AutoPause,
		Retry:    retry.Policy{Tries: 8, First: time.Second, Most: time.Minute, Patience: 15 * time.Minute},
		Doubt:    retry.Policy{Tries: 6, First: time.Second, Most: 5 * time.Second},
		CoolDown: time.Minute, Refusals: 3, Timeout: time.Minute, UserAgent: "lorica", Logger: slog.New(slog.DiscardHandler),
	}
}

// Validate checks the configuration.
func (c *Config) Validate() error {
	if err := c.Query.Validate(); err != nil {
		return err
	}
	if _, err := c.format(); err != nil {
		return err
	}
	base, err := url.Parse(c.BaseURL)
	if err != nil || c.BaseURL != "" && (base.Scheme != "http" && base.Scheme != "https" || base.Host == "" || base.RawQuery != "" || base.Fragment != "") {
		return fmt.Errorf("base URL %q: want an address such as %s", c.BaseURL, c.API.host())
	}
	switch {
	case c.Count < 0:
		return fmt.Errorf("count %d: want at least 1, or 0 for all", c.Count)
	case c.Balanced && c.Count == 0:
		return errors.New("balanced reviews want a count")
	case c.Out == "":
		return errors.New("no output")
	case c.Pause < 0 && c.Pause != AutoPause:
		return fmt.Errorf("pause %s: want none or more", c.Pause)
	case c.CoolDown <= 0 || c.Refusals < 1:
		return fmt.Errorf("%d refusals, the first answered by a pause of %s: want at least one and a pause", c.Refusals, c.CoolDown)
	case c.Timeout <= 0:
		return fmt.Errorf("timeout %s: want more than none", c.Timeout)
	case c.Logger == nil:
		return errors.New("no logger")
	}
	for i, field := range c.Fields {
		if strings.TrimSpace(field) == "" || slices.Contains(c.Fields[:i], field) {
			return fmt.Errorf("field %q: want distinct names", field)
		}
	}
	if err := c.Retry.Validate(); err != nil {
		return err
	}
	return c.Doubt.Validate()
}

// format returns the output's format.
func (c *Config) format() (Format, error) {
	if c.Format != Auto {
		_, err := ParseFormat(string(c.Format))
		return c.Format, err
	}
	switch ending := strings.ToLower(filepath.Ext(c.Out)); ending {
	case ".jsonl", ".ndjson":
		return JSONL, nil
	case ".csv":
		return CSV, nil
	case ".parquet":
		return Parquet, nil
	default:
		return "", fmt.Errorf("%s: want a name that ends in .jsonl, .csv or .parquet, or a format", c.Out)
	}
}

// derived reports whether the output is made from a rows file beside it.
func (c *Config) derived() bool {
	format, _ := c.format()
	return format != JSONL || c.Fields != nil
}

// rowsPath is where the rows are kept, and statePath where the state is.
func (c *Config) rowsPath() string {
	if c.derived() {
		return c.Out + ".rows.jsonl"
	}
	return c.Out
}

func (c *Config) statePath() string { return c.rowsPath() + ".state" }

// pause returns the least time between two requests.
func (c *Config) pause() time.Duration {
	if c.Pause != AutoPause {
		return c.Pause
	}
	if base, err := url.Parse(c.BaseURL); err == nil {
		if ip := net.ParseIP(base.Hostname()); base.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
			return 0
		}
	}
	return time.Second
}

package prompt

import (
	"encoding/json"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/internal/retry"
)

// Config holds the settings of a run. Default gives those of the command line.
type Config struct {
	// Endpoint is the server's base URL, such as https://api.openai.com/v1, or the URL of its chat completions.
	Endpoint string `json:"endpoint"`
	// LLM is the model's name, as the server knows it.
	LLM string `json:"llm"`
	// Key is sent with every request, as a bearer token or in the header KeyHeader; "" sends none. KeyName is what messages call
	// the place that it comes from. The key itself is in no message and no file.
	Key       string `json:"-"`
	KeyName   string `json:"-"`
	KeyHeader string `json:"-"`

	// Sources say which rows are asked about, those that a training run with the same settings holds out, and which ones examples
	// are drawn from. With nothing held out, all rows are asked about.
	data.Sources
	// Labels are the class names, in the order of their ids, which is what the model is told; nil takes the data's.
	Labels []string `json:"labels,omitempty"`
	// Limit asks about the first so many rows only; 0 means all.
	Limit int `json:"limit,omitempty"`

	// Shots is how many examples of each label a request shows, drawn with ShotsSeed. DropLeaks draws them from texts that do not
	// stand, exactly or nearly, in the rows that are asked about; without it such an example is an error.
	Shots     int    `json:"shots"`
	ShotsSeed uint64 `json:"shots_seed"`
	DropLeaks bool   `json:"drop_leaks"`
	// Task is what the prompt says is to be decided, and PromptFile a template in place of DefaultTemplate.
	Task       string `json:"task"`
	PromptFile string `json:"prompt_file,omitempty"`
	// ChunkSize is how many texts go into a request, MaxChars how many characters of each; 0 means all.
	ChunkSize int `json:"chunk_size"`
	MaxChars  int `json:"max_chars,omitempty"`
	// Temperature and Seed of the model; nil leaves them to the server. MaxTokens bounds an answer; 0 leaves that, too.
	Temperature *float64 `json:"temperature"`
	Seed        *int64   `json:"seed"`
	MaxTokens   int      `json:"max_tokens,omitempty"`
	// Format is how the server is asked to keep to the form of answers. Extra is an object of further fields of the request.
	Format Format          `json:"response_format"`
	Extra  json.RawMessage `json:"extra,omitempty"`

	// Attempts is how often a question is put whose answer cannot be used, before it is divided or, for a single text, given up.
	Attempts int `json:"attempts"`
	// RetryUnanswered asks again about texts that earlier runs have given up.
	RetryUnanswered bool `json:"-"`
	// Parallel is how many requests may run at once, Timeout how long one may take, and Grace how much of that it has left once
	// the run is to end. Retry is what happens when the server is busy or cannot be reached.
	Parallel int           `json:"parallel"`
	Timeout  time.Duration `json:"-"`
	Grace    time.Duration `json:"-"`
	Retry    retry.Policy  `json:"-"`
	// Prices are what tokens cost.
	Prices Prices `json:"prices,omitzero"`

	// Out is the folder of the run, Answers the journal; "" is AnswersFile in Out.
	Out     string `json:"-"`
	Answers string `json:"-"`
	// Version is the program's.
	Version string `json:"-"`
	// Transport carries requests; nil means net/http's own.
	Transport http.RoundTripper `json:"-"`
	// Now tells the time; nil means time.Now.
	Now func() time.Time `json:"-"`
	// Logger hears what happens; nil means nobody does.
	Logger *slog.Logger `json:"-"`
	// OnStart is told the facts when the first request is about to go out, OnProgress how far the run is after each chunk; it
	// is called by one goroutine at a time. Both may be nil.
	OnStart    func(Facts)    `json:"-"`
	OnProgress func(Progress) `json:"-"`
}

// Default returns the settings that the command line begins with.
func Default() Config {
	temperature, seed := 0.0, int64(42)
	return Config{
		Sources: data.DefaultSources(), KeyName: "OPENAI_API_KEY", ShotsSeed: 42, Task: DefaultTask, ChunkSize: 15, Temperature: &temperature, Seed: &seed, Format: Auto,
		Attempts: 2, Parallel: 4, Timeout: 2 * time.Minute, Grace: 10 * time.Second,
		Retry: retry.Policy{Tries: 8, First: time.Second, Most: time.Minute, Patience: 2 * time.Minute},
	}
}

// Validate returns an input error for the first setting that makes no sense.
func (c *Config) Validate() error {
	for _, required := range []struct{ name, value string }{{"model", c.LLM}, {"data", c.Data}, {"task", strings.TrimSpace(c.Task)}} {
		if required.value == "" {
			return badinput.Errorf("no %s given", required.name)
		}
	}
	for _, least := range []struct {
		name         string
		value, least int
	}{
		{"examples of each label", c.Shots, 0}, {"texts a request", c.ChunkSize, 1}, {"characters of a text", c.MaxChars, 0}, {"rows", c.Limit, 0},
		{"tokens of an answer", c.MaxTokens, 0}, {"attempts", c.Attempts, 1}, {"requests at once", c.Parallel, 1},
	} {
		if least.value < least.least {
			return badinput.Errorf("%d %s: want at least %d", least.value, least.name, least.least)
		}
	}
	const mostTexts, mostParallel = 1000, 256
	switch {
	case c.ChunkSize > mostTexts:
		return badinput.Errorf("%d texts a request: want at most %d", c.ChunkSize, mostTexts)
	case c.Parallel > mostParallel:
		return badinput.Errorf("%d requests at once: want at most %d", c.Parallel, mostParallel)
	case c.Temperature != nil && !(*c.Temperature >= 0 && *c.Temperature <= 2):
		return badinput.Errorf("temperature %g: want one from 0 to 2", *c.Temperature)
	case c.Timeout <= 0:
		return badinput.Errorf("a timeout of %s: want one above 0", c.Timeout)
	}
	for _, price := range []*float64{c.Prices.Prompt, c.Prices.Cached, c.Prices.Completion} {
		if price != nil && !(*price >= 0 && !math.IsInf(*price, 0)) {
			return badinput.Errorf("a price of %g: want 0 or more", *price)
		}
	}
	if _, err := ParseFormat(string(c.Format)); err != nil {
		return err
	}
	if err := checkExtra(c.Extra); err != nil {
		return badinput.Errorf("extra fields: %w", err)
	}
	if err := c.Retry.Validate(); err != nil {
		return badinput.Errorf("retries: %w", err)
	}
	if err := checkEndpoint(c.Endpoint); err != nil {
		return err
	}
	return c.checkKey()
}

// checkEndpoint returns an input error unless the endpoint is an HTTP URL without a name or password in it.
func checkEndpoint(endpoint string) error {
	u, err := url.Parse(endpoint)
	switch {
	case err != nil:
		return badinput.Errorf("endpoint: not a URL") // the error would repeat what may hold a password
	case u.User != nil:
		return badinput.Errorf("endpoint: a URL with a name or password in it, which belongs into the variable of the key")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Fragment != "":
		return badinput.Errorf("endpoint %q: want a URL such as https://api.openai.com/v1", endpoint)
	}
	return nil
}

// checkKey returns an input error, without the key in it, when the key or its header's name cannot stand in a header.
func (c *Config) checkKey() error {
	for _, r := range c.Key {
		if r <= ' ' || r >= 0x7f {
			return badinput.Errorf("the value of %s has characters that no key has", c.KeyName)
		}
	}
	for _, r := range c.KeyHeader {
		if r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			return badinput.Errorf("%q: not the name of a header", c.KeyHeader)
		}
	}
	return nil
}

// completionsURL is where a valid endpoint takes requests for chat completions.
func completionsURL(endpoint string) string {
	const path = "/chat/completions"
	u, err := url.Parse(endpoint)
	if err != nil {
		return endpoint // cannot be: Validate has parsed it
	}
	if !strings.HasSuffix(strings.TrimRight(u.Path, "/"), path) {
		u.Path = strings.TrimRight(u.Path, "/") + path
	}
	return u.String()
}

// shownURL is completionsURL for people and files: without the query, which may hold what nobody else should see.
func shownURL(endpoint string) string {
	shown, _, _ := strings.Cut(completionsURL(endpoint), "?")
	return shown
}

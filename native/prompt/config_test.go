package prompt

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/lorica-go/lorica/internal/badinput"
)

func TestSettingsThatMakeNoSenseAreRefused(t *testing.T) {
	price := -1.0
	valid := func() Config {
		c := Default()
		c.Endpoint, c.LLM, c.Data = "http://127.0.0.1:1/v1", "m", "reviews.jsonl"
		return c
	}
	if c := valid(); c.Validate() != nil {
		t.Fatal(c.Validate())
	}
	for name, c := range map[string]struct {
		change func(c *Config)
		want   string
	}{
		"no model":               {func(c *Config) { c.LLM = "" }, "no model given"},
		"no data":                {func(c *Config) { c.Data = "" }, "no data given"},
		"no task":                {func(c *Config) { c.Task = " " }, "no task given"},
		"no endpoint":            {func(c *Config) { c.Endpoint = "" }, `endpoint "": want a URL such as`},
		"no scheme":              {func(c *Config) { c.Endpoint = "localhost:8080/v1" }, `endpoint "localhost:8080/v1": want a URL`},
		"another scheme":         {func(c *Config) { c.Endpoint = "ftp://localhost/v1" }, "want a URL"},
		"a password":             {func(c *Config) { c.Endpoint = "https://me:made-up@api.example/v1" }, "a URL with a name or password in it"},
		"no URL with a password": {func(c *Config) { c.Endpoint = "https://me:made-up@api.example:port/v1" }, "endpoint: not a URL"},
		"no texts":               {func(c *Config) { c.ChunkSize = 0 }, "0 texts a request: want at least 1"},
		"too many texts":         {func(c *Config) { c.ChunkSize = 1001 }, "1001 texts a request: want at most 1000"},
		"nothing at once":        {func(c *Config) { c.Parallel = 0 }, "0 requests at once: want at least 1"},
		"too much at once":       {func(c *Config) { c.Parallel = 257 }, "257 requests at once: want at most 256"},
		"no attempt":             {func(c *Config) { c.Attempts = 0 }, "0 attempts: want at least 1"},
		"negative shots":         {func(c *Config) { c.Shots = -1 }, "-1 examples of each label: want at least 0"},
		"a negative limit":       {func(c *Config) { c.Limit = -1 }, "-1 rows: want at least 0"},
		"a temperature":          {func(c *Config) { *c.Temperature = 2.5 }, "temperature 2.5: want one from 0 to 2"},
		"no temperature":         {func(c *Config) { *c.Temperature = math.NaN() }, "temperature NaN"},
		"no time":                {func(c *Config) { c.Timeout = 0 }, "a timeout of 0s"},
		"no tries":               {func(c *Config) { c.Retry.Tries = 0 }, "retries: 0 attempts"},
		"a negative price":       {func(c *Config) { c.Prices.Completion = &price }, "a price of -1: want 0 or more"},
		"a format":               {func(c *Config) { c.Format = "xml" }, `format "xml": want auto, json_schema, json_object or text`},
		"extra that is none":     {func(c *Config) { c.Extra = json.RawMessage(`[1]`) }, "extra fields: want a JSON object of request fields"},
		"extra null":             {func(c *Config) { c.Extra = json.RawMessage(`null`) }, "extra fields: want a JSON object"},
		"extra broken":           {func(c *Config) { c.Extra = json.RawMessage(`{"a": `) }, "extra fields: want a JSON object"},
		"extra of ours":          {func(c *Config) { c.Extra = json.RawMessage(`{"seed": 1}`) }, `extra fields: the field "seed" is not to be set here`},
		"extra streams":          {func(c *Config) { c.Extra = json.RawMessage(`{"stream": true}`) }, `the field "stream"`},
		"a key with a line":      {func(c *Config) { c.Key = "made\nup" }, "the value of OPENAI_API_KEY has characters that no key has"},
		"a header of two":        {func(c *Config) { c.KeyHeader = "api-key: x" }, `"api-key: x": not the name of a header`},
	} {
		config := valid()
		c.change(&config)
		err := config.Validate()
		if err == nil || !badinput.Is(err) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "made") {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestTheEndpointIsABaseOrTheWholeURL(t *testing.T) {
	for endpoint, want := range map[string]string{
		"https://api.openai.com/v1":                               "https://api.openai.com/v1/chat/completions",
		"https://api.openai.com/v1/":                              "https://api.openai.com/v1/chat/completions",
		"http://localhost:8080/v1/chat/completions":               "http://localhost:8080/v1/chat/completions",
		"http://localhost:8080/v1/chat/completions/":              "http://localhost:8080/v1/chat/completions/",
		"http://localhost:8080":                                   "http://localhost:8080/chat/completions",
		"https://x.example/openai/deployments/y?api-version=2025": "https://x.example/openai/deployments/y/chat/completions?api-version=2025",
	} {
		if got := completionsURL(endpoint); got != want {
			t.Errorf("%s: got %s, want %s", endpoint, got, want)
		}
	}
	if got := shownURL("https://x.example/v1?key=secret"); got != "https://x.example/v1/chat/completions" {
		t.Errorf("shown as %s", got)
	}
}

func TestSettingsAreSavedAsTheyTookEffect(t *testing.T) {
	s := serve(t, nil)
	c := asking(t, s, 40)
	c.TestSize.Fraction, c.Shots, c.Timeout, c.Key = 0.5, 1, time.Minute, "made-up"
	mustRun(t, c)
	var got map[string]any
	if err := json.Unmarshal(readFile(t, c.Out, SettingsFile), &got); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{
		"endpoint": s.URL + "/chat/completions", "llm": "tiny-chat", "shots": 1.0, "chunk_size": 15.0, "temperature": 0.0, "seed": 42.0, "response_format": "auto",
		"data": c.Data, "split": "datasets", "split_seed": 42.0, "task": DefaultTask, "template": DefaultTemplate, "lorica": "test", "attempts": 2.0,
	} {
		if got[key] != want {
			t.Errorf("%s is %v, want %v", key, got[key], want)
		}
	}
	for _, key := range []string{"Key", "Out", "parallel", "Retry"} {
		if _, ok := got[key]; ok {
			t.Errorf("%s is saved", key)
		}
	}
}

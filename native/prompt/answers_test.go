package prompt

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestAJournalThatSomethingElseHasWrittenIsBadInput(t *testing.T) {
	s := serve(t, nil)
	for name, c := range map[string]struct{ content, want string }{
		"no JSON":         {"hello\n", "answers.jsonl:1: no answer as lorica writes them"},
		"another version": {`{"v": 2, "key": "a", "attempt": 1, "count": 1}` + "\n", "answers.jsonl:1: an answer of version 2; want 1"},
		"no key":          {`{"v": 1, "attempt": 1, "count": 1}` + "\n", "answers.jsonl:1: an answer without key, attempt and count"},
		"negative tokens": {`{"v": 1, "key": "a", "attempt": 1, "count": 1, "usage": {"prompt_tokens": -1}}` + "\n", "answers.jsonl:1: an answer with a negative count"},
	} {
		settings := asking(t, s, 4)
		settings.Answers = write(t, "answers.jsonl", c.content)
		if _, err := Run(t.Context(), settings); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	if len(s.Requests()) != 0 {
		t.Error("something was asked")
	}
}

func TestOneJournalServesSeveralRuns(t *testing.T) {
	s := serve(t, nil)
	c := asking(t, s, 30)
	c.Answers = filepath.Join(t.TempDir(), "cache.jsonl")
	mustRun(t, c)
	first := len(s.Requests())
	base := c
	for name, change := range map[string]struct {
		change func(c *Config)
		asks   bool
	}{
		"another folder":      {func(c *Config) { c.Out = filepath.Join(t.TempDir(), "other") }, false},
		"another pace":        {func(c *Config) { c.Parallel, c.Timeout, c.Attempts = 1, time.Minute, 3 }, false},
		"prices":              {func(c *Config) { c.Prices.Prompt = new(float64) }, false},
		"fewer rows":          {func(c *Config) { c.Limit = 15 }, false},
		"another model":       {func(c *Config) { c.LLM = "large-chat" }, true},
		"another temperature": {func(c *Config) { *c.Temperature = 1 }, true},
		"another seed":        {func(c *Config) { *c.Seed = 7 }, true},
		"no seed":             {func(c *Config) { c.Seed = nil }, true},
		"another task":        {func(c *Config) { c.Task = "Is the review kind?" }, true},
		"a limit of tokens":   {func(c *Config) { c.MaxTokens = 300 }, true},
		"a further field":     {func(c *Config) { c.Extra = json.RawMessage(`{"top_p": 0.5}`) }, true},
		"another format":      {func(c *Config) { c.Format = JSONObject }, true},
		"other chunks":        {func(c *Config) { c.ChunkSize = 10 }, true},
		"other labels":        {func(c *Config) { c.Labels = []string{"negative", "great"} }, true},
		"another endpoint":    {func(c *Config) { c.Endpoint += "/chat/completions?api-version=2" }, true},
		"shorter texts":       {func(c *Config) { c.MaxChars = 10 }, true},
		"another prompt":      {func(c *Config) { c.PromptFile = write(t, "p.tmpl", `{{define "user"}}Label these. {{.Texts}}{{end}}`) }, true},
	} {
		c := base
		temperature, seed := *base.Temperature, *base.Seed
		c.Temperature, c.Seed = &temperature, &seed
		change.change(&c)
		before := len(s.Requests())
		_, err := Run(t.Context(), c)
		if err != nil && name != "other labels" {
			t.Errorf("%s: %v", name, err)
		}
		if asks := len(s.Requests()) > before; asks != change.asks {
			t.Errorf("%s: asks %v, want %v", name, asks, change.asks)
		}
	}
	if c = base; len(s.Requests()) == first {
		t.Error("nothing else was ever asked")
	}
	if n := len(s.Requests()); mustRun(t, c) == nil || len(s.Requests()) != n {
		t.Error("the first answers are gone")
	}
	bodies := map[string]int{}
	for _, r := range s.Requests() {
		if bodies[string(r.Body)]++; bodies[string(r.Body)] > 2 { // another endpoint gets the same body
			t.Errorf("sent thrice: %s", r.Body)
		}
	}
}

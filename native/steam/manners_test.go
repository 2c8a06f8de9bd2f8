package steam

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/internal/fakesteam"
)

func TestRequestsAreASecondApartButNotOnLoopback(t *testing.T) {
	for base, want := range map[string]time.Duration{
		"": time.Second, "https://proxy.example": time.Second, "http://127.0.0.1:8080": 0, "http://localhost": 0, "http://[::1]:9/steam": 0,
	} {
		inBubble(t, func(t *testing.T) {
			server := fakesteam.New(fakesteam.Options{Apps: []*fakesteam.App{game(7, 450, false, fakesteam.EmptyPage)}})
			c := config(http.StripPrefix(strings.TrimPrefix(base, "http://[::1]:9"), server), output(t, "r.jsonl"), 7)
			if !strings.HasSuffix(base, "/steam") {
				c.Transport = inMemory{handler: server}
			}
			c.BaseURL = base
			mustFetch(t, c)
			if g := gaps(server.Requests()); len(g) != 5 || !slices.Equal(g, slices.Repeat([]time.Duration{want}, 5)) {
				t.Errorf("%q: requests came after %v, want %s", base, g, want)
			}
		})
	}
}

func TestWhatSteamRefusesForNowIsTriedAgainWhenItSays(t *testing.T) {
	for name, c := range map[string]struct {
		fault    fakesteam.Fault
		min, max time.Duration // of the wait behind the first request
	}{
		"429 with seconds":          {fakesteam.Fault{Kind: fakesteam.TooMany, Times: 1, RetryAfter: "90"}, 90 * time.Second, 91 * time.Second},
		"429 with a date":           {fakesteam.Fault{Kind: fakesteam.TooMany, Times: 1, RetryAfter: "Sat, 01 Jan 2000 00:02:00 GMT"}, 119 * time.Second, 121 * time.Second},
		"429 without a word":        {fakesteam.Fault{Kind: fakesteam.TooMany, Times: 1}, 999 * time.Millisecond, 2 * time.Second},
		"502":                       {fakesteam.Fault{Kind: fakesteam.Busy, Times: 1}, 999 * time.Millisecond, 2 * time.Second},
		"a page for people":         {fakesteam.Fault{Kind: fakesteam.HTML, Times: 1}, 999 * time.Millisecond, 2 * time.Second},
		"a redirect":                {fakesteam.Fault{Kind: fakesteam.Redirect, Times: 1}, 999 * time.Millisecond, 2 * time.Second},
		"half an answer":            {fakesteam.Fault{Kind: fakesteam.HalfAnswer, Times: 1}, 999 * time.Millisecond, 2 * time.Second},
		"an answer that is none":    {fakesteam.Fault{Kind: fakesteam.Unanswered, Times: 1}, 999 * time.Millisecond, 2 * time.Second},
		"403, and the door is open": {fakesteam.Fault{Kind: fakesteam.Forbidden, Times: 1}, time.Minute, 61 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) { // where it is the first of January 2000
				server := fakesteam.New(fakesteam.Options{Apps: []*fakesteam.App{game(7, 250, false, fakesteam.EmptyPage)}})
				server.Fault(c.fault)
				mustFetch(t, config(server, output(t, "r.jsonl"), 7))
				if g := gaps(server.Requests()); len(g) != 4 || g[0] < c.min || g[0] > c.max {
					t.Errorf("requests came after %v", g)
				}
			})
		})
	}
}

func TestWhatDoesNotPassEndsTheFetchAndKeepsWhatIsThere(t *testing.T) {
	for name, test := range map[string]struct {
		fault    fakesteam.Fault
		api      API
		want     string
		requests int // behind the first, which goes well
		within   time.Duration
	}{
		"502 for ever":       {fakesteam.Fault{Kind: fakesteam.Busy, After: 1}, V1, "app 7: status 502 Bad Gateway", 8, 5 * time.Minute},
		"429 for ever":       {fakesteam.Fault{Kind: fakesteam.TooMany, After: 1}, V1, "app 7: status 429 Too Many Requests", 8, 5 * time.Minute},
		"429 for a day":      {fakesteam.Fault{Kind: fakesteam.TooMany, After: 1, RetryAfter: "86400"}, V1, "status 429 Too Many Requests", 1, time.Minute},
		"403 for ever":       {fakesteam.Fault{Kind: fakesteam.Forbidden, After: 1}, V1, "status 403 Forbidden, 3 times in a row: Steam lets nobody in", 3, 5 * time.Minute},
		"redirects for ever": {fakesteam.Fault{Kind: fakesteam.Redirect, After: 1}, V1, "a redirect to https://api.steampowered.com/, 4 times in a row", 4, time.Minute},
		"a retired endpoint": {fakesteam.Fault{Kind: fakesteam.Redirect, After: 1}, Legacy, "Steam has retired the legacy endpoint; the other is called v1", 4, time.Minute},
		"HTML for ever":      {fakesteam.Fault{Kind: fakesteam.HTML, After: 1}, Legacy, "a page for people instead of JSON, 4 times in a row", 4, time.Minute},
		"success 2":          {fakesteam.Fault{Kind: fakesteam.Unanswered, After: 1}, Legacy, "not an answer of Steam's: the query was not answered: success 2", 8, 5 * time.Minute},
		"half answers":       {fakesteam.Fault{Kind: fakesteam.HalfAnswer, After: 1}, V1, "not an answer of Steam's: ", 8, 5 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				server := fakesteam.New(fakesteam.Options{Apps: []*fakesteam.App{game(7, 250, false, fakesteam.EmptyPage)}})
				server.Fault(test.fault)
				c := config(server, output(t, "r.jsonl"), 7)
				c.API = test.api
				start := time.Now()
				s, err := Fetch(t.Context(), c)
				if err == nil || !strings.Contains(err.Error(), test.want) || badinput.Is(err) {
					t.Errorf("got %v, want %s", err, test.want)
				}
				if n := len(server.Requests()) - 1; n != test.requests || time.Since(start) > test.within {
					t.Errorf("%d more requests in %s", n, time.Since(start))
				}
				if rows := readRows(t, c.Out); len(rows) != 99 || s.Fetched != 99 || s.Complete {
					t.Errorf("%d rows, summary %+v", len(rows), s)
				}
				server.Mend()
				if s := mustFetch(t, c); s.Fetched != 247 || s.Requests != 3 || s.Duplicates != 0 {
					t.Errorf("afterwards: %+v", s)
				}
			})
		})
	}
}

func TestTheCircuitClosesAgainBehindAnAnswer(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		server := fakesteam.New(fakesteam.Options{Apps: []*fakesteam.App{game(7, 950, false, fakesteam.EmptyPage)}})
		server.Fault(fakesteam.Fault{Kind: fakesteam.Forbidden, After: 1, Every: 2}) // one after each answer: never three in a row
		mustFetch(t, config(server, output(t, "r.jsonl"), 7))
		refused := 0
		for _, g := range gaps(server.Requests()) {
			if g == time.Minute {
				refused++
			}
		}
		if refused != 9 {
			t.Errorf("%d waits of a minute: %v", refused, gaps(server.Requests()))
		}
	})
}

func TestAnEndThatTheTotalsDoNotConfirmIsDoubted(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a := game(7, 250, false, fakesteam.EmptyPage)
		server := fakesteam.New(fakesteam.Options{Apps: []*fakesteam.App{a}})
		// The totals promise more than there is: the last page is asked for again, and then believed.
		promising := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			recorder := &replacing{ResponseWriter: w, old: `"total_matching":250`, new: `"total_matching":900`}
			server.ServeHTTP(recorder, r)
		})
		c := config(promising, output(t, "r.jsonl"), 7)
		s := mustFetch(t, c)
		if n := len(server.Requests()); n != 3+6 || s.Apps[0].Lists[0].Ended != "an empty page" || s.Expected != 900 || s.Fetched != 247 {
			t.Errorf("%d requests, summary %+v", n, s)
		}
		addresses := map[string]bool{}
		for _, r := range server.Requests()[3:] {
			addresses[r.Path] = true
		}
		if len(addresses) != 6 {
			t.Errorf("%d addresses: a cache would have answered", len(addresses))
		}
	})
}

func TestAnEmptyPageIsDoubtedAlsoWhenTheTotalsSinkWithIt(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a := game(7, 250, false, fakesteam.EmptyPage)
		server := fakesteam.New(fakesteam.Options{Apps: []*fakesteam.App{a}})
		requests := 0
		sinking := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if requests++; requests == 3 {
				answering(`{"response":{"query_summary":{"num_reviews":0},"cursor":"x","total_matching":200}}`).ServeHTTP(w, r)
				return
			}
			server.ServeHTTP(w, r)
		})
		if s := mustFetch(t, config(sinking, output(t, "r.jsonl"), 7)); s.Fetched != 247 || requests != 5 {
			t.Errorf("%d requests, summary %+v", requests, s)
		}
	})
}

// replacing is a writer that replaces a text.
type replacing struct {
	http.ResponseWriter
	old, new string
}

func (r *replacing) Write(p []byte) (int, error) {
	_, err := r.ResponseWriter.Write([]byte(strings.Replace(string(p), r.old, r.new, 1)))
	return len(p), err
}

func TestErrorsOfTheInputSayWhatIsWrong(t *testing.T) {
	a := game(7, 50, false, fakesteam.EmptyPage)
	other := config(nil, "", 7).Query
	other.Languages = []string{"german"}
	for name, test := range map[string]struct {
		change  func(t *testing.T, c *Config)
		handler http.Handler
		want    string
	}{
		"an app that does not exist": {func(t *testing.T, c *Config) { c.Apps = []int64{5} }, nil, "app 5: Steam has no such app"},
		"a request that is refused":  {nil, http.NotFoundHandler(), "app 7: status 404 Not Found: 404 page not found"},
		"an output that is a folder": {func(t *testing.T, c *Config) { c.Out, c.Format = t.TempDir(), JSONL }, nil, "is not a regular file"},
		"a folder that is missing":   {func(t *testing.T, c *Config) { c.Out += "/x/r.jsonl" }, nil, "r.jsonl: "},
		"an output of somebody's":    {func(t *testing.T, c *Config) { write(t, c.Out, "{}\n") }, nil, "r.jsonl is there already"},
		"a table of somebody's":      {func(t *testing.T, c *Config) { c.Out += ".csv"; write(t, c.Out, "a,b\n") }, nil, "r.jsonl.csv is there already"},
		"another query": {func(t *testing.T, c *Config) {
			k := *c
			k.Query = other
			mustFetch(t, k)
		}, nil, "begun with languages [german], and now it is [all]"},
		"rows that are gone": {func(t *testing.T, c *Config) { mustFetch(t, *c); os.Remove(c.Out) }, nil, "r.jsonl is gone"},
		"rows behind the end": {func(t *testing.T, c *Config) {
			mustFetch(t, *c)
			content, err := os.ReadFile(c.Out)
			if err != nil {
				t.Fatal(err)
			}
			write(t, c.Out, string(content)+"{}\n")
		}, nil, "r.jsonl was changed after the fetch had ended"},
		"rows that are none": {func(t *testing.T, c *Config) {
			mustFetch(t, *c)
			content, err := os.ReadFile(c.Out)
			if err != nil {
				t.Fatal(err)
			}
			write(t, c.Out, "["+string(content[1:]))
		}, nil, "r.jsonl:1: bad JSON"},
		"a state of something else": {func(t *testing.T, c *Config) {
			write(t, c.Out+".state", "{\"end\":0}\n{\"end\":0,\"note\":{\"page\":{}}}\n")
		}, nil, "r.jsonl.state:2: not the state of a fetch"},
		"no app": {func(t *testing.T, c *Config) { c.Apps = nil }, nil, "no app"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				if test.handler == nil {
					test.handler = fakesteam.New(fakesteam.Options{Apps: []*fakesteam.App{a}})
				}
				c := config(test.handler, output(t, "r.jsonl"), 7)
				if test.change != nil {
					test.change(t, &c)
				}
				if _, err := Fetch(t.Context(), c); !badinput.Is(err) || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
					t.Errorf("got %v, want %s", err, test.want)
				}
				if strings.Contains(test.want, "is gone") || strings.Contains(test.want, "changed") || strings.Contains(test.want, "already") || strings.Contains(test.want, "begun with") {
					c.Restart = true
					mustFetch(t, c)
				}
			})
		})
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

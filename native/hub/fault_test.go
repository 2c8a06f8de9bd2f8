package hub_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/hub"
	"github.com/lorica-go/lorica/native/internal/fakehub"
	"github.com/lorica-go/lorica/native/internal/tiny"
)

// hasty makes a client impatient where one of the faults is a stall, and leaves it the time that a busy machine takes elsewhere.
func hasty(faults ...fakehub.Fault) func(config *hub.Config) {
	return func(config *hub.Config) {
		if slices.ContainsFunc(faults, func(f fakehub.Fault) bool { return f.Stall > 0 }) {
			config.Timeout = 500 * time.Millisecond
		}
	}
}

func TestFaultsOnTheWayAreOvercome(t *testing.T) {
	for what, faults := range map[string][]fakehub.Fault{
		"a connection dropped in the middle of a file": {{OnCDN: true, Times: 1, CutAfter: 300_000}},
		"one dropped again and again":                  {{OnCDN: true, CutAfter: 60_000}},
		"one dropped before the first byte":            {{OnCDN: true, Times: 2, CutAfter: 1}},
		"wrong bytes":                                  {{OnCDN: true, Method: "GET", Times: 1, Corrupt: true}},
		"wrong bytes in a small file":                  {{Path: "/api/resolve-cache/", Method: "GET", Times: 1, Corrupt: true}},
		"wrong bytes, and a dropped connection":        {{OnCDN: true, Method: "GET", Times: 2, Corrupt: true, CutAfter: 100_000}},
		"429 with Retry-After":                         {{OnAPI: true, Times: 1, Status: 429, Header: map[string]string{"Retry-After": "0.05"}}},
		"429 with RateLimit":                           {{Path: "/api/models", Times: 1, Status: 429, Header: map[string]string{"RateLimit": `"api";r=0;t=1`}}},
		"429 without a word":                           {{OnAPI: true, Times: 3, Status: 429}},
		"429 of the CDN":                               {{OnCDN: true, Times: 3, Status: 429}},
		"500":                                          {{Times: 2, Status: 500, Body: "oops"}},
		"502":                                          {{Times: 2, Status: 502}},
		"503 with Retry-After":                         {{Times: 1, Status: 503, Header: map[string]string{"Retry-After": "0"}}},
		"504 of the CDN":                               {{OnCDN: true, Times: 2, Status: 504}},
		"a dropped connection while asking for the model": {{Path: "/api/models", Times: 2, CutAfter: 20}},
		"a stall before the answer":                       {{OnAPI: true, Times: 1, Stall: time.Minute}},
		"a stall in the middle of a file":                 {{OnCDN: true, Times: 1, CutAfter: 200_000, Stall: time.Minute}},
		"ranges that are ignored":                         {{OnCDN: true, Times: 1, CutAfter: 300_000}, {OnCDN: true, IgnoreRange: true}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			h, repo := start(t), bigRepo(t)
			h.Put(name, repo)
			for _, f := range faults {
				h.Fault(f)
			}
			c := client(t, h, hasty(faults...))
			began := time.Now()
			p := pull(t, c, name)
			sameFiles(t, p.Path, repo.Files, "config.json", "vocab.txt", "tokenizer_config.json", "model.safetensors")
			for _, path := range tree(t, c.Cache().Dir) {
				if strings.HasSuffix(path, ".incomplete") {
					t.Error("left behind: " + path)
				}
			}
			if wait := faults[0].Header["RateLimit"]; wait != "" && time.Since(began) < time.Second {
				t.Errorf("did not wait as long as %s asks", wait)
			}
		})
	}
}

func TestADroppedConnectionGoesOnAtItsByte(t *testing.T) {
	h := start(t)
	h.Put(name, bigRepo(t))
	h.Fault(fakehub.Fault{OnCDN: true, Times: 1, CutAfter: 300_000})
	p := pull(t, client(t, h, nil), name)
	got := asked(h, "GET", "/repos/")
	if len(got) != 2 || !strings.HasSuffix(got[0], " ") || !strings.HasSuffix(got[1], " bytes=300000-") {
		t.Errorf("asked %v", got)
	}
	if !strings.Contains(how(p), "model.safetensors:fetched") {
		t.Error(how(p))
	}
}

func TestAServerThatKnowsNoRangesSendsTheWholeOnceMore(t *testing.T) {
	h := start(t)
	h.Put(name, bigRepo(t))
	h.Fault(fakehub.Fault{OnCDN: true, Times: 1, CutAfter: 300_000})
	h.Fault(fakehub.Fault{OnCDN: true, IgnoreRange: true})
	pull(t, client(t, h, nil), name)
	if got := asked(h, "GET", "/repos/"); len(got) != 2 {
		t.Errorf("asked %v", got)
	}
}

func TestASlowLineIsNoStall(t *testing.T) {
	h := start(t)
	h.Put(name, bigRepo(t))
	h.Fault(fakehub.Fault{OnCDN: true, Slow: 70 * time.Millisecond}) // two seconds in all
	pull(t, client(t, h, func(config *hub.Config) { config.Timeout = 1500 * time.Millisecond }), name)
	if got := asked(h, "GET", "/repos/"); len(got) != 1 {
		t.Errorf("asked %v", got)
	}
}

// nameless is a network in which no name is known.
type nameless struct{}

func (nameless) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: r.URL.Hostname(), IsNotFound: true}}
}

func TestANameThatNobodyKnowsIsAskedForOnceAServerThatIsDownAgain(t *testing.T) {
	for tries, change := range map[int]func(config *hub.Config){
		1: func(config *hub.Config) { config.Endpoint, config.Transport = "http://hub.invalid", nameless{} },
		4: func(config *hub.Config) { config.Endpoint = "http://127.0.0.1:1" },
	} {
		var log strings.Builder
		c := client(t, start(t), func(config *hub.Config) { config.Logger = logger(&log); change(config) })
		_, err := c.Pull(t.Context(), parseID(t, name), hub.PullOptions{})
		if err == nil || badinput.Is(err) || !strings.Contains(err.Error(), ": dial tcp") || errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if n := strings.Count(log.String(), "trying again"); n != tries-1 {
			t.Errorf("%v: tried again %d times", err, n)
		}
	}
}

func TestFaultsThatStayEndThePullAndLeaveNothingThatLooksWhole(t *testing.T) {
	etag := map[string]string{"X-Linked-Etag": `"../../../escape"`, "X-Linked-Size": "3", "X-Repo-Commit": strings.Repeat("a", 40)}
	for what, test := range map[string]struct {
		fault    fakehub.Fault
		want     string
		badInput bool
		asked    int // requests that meet the fault; 0: does not matter
	}{
		"wrong bytes":                 {fakehub.Fault{OnCDN: true, Method: "GET", Corrupt: true}, "model.safetensors: the content is damaged: its hash is ", true, 2},
		"wrong bytes in a small file": {fakehub.Fault{Path: "/vocab.txt", Method: "GET", Corrupt: true}, "vocab.txt: the content is damaged", true, 0},
		"a server that is down":       {fakehub.Fault{Status: 503}, "answers 503 Service Unavailable", false, 4},
		"a CDN that is down":          {fakehub.Fault{OnCDN: true, Status: 500}, "answers 500 Internal Server Error", false, 4},
		"a long Retry-After":          {fakehub.Fault{Status: 429, Header: map[string]string{"Retry-After": "3600"}}, "answers 429 Too Many Requests; it asks to wait for 1h0m0s", false, 1},
		"a page where the API should be": {
			fakehub.Fault{Path: "/api/models", Status: 200, Header: map[string]string{"Content-Type": "text/html"}, Body: "<html>"}, `answers with "text/html" where JSON was expected`, false, 1,
		},
		"JSON that is none": {
			fakehub.Fault{Path: "/api/models", Status: 200, Header: map[string]string{"Content-Type": "application/json"}, Body: `{"sha": `}, "JSON that is not understood", true, 1,
		},
		"huge JSON": {
			fakehub.Fault{Path: "/api/models", Status: 200, Header: map[string]string{"Content-Type": "application/json"}, Body: `{"sha": "` + strings.Repeat("x", 17<<20)},
			"an answer of more than 16777216 bytes", true, 1,
		},
		"JSON of something else": {
			fakehub.Fault{Path: "/api/models", Status: 200, Header: map[string]string{"Content-Type": "application/json"}, Body: `{"sha": "main"}`}, "names no commit", true, 1,
		},
		"an entity tag that is a path": {fakehub.Fault{Path: "resolve", Method: "HEAD", Status: 302, Header: etag}, "", true, 1},
		"no commit in the answer":      {fakehub.Fault{Path: "resolve", Method: "HEAD", Status: 200}, "no X-Repo-Commit in the answer", true, 1},
		"another commit": {
			fakehub.Fault{Path: "resolve", Method: "HEAD", Status: 200, Header: map[string]string{"X-Repo-Commit": strings.Repeat("b", 40)}}, "the hub answers with bbbb", true, 1,
		},
		"redirects without end": {fakehub.Fault{Path: "resolve", Status: 302, Header: map[string]string{"Location": "?resolve"}}, "more than 10 redirects", false, 10},
		"a redirect to a file":  {fakehub.Fault{Path: "resolve", Status: 302, Header: map[string]string{"Location": "file:///etc/passwd"}}, "redirects to an address of file", false, 1},
		"a stall":               {fakehub.Fault{OnAPI: true, Stall: time.Minute}, "nothing has come for too long", false, 4},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			h := start(t)
			commit := h.Put(name, bigRepo(t))
			if test.fault.Header["X-Linked-Etag"] != "" {
				test.fault.Header["X-Repo-Commit"], test.fault.Header["Location"] = commit, h.CDN+"/repos/x"
				test.want = `the entity tag "\"../../../escape\"" is no name for a file`
			}
			h.Fault(test.fault)
			c := client(t, h, func(config *hub.Config) { hasty(test.fault)(config); config.Parallel = 1 })
			_, err := c.Pull(t.Context(), parseID(t, name), hub.PullOptions{})
			if err == nil || !strings.Contains(err.Error(), test.want) || badinput.Is(err) != test.badInput || strings.Contains(err.Error(), "secret") {
				t.Fatalf("got %v (bad input: %v), want %q (%v)", err, badinput.Is(err), test.want, test.badInput)
			}
			if _, err := c.Cache().Find(parseID(t, name), hub.Model); !errors.Is(err, hub.ErrNotCached) {
				t.Errorf("the cache finds it: %v", err)
			}
			met := len(h.Requests())
			if test.fault.OnCDN {
				met = len(asked(h, "GET", "/repos/"))
			} else if test.fault.Path == "resolve" {
				met = len(asked(h, "HEAD", "resolve"))
			}
			if test.asked > 0 && met != test.asked {
				t.Errorf("%d requests met it, want %d: %v", met, test.asked, h.Requests())
			}
			for _, path := range tree(t, filepath.Dir(c.Cache().Dir)) {
				if strings.Contains(path, "escape") || strings.Contains(path, "model.safetensors") || test.badInput && strings.HasSuffix(path, ".incomplete") {
					t.Error("left behind: " + path)
				}
			}
		})
	}
}

func TestRetriesAreLoggedWithoutSignedAddresses(t *testing.T) {
	h := start(t)
	h.Put(name, tinyRepo(t, tiny.Options{}))
	h.Fault(fakehub.Fault{OnCDN: true, Times: 1, Status: 503})
	h.Fault(fakehub.Fault{OnCDN: true, Times: 1, CutAfter: 1000})
	var log strings.Builder
	c := client(t, h, func(config *hub.Config) { config.Logger = logger(&log); config.Token = "member" })
	pull(t, c, name)
	if n := strings.Count(log.String(), "trying again"); n != 2 || strings.Contains(log.String(), "secret") || strings.Contains(log.String(), "member") {
		t.Errorf("%d retries logged: %s", n, log.String())
	}
}

func TestAnIncompleteFileThatIsWrongIsFetchedAnew(t *testing.T) {
	h, repo := start(t), bigRepo(t)
	h.Put(name, repo)
	size := len(repo.Files["model.safetensors"])
	for what, left := range map[string][]byte{
		"other bytes": slices.Repeat([]byte{7}, size/2), "as long as the file": slices.Repeat([]byte{7}, size), "longer than the file": slices.Repeat([]byte{7}, size+1),
		"the whole file": repo.Files["model.safetensors"], "nothing": nil,
	} {
		c := client(t, h, nil)
		blobs := filepath.Join(c.Cache().Dir, "models--example-org--tiny-bert", "blobs")
		if err := os.MkdirAll(blobs, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(blobs, sha256Hex(repo.Files["model.safetensors"])+".incomplete"), left, 0o666); err != nil {
			t.Fatal(err)
		}
		h.Forget()
		p := pull(t, c, name)
		sameFiles(t, p.Path, repo.Files, "model.safetensors")
		if n := len(asked(h, "GET", "/repos/")); what == "the whole file" && n != 0 {
			t.Errorf("%s: asked %d times", what, n)
		}
	}
}

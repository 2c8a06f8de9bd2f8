package web_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/lorica-go/lorica/web"
)

// handler serves a bundle.
func handler(t *testing.T, content []byte, hosts ...string) http.Handler {
	t.Helper()
	h, err := web.Handler(web.Options{Model: &web.Model{Name: "tiny", Size: int64(len(content)), Content: bytes.NewReader(content)}, Hosts: hosts})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// get asks a handler as a browser on this machine does; headers are names and values in turn.
func get(h http.Handler, path string, headers ...string) *http.Response {
	return ask(h, http.MethodGet, "127.0.0.1:8080", path, headers...)
}

func ask(h http.Handler, method, host, path string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, "http://"+host+path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) []byte {
	t.Helper()
	content, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

var versioned = regexp.MustCompile(`v/[0-9a-f]{16}/`)

// base is the address that the page's files lie below.
func base(t *testing.T, h http.Handler) string {
	t.Helper()
	found := versioned.Find(body(t, get(h, "/")))
	if found == nil {
		t.Fatal("the page names no files")
	}
	return "/" + string(found)
}

var modelAddress = regexp.MustCompile(`model/[0-9a-f]{16}\.safetensors`)

func TestEveryAnswerHasTheSecurityHeaders(t *testing.T) {
	h := handler(t, bundle(t, tinyBundle))
	for _, path := range []string{"/", "/sw.js", base(t, h) + "engine/worker.js", base(t, h) + "wasm/guest.wasm", "/no/such/file"} {
		r := get(h, path)
		policy := r.Header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self' 'wasm-unsafe-eval';", "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: the policy %q lacks %q", path, policy, part)
			}
		}
		if strings.Contains(policy, "unsafe-inline") || strings.Contains(policy, "'unsafe-eval'") || strings.Contains(policy, "http") {
			t.Errorf("%s: the policy %q lets too much in", path, policy)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin"} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		if r.Header.Get("Cross-Origin-Embedder-Policy") != "" {
			t.Errorf("%s: the page is isolated, which it does not need", path)
		}
	}
}

func TestFilesHaveTheirTypesAndAreKeptAsLongAsTheyHold(t *testing.T) {
	h := handler(t, bundle(t, tinyBundle))
	at := base(t, h)
	for path, want := range map[string]struct{ contentType, caching string }{
		"/":                         {"text/html; charset=utf-8", "no-cache"},
		"/sw.js":                    {"text/javascript; charset=utf-8", "no-cache"},
		at + "main.js":              {"text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		at + "wasm_exec.js":         {"text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		at + "style/base.css":       {"text/css; charset=utf-8", "public, max-age=31536000, immutable"},
		at + "icon.svg":             {"image/svg+xml", "public, max-age=31536000, immutable"},
		at + "wasm/guest.wasm":      {"application/wasm", "public, max-age=31536000, immutable"},
		at + "wasm/relaxed.wasm":    {"application/wasm", "public, max-age=31536000, immutable"},
		at + "wasm/simd128.wasm":    {"application/wasm", "public, max-age=31536000, immutable"},
		at + "wasm/trampoline.wasm": {"application/wasm", "public, max-age=31536000, immutable"},
	} {
		r := get(h, path)
		if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != want.contentType || r.Header.Get("Cache-Control") != want.caching {
			t.Errorf("%s: %s, %s, %s", path, r.Status, r.Header.Get("Content-Type"), r.Header.Get("Cache-Control"))
		}
		tag := r.Header.Get("ETag")
		if again := get(h, path, "If-None-Match", tag); tag == "" || again.StatusCode != http.StatusNotModified || len(body(t, again)) != 0 {
			t.Errorf("%s: asked again with its tag %q: %s", path, tag, again.Status)
		}
		if changed := get(h, path, "If-None-Match", `"other"`); changed.StatusCode != http.StatusOK {
			t.Errorf("%s: asked with another tag: %s", path, changed.Status)
		}
	}
	if base(t, handler(t, bundle(t, otherBundle))) != at {
		t.Error("the page's files have another address with another model")
	}
	if one, other := body(t, get(h, "/sw.js")), body(t, get(handler(t, bundle(t, otherBundle)), "/sw.js")); bytes.Equal(one, other) {
		t.Error("another model leaves the service worker as it is, which would leave the page")
	}
}

func TestFilesTravelInTheFormThatTheClientTakes(t *testing.T) {
	h := handler(t, bundle(t, tinyBundle))
	for _, path := range []string{"/", base(t, h) + "main.js", base(t, h) + "wasm/guest.wasm", base(t, h) + "wasm/simd128.wasm"} {
		plain := body(t, get(h, path))
		if len(plain) == 0 {
			t.Fatalf("%s is empty", path)
		}
		tags := make(map[string]bool)
		for _, test := range []struct{ accept, want string }{
			{"", ""}, {"br", "br"}, {"gzip", "gzip"}, {"gzip, deflate, br, zstd", "br"}, {"gzip;q=1, br;q=0", "gzip"}, {"br;q=0.5, gzip;q=0.8", "gzip"},
			{"*", "br"}, {"*;q=0, gzip", "gzip"}, {"identity", ""}, {"zstd", ""}, {"BR", "br"}, {"br;q=x", ""},
		} {
			r := get(h, path, "Accept-Encoding", test.accept)
			content := body(t, r)
			if got := r.Header.Get("Content-Encoding"); got != test.want || r.Header.Get("Vary") != "Accept-Encoding" {
				t.Errorf("%s, Accept-Encoding %q: %q, Vary %q", path, test.accept, got, r.Header.Get("Vary"))
				continue
			}
			var unpacked io.Reader = bytes.NewReader(content)
			switch test.want {
			case "br":
				unpacked = brotli.NewReader(unpacked)
			case "gzip":
				var err error
				if unpacked, err = gzip.NewReader(unpacked); err != nil {
					t.Fatal(err)
				}
			}
			got, err := io.ReadAll(unpacked)
			if err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%s as %q: %d bytes become %d, want %d: %v", path, test.want, len(content), len(got), len(plain), err)
			}
			if test.want != "" && len(content) >= len(plain) {
				t.Errorf("%s as %q: %d bytes of %d", path, test.want, len(content), len(plain))
			}
			tags[test.want+" "+r.Header.Get("ETag")] = true
		}
		if len(tags) != 3 {
			t.Errorf("%s: the forms have these tags: %v", path, tags)
		}
	}
}

func TestTheModelIsServedWholeAndInParts(t *testing.T) {
	content := bundle(t, tinyBundle)
	h := handler(t, content)
	path := "/" + string(modelAddress.Find(body(t, get(h, "/"))))
	r := get(h, path, "Accept-Encoding", "gzip, br")
	if !bytes.Equal(body(t, r), content) || r.Header.Get("Content-Encoding") != "" || r.ContentLength != int64(len(content)) || r.Header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("%s: %v", r.Status, r.Header)
	}
	r = get(h, path, "Range", "bytes=100-199")
	if r.StatusCode != http.StatusPartialContent || !bytes.Equal(body(t, r), content[100:200]) {
		t.Errorf("a part: %s, %v", r.Status, r.Header)
	}
	if r = get(h, path, "Range", "bytes=99999999-"); r.StatusCode != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("a part behind the end: %s", r.Status)
	}
	if r = ask(h, http.MethodHead, "localhost", path); r.StatusCode != http.StatusOK || len(body(t, r)) != 0 || r.ContentLength != int64(len(content)) {
		t.Errorf("the head: %s, %v", r.Status, r.Header)
	}
	main := base(t, h) + "main.js"
	r = get(h, main, "Range", "bytes=0-9", "Accept-Encoding", "br")
	if r.StatusCode != http.StatusPartialContent || r.Header.Get("Content-Encoding") != "" || !bytes.Equal(body(t, r), body(t, get(h, main))[:10]) {
		t.Errorf("a part of a file that could be compressed: %s, %v", r.Status, r.Header)
	}
}

func TestOnlyKnownNamesAndReadingMethodsAreAnswered(t *testing.T) {
	h := handler(t, bundle(t, tinyBundle), "Reviews.Example.")
	for host, want := range map[string]int{
		"127.0.0.1:8080": 200, "localhost": 200, "LOCALHOST:99": 200, "lorica.localhost:8080": 200, "[::1]:8080": 200, "192.168.1.7:8080": 200, "10.0.0.1": 200,
		"reviews.example": 200, "reviews.example:8080": 200,
		"evil.example:8080": 421, "localhost.evil.example": 421, "127.0.0.1.evil.example": 421, "evil.example": 421, "reviews.example.evil.example": 421,
	} {
		if r := ask(h, http.MethodGet, host, "/"); r.StatusCode != want {
			t.Errorf("Host %s: %s, want %d", host, r.Status, want)
		}
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		if r := ask(h, method, "localhost", "/"); r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %s", method, r.Status)
		}
	}
	for _, path := range []string{"/page/index.html", "/v/", "/v/0000000000000000/main.js", "/../go.mod", "/model/", "/notes.txt", base(t, h) + "sw.js"} {
		if r := get(h, path); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, r.Status)
		}
	}
}

func TestNothingOnThePageComesFromElsewhere(t *testing.T) {
	h := handler(t, bundle(t, tinyBundle))
	address := regexp.MustCompile(`(?i)(src|href|url\(|from|import|fetch\()\s*[=(]?\s*["']?(https?:)?//\w`)
	list := regexp.MustCompile(`const files = (\[.*\]);`).FindSubmatch(body(t, get(h, "/sw.js")))
	if list == nil {
		t.Fatal("the service worker has no list of files")
	}
	files := regexp.MustCompile(`"([^"]+)"`).FindAllSubmatch(list[1], -1)
	if len(files) < 20 {
		t.Fatalf("the service worker keeps %d files", len(files))
	}
	for _, match := range files {
		r := get(h, "/"+strings.TrimPrefix(string(match[1]), "./"))
		content := body(t, r)
		if r.StatusCode != http.StatusOK {
			t.Errorf("the service worker keeps %s: %s", match[1], r.Status)
		}
		if found := address.Find(content); found != nil && !strings.HasSuffix(string(match[1]), ".wasm") {
			t.Errorf("%s: %s", match[1], found)
		}
		if bytes.Contains(content, []byte(" style=")) || bytes.Contains(content, []byte(" onclick=")) {
			t.Errorf("%s has inline styles or handlers, which the policy forbids", match[1])
		}
	}
}

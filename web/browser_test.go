package web_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lorica-go/lorica/web"
	"github.com/lorica-go/lorica/web/internal/chromium"
)

var ctx = context.Background()

// patience is for machines that do much else at the time; nothing takes that long.
const patience = 60 * time.Second

// browser is one Chromium for all tests of this package, started by the first.
var browser = sync.OnceValues(func() (*chromium.Browser, error) { return chromium.Start(ctx) })

func TestMain(m *testing.M) {
	status := m.Run()
	if started {
		if b, err := browser(); err == nil {
			b.Close()
		}
	}
	os.Exit(status)
}

var started bool

// visitor opens a tab for somebody who has never been here. When the test ends, the page must not have complained.
func visitor(t testing.TB) tab {
	t.Helper()
	if _, err := chromium.Find(); err != nil {
		t.Skipf("needs Chromium: %v", err)
	}
	started = true
	b, err := browser()
	if err != nil {
		t.Fatal(err)
	}
	page, err := b.NewPage(patience)
	if err != nil {
		t.Fatal(err)
	}
	var forgiven []string
	t.Cleanup(func() {
		for _, problem := range page.Problems() {
			if !slices.ContainsFunc(forgiven, func(part string) bool { return strings.Contains(problem, part) }) {
				t.Errorf("the console says: %s", problem)
			}
		}
		page.Close()
	})
	return tab{t, page, &forgiven}
}

// A tab is a page whose errors end the test.
type tab struct {
	t        testing.TB
	page     *chromium.Page
	forgiven *[]string
}

// forgive lets the browser complain of what the test brought about.
func (b tab) forgive(part string) { *b.forgiven = append(*b.forgiven, part) }

func (b tab) must(err error) {
	b.t.Helper()
	if err != nil {
		var shown string
		_ = b.page.Eval("document.body.innerText", &shown)
		b.t.Fatalf("%v\nthe console: %q\nthe page:\n%s", err, b.page.Problems(), shown)
	}
}

func (b tab) open(url string)       { b.t.Helper(); b.must(b.page.Open(url)) }
func (b tab) wait(condition string) { b.t.Helper(); b.must(b.page.Wait(condition)) }
func (b tab) click(selector string) { b.t.Helper(); b.must(b.page.Click(selector)) }
func (b tab) choose(selector string, path string) {
	b.t.Helper()
	b.must(b.page.Choose(selector, path))
}
func (b tab) press(keys string)                { b.t.Helper(); b.must(b.page.Press(keys)) }
func (b tab) eval(script string, result any)   { b.t.Helper(); b.must(b.page.Eval(script, result)) }
func (b tab) truth(script string) (value bool) { b.t.Helper(); b.eval(script, &value); return value }
func (b tab) text(selector string) (content string) {
	b.t.Helper()
	content, err := b.page.Text(selector)
	b.must(err)
	return content
}

// ready waits until the model can be used.
func (b tab) ready() { b.t.Helper(); b.wait(`!document.querySelector("#classify").disabled`) }

// enter puts a text where reviews are pasted.
func (b tab) enter(text string) {
	b.t.Helper()
	b.eval("document.querySelector('#text').value = "+quoted(text), nil)
}

// quoted returns a text as a literal of JavaScript.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`).Replace(text) + `"`
}

// served serves a bundle until the test ends, or stop is called, and returns the address of the page.
func served(t testing.TB, content []byte) (url string, stop func()) {
	t.Helper()
	o := web.Options{}
	if content != nil {
		o.Model = &web.Model{Name: "tiny", Size: int64(len(content)), Content: bytes.NewReader(content)}
	}
	handler, err := web.Handler(o)
	if err != nil {
		t.Fatal(err)
	}
	return serving(t, handler)
}

// serving serves on loopback until the test ends or stop is called.
func serving(t testing.TB, handler http.Handler) (url string, stop func()) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: handler}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	stop = sync.OnceFunc(func() { _ = server.Close(); <-ended })
	t.Cleanup(stop)
	return "http://" + listener.Addr().String() + "/", stop
}

// swapped serves one page after another at the same address.
type swapped struct{ handler atomic.Pointer[http.Handler] }

func (s *swapped) serve(t testing.TB, content []byte) {
	t.Helper()
	handler, err := web.Handler(web.Options{Model: &web.Model{Name: "tiny", Size: int64(len(content)), Content: bytes.NewReader(content)}})
	if err != nil {
		t.Fatal(err)
	}
	s.handler.Store(&handler)
}

func (s *swapped) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	(*s.handler.Load()).ServeHTTP(w, r)
}

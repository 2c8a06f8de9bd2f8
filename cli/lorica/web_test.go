package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/native/builtin"
)

// exportedModel writes the tiny model as a bundle and returns its path.
func exportedModel(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tiny.safetensors")
	succeed(t, "", "export", "--model", model, "--out", path)
	return path
}

// webServer runs lorica web until its context ends and returns the address that it prints, and its exit status when it comes.
func webServer(t *testing.T, ctx context.Context, args ...string) (url string, status <-chan int) {
	t.Helper()
	r, w := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{"web"}, args...), strings.NewReader(""), w, io.Discard)
		w.Close()
	}()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("no address: %v", err)
	}
	return strings.TrimSpace(line), ended
}

func TestWebServesUntilItIsStopped(t *testing.T) {
	model := exportedModel(t)
	ctx, stop := context.WithCancelCause(t.Context())
	url, status := webServer(t, ctx, "--model", model, "--addr", "127.0.0.1:0")
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	if err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(page), filepath.Base(model)) {
		t.Errorf("%s, %v, and the page does not name its model", answer.Status, err)
	}
	stop(signalled{"Ctrl-C"})
	if got := <-status; got != exitOK {
		t.Errorf("stopped, it exits with %d", got)
	}
	if _, err := http.Get(url); err == nil {
		t.Error("it still answers")
	}
}

func TestWebTakesAnyFreePortUnlessOneIsAskedFor(t *testing.T) {
	taken, err := net.Listen("tcp", webAddress)
	if err == nil { // else somebody has it already, which serves as well
		defer taken.Close()
	}
	model := exportedModel(t)
	ctx, stop := context.WithCancelCause(t.Context())
	defer stop(nil)
	if url, _ := webServer(t, ctx, "--model", model); strings.Contains(url, webAddress) {
		t.Errorf("it serves at %s, which is taken", url)
	}
	if o := lorica(t, "", "web", "--model", model, "--addr", webAddress); o.status != exitBadInput || !strings.HasPrefix(o.stderr, "lorica: web: --addr "+webAddress+": ") {
		t.Errorf("a port that is taken: status %d, %s", o.status, o.stderr)
	}
}

func TestWebExportsAndMakesBundlesOfFolders(t *testing.T) {
	if _, err := builtin.Bundle(); err == nil {
		site := filepath.Join(t.TempDir(), "site")
		if o := succeed(t, "", "web", "--export", site); !strings.HasPrefix(o.stdout, site+": the page with default; ") {
			t.Errorf("the built-in model: %s", o.stdout)
		}
	}
	site := filepath.Join(t.TempDir(), "new", "site")
	o := succeed(t, "", "web", "--model", model, "--dtype", "bf16", "--export", site, "--json")
	if !strings.Contains(o.stdout, `"path":`) {
		t.Errorf("--json prints %s", o.stdout)
	}
	models, err := filepath.Glob(filepath.Join(site, "model", "*.safetensors"))
	if err != nil || len(models) != 1 {
		t.Fatalf("models: %q, %v", models, err)
	}
	if o := succeed(t, "", "verify", models[0], "--json"); !strings.Contains(o.stdout, `"max_difference"`) {
		t.Errorf("the model that was made: %s", o.stdout)
	}
}

func TestWebRefusesWhatItCannotServe(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.safetensors")
	if err := os.WriteFile(broken, []byte("this is no bundle"), 0o666); err != nil {
		t.Fatal(err)
	}
	model := exportedModel(t)
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"--model", broken}, exitBadInput, "lorica: web: " + broken + ": "},
		{[]string{"--model", filepath.Join(t.TempDir(), "missing.safetensors")}, exitBadInput, "missing.safetensors"},
		{[]string{"--model", model, "--export", filepath.Dir(model)}, exitBadInput, "holds tiny.safetensors, which no export wrote"},
		{[]string{"--model", model, "--export", "x", "--open"}, exitUsage, "--export serves nothing"},
		{[]string{"--model", model, "--addr", "nonsense"}, exitBadInput, "--addr nonsense: "},
		{[]string{"--model", model, "extra"}, exitUsage, `unexpected argument "extra"`},
	} {
		o := lorica(t, "", append([]string{"web"}, c.args...)...)
		if o.status != c.status || !strings.Contains(o.stderr, c.want) || strings.Count(o.stderr, "\n") != 1 || o.stdout != "" {
			t.Errorf("%q: status %d, %s", c.args, o.status, o.stderr)
		}
	}
}

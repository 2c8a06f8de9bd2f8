package hub_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/native/hub"
	"github.com/lorica-go/lorica/native/internal/fakehub"
	"github.com/lorica-go/lorica/native/internal/tiny"
)

// python makes a command of check_cache.py with a cache and a hub.
func python(t *testing.T, h *fakehub.Hub, cache string, offline bool, args ...string) *exec.Cmd {
	t.Helper()
	interpreter := os.Getenv("LORICA_PYTHON")
	if interpreter == "" {
		t.Skip("needs LORICA_PYTHON, a Python with huggingface_hub")
	}
	cmd := exec.Command(interpreter, append([]string{filepath.Join("..", "..", "internal", "tooling", "hub", "check_cache.py")}, args...)...)
	cmd.Env = append(os.Environ(), "HF_HOME="+t.TempDir(), "HF_HUB_CACHE="+cache, "HF_ENDPOINT="+h.URL, "HF_HUB_OFFLINE=", "HF_HUB_DISABLE_XET=1", "HF_TOKEN=", "HF_HUB_DISABLE_TELEMETRY=1")
	if offline {
		cmd.Env = append(cmd.Env, "HF_HUB_OFFLINE=1")
	}
	return cmd
}

func runPython(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var errOut strings.Builder
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(cmd.Args[1:], " "), err, out, errOut.String())
	}
	return strings.TrimSpace(string(out))
}

// shared leaves out what only one side keeps: Python notes files that do not exist, and lists of files.
func shared(paths []string) []string {
	return slices.DeleteFunc(paths, func(path string) bool {
		return strings.Contains(path, "/.no_exist/") || strings.Contains(path, "/trees/") || path == "CACHEDIR.TAG"
	})
}

func TestPythonAndLoricaShareACache(t *testing.T) {
	h := start(t)
	h.Put(name, tinyRepo(t, tiny.Options{Head: true}))
	files := []string{"config.json", "tokenizer_config.json", "vocab.txt", "model.safetensors"}

	t.Run("Python finds what lorica has fetched", func(t *testing.T) {
		c := client(t, h, nil)
		p := pull(t, c, name)
		before := tree(t, c.Cache().Dir)
		h.Forget()
		if got := runPython(t, python(t, h, c.Cache().Dir, true, append([]string{"find", name}, files...)...)); got != p.Path {
			t.Errorf("Python finds %s, lorica %s", got, p.Path)
		}
		runPython(t, python(t, h, c.Cache().Dir, false, append([]string{"fetch", name}, files...)...))
		if got := append(asked(h, "GET", "/repos/"), asked(h, "GET", "resolve")...); len(got) > 0 {
			t.Errorf("Python fetches again: %v", got)
		}
		if after := shared(tree(t, c.Cache().Dir)); !slices.Equal(after, shared(before)) {
			t.Errorf("Python changes the cache to\n%s", strings.Join(after, "\n"))
		}
	})
	t.Run("lorica finds what Python has fetched, and lays it as Python does", func(t *testing.T) {
		theirs := filepath.Join(t.TempDir(), "cache")
		runPython(t, python(t, h, theirs, false, append([]string{"fetch", name}, files...)...))
		c := client(t, h, func(config *hub.Config) { config.Cache, config.Offline = theirs, true })
		s, err := c.Cache().Find(parseID(t, name), hub.Model)
		if err != nil {
			t.Fatal(err)
		}
		m, err := native.Open(s.Dir, native.Options{Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		h.Forget()
		again := pull(t, client(t, h, func(config *hub.Config) { config.Cache = theirs }), name)
		if strings.Contains(how(again), "fetched") || len(asked(h, "GET", "/repos/")) > 0 {
			t.Errorf("lorica fetches again: %s", how(again))
		}
		own := client(t, h, nil)
		pull(t, own, name)
		if ours, theirs := shared(tree(t, own.Cache().Dir)), shared(tree(t, theirs)); !slices.Equal(ours, theirs) {
			t.Errorf("lorica lays\n%s\nPython\n%s", strings.Join(ours, "\n"), strings.Join(theirs, "\n"))
		}
	})
	t.Run("lorica waits for Python's lock", func(t *testing.T) {
		c := client(t, h, nil)
		lock := filepath.Join(c.Cache().Dir, ".locks", "models--example-org--tiny-bert", gitHash(tinyRepo(t, tiny.Options{Head: true}).Files["vocab.txt"])+".lock")
		if err := os.MkdirAll(filepath.Dir(lock), 0o777); err != nil {
			t.Fatal(err)
		}
		const held = time.Second
		cmd := python(t, h, c.Cache().Dir, true, "lock", lock, "1")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "locked\n" {
			t.Fatalf("Python says %q, %v", line, err)
		}
		began := time.Now()
		pull(t, c, name)
		if waited := time.Since(began); waited < held*8/10 {
			t.Errorf("waited only %s", waited)
		}
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
}

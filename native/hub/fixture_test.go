package hub_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/native/hub"
	"github.com/lorica-go/lorica/native/internal/fakehub"
	"github.com/lorica-go/lorica/native/internal/retry"
	"github.com/lorica-go/lorica/native/internal/tiny"
)

// name is the model of most tests.
const name = "example-org/tiny-bert"

// start starts a hub with the tokens "reader", which opens nothing, and "member", which opens the gated model.
func start(t *testing.T) *fakehub.Hub {
	t.Helper()
	h, err := fakehub.Start(fakehub.Options{Tokens: map[string][]string{"reader": nil, "member": {gatedName, privateName}}, PageSize: 7})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

// client returns a client with an empty cache, and patience for a test only.
func client(t *testing.T, h *fakehub.Hub, change func(*hub.Config)) *hub.Client {
	t.Helper()
	config := hub.Default()
	config.Endpoint, config.Cache = h.URL, filepath.Join(t.TempDir(), "cache")
	config.Retry = retry.Policy{Tries: 4, First: time.Millisecond, Most: 4 * time.Millisecond, Patience: 3 * time.Second}
	if change != nil {
		change(&config)
	}
	c, err := hub.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// tinyRepo is a small model as a repository, with files that nobody needs.
func tinyRepo(t *testing.T, o tiny.Options) fakehub.Repo {
	t.Helper()
	r, err := fakehub.ReadRepo(tiny.Model(t, o))
	if err != nil {
		t.Fatal(err)
	}
	r.Files["config.json"] = bytes.ReplaceAll(r.Files["config.json"], []byte("ForSequenceClassification"), []byte("ForMaskedLM"))
	r.Files["README.md"] = []byte("---\nlicense: mit\n---\n")
	r.Files["onnx/model.onnx"] = []byte("not needed")
	r.Files["pytorch_model.bin"] = []byte("not needed either")
	r.Task, r.Library, r.Licence = "fill-mask", "transformers", "mit"
	r.Created = time.Date(2024, 2, 19, 11, 6, 12, 0, time.UTC)
	r.Modified = r.Created.AddDate(0, 1, 0)
	return r
}

// bigRepo has weights of several hundred kilobytes, so that much can happen on their way.
func bigRepo(t *testing.T) fakehub.Repo {
	t.Helper()
	r := tinyRepo(t, tiny.Options{Width: 96, Layers: 3})
	if n := len(r.Files["model.safetensors"]); n < 500_000 {
		t.Fatalf("weights of %d bytes", n)
	}
	return r
}

// weights makes a safetensors file with one tensor of random values for each of the names.
func weights(t *testing.T, names ...string) []byte {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	var specs []safetensors.TensorSpec
	for _, name := range names {
		values := make([]float32, 1000)
		for i := range values {
			values[i] = rng.Float32()
		}
		specs = append(specs, safetensors.TensorSpec{Name: name, DType: safetensors.F32, Shape: []int{10, 100}, Float32: values})
	}
	return written(t, specs)
}

func written(t *testing.T, specs []safetensors.TensorSpec) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := safetensors.Write(&b, specs, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pull pulls the model and fails the test if that fails.
func pull(t *testing.T, c *hub.Client, id string) *hub.Pulled {
	t.Helper()
	p, err := c.Pull(t.Context(), parseID(t, id), hub.PullOptions{})
	if err != nil {
		t.Fatalf("pulling %s: %v", id, err)
	}
	return p
}

func parseID(t *testing.T, s string) hub.ID {
	t.Helper()
	id, err := hub.ParseID(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// how returns how each file of a pulled model came, as "name:how".
func how(p *hub.Pulled) string {
	var words []string
	for _, f := range p.Files {
		words = append(words, f.Name+":"+f.How)
	}
	return strings.Join(words, " ")
}

// sameFiles compares the files of a snapshot with those of the repository.
func sameFiles(t *testing.T, dir string, want map[string][]byte, names ...string) {
	t.Helper()
	for _, name := range names {
		got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			t.Error(err)
		} else if !bytes.Equal(got, want[name]) {
			t.Errorf("%s: %d bytes that are not the %d of the hub", name, len(got), len(want[name]))
		}
	}
}

// tree lists what is below a folder, as "path", "path -> target" for links and "path/" for empty folders, sorted.
func tree(t *testing.T, dir string) []string {
	t.Helper()
	var paths []string
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		relative = filepath.ToSlash(relative)
		switch {
		case entry.Type()&os.ModeSymlink != 0:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			paths = append(paths, relative+" -> "+filepath.ToSlash(target))
		case !entry.IsDir():
			paths = append(paths, relative)
		default:
			if inside, err := os.ReadDir(path); err == nil && len(inside) == 0 {
				paths = append(paths, relative+"/")
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(paths)
	return paths
}

// asked returns the requests that have a method and a part of an address, as "method path range".
func asked(h *fakehub.Hub, method, part string) []string {
	var found []string
	for _, r := range h.Requests() {
		if r.Method == method && strings.Contains(r.Path, part) {
			found = append(found, fmt.Sprintf("%s %s %s", r.Method, r.Path, r.Range))
		}
	}
	return found
}

// Models that not everybody may have; the token "member" opens them.
const gatedName, privateName = "example-org/gated", "example-org/private"

// logger writes everything to w.
func logger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

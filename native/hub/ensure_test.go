package hub_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/hub"
	"github.com/lorica-go/lorica/native/internal/fakehub"
	"github.com/lorica-go/lorica/native/internal/tiny"
)

func TestOfflineTheCacheHasToDo(t *testing.T) {
	h := start(t)
	h.Put(name, tinyRepo(t, tiny.Options{}))
	cache := pullInto(t, h)
	h.Forget()
	c := client(t, h, func(config *hub.Config) { config.Cache, config.Offline = cache, true })
	if p := pull(t, c, name); p.Commit == "" || len(p.Files) != 0 {
		t.Errorf("got %+v", p)
	}
	_, err := c.Pull(t.Context(), parseID(t, "example-org/other"), hub.PullOptions{})
	if !badinput.Is(err) || !errors.Is(err, hub.ErrOffline) || !errors.Is(err, hub.ErrNotCached) {
		t.Errorf("got %v", err)
	}
	if _, err := c.Search(t.Context(), hub.DefaultQuery()); !errors.Is(err, hub.ErrOffline) {
		t.Errorf("searching: %v", err)
	}
	if got := h.Requests(); len(got) > 0 {
		t.Errorf("asked %v", got)
	}
}

// pullInto returns a cache that has the model.
func pullInto(t *testing.T, h *fakehub.Hub) string {
	t.Helper()
	c := client(t, h, nil)
	pull(t, c, name)
	return c.Cache().Dir
}

func TestEnsureFetchesWhatIsNeitherAPathNorCached(t *testing.T) {
	h, repo := start(t), tinyRepo(t, tiny.Options{})
	h.Put(name, repo)
	c := client(t, h, nil)
	for _, here := range []string{t.TempDir(), "a/b/c", "run/model.safetensors"} { // there, or no id: nothing to fetch
		if p, err := c.Ensure(t.Context(), here, hub.PullOptions{}); p != nil || err != nil {
			t.Errorf("%s: %+v, %v", here, p, err)
		}
	}
	if p, err := c.Ensure(t.Context(), name, hub.PullOptions{Need: hub.TokenizerOnly}); err != nil || how(p) != "config.json:fetched tokenizer_config.json:fetched vocab.txt:fetched" {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err := c.Ensure(t.Context(), name, hub.PullOptions{}); err != nil || !strings.Contains(how(p), "vocab.txt:cached model.safetensors:fetched") {
		t.Errorf("%+v, %v", p, err)
	}
	h.Forget()
	if p, err := c.Ensure(t.Context(), name, hub.PullOptions{}); p != nil || err != nil || len(h.Requests()) > 0 {
		t.Errorf("%+v, %v, asked %v", p, err, h.Requests())
	}
	if _, err := c.Ensure(t.Context(), "example-org/none", hub.PullOptions{}); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

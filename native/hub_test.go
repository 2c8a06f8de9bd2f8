package native_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/native/export"
	"github.com/lorica-go/lorica/native/finetune"
	"github.com/lorica-go/lorica/native/hub"
	"github.com/lorica-go/lorica/native/internal/fakehub"
	"github.com/lorica-go/lorica/native/internal/tiny"
)

// pulled puts a tiny model on a fake hub, at two revisions, and fetches one into the environment's cache. It returns the commit.
func pulled(t *testing.T, id string, o tiny.Options) string {
	t.Helper()
	h, err := fakehub.Start(fakehub.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	repo, err := fakehub.ReadRepo(tiny.Model(t, o))
	if err != nil {
		t.Fatal(err)
	}
	asked, err := hub.ParseID(id)
	if err != nil {
		t.Fatal(err)
	}
	h.PutRevision(asked.Name, "main", repo)
	h.PutRevision(asked.Name, "v2", repo)
	t.Setenv("HF_HUB_CACHE", filepath.Join(t.TempDir(), "cache"))
	t.Setenv("HF_ENDPOINT", h.URL)
	config, err := hub.FromEnvironment(os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	client, err := hub.New(config)
	if err != nil {
		t.Fatal(err)
	}
	p, err := client.Pull(t.Context(), asked, hub.PullOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return p.Commit
}

func TestAModelOfTheHubIsOpenedByItsID(t *testing.T) {
	commit := pulled(t, "example-org/tiny-bert", tiny.Options{Head: true})
	c, err := native.Open("example-org/tiny-bert", native.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	m, err := native.OpenModel("example-org/tiny-bert", native.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if m.Path != "example-org/tiny-bert" || m.Name() != "tiny-bert" || m.Origin() != "example-org/tiny-bert@"+commit || m.Snapshot == nil || filepath.Base(m.Location) != commit {
		t.Errorf("%s, %s, %s, %s", m.Path, m.Location, m.Name(), m.Origin())
	}
	if _, err := native.ModelLabels("example-org/tiny-bert", ""); err != nil {
		t.Error(err)
	}
	// written out as a folder, with its tokenizer's files
	out := filepath.Join(t.TempDir(), "out")
	if _, err := export.Run(context.Background(), export.Config{Model: m, Out: out, Format: export.Folder}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(out, "vocab.txt")); err != nil {
		t.Error(err)
	}
}

func TestAModelThatIsNotThereNamesTheCommandThatFetchesIt(t *testing.T) {
	pulled(t, "example-org/tiny-bert", tiny.Options{})
	for model, want := range map[string]string{
		"example-org/other":        "example-org/other: no such model folder or bundle, and not in the cache",
		"example-org/tiny-bert@v9": "`lorica hub pull example-org/tiny-bert@v9`",
		"example-org/tiny-bert":    "train it", // it is there, but has no head
		"example-org/a/b":          "no such model folder or bundle",
	} {
		_, err := native.Open(model, native.Options{Threads: 1})
		if !badinput.Is(err) || !strings.Contains(err.Error(), want) || strings.Count(err.Error(), model) > 2 || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v", model, err)
		}
		if _, err := native.ModelLabels(model, ""); err != nil && errors.Is(err, hub.ErrNotCached) != strings.Contains(err.Error(), "hub pull") {
			t.Errorf("%s: labels: %v", model, err)
		}
	}
}

func TestATrainingFromTheHubSaysWhatItsBaseIs(t *testing.T) {
	commit := pulled(t, "example-org/tiny-bert@v2", tiny.Options{})
	c := finetune.Default()
	c.Model, c.Out, c.Data = "example-org/tiny-bert@v2", filepath.Join(t.TempDir(), "run"), tiny.File(t, tiny.Rows(20, 1))
	c.Threads, c.Train.Epochs = 1, 1
	r, err := finetune.Run(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(r.Adapter, "adapter_config.json"))
	if err != nil {
		t.Fatal(err)
	}
	var adapter struct {
		Base     string `json:"base_model_name_or_path"`
		Revision string `json:"revision"`
	}
	if err := json.Unmarshal(text, &adapter); err != nil || adapter.Base != "example-org/tiny-bert" || adapter.Revision != "v2" {
		t.Errorf("PEFT reads %+v, %v", adapter, err)
	}
	b, err := native.OpenModel(r.Export.Path, native.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if got := b.Bundle.Provenance.Base; got != "example-org/tiny-bert@"+commit {
		t.Errorf("the bundle comes from %q", got)
	}
}

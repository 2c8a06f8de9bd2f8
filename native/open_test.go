package native_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/native/export"
	"github.com/lorica-go/lorica/native/finetune"
	"github.com/lorica-go/lorica/native/internal/tiny"
)

// folder returns a tiny model with a head, of which one file has been changed; nil removes it.
func folder(t *testing.T, name string, change func(content string) *string) string {
	t.Helper()
	dir := tiny.Model(t, tiny.Options{Head: true})
	path := filepath.Join(dir, name)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if changed := change(string(content)); changed != nil {
		tiny.Write(t, path, *changed)
	} else if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestModelsThatCannotBeOpenedAreBadInputByName(t *testing.T) {
	removed := func(string) *string { return nil }
	to := func(content string) func(string) *string { return func(string) *string { return &content } }
	half := func(content string) *string { content = content[:len(content)/2]; return &content }
	pickle := folder(t, "model.safetensors", removed)
	tiny.Write(t, filepath.Join(pickle, "pytorch_model.bin"), "PK")
	whole := tiny.Model(t, tiny.Options{Head: true})
	for _, test := range []struct {
		path string
		o    native.Options
		want string
	}{
		{filepath.Join(whole, "nowhere"), native.Options{}, "no such model folder or bundle"},
		{folder(t, "config.json", removed), native.Options{}, "config.json"},
		{folder(t, "config.json", to("{")), native.Options{}, "config.json"},
		{folder(t, "config.json", to(`{"model_type":"gpt2"}`)), native.Options{}, "gpt2"},
		{folder(t, "model.safetensors", removed), native.Options{}, "no model.safetensors"},
		{folder(t, "model.safetensors", half), native.Options{}, "model.safetensors"},
		{folder(t, "model.safetensors", to("")), native.Options{}, "model.safetensors"},
		{pickle, native.Options{}, "pickle"},
		{filepath.Join(whole, "model.safetensors"), native.Options{}, "not a bundle"},
		{filepath.Join(whole, "vocab.txt"), native.Options{}, "vocab.txt"},
		{folder(t, "vocab.txt", to("")), native.Options{}, "vocab.txt"},
		{whole, native.Options{MaxTokens: 65}, "maximum length 65: the model takes 1 to 64"},
		{whole, native.Options{MaxTokens: -1}, "maximum length -1"},
		{whole, native.Options{Threads: -1}, "-1 threads"},
		{whole, native.Options{Adapter: filepath.Join(whole, "nowhere")}, "adapter " + filepath.Join(whole, "nowhere")},
		{whole, native.Options{Adapter: whole}, "adapter_config.json"},
		{tiny.Model(t, tiny.Options{}), native.Options{}, "train it"},
	} {
		c, err := native.Open(test.path, test.o)
		if err == nil {
			t.Errorf("%s, %+v: opened", test.path, test.o)
			_ = c.Close()
			continue
		}
		if !badinput.Is(err) || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, want %q", err, test.want)
		}
		if test.o.Adapter == "" && strings.Count(err.Error(), test.path) > 1 {
			t.Errorf("the path is told twice: %v", err)
		}
	}
}

func TestAnUnknownInstructionSetIsBadInputThatDoesNotBlameTheModel(t *testing.T) {
	t.Setenv("LORICA_CPU", "abacus")
	_, err := native.Open(tiny.Model(t, tiny.Options{Head: true}), native.Options{})
	if !badinput.Is(err) || !strings.HasPrefix(err.Error(), "LORICA_CPU: ") {
		t.Errorf("got %v", err)
	}
}

// trainedAdapter returns a base and an adapter with labels of its own.
func trainedAdapter(t *testing.T) (base string, r *finetune.Result) {
	t.Helper()
	c := finetune.Default()
	c.Model, c.Out, c.Data = tiny.Model(t, tiny.Options{}), filepath.Join(t.TempDir(), "run"), tiny.File(t, tiny.Rows(20, 1))
	c.Threads, c.Train.Epochs = 1, 1
	r, err := finetune.Run(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return c.Model, r
}

func TestAnAdapterForAnotherBaseIsRefused(t *testing.T) {
	_, r := trainedAdapter(t)
	for what, other := range map[string]tiny.Options{"wider": {Width: 48}, "of other names": {Type: "distilbert"}, "deeper": {Layers: 3}} {
		c, err := native.Open(tiny.Model(t, other), native.Options{Adapter: r.Adapter})
		if err == nil {
			t.Errorf("a model that is %s: opened", what)
			_ = c.Close()
			continue
		}
		if !badinput.Is(err) || !strings.Contains(err.Error(), "adapter "+r.Adapter) {
			t.Errorf("a model that is %s: got %v", what, err)
		}
	}
}

func TestAnAdaptersLabelsAreTheModels(t *testing.T) {
	base, r := trainedAdapter(t)
	if names, err := native.ModelLabels(base, ""); err != nil || names != nil {
		t.Errorf("a base without names says %v, %v", names, err)
	}
	for _, adapter := range []string{r.Adapter, ""} {
		path := base
		if adapter == "" {
			path = r.Export.Path // the bundle names them itself
		}
		if names, err := native.ModelLabels(path, adapter); err != nil || strings.Join(names, " ") != "neg pos" {
			t.Errorf("got %v, %v", names, err)
		}
	}
	// an adapter trained on a bundle under other names
	c := finetune.Default()
	c.Model, c.Out, c.Data, c.Labels = r.Export.Path, filepath.Join(t.TempDir(), "run"), tiny.File(t, tiny.Rows(20, 1)), []string{"bad", "good"}
	rows := []tiny.Row{{Text: "dull", Label: "bad"}, {Text: "superb", Label: "good"}}
	c.Data, c.TestSize.Fraction, c.Threads, c.Train.Epochs = tiny.File(t, append(rows, rows...)), 0.5, 1, 1
	again, err := finetune.Run(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	m, err := native.Open(r.Export.Path, native.Options{Adapter: again.Adapter, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if got := strings.Join(m.Labels(), " "); got != "bad good" {
		t.Errorf("labels %s", got)
	}
	if _, err := native.Open(r.Export.Path, native.Options{Labels: []string{"a", "b", "c"}}); !badinput.Is(err) || !strings.Contains(err.Error(), "not a classifier yet") {
		t.Errorf("other labels, which the bundle has no output layer for: got %v", err)
	}
}

func TestAFolderThatWasBeingReplacedIsRecovered(t *testing.T) {
	base, r := trainedAdapter(t)
	for _, path := range []string{r.Adapter, base} {
		if err := os.Rename(path, filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".old")); err != nil {
			t.Fatal(err)
		}
	}
	if names, err := native.ModelLabels(base, r.Adapter); err != nil || len(names) != 2 {
		t.Errorf("labels %v, %v", names, err)
	}
	c, err := native.Open(base, native.Options{Adapter: r.Adapter, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Close(), c.Close()); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}

func TestLengthsComeFromTheCallerTheBundleTheTokenizerOrTheModel(t *testing.T) {
	base := tiny.Model(t, tiny.Options{Head: true})
	tiny.Write(t, filepath.Join(base, "tokenizer_config.json"), `{"model_max_length": 20}`)
	for wish, want := range map[int]int{0: 20, 30: 30} {
		m, err := native.OpenModel(base, native.Options{MaxTokens: wish, Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		if m.MaxTokens != want || m.Name() != filepath.Base(base) || m.Bytes == 0 {
			t.Errorf("wish %d: cut at %d; %s of %d bytes", wish, m.MaxTokens, m.Name(), m.Bytes)
		}
		m.MaxTokens = 7
		out := filepath.Join(t.TempDir(), "bundle")
		if _, err := export.Run(context.Background(), export.Config{Model: m, Out: out, Provenance: encoder.Provenance{Lorica: "test"}}); err != nil {
			t.Fatal(err)
		}
		_ = m.Close()
		b, err := native.OpenModel(out, native.Options{Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		if b.MaxTokens != 7 || b.Bundle.Provenance.Lorica != "test" {
			t.Errorf("the bundle is cut at %d", b.MaxTokens)
		}
		_ = b.Close()
	}
}

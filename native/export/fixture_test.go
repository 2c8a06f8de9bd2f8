package export_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/native/export"
	"github.com/lorica-go/lorica/native/finetune"
	"github.com/lorica-go/lorica/native/internal/tiny"
)

// trained fine-tunes a tiny model for a few steps and returns the base and the adapter.
func trained(t *testing.T, o tiny.Options) (base, adapter string) {
	t.Helper()
	c := finetune.Default()
	c.Model, c.Out, c.Data = tiny.Model(t, o), filepath.Join(t.TempDir(), "run"), tiny.File(t, tiny.Rows(60, 1))
	c.Threads, c.Train.Epochs, c.Train.LearningRate = 1, 3, 1e-2
	c.LoRA.Targets = []string{"all-linear"}
	result, err := finetune.Run(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return c.Model, result.Adapter
}

// open opens a model for the length of the test.
func open(t *testing.T, path, adapter string) *native.Model {
	t.Helper()
	m, err := native.OpenModel(path, native.Options{Adapter: adapter, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

// someInputs are texts that the proofs and the tests look at.
func someInputs() []encoder.Input {
	var inputs []encoder.Input
	for _, row := range tiny.Rows(20, 7) {
		inputs = append(inputs, encoder.Input{Text: row.Text})
	}
	return inputs
}

// logits classifies inputs.
func logits(t *testing.T, m *native.Model, inputs []encoder.Input) []float32 {
	t.Helper()
	c, err := m.Classifier()
	if err != nil {
		t.Fatal(err)
	}
	predictions, err := c.Classify(context.Background(), inputs)
	if err != nil {
		t.Fatal(err)
	}
	var all []float32
	for _, p := range predictions {
		all = append(all, p.Logits...)
	}
	return all
}

// mustExport exports to a path in a new folder.
func mustExport(t *testing.T, c export.Config) *export.Result {
	t.Helper()
	if c.Out == "" {
		c.Out = filepath.Join(t.TempDir(), "out", "exported")
	}
	result, err := export.Run(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// entries lists the names in a folder.
func entries(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range list {
		names = append(names, entry.Name())
	}
	return names
}

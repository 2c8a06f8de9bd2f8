package finetune_test

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/finetune"
	"github.com/lorica-go/lorica/native/internal/tiny"
	"github.com/lorica-go/lorica/native/train"
)

// tinyRun returns the settings of a run over a tiny model that learns its rows in a second, dropout and shuffling on.
func tinyRun(t testing.TB, o tiny.Options) finetune.Config {
	t.Helper()
	c := finetune.Default()
	c.Model, c.Out = tiny.Model(t, o), filepath.Join(t.TempDir(), "run")
	c.Data, c.EvalData = tiny.File(t, tiny.Rows(100, 1)), tiny.File(t, tiny.Rows(60, 2))
	c.Threads = 2
	c.LoRA.Rank, c.LoRA.Alpha = 4, 16
	c.Train.LearningRate, c.Train.Epochs, c.Train.LogEvery, c.Train.WarmupSteps = 5e-3, 4, 5, 5
	return c
}

func mustRun(t testing.TB, c finetune.Config) *finetune.Result {
	t.Helper()
	result, err := finetune.Run(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// outputs are the files of a run that have to be the same, byte for byte, however it came about.
var outputs = []string{
	"adapter/adapter_model.safetensors", "adapter/adapter_config.json", "adapter/labels.json", finetune.BundleFile, finetune.ConfigFile,
}

// sameOutputs compares two runs' folders: their files, and the log but for its speeds.
func sameOutputs(t *testing.T, want, got string) {
	t.Helper()
	for _, name := range outputs {
		a, b := readFile(t, filepath.Join(want, name)), readFile(t, filepath.Join(got, name))
		if a != b {
			t.Errorf("%s differs", name)
		}
	}
	a, b := readLog(t, want), readLog(t, got)
	if len(a) != len(b) {
		t.Fatalf("%d log entries, want %d", len(b), len(a))
	}
	for i := range a {
		a[i].SamplesPerSecond, a[i].TokensPerSecond, b[i].SamplesPerSecond, b[i].TokensPerSecond = nil, nil, nil, nil
		x, y := marshal(t, a[i]), marshal(t, b[i])
		if x != y {
			t.Errorf("log entry %d is %s, want %s", i, y, x)
		}
	}
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func readFile(t testing.TB, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// readLog reads the log.jsonl of a run.
func readLog(t *testing.T, dir string) []train.Entry {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, finetune.LogFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var entries []train.Entry
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var e train.Entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	return entries
}

// withoutEval returns the settings without evaluation rows.
func withoutEval(c finetune.Config) finetune.Config {
	c.EvalData, c.TestSize = "", data.Size{}
	return c
}

package finetune_test

import (
	"bufio"
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/shared"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/finetune"
	"github.com/lorica-go/lorica/native/train"
)

// openTensors opens a safetensors file of the reference data or of a run.
func openTensors(t *testing.T, path string) *safetensors.File {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := safetensors.Parse(content)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func loadInts(t *testing.T, file *safetensors.File, name string) []int32 {
	t.Helper()
	tensor, ok := file.Tensor(name)
	if !ok {
		return nil
	}
	values, err := tensor.LoadInt32()
	if err != nil {
		t.Fatal(err)
	}
	return values
}

func loadFloats(t *testing.T, file *safetensors.File, name string) []float64 {
	t.Helper()
	tensor, ok := file.Tensor(name)
	if !ok {
		t.Fatalf("no tensor %s", name)
	}
	values, err := tensor.LoadFloat64()
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// traceRow is a training row of token ids.
type traceRow struct {
	InputIDs     []int32 `json:"input_ids"`
	TokenTypeIDs []int32 `json:"token_type_ids,omitempty"`
	Label        int32   `json:"label"`
}

// writeTraceRows writes the examples of a reference trace in the order of its forty batches.
func writeTraceRows(t *testing.T, g *safetensors.File) string {
	t.Helper()
	ids, mask, types := loadInts(t, g, "input_ids"), loadInts(t, g, "attention_mask"), loadInts(t, g, "token_type_ids")
	labels := loadInts(t, g, "labels")
	width := len(ids) / len(labels)
	path := filepath.Join(t.TempDir(), "rows.jsonl")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	enc := json.NewEncoder(f)
	for _, r := range loadInts(t, g, "batches") {
		from, n := int(r)*width, 0
		for n < width && mask[from+n] == 1 {
			n++
		}
		row := traceRow{InputIDs: ids[from : from+n], Label: labels[r]}
		if types != nil {
			row.TokenTypeIDs = types[from : from+n]
		}
		if err := enc.Encode(row); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// TestARunFollowsPEFTsTrace trains from files to files, forty steps on the rows and from the adapter of a reference trace.
func TestARunFollowsPEFTsTrace(t *testing.T) {
	for _, arch := range []string{"bert", "roberta", "xlm-roberta", "distilbert", "electra", "deberta-v3", "modernbert"} {
		t.Run(arch, func(t *testing.T) {
			base := shared.Path(t, "golden", "models", arch)
			g := openTensors(t, filepath.Join(base, "trace", "golden.safetensors"))
			c := finetune.Default()
			c.Model, c.InitAdapter = base, filepath.Join(base, "trace", "start")
			c.Data, c.Out, c.TestSize = writeTraceRows(t, g), filepath.Join(t.TempDir(), "run"), data.Size{}
			c.MaxTokens, c.Threads = 0, 2
			none := 0.0
			c.HiddenDropout, c.AttentionDropout = &none, &none
			c.Train.Epochs, c.Train.LearningRate, c.Train.WarmupSteps, c.Train.Shuffle, c.Train.LogEvery = 1, 0.005, 5, false, 1
			result, err := finetune.Run(context.Background(), c)
			if err != nil {
				t.Fatal(err)
			}
			compareLog(t, filepath.Join(c.Out, finetune.LogFile), loadFloats(t, g, "loss_f64"), loadFloats(t, g, "grad_norm_f64"))
			adapter := openTensors(t, filepath.Join(result.Adapter, "adapter_model.safetensors"))
			for _, name := range adapter.Names() {
				want := loadFloats(t, g, "final_f64."+name)
				for i, v := range loadFloats(t, adapter, name) {
					if d := math.Abs(v - want[i]); d > 1e-4 {
						t.Errorf("%s: value %d is off by %.2g", name, i, d)
						break
					}
				}
			}
		})
	}
}

func compareLog(t *testing.T, path string, losses, norms []float64) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	steps := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var e train.Entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		if e.Loss == nil {
			continue // the end of an epoch
		}
		if d := math.Abs(*e.Loss - losses[steps]); d > 2e-5 {
			t.Fatalf("step %d: loss %.7f, want %.7f", e.Step, *e.Loss, losses[steps])
		}
		if d := math.Abs(*e.GradNorm - norms[steps]); d > 1e-4*(1+norms[steps]) {
			t.Fatalf("step %d: gradient norm %.6f, want %.6f", e.Step, *e.GradNorm, norms[steps])
		}
		steps++
	}
	if steps != len(losses) {
		t.Errorf("%d steps in the log, want %d", steps, len(losses))
	}
}

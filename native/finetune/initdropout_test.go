package finetune_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/lorica-go/lorica/internal/shared"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/finetune"
)

// TestTheDropoutOfAnAdapterToBeginWithCanBeReplaced follows a trace without dropout from an adapter whose configuration has one.
func TestTheDropoutOfAnAdapterToBeginWithCanBeReplaced(t *testing.T) {
	base := shared.Path(t, "golden", "models", "bert")
	start := t.TempDir()
	for _, name := range []string{"adapter_config.json", "adapter_model.safetensors"} {
		content, err := os.ReadFile(filepath.Join(base, "trace", "start", name))
		if err != nil {
			t.Fatal(err)
		}
		changed := bytes.Replace(content, []byte(`"lora_dropout": 0.0`), []byte(`"lora_dropout": 0.5`), 1)
		if name == "adapter_config.json" && bytes.Equal(changed, content) {
			t.Fatal("the reference adapter has a dropout of its own")
		}
		if err := os.WriteFile(filepath.Join(start, name), changed, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	g := openTensors(t, filepath.Join(base, "trace", "golden.safetensors"))
	none := 0.0
	c := finetune.Default()
	c.Model, c.InitAdapter, c.InitDropout = base, start, &none
	c.Data, c.Out, c.TestSize = writeTraceRows(t, g), filepath.Join(t.TempDir(), "run"), data.Size{}
	c.MaxTokens, c.Threads = 0, 2
	c.HiddenDropout, c.AttentionDropout = &none, &none
	c.Train.Epochs, c.Train.LearningRate, c.Train.WarmupSteps, c.Train.Shuffle, c.Train.LogEvery = 1, 0.005, 5, false, 1
	result, err := finetune.Run(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	compareLog(t, filepath.Join(c.Out, finetune.LogFile), loadFloats(t, g, "loss_f64"), loadFloats(t, g, "grad_norm_f64"))
	saved, err := os.ReadFile(filepath.Join(result.Adapter, "adapter_config.json"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(saved, []byte(`"lora_dropout": 0,`)) {
		t.Errorf("the saved adapter's dropout is not the one that was in effect:\n%s", saved)
	}
}

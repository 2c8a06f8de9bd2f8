package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/shared"
)

// PEFT's logits for real reviews, with real weights and its adapter beside them, up to 256 tokens.
func TestEvalGivesPEFTsLogitsOnRealReviews(t *testing.T) {
	adapter := shared.Path(t, "golden", "minilm-lora")
	base, reviews := shared.Path(t, "models", "minilm-l6"), shared.Path(t, "data", "steam-101games-2019", "reviews.jsonl")
	const n = 64
	var rows struct{ Test []int }
	text, err := os.ReadFile(filepath.Join(adapter, "rows.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &rows); err != nil {
		t.Fatal(err)
	}
	list, err := json.Marshal(rows.Test[:n])
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(adapter, "test_logits.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	tensors, err := safetensors.Parse(content)
	if err != nil {
		t.Fatal(err)
	}
	tensor, ok := tensors.Tensor("test_logits")
	if !ok {
		t.Fatal("no tensor test_logits")
	}
	want, err := tensor.LoadFloat32()
	if err != nil {
		t.Fatal(err)
	}
	predictions := filepath.Join(t.TempDir(), "predictions.jsonl")
	succeed(t, "", "eval", "--model", base, "--adapter", adapter, "--data", reviews, "--rows", file(t, "rows.json", string(list)), "--max-length", "256", "--predictions", predictions)
	if text, err = os.ReadFile(predictions); err != nil {
		t.Fatal(err)
	}
	got := parse[struct{ Logits []float64 }](t, string(text))
	if len(got) != n {
		t.Fatalf("%d predictions, want %d", len(got), n)
	}
	for i, p := range got {
		for j, v := range p.Logits {
			if d := math.Abs(v - float64(want[i*len(p.Logits)+j])); d > 1e-3 {
				t.Errorf("row %d: logit %d is off by %.2g", i, j, d)
			}
		}
	}
}

package wasm_test

import (
	"math"
	"os"
	"testing"
	"time"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/internal/shared"
	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/wasm"
)

// Real weights with PEFT's adapter, and real reviews.
func TestRealReviewsHaveTheSameLogitsInTheSandbox(t *testing.T) {
	adapter := shared.Path(t, "golden", "minilm-lora")
	base, reviews := shared.Path(t, "models", "minilm-l6"), shared.Path(t, "data", "steam-101games-2019", "reviews.jsonl")
	options := native.Options{Adapter: adapter, MaxTokens: 128, Threads: 1}
	here, err := native.Open(base, options)
	if err != nil {
		t.Fatal(err)
	}
	defer here.Close()
	inputs := readReviews(t, reviews, 16)
	want, err := here.Classify(t.Context(), inputs)
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := native.OpenBundled(base, options)
	if err != nil {
		t.Fatal(err)
	}
	defer bundle.Close()
	cache, err := os.MkdirTemp("", "wasm-test")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(cache)
	for _, k := range []wasm.Kernels{wasm.HostKernels, wasm.GuestKernels} {
		c, err := wasm.OpenBundle(t.Context(), bundle, bundle.Size, wasm.Limits{Kernels: k, CacheDir: cache, Call: 10 * time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Classify(t.Context(), inputs)
		if err != nil {
			t.Fatal(err)
		}
		scale, worst := 0.0, 0.0
		for i := range want {
			if got[i].Label != want[i].Label || got[i].Tokens != want[i].Tokens {
				t.Errorf("%s kernels, review %d: got %+v, want %+v", k, i, got[i], want[i])
			}
			for j, v := range want[i].Logits {
				scale, worst = max(scale, math.Abs(float64(v))), max(worst, math.Abs(float64(v)-float64(got[i].Logits[j])))
			}
		}
		if worst > 1e-4*scale {
			t.Errorf("%s kernels: logits differ by %g, the largest is %g", k, worst, scale)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

// readReviews returns the first reviews of a file.
func readReviews(t *testing.T, path string, n int) []encoder.Input {
	t.Helper()
	r, err := data.Open(path, data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var inputs []encoder.Input
	for range n {
		row, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, encoder.Input{Text: row.Text})
	}
	return inputs
}

package bench

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/kernels"
	"github.com/lorica-go/lorica/native/internal/tiny"
)

func TestEveryKernelRuns(t *testing.T) {
	seen := map[string]bool{}
	config := KernelConfig{Timing: Timing{Runs: 1}, OnResult: func(r KernelResult) error {
		seen[r.Op] = true
		if r.MedianMicros <= 0 || math.IsInf(r.GFLOPS, 0) || (r.GFLOPS > 0) == (r.NsPerElement > 0) {
			t.Errorf("got %+v", r)
		}
		return nil
	}}
	config.Tiers = []string{kernels.BestTier().String()} // the slower ones take long
	if err := Kernels(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	for _, name := range KernelNames() {
		if !seen[name] {
			t.Errorf("%s was not timed", name)
		}
	}
}

func TestKernelsRefuseUnknownNames(t *testing.T) {
	for _, c := range []KernelConfig{{Ops: []string{"convolution"}}, {Tiers: []string{"mmx"}}} {
		if err := Kernels(t.Context(), c); !badinput.Is(err) {
			t.Errorf("%+v: got %v", c, err)
		}
	}
}

func TestModelTimesWhatItIsAskedTo(t *testing.T) {
	dir := tiny.Model(t, tiny.Options{Type: "roberta", Head: true, NoTokenizer: true})
	lora := DefaultLoRA()
	for name, c := range map[string]struct {
		config          ModelConfig
		samples, tokens int
	}{
		"a batch":                 {ModelConfig{Batch: 3, Tokens: 5}, 3, 15},
		"lengths":                 {ModelConfig{Lengths: []int{4, 1, 64, 9}, BatchSize: 3}, 4, 78},
		"sorted lengths":          {ModelConfig{Lengths: []int{4, 1, 64, 9}, BatchSize: 3, Sort: true}, 4, 78},
		"training":                {ModelConfig{Batch: 2, Tokens: 5, Train: true, LoRA: lora}, 2, 10},
		"training on lengths":     {ModelConfig{Lengths: []int{4, 1, 64, 9, 2}, BatchSize: 2, Train: true, LoRA: lora}, 5, 80},
		"training in full":        {ModelConfig{Batch: 2, Tokens: 5, Train: true, Full: true}, 2, 10},
		"a batch larger than all": {ModelConfig{Lengths: []int{4}, BatchSize: 32}, 1, 4},
	} {
		t.Run(name, func(t *testing.T) {
			c.config.Model, c.config.Threads, c.config.Runs = dir, 1, 3
			r, err := Model(t.Context(), c.config)
			if err != nil {
				t.Fatal(err)
			}
			if r.Samples != c.samples || r.Tokens != c.tokens || r.Runs < 3 || r.MinMs <= 0 || r.MedianMs < r.MinMs || (r.Trainable > 0) != c.config.Train {
				t.Errorf("got %+v", r)
			}
			if rate := float64(c.samples) / r.MedianMs * 1e3; math.Abs(rate-r.SamplesPerSecond) > 1e-6*rate {
				t.Errorf("%g samples/s in %g ms", r.SamplesPerSecond, r.MedianMs)
			}
		})
	}
}

func TestModelRefusesWhatMakesNoSense(t *testing.T) {
	dir := tiny.Model(t, tiny.Options{Head: true})
	for _, c := range []ModelConfig{
		{Batch: 0, Tokens: 5}, {Batch: 1, Tokens: 0}, {Batch: 1, Tokens: 65}, {Lengths: []int{}, BatchSize: 1}, {Lengths: []int{0}, BatchSize: 1},
		{Lengths: []int{65}, BatchSize: 1}, {Lengths: []int{3}}, {Batch: 1 << 30, Tokens: 1},
	} {
		c.Model, c.Threads = dir, 1
		if _, err := Model(t.Context(), c); !badinput.Is(err) {
			t.Errorf("%+v: got %v", c, err)
		}
	}
}

func TestTimingEndsWithItsContext(t *testing.T) {
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	dir := tiny.Model(t, tiny.Options{Head: true})
	time.AfterFunc(50*time.Millisecond, func() { cancel(stop) })
	for _, training := range []bool{false, true} {
		c := ModelConfig{Timing: Timing{MinTime: time.Hour}, Model: dir, Threads: 1, Batch: 1, Tokens: 4, Train: training, LoRA: DefaultLoRA()}
		if _, err := Model(ctx, c); !errors.Is(err, stop) {
			t.Errorf("training %v: got %v", training, err)
		}
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		times []time.Duration
		want  time.Duration
	}{{nil, 0}, {[]time.Duration{3}, 3}, {[]time.Duration{9, 1, 3}, 3}, {[]time.Duration{9, 1, 3, 5}, 4}} {
		if got := median(c.times); got != c.want {
			t.Errorf("%v: got %v, want %v", c.times, got, c.want)
		}
	}
}

func TestLengthsAreReadFromAListOrAnObject(t *testing.T) {
	read := func(content string) ([]int, error) {
		path := filepath.Join(t.TempDir(), "lengths.json")
		tiny.Write(t, path, content)
		return ReadLengths(path)
	}
	for _, content := range []string{"[3, 1, 2]", `{"n": 3, "lengths": [3, 1, 2]}`} {
		if got, err := read(content); err != nil || !slices.Equal(got, []int{3, 1, 2}) {
			t.Errorf("%s: got %v, %v", content, got, err)
		}
	}
	for _, content := range []string{"", "null", "{}", `{"lengths": null}`, `{"lengths": [1.5]}`, `["a"]`, "[1,"} {
		if got, err := read(content); !badinput.Is(err) {
			t.Errorf("%s: got %v, %v", content, got, err)
		}
	}
	if _, err := ReadLengths(filepath.Join(t.TempDir(), "none")); !badinput.Is(err) {
		t.Errorf("no file: got %v", err)
	}
}

func FuzzLengths(f *testing.F) {
	for _, s := range []string{"[1,2]", `{"lengths":[1]}`, "null", "[[]]", `{"lengths":{}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if list, err := parseLengths(text); err == nil && list == nil || err != nil && !badinput.Is(err) {
			t.Fatalf("got %v, %v", list, err)
		}
	})
}

func TestShapesAreModels(t *testing.T) {
	for name, text := range shapes {
		c, err := encoder.ParseConfig([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := encoder.NewModel(c, encoder.Classification, true); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	dir := t.TempDir()
	if err := WriteShape(dir, "minilm-l6"); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "model.safetensors"))
	if err != nil || info.Size() < 4*22_000_000 {
		t.Errorf("got %v, %v", info, err)
	}
	if _, err := Model(t.Context(), ModelConfig{Timing: Timing{Runs: 1}, Model: dir, Batch: 1, Tokens: 4, Threads: 1}); err != nil {
		t.Error(err)
	}
	if err := WriteShape(dir, "gpt"); !badinput.Is(err) || !strings.Contains(err.Error(), "minilm-l6") {
		t.Errorf("an unknown shape: got %v", err)
	}
}

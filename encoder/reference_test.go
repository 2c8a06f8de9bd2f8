//go:build !wasm

package encoder

import (
	"math"
	"os"
	"slices"
	"testing"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/shared"
	"github.com/lorica-go/lorica/kernels"
)

// The golden models were computed by torch and transformers in float64; shared/golden/README.md says how.
var goldenArchitectures = []string{"bert", "roberta", "xlm-roberta", "distilbert", "electra", "deberta-v2", "modernbert"}

// goldenPath returns the path of an architecture's reference data, parts[0] being its model type.
func goldenPath(t *testing.T, parts ...string) string {
	t.Helper()
	parts = slices.Clone(parts)
	if parts[0] == "deberta-v2" { // the settings are those of v3
		parts[0] = "deberta-v3"
	}
	return shared.Path(t, append([]string{"golden", "models"}, parts...)...)
}

// Tolerances of a float32 implementation against the float64 values.
const (
	logitsRelative     = 2e-5
	logitsAbsolute     = 1e-5
	hiddenAbsolute     = 5e-5
	gradientAbsolute   = 3e-5
	gradientRelativeL2 = 1e-4
)

// golden is a file of reference tensors.
type golden struct {
	t    *testing.T
	file *safetensors.File
}

func openGolden(t *testing.T, parts ...string) golden {
	t.Helper()
	data, err := os.ReadFile(goldenPath(t, parts...))
	if err != nil {
		t.Fatal(err)
	}
	file, err := safetensors.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return golden{t, file}
}

func (g golden) has(name string) bool {
	_, ok := g.file.Tensor(name)
	return ok
}

func (g golden) tensor(name string) safetensors.Tensor {
	g.t.Helper()
	tensor, ok := g.file.Tensor(name)
	if !ok {
		g.t.Fatalf("no reference tensor %s", name)
	}
	return tensor
}

func (g golden) floats(name string) []float64 {
	g.t.Helper()
	values, err := g.tensor(name).LoadFloat64()
	if err != nil {
		g.t.Fatal(err)
	}
	return values
}

func (g golden) ints(name string) []int32 {
	g.t.Helper()
	values, err := g.tensor(name).LoadInt32()
	if err != nil {
		g.t.Fatal(err)
	}
	return values
}

// batch takes the padding out of a padded batch. rows, when not nil, picks some of its rows.
func (g golden) batch(prefix string, rows []int32) *Batch {
	g.t.Helper()
	ids, mask := g.ints(prefix+"input_ids"), g.ints(prefix+"attention_mask")
	types := make([]int32, len(ids))
	if g.has(prefix + "token_type_ids") {
		types = g.ints(prefix + "token_type_ids")
	}
	width := g.tensor(prefix + "input_ids").Shape[1]
	if rows == nil {
		for i := range len(ids) / width {
			rows = append(rows, int32(i))
		}
	}
	b := &Batch{}
	for _, r := range rows {
		from := int(r) * width
		n := 0
		for n < width && mask[from+n] == 1 {
			n++
		}
		b.Append(ids[from:from+n], types[from:from+n])
	}
	return b
}

func newCPU(t testing.TB, tier kernels.Tier, threads int) *kernels.CPU {
	t.Helper()
	dev, err := kernels.NewCPU(tier, threads)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dev.Close)
	return dev
}

func openGoldenModel(t *testing.T, task Task, parts ...string) *Model {
	t.Helper()
	m, err := OpenFolder(os.DirFS(goldenPath(t, parts...)), task, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func read(dev kernels.Device, t kernels.Tensor) []float32 {
	values := make([]float32, t.Len())
	dev.Read(values, t)
	return values
}

// compareLogits fails when a logit is further from the reference than the project allows.
func compareLogits(t *testing.T, what string, got []float32, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	most, scale := 0.0, 0.0
	for i := range got {
		most = max(most, math.Abs(float64(got[i])-want[i]))
		scale = max(scale, math.Abs(want[i]))
		if math.IsNaN(float64(got[i])) {
			t.Fatalf("%s: value %d is NaN", what, i)
		}
	}
	if limit := logitsRelative*scale + logitsAbsolute; most > limit {
		t.Errorf("%s: largest error %.2g, limit %.2g", what, most, limit)
	}
}

// compareGradient fails when a gradient is off in an entry or as a whole.
func compareGradient(t *testing.T, name string, got []float32, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("gradient of %s: %d values, want %d", name, len(got), len(want))
	}
	most, difference, norm := 0.0, 0.0, 0.0
	for i := range got {
		d := float64(got[i]) - want[i]
		most = max(most, math.Abs(d))
		difference += d * d
		norm += want[i] * want[i]
	}
	if !(most <= gradientAbsolute) {
		t.Errorf("gradient of %s: largest error %.2g, limit %.2g", name, most, gradientAbsolute)
	}
	if l2 := math.Sqrt(difference / max(norm, 1e-12)); !(l2 <= gradientRelativeL2) && math.Sqrt(norm) > 1e-5 {
		t.Errorf("gradient of %s: relative error %.2g, limit %.2g", name, l2, gradientRelativeL2)
	}
}

// eachTier runs a test on every tier that the CPU has, with two threads.
func eachTier(t *testing.T, run func(t *testing.T, dev *kernels.CPU)) {
	for _, tier := range kernels.Tiers() {
		t.Run(tier.String(), func(t *testing.T) { run(t, newCPU(t, tier, 2)) })
	}
}

// unpad returns the values [sequences, width, n] of a padded tensor at the tokens of b.
func (g golden) unpad(b *Batch, name string) []float64 {
	values, shape := g.floats(name), g.tensor(name).Shape
	var kept []float64
	for s := range b.Len() {
		n := int(b.Offsets[s+1] - b.Offsets[s])
		from := s * shape[1] * shape[2]
		kept = append(kept, values[from:from+n*shape[2]]...)
	}
	return kept
}

func newPass(t *testing.T, m *Model, dev kernels.Device) *Pass {
	t.Helper()
	p, err := m.NewPass(dev)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

package encoder

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/shared"
	"github.com/lorica-go/lorica/kernels"
)

// The golden models were computed by torch and transformers in float64; shared/golden/README.md says how.
var goldenArchitectures = []string{"bert", "roberta", "xlm-roberta", "distilbert", "electra"}

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
	data, err := os.ReadFile(shared.Path(t, append([]string{"golden", "models"}, parts...)...))
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
	m, err := OpenFolder(os.DirFS(shared.Path(t, append([]string{"golden", "models"}, parts...)...)), task, nil)
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

func TestForwardAndGradientsOfEveryParameterMatchTheReference(t *testing.T) {
	for _, arch := range goldenArchitectures {
		t.Run(arch, func(t *testing.T) {
			g := openGolden(t, arch, "golden.safetensors")
			eachTier(t, func(t *testing.T, dev *kernels.CPU) {
				m := openGoldenModel(t, Classification, arch)
				if err := m.Prepare(dev, Full, 1); err != nil {
					t.Fatal(err)
				}
				p := m.NewPass(dev)
				p.Training = true
				b := g.batch("", nil)
				logits, err := p.Forward(b)
				if err != nil {
					t.Fatal(err)
				}
				compareLogits(t, "logits", read(dev, logits), g.floats("logits_f64"))
				compareLogits(t, "features", read(dev, p.headState.features), g.floats("features_f64"))
				for i, hidden := range p.hidden[:len(p.hidden)-1] { // of the last, only the first rows exist here
					compareHidden(t, i, dev, hidden, b, g)
				}
				loss := p.Loss(logits, g.ints("labels"), nil)
				if want := g.floats("loss_f64")[0]; math.Abs(loss-want) > 2e-5 {
					t.Errorf("loss %.8f, want %.8f", loss, want)
				}
				p.ZeroGradients()
				p.Backward()
				for _, param := range m.Parameters() {
					compareGradient(t, param.Name, read(dev, param.Gradient()), g.floats("grad."+param.Name))
				}
				names := 0
				for _, name := range g.file.Names() {
					if len(name) > 5 && name[:5] == "grad." {
						names++
					}
				}
				if names != len(m.Parameters()) {
					t.Errorf("%d parameters, the reference has gradients of %d", len(m.Parameters()), names)
				}
			})
		})
	}
}

func compareHidden(t *testing.T, layer int, dev kernels.Device, hidden kernels.Tensor, b *Batch, g golden) {
	t.Helper()
	name := "hidden_f64." + string(rune('0'+layer))
	want := g.floats(name)
	shape := g.tensor(name).Shape
	got := read(dev, hidden)
	most := 0.0
	for s := range b.Len() {
		for i := b.Offsets[s]; i < b.Offsets[s+1]; i++ {
			at := (s*shape[1] + int(i-b.Offsets[s])) * shape[2]
			for c := range shape[2] {
				most = max(most, math.Abs(float64(got[int(i)*shape[2]+c])-want[at+c]))
			}
		}
	}
	if !(most <= hiddenAbsolute) {
		t.Errorf("%s: largest error %.2g, limit %.2g", name, most, hiddenAbsolute)
	}
}

func TestInferenceMatchesTheReferenceOnShortAndLongBatches(t *testing.T) {
	for _, arch := range goldenArchitectures {
		t.Run(arch, func(t *testing.T) {
			g := openGolden(t, arch, "golden.safetensors")
			eachTier(t, func(t *testing.T, dev *kernels.CPU) {
				m := openGoldenModel(t, Classification, arch)
				if err := m.Prepare(dev, Frozen, 1); err != nil {
					t.Fatal(err)
				}
				p := m.NewPass(dev)
				for _, prefix := range []string{"", "long."} {
					logits, err := p.Forward(g.batch(prefix, nil))
					if err != nil {
						t.Fatal(err)
					}
					compareLogits(t, prefix+"logits", read(dev, logits), g.floats(prefix+"logits_f64"))
				}
				alone := g.floats("alone.logits_f64")
				labels := len(m.Config.Labels)
				for i := range len(alone) / labels {
					logits, err := p.Forward(g.batch("", []int32{int32(i)}))
					if err != nil {
						t.Fatal(err)
					}
					compareLogits(t, "logits of a row alone", read(dev, logits), alone[i*labels:(i+1)*labels])
				}
			})
		})
	}
}

// TestEveryHiddenStateOfTheLastBlock asks for all rows of the last block, as a masked-LM head does.
func TestEveryHiddenStateOfTheLastBlockMatchesTheReference(t *testing.T) {
	for _, arch := range goldenArchitectures {
		t.Run(arch, func(t *testing.T) {
			g := openGolden(t, arch, "golden.safetensors")
			eachTier(t, func(t *testing.T, dev *kernels.CPU) {
				m := openGoldenModel(t, Classification, arch)
				if err := m.Prepare(dev, Frozen, 1); err != nil {
					t.Fatal(err)
				}
				p := m.NewPass(dev)
				b := g.batch("", nil)
				if err := p.begin(b); err != nil {
					t.Fatal(err)
				}
				for i := range b.Tokens() {
					p.reading = append(p.reading, int32(i))
				}
				p.readOffsets = slices.Clone(b.Offsets)
				compareHidden(t, m.Config.Layers, dev, p.encode(), b, g)
			})
		})
	}
}

func TestMaskedLMMatchesTheReference(t *testing.T) {
	for _, arch := range []string{"bert", "roberta"} {
		t.Run(arch, func(t *testing.T) {
			g := openGolden(t, filepath.Join(arch, "mlm"), "golden.safetensors")
			eachTier(t, func(t *testing.T, dev *kernels.CPU) {
				m := openGoldenModel(t, MaskedLM, arch, "mlm")
				if err := m.Prepare(dev, Full, 1); err != nil {
					t.Fatal(err)
				}
				p := m.NewPass(dev)
				p.Training = true
				b := g.batch("", nil)
				all := make([]int32, b.Tokens())
				for i := range all {
					all[i] = int32(i)
				}
				logits, err := p.ForwardMaskedLM(b, all)
				if err != nil {
					t.Fatal(err)
				}
				compareLogits(t, "scores", read(dev, logits), g.unpad(b, "logits_f64"))

				labels := g.ints("labels")
				width := g.tensor("labels").Shape[1]
				var rows, wanted []int32
				for s := range b.Len() {
					for i := b.Offsets[s]; i < b.Offsets[s+1]; i++ {
						if y := labels[s*width+int(i-b.Offsets[s])]; y >= 0 {
							rows, wanted = append(rows, i), append(wanted, y)
						}
					}
				}
				logits, err = p.ForwardMaskedLM(b, rows)
				if err != nil {
					t.Fatal(err)
				}
				loss := p.Loss(logits, wanted, nil)
				if want := g.floats("loss_f64")[0]; math.Abs(loss-want) > 2e-5 {
					t.Errorf("loss %.8f, want %.8f", loss, want)
				}
				p.ZeroGradients()
				p.BackwardMaskedLM()
				for _, param := range m.Parameters() {
					compareGradient(t, param.Name, read(dev, param.Gradient()), g.floats("grad."+param.Name))
				}
			})
		})
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

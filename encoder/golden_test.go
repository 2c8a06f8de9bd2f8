package encoder

import (
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lorica-go/lorica/kernels"
)

func TestForwardAndGradientsOfEveryParameterMatchTheReference(t *testing.T) {
	for _, arch := range goldenArchitectures {
		t.Run(arch, func(t *testing.T) {
			g := openGolden(t, arch, "golden.safetensors")
			eachTier(t, func(t *testing.T, dev *kernels.CPU) {
				m := openGoldenModel(t, Classification, arch)
				if err := m.Prepare(dev, Full, 1); err != nil {
					t.Fatal(err)
				}
				p := newPass(t, m, dev)
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
				p := newPass(t, m, dev)
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
				p := newPass(t, m, dev)
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
				p := newPass(t, m, dev)
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

//go:build !wasm

package encoder

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/kernels"
)

func TestForwardAndGradientsOfEveryParameterMatchTheReference(t *testing.T) {
	for _, arch := range goldenArchitectures {
		t.Run(arch, func(t *testing.T) { testAgainstReference(t, arch, "") })
	}
}

// TestGradientsOfLongTextsMatchTheReference: where attention depends on distances, long texts have some that short ones do not.
func TestGradientsOfLongTextsMatchTheReference(t *testing.T) {
	for _, arch := range []string{"deberta-v2", "modernbert"} {
		t.Run(arch, func(t *testing.T) { testAgainstReference(t, arch, "long.") })
	}
}

// testAgainstReference compares what the model makes of the batch whose tensors have the prefix.
func testAgainstReference(t *testing.T, arch, prefix string) {
	g := openGolden(t, arch, "golden.safetensors")
	eachTier(t, func(t *testing.T, dev *kernels.CPU) {
		m := openGoldenModel(t, Classification, arch)
		if err := m.Prepare(dev, Full, 1); err != nil {
			t.Fatal(err)
		}
		p := newPass(t, m, dev)
		p.Training = true
		b := g.batch(prefix, nil)
		logits, err := p.Forward(b)
		if err != nil {
			t.Fatal(err)
		}
		compareLogits(t, "logits", read(dev, logits), g.floats(prefix+"logits_f64"))
		compareLogits(t, "features", read(dev, p.headState.features), g.floats(prefix+"features_f64"))
		for i, hidden := range p.hidden[:len(p.hidden)-1] { // of the last, only the rows that the head reads exist here
			compareHidden(t, prefix, i, dev, hidden, b, g)
		}
		loss := p.Loss(logits, g.ints(prefix+"labels"), nil)
		if want := g.floats(prefix + "loss_f64")[0]; math.Abs(loss-want) > 2e-5 {
			t.Errorf("loss %.8f, want %.8f", loss, want)
		}
		p.ZeroGradients()
		p.Backward()
		compareGradients(t, dev, m, g, prefix+"grad.")
	})
}

// compareGradients compares the gradient of every parameter; the reference has to have as many.
func compareGradients(t *testing.T, dev kernels.Device, m *Model, g golden, prefix string) {
	t.Helper()
	for _, param := range m.Parameters() {
		compareGradient(t, param.Name, read(dev, param.Gradient()), g.floats(prefix+param.Name))
	}
	names := 0
	for _, name := range g.file.Names() {
		if strings.HasPrefix(name, prefix) {
			names++
		}
	}
	if names != len(m.Parameters()) {
		t.Errorf("%d parameters, the reference has gradients of %d", len(m.Parameters()), names)
	}
}

// compareHidden compares hidden state number i: all of it, or where the reference is a selection of the first sequence's tokens,
// those.
func compareHidden(t *testing.T, prefix string, i int, dev kernels.Device, hidden kernels.Tensor, b *Batch, g golden) {
	t.Helper()
	name := fmt.Sprintf("%shidden_f64.%d", prefix, i)
	want := g.floats(name)
	got, width := read(dev, hidden), hidden.Cols
	most, compared := 0.0, 0
	compare := func(token int32, at int) {
		for c := range width {
			most = max(most, math.Abs(float64(got[int(token)*width+c])-want[at*width+c]))
		}
		compared++
	}
	if g.has(prefix + "positions") {
		for at, token := range g.ints(prefix + "positions") {
			compare(token, at)
		}
	} else {
		padded := g.tensor(name).Shape[1]
		for s := range b.Len() {
			for token := b.Offsets[s]; token < b.Offsets[s+1]; token++ {
				compare(token, s*padded+int(token-b.Offsets[s]))
			}
		}
	}
	if !(most <= hiddenAbsolute) || compared == 0 {
		t.Errorf("%s: largest error %.2g in %d tokens, limit %.2g", name, most, compared, hiddenAbsolute)
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
				last := m.Config.Layers
				for _, prefix := range []string{"", "long."} {
					b := g.batch(prefix, nil)
					encoded := encodeAll(t, p, b)
					if m.finalNorm.gamma != nil { // what the norm makes of it is one more state
						compareHidden(t, prefix, last, dev, p.hidden[last], b, g)
						compareHidden(t, prefix, last+1, dev, encoded, b, g)
					} else {
						compareHidden(t, prefix, last, dev, encoded, b, g)
					}
				}
			})
		})
	}
}

// encodeAll returns the last hidden state of all tokens.
func encodeAll(t *testing.T, p *Pass, b *Batch) kernels.Tensor {
	t.Helper()
	if err := p.begin(b); err != nil {
		t.Fatal(err)
	}
	p.reading = p.reading[:0]
	for i := range b.Tokens() {
		p.reading = append(p.reading, int32(i))
	}
	p.readOffsets = slices.Clone(b.Offsets)
	return p.encode()
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

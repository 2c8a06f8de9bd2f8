//go:build !wasm

package encoder

import (
	"bytes"
	"io"
	"math"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/kernels"
)

func openGoldenAdapter(t *testing.T, parts ...string) *AdapterFiles {
	t.Helper()
	a, err := OpenAdapter(os.DirFS(goldenPath(t, parts...)))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// adaptedGolden returns a golden model with an adapter of its, prepared.
func adaptedGolden(t *testing.T, dev kernels.Device, training Training, arch, adapter string) *Model {
	t.Helper()
	m := openGoldenModel(t, Classification, arch)
	if err := m.ApplyAdapter(openGoldenAdapter(t, arch, adapter)); err != nil {
		t.Fatal(err)
	}
	if err := m.Prepare(dev, training, 1); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAdapterLogitsAndGradientsMatchPEFT(t *testing.T) {
	for _, arch := range goldenArchitectures {
		t.Run(arch, func(t *testing.T) {
			main, g := openGolden(t, arch, "golden.safetensors"), openGolden(t, arch, "lora/golden.safetensors")
			eachTier(t, func(t *testing.T, dev *kernels.CPU) {
				m := adaptedGolden(t, dev, Adapters, arch, "lora")
				p := newPass(t, m, dev)
				p.Training = true
				logits, err := p.Forward(main.batch("", nil))
				if err != nil {
					t.Fatal(err)
				}
				compareLogits(t, "logits", read(dev, logits), g.floats("logits_f64"))
				loss := p.Loss(logits, main.ints("labels"), nil)
				if want := g.floats("loss_f64")[0]; math.Abs(loss-want) > 2e-5 {
					t.Errorf("loss %.8f, want %.8f", loss, want)
				}
				p.ZeroGradients()
				p.Backward()
				compared := 0
				for _, param := range m.Parameters() {
					if name := "grad." + adapterPrefix + param.Name; param.Trainable {
						compareGradient(t, param.Name, read(dev, param.Gradient()), g.floats(name))
						compared++
					}
				}
				for _, name := range g.file.Names() {
					if strings.HasPrefix(name, "grad.") {
						compared--
					}
				}
				if compared != 0 {
					t.Errorf("%+d trainable parameters against PEFT's", compared)
				}
			})
		})
	}
}

// folder is a Sink and a file system in memory.
type folder struct{ fstest.MapFS }

func (f folder) Write(name string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	f.MapFS[name] = &fstest.MapFile{Data: b.Bytes()}
	return nil
}

func TestMergedFolderMatchesPEFTsMerge(t *testing.T) {
	for _, arch := range goldenArchitectures {
		t.Run(arch, func(t *testing.T) {
			main, g := openGolden(t, arch, "golden.safetensors"), openGolden(t, arch, "lora/golden.safetensors")
			reference := openGolden(t, arch, "lora/merged/model.safetensors")
			eachTier(t, func(t *testing.T, dev *kernels.CPU) {
				m := adaptedGolden(t, dev, Frozen, arch, "lora")
				out := folder{fstest.MapFS{}}
				if err := m.SaveFolder(out, safetensors.F32); err != nil {
					t.Fatal(err)
				}
				merged, err := OpenFolder(out, Classification, nil)
				if err != nil {
					t.Fatal(err)
				}
				for _, name := range reference.file.Names() {
					p := merged.Parameter(name)
					if p == nil {
						t.Errorf("tensor %s of PEFT's merged model is not in lorica's", name)
						continue
					}
					values, err := p.Float32s(dev)
					if err != nil {
						t.Fatal(err)
					}
					for i, want := range reference.floats(name) {
						if d := math.Abs(float64(values[i]) - want); d > 1e-6 {
							t.Errorf("%s: value %d is off by %.2g", name, i, d)
							break
						}
					}
				}
				if err := merged.Prepare(dev, Frozen, 1); err != nil {
					t.Fatal(err)
				}
				logits, err := newPass(t, merged, dev).Forward(main.batch("", nil))
				if err != nil {
					t.Fatal(err)
				}
				compareLogits(t, "merged logits", read(dev, logits), g.floats("merged.logits_f64"))
			})
		})
	}
}

func TestSavedAdapterIsReadBackUnchanged(t *testing.T) {
	for _, arch := range goldenArchitectures {
		t.Run(arch, func(t *testing.T) {
			dev := newCPU(t, kernels.Generic, 1)
			m := adaptedGolden(t, dev, Adapters, arch, "lora")
			out := folder{fstest.MapFS{}}
			if err := m.SaveAdapter(out, "the/base", ""); err != nil {
				t.Fatal(err)
			}
			again, err := OpenAdapter(out)
			if err != nil {
				t.Fatal(err)
			}
			if again.Base != "the/base" || len(again.Labels) != len(m.Config.Labels) {
				t.Errorf("base %q, labels %v", again.Base, again.Labels)
			}
			reference := openGolden(t, arch, "lora/adapter_model.safetensors")
			for _, name := range reference.file.Names() {
				want, _ := reference.tensor(name).LoadFloat32()
				tensor, ok := again.tensors.Tensor(name)
				if !ok {
					t.Errorf("tensor %s is missing", name)
					continue
				}
				got, err := tensor.LoadFloat32()
				if err != nil {
					t.Fatal(err)
				}
				for i := range want {
					if got[i] != want[i] {
						t.Errorf("%s: value %d is %g, was %g", name, i, got[i], want[i])
						break
					}
				}
			}
			if got, want := len(again.tensors.Names()), len(reference.file.Names()); got != want {
				t.Errorf("%d tensors, PEFT saves %d", got, want)
			}
		})
	}
}

// TestTrainingTraceMatchesPEFT follows forty steps of transformers' training loop: clip, AdamW, linear schedule with warm-up.
func TestTrainingTraceMatchesPEFT(t *testing.T) {
	const (
		steps, warmup, batchSize = 40, 5, 8
		rate, decay, maxNorm     = 0.005, 0.01, 1.0
		lossTolerance            = 2e-5
		finalTolerance           = 2e-4
	)
	for _, arch := range goldenArchitectures {
		t.Run(arch, func(t *testing.T) {
			g := openGolden(t, arch, "trace/golden.safetensors")
			eachTier(t, func(t *testing.T, dev *kernels.CPU) {
				m := adaptedGolden(t, dev, Adapters, arch, "trace/start")
				p := newPass(t, m, dev)
				p.Training, p.NoDropout = true, true
				optimiser := newAdamW(dev, m)
				order, labels := g.ints("batches"), g.ints("labels")
				losses, norms := g.floats("loss_f64"), g.floats("grad_norm_f64")
				for step := range steps {
					rows := order[step*batchSize : (step+1)*batchSize]
					wanted := make([]int32, len(rows))
					for i, r := range rows {
						wanted[i] = labels[r]
					}
					logits, err := p.Forward(g.batch("", rows))
					if err != nil {
						t.Fatal(err)
					}
					loss := p.Loss(logits, wanted, nil)
					if math.Abs(loss-losses[step]) > lossTolerance {
						t.Fatalf("step %d: loss %.8f, want %.8f", step, loss, losses[step])
					}
					p.ZeroGradients()
					p.Backward()
					lr := rate * float64(steps-step) / (steps - warmup)
					if step < warmup {
						lr = rate * float64(step) / warmup
					}
					norm := optimiser.update(lr, decay, maxNorm, step+1)
					if math.Abs(norm-norms[step]) > 1e-4*(1+norms[step]) {
						t.Fatalf("step %d: gradient norm %.6f, want %.6f", step, norm, norms[step])
					}
				}
				p.Training = false
				logits, err := p.Forward(g.batch("", nil))
				if err != nil {
					t.Fatal(err)
				}
				want := g.floats("final.logits_f64")
				for i, v := range read(dev, logits) {
					if d := math.Abs(float64(v) - want[i]); d > finalTolerance {
						t.Fatalf("final logits: value %d is off by %.2g, limit %.2g", i, d, finalTolerance)
					}
				}
			})
		})
	}
}

//go:build !wasm

package encoder

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/kernels"
)

// variants are tiny models of one architecture with other settings than the golden ones, as transformers computes them in
// float64; internal/tooling/variants has the scripts.
type variants struct {
	golden
	sequences, masked [][]int32
	settings          map[string]variantSettings
}

type variantSettings struct {
	Task   string // "classification" or "mlm"
	Config json.RawMessage
}

func openVariants(t *testing.T, path string) variants {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := safetensors.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	v := variants{golden: golden{t, file}}
	for key, into := range map[string]any{"sequences": &v.sequences, "masked": &v.masked, "variants": &v.settings} {
		if err := json.Unmarshal([]byte(file.Metadata()[key]), into); err != nil {
			t.Fatalf("%s: %s: %v", path, key, err)
		}
	}
	return v
}

// within shows the tensors of one variant.
type within struct {
	safetensors.Tensors
	prefix string
}

func (w within) Tensor(name string) (safetensors.Tensor, bool) {
	return w.Tensors.Tensor(w.prefix + name)
}

func (w within) Names() []string {
	var names []string
	for _, name := range w.Tensors.Names() {
		if own, ok := strings.CutPrefix(name, w.prefix); ok {
			names = append(names, own)
		}
	}
	return names
}

func (v variants) open(t *testing.T, name string) *Model {
	t.Helper()
	s := v.settings[name]
	c, err := ParseConfig(s.Config)
	if err != nil {
		t.Fatal(err)
	}
	task := Classification
	if s.Task == "mlm" {
		task = MaskedLM
	}
	m, err := NewModel(c, task, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Bind(within{v.file, name + "/"}, nil); err != nil {
		t.Fatal(err)
	}
	if fresh := m.Fresh(); len(fresh) > 0 {
		t.Fatalf("the file lacks %v", fresh)
	}
	return m
}

// batch returns sequences [from, to), in their second half of type 1 where the model has such, and what is masked in them.
func (v variants) batch(c *Config, from, to int) (b *Batch, rows, wanted []int32) {
	b = &Batch{}
	for s, ids := range v.sequences[from:to] {
		types := make([]int32, len(ids))
		for i := range types {
			if c.TypeVocabSize > 1 && i > len(ids)/2 {
				types[i] = 1
			}
		}
		for _, i := range v.masked[from+s] {
			rows, wanted = append(rows, int32(b.Tokens())+i), append(wanted, (ids[i]+1)%12)
		}
		b.Append(ids, types)
	}
	return b, rows, wanted
}

func (v variants) forward(t *testing.T, p *Pass, from, to int) (logits kernels.Tensor, labels []int32) {
	t.Helper()
	b, rows, wanted := v.batch(p.model.Config, from, to)
	var err error
	if p.model.Task == MaskedLM {
		logits, err = p.ForwardMaskedLM(b, rows)
		labels = wanted
	} else {
		logits, err = p.Forward(b)
		for s := from; s < to; s++ {
			labels = append(labels, int32(s))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return logits, labels
}

func testVariants(t *testing.T, path string) {
	v := openVariants(t, path)
	for name := range v.settings {
		t.Run(name, func(t *testing.T) {
			v := v
			v.t = t
			eachTier(t, func(t *testing.T, dev *kernels.CPU) {
				v.t = t
				v.checkTraining(t, dev, name)
				v.checkInference(t, dev, name)
			})
		})
	}
}

// checkTraining compares logits, loss and the gradient of every parameter.
func (v variants) checkTraining(t *testing.T, dev kernels.Device, name string) {
	t.Helper()
	m := v.open(t, name)
	if err := m.Prepare(dev, Full, 1); err != nil {
		t.Fatal(err)
	}
	p := newPass(t, m, dev)
	p.Training = true
	logits, labels := v.forward(t, p, 0, len(v.sequences))
	compareLogits(t, "logits", read(dev, logits), v.floats(name+"/logits"))
	loss := p.Loss(logits, labels, nil)
	if want := v.floats(name + "/loss")[0]; math.Abs(loss-want) > 2e-5 {
		t.Errorf("loss %.8f, want %.8f", loss, want)
	}
	p.ZeroGradients()
	if m.Task == MaskedLM {
		p.BackwardMaskedLM()
	} else {
		p.Backward()
	}
	for _, param := range m.Parameters() {
		compareGradient(t, param.Name, read(dev, param.Gradient()), v.floats(name+"/grad."+param.Name))
	}
	if tensors := len(within{v.file, name + "/"}.Names()); tensors != 2*len(m.Parameters())+2 {
		t.Errorf("%d parameters, the file has %d", len(m.Parameters()), (tensors-2)/2)
	}
}

// checkInference compares logits of sequences one after the other, which grow, and then of all at once.
func (v variants) checkInference(t *testing.T, dev kernels.Device, name string) {
	t.Helper()
	m := v.open(t, name)
	if err := m.Prepare(dev, Frozen, 1); err != nil {
		t.Fatal(err)
	}
	p := newPass(t, m, dev)
	want := v.floats(name + "/logits")
	var all []float32
	for s := range v.sequences {
		logits, _ := v.forward(t, p, s, s+1)
		all = append(all, read(dev, logits)...)
	}
	compareLogits(t, "logits of one sequence at a time", all, want)
	logits, _ := v.forward(t, p, 0, len(v.sequences))
	compareLogits(t, "logits of the batch", read(dev, logits), want)
	p.Free()
	logits, _ = v.forward(t, p, 0, len(v.sequences))
	compareLogits(t, "logits after the memory was given back", read(dev, logits), want)
}

func TestDeBERTasSettingsMatchTransformers(t *testing.T) {
	testVariants(t, "testdata/deberta_variants.safetensors")
}

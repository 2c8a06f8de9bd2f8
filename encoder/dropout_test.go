//go:build !wasm

package encoder

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/lorica-go/lorica/kernels"
)

// tinyBatch has sequences of several lengths, the shortest of one token, with a padding id in the midst of the last.
func tinyBatch(c *Config) (*Batch, []int32) {
	b := &Batch{}
	types := func(n int) []int32 {
		t := make([]int32, n)
		for i := range t {
			if c.TypeVocabSize > 1 && i > n/2 {
				t[i] = 1
			}
		}
		return t
	}
	for _, ids := range [][]int32{{2, 5, 6, 7, 3}, {2}, {2, 8, 9, c.PadTokenID, 10, 11, 3}} {
		b.Append(ids, types(len(ids)))
	}
	return b, []int32{0, 2, 1}
}

// step runs a forward and the loss, and with backward the gradients.
func step(t testing.TB, p *Pass, b *Batch, labels []int32, backward bool) float64 {
	t.Helper()
	logits, err := p.Forward(b)
	if err != nil {
		t.Fatal(err)
	}
	loss := p.Loss(logits, labels, nil)
	if backward {
		p.ZeroGradients()
		p.Backward()
	}
	return loss
}

// dropouts are the places where dropout acts, each alone: a mask that differs between forward and backward shows in the
// gradients.
var dropouts = map[string]func(c *Config, l *LoRA){
	"none":       func(*Config, *LoRA) {},
	"hidden":     func(c *Config, _ *LoRA) { c.HiddenDropout = 0.4 },
	"embedding":  func(c *Config, _ *LoRA) { c.EmbeddingDropout = 0.4 },
	"attention":  func(c *Config, _ *LoRA) { c.AttentionDropout = 0.4 },
	"classifier": func(c *Config, _ *LoRA) { c.ClassifierDropout = 0.4 },
	"lora":       func(_ *Config, l *LoRA) { l.Dropout = 0.4 },
	"all": func(c *Config, l *LoRA) {
		c.HiddenDropout, c.EmbeddingDropout, c.AttentionDropout, c.ClassifierDropout, l.Dropout = 0.3, 0.3, 0.2, 0.1, 0.4
	},
}

// droppingModel returns a tiny model with dropout in the given places, prepared for training.
func droppingModel(t testing.TB, dev kernels.Device, arch string, training Training, dropout func(c *Config, l *LoRA)) *Model {
	t.Helper()
	m := tinyModel(t, arch, Classification)
	l := DefaultLoRA()
	l.Targets, l.Rank, l.Alpha = []string{allLinear}, 3, 3 // a scale of 1: differences need a loss that bends little
	m.Config.HiddenDropout, m.Config.EmbeddingDropout, m.Config.AttentionDropout, m.Config.ClassifierDropout, l.Dropout = 0, 0, 0, 0, 0
	dropout(m.Config, &l)
	if m.head.activation == kernels.ReLU {
		m.head.activation = kernels.GELU // differences need a loss without kinks
	}
	if training == Adapters {
		if err := m.AddLoRA(l); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Prepare(dev, training, 3); err != nil {
		t.Fatal(err)
	}
	stirTrained(dev, m)
	return m
}

// stirTrained moves everything that is trained away from its neutral start: B would be 0.
func stirTrained(dev kernels.Device, m *Model) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, p := range m.Parameters() {
		if p.Trainable {
			values := read(dev, p.Value())
			for i := range values {
				values[i] += float32(0.2 * rng.NormFloat64())
			}
			dev.Write(p.Value(), values)
		}
	}
}

func TestGradientsUnderDropoutMatchFiniteDifferences(t *testing.T) {
	for _, arch := range goldenArchitectures {
		for name, dropout := range dropouts {
			for _, training := range []Training{Full, Adapters} {
				if training == Full && name == "lora" {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/%d", arch, name, training), func(t *testing.T) {
					eachTier(t, func(t *testing.T, dev *kernels.CPU) {
						checkGradients(t, dev, droppingModel(t, dev, arch, training, dropout))
					})
				})
			}
		}
	}
}

// checkGradients compares every trainable tensor's gradient with central differences, along the gradient and along a random
// direction.
func checkGradients(t *testing.T, dev kernels.Device, m *Model) {
	t.Helper()
	p := newPass(t, m, dev)
	p.Training, p.Seed, p.Step = true, 11, 5
	b, labels := tinyBatch(m.Config)
	step(t, p, b, labels, true)
	rng := rand.New(rand.NewPCG(5, 6))
	for _, param := range m.Parameters() {
		if !param.Trainable {
			continue
		}
		gradient := read(dev, param.Gradient())
		value := read(dev, param.Value())
		random := make([]float32, len(value))
		for i := range random {
			random[i] = float32(rng.NormFloat64())
		}
		for what, direction := range map[string][]float32{"its own": gradient, "a random": random} {
			norm := 0.0
			for _, v := range direction {
				norm += float64(v) * float64(v)
			}
			if norm = math.Sqrt(norm); norm < 1e-4 {
				continue
			}
			want := 0.0
			for i, v := range direction {
				if skipped(m, param, i) {
					continue
				}
				want += float64(gradient[i]) * float64(v) / norm
			}
			at := func(h float64) float64 {
				moved := make([]float32, len(value))
				for i := range moved {
					moved[i] = value[i]
					if !skipped(m, param, i) {
						moved[i] += float32(h * float64(direction[i]) / norm)
					}
				}
				dev.Write(param.Value(), moved)
				return step(t, p, b, labels, false)
			}
			const h = 0.02
			wide, narrow := (at(h)-at(-h))/(2*h), (at(h/2)-at(-h/2))/h
			dev.Write(param.Value(), value)
			got := (4*narrow - wide) / 3 // Richardson: without the error in h squared
			if math.Abs(got-want) > 0.01*math.Abs(want)+1e-4 {
				t.Errorf("%s along %s direction: differences say %.6f, the gradient %.6f", param.Name, what, got, want)
			}
		}
	}
}

// skipped tells the rows of tables that torch gives no gradient though the loss depends on them: the padding id's, and
// RoBERTa's padding position.
func skipped(m *Model, p *Parameter, i int) bool {
	e := &m.embeddings
	return i/p.cols() == int(m.Config.PadTokenID) && (p == e.word || p == e.position && m.family.positionsFollowPad)
}

func TestPaddingIDsInsideATextGetNoGradient(t *testing.T) {
	for _, arch := range goldenArchitectures {
		dev := newCPU(t, kernels.BestTier(), 2)
		m := droppingModel(t, dev, arch, Full, dropouts["none"])
		p := newPass(t, m, dev)
		p.Training = true
		b, labels := tinyBatch(m.Config)
		step(t, p, b, labels, true)
		for _, table := range []*Parameter{m.embeddings.word, m.embeddings.position} {
			if table == nil {
				continue // no absolute positions
			}
			gradient := read(dev, table.Gradient())
			width := table.cols()
			sum := 0.0
			for i, v := range gradient {
				if sum += math.Abs(float64(v)); skipped(m, table, i) && v != 0 {
					t.Errorf("%s: %s has gradient %g in the row of the padding id", arch, table.Name, v)
					break
				}
			}
			if sum == 0 {
				t.Errorf("%s: %s has no gradient at all", arch, table.Name)
			}
			if used := int(b.IDs[1]) * width; table == m.embeddings.word && gradient[used] == 0 {
				t.Errorf("%s: a token's row has no gradient", arch)
			}
		}
	}
}

func TestDropoutMasksFollowSeedAndStep(t *testing.T) {
	for name, dropout := range dropouts {
		if name == "none" {
			continue
		}
		dev := newCPU(t, kernels.BestTier(), 2)
		m := droppingModel(t, dev, "roberta", Adapters, dropout)
		p := newPass(t, m, dev)
		b, labels := tinyBatch(m.Config)
		loss := func(training, none bool, seed, at uint64) float64 {
			p.Training, p.NoDropout, p.Seed, p.Step = training, none, seed, at
			return step(t, p, b, labels, false)
		}
		plain := loss(false, false, 1, 1)
		if got := loss(true, true, 1, 1); got != plain {
			t.Errorf("%s: without dropout training gives %.9f, inference %.9f", name, got, plain)
		}
		first := loss(true, false, 1, 1)
		if again := loss(true, false, 1, 1); again != first {
			t.Errorf("%s: the same seed and step give %.9f and %.9f", name, first, again)
		}
		for _, other := range []float64{plain, loss(true, false, 1, 2), loss(true, false, 2, 1)} {
			if other == first {
				t.Errorf("%s: the loss %.9f does not depend on the mask", name, first)
			}
		}
	}
}

package train

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/kernels"
	"github.com/lorica-go/lorica/native/internal/tiny"
)

// prepared returns a tiny model that is prepared for training, with its device.
func prepared(t testing.TB, o tiny.Options, training encoder.Training) (*encoder.Model, *kernels.CPU) {
	t.Helper()
	dev, err := kernels.NewCPU(kernels.BestTier(), 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dev.Close)
	m, err := encoder.OpenFolder(os.DirFS(tiny.Model(t, o)), encoder.Classification, nil)
	if err != nil {
		t.Fatal(err)
	}
	if training == encoder.Adapters {
		if err := m.AddLoRA(encoder.DefaultLoRA()); err != nil {
			t.Fatal(err)
		}
		m.SaveFreshHead()
	}
	if err := m.Prepare(dev, training, 1); err != nil {
		t.Fatal(err)
	}
	return m, dev
}

// someExamples returns n examples whose label is that of their second token.
func someExamples(n int) []Example {
	examples := make([]Example, n)
	for i := range examples {
		examples[i] = Example{IDs: []int32{2, int32(5 + i%2), int32(15 + i%7), int32(15 + i%5), 3}[:4+i%2], Label: int32(i % 2)}
	}
	return examples
}

func newTrainer(t testing.TB, c Config, examples, eval []Example) *Trainer {
	t.Helper()
	m, dev := prepared(t, tiny.Options{}, encoder.Adapters)
	trainer, err := newRun(m, dev, examples, eval, c, "")
	if err != nil {
		t.Fatal(err)
	}
	return trainer
}

// newRun returns a run of classification.
func newRun(m *encoder.Model, dev kernels.Device, examples, eval []Example, c Config, checkpoint string) (*Trainer, error) {
	o, err := NewClassification(m, dev, examples, eval, c)
	if err != nil {
		return nil, err
	}
	return New(m, dev, o, c, checkpoint, false)
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-12*(1+math.Abs(b)) }

func TestEntriesAreAveragesOverTheirSteps(t *testing.T) {
	c := Default()
	c.BatchSize, c.Epochs, c.LogEvery, c.WarmupSteps = 4, 2, 3, 2
	var steps []Progress
	c.OnStep = func(p Progress) { steps = append(steps, p) }
	trainer := newTrainer(t, c, someExamples(18), someExamples(6)) // five batches an epoch, the last of two
	if err := trainer.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if len(steps) != 10 {
		t.Fatalf("%d steps", len(steps))
	}
	for i, p := range steps {
		samples := 4
		if i%5 == 4 {
			samples = 2
		}
		if p.Step != i+1 || p.Steps != 10 || p.Samples != samples || !near(p.Epoch, float64(i+1)/5) || p.Rate != c.Rate(i, 10) {
			t.Errorf("step %d: %+v", i+1, p)
		}
	}
	mean := func(from, to int) float64 {
		sum := 0.0
		for _, p := range steps[from:to] {
			sum += p.Loss
		}
		return sum / float64(to-from)
	}
	want := []struct {
		step     int
		loss     float64
		endsHere bool
	}{{3, mean(0, 3), false}, {5, mean(0, 5), true}, {6, mean(3, 6), false}, {9, mean(6, 9), false}, {10, mean(5, 10), true}}
	history := trainer.History()
	if len(history) != len(want) {
		t.Fatalf("%d entries", len(history))
	}
	for i, e := range history {
		w := want[i]
		if e.Step != w.step || !near(e.Epoch, float64(w.step)/5) {
			t.Errorf("entry %d: step %d, epoch %g", i, e.Step, e.Epoch)
		}
		if w.endsHere {
			if e.TrainLoss == nil || !near(*e.TrainLoss, w.loss) || e.EvalLoss == nil || e.EvalAccuracy == nil || e.EvalMacroF1 == nil || e.Loss != nil {
				t.Errorf("entry %d: %+v, want a loss of %g", i, e, w.loss)
			}
			continue
		}
		last := steps[w.step-1]
		if e.Loss == nil || !near(*e.Loss, w.loss) || *e.Rate != last.Rate || *e.GradNorm != last.GradNorm || e.TrainLoss != nil || *e.TokensPerSecond <= *e.SamplesPerSecond {
			t.Errorf("entry %d: %+v, want a loss of %g", i, e, w.loss)
		}
	}
}

func TestMaxStepsEndsWithinAnEpochAndEvaluatesThere(t *testing.T) {
	c := Default()
	c.BatchSize, c.Epochs, c.MaxSteps, c.LogEvery = 4, 1, 7, 0
	trainer := newTrainer(t, c, someExamples(18), someExamples(6))
	if err := trainer.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	history := trainer.History()
	if len(history) != 2 || history[0].Step != 5 || history[1].Step != 7 || !near(history[1].Epoch, 1.4) || history[1].EvalLoss == nil {
		t.Errorf("history %+v", history)
	}
}

func TestEveryEpochHasEveryExampleOnceInAnOrderOfItsOwn(t *testing.T) {
	order := Order{N: 18, Seed: 42, Shuffle: true}
	orders := map[string]bool{}
	for epoch := range 3 {
		seen := map[int]bool{}
		var text strings.Builder
		for _, r := range order.Of(epoch) {
			seen[r] = true
			text.WriteByte(byte('a' + r))
		}
		if len(seen) != 18 || text.Len() != 18 {
			t.Errorf("epoch %d: %s", epoch, text.String())
		}
		orders[text.String()] = true
	}
	if len(orders) != 3 {
		t.Errorf("%d orders in three epochs", len(orders))
	}
}

// AdamW's first step moves every value by the rate, against the sign of its gradient, and weight decay takes rate times decay off
// before, where it acts.
func TestWeightDecaySparesBiasesAndNorms(t *testing.T) {
	m, dev := prepared(t, tiny.Options{Head: true}, encoder.Full)
	before := map[string][]float32{}
	for _, p := range m.Parameters() {
		values, err := p.Float32s(dev)
		if err != nil {
			t.Fatal(err)
		}
		before[p.Name] = values
	}
	c := Default()
	c.MaxSteps, c.WeightDecay, c.LearningRate, c.BatchSize = 1, 0.5, 0.01, 4
	trainer, err := newRun(m, dev, someExamples(4), nil, c, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := trainer.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, p := range m.Parameters() {
		after, err := p.Float32s(dev)
		if err != nil {
			t.Fatal(err)
		}
		gradient := make([]float32, p.Len())
		dev.Read(gradient, p.Gradient())
		spared := strings.Contains(p.Name, "bias") || strings.Contains(p.Name, "LayerNorm")
		for i, v := range after {
			if gradient[i] != 0 {
				continue // moved by the gradient, too
			}
			want := before[p.Name][i]
			if !spared {
				want *= 1 - 0.01*0.5
			}
			if math.Abs(float64(v-want)) > 1e-7 {
				t.Errorf("%s: value %d without gradient went from %g to %g, want %g", p.Name, i, before[p.Name][i], v, want)
				break
			}
		}
		if p.Decays() == spared {
			t.Errorf("%s: decays %v", p.Name, p.Decays())
		}
	}
}

func TestADivergingRunEndsWithAnError(t *testing.T) {
	c := Default()
	c.LearningRate, c.MaxGradNorm, c.WeightDecay = 1e38, 0, 0
	trainer := newTrainer(t, c, someExamples(18), someExamples(6))
	err := trainer.Run(context.Background())
	if err == nil || errors.Is(err, ErrInterrupted) || badinput.Is(err) || !strings.Contains(err.Error(), "step") {
		t.Errorf("got %v", err)
	}
}

func TestWhatDoesNotFitTheModelIsRefused(t *testing.T) {
	m, dev := prepared(t, tiny.Options{}, encoder.Adapters)
	for _, test := range []struct {
		change         func(*Config)
		examples, eval []Example
		want           string
	}{
		{nil, nil, nil, "no examples"},
		{nil, []Example{{IDs: []int32{2, 3}, Label: 2}}, nil, "example 0: label 2 of 2"},
		{nil, someExamples(2), []Example{{IDs: []int32{2, 3}, Label: -1}}, "example 0: label -1 of 2"},
		{func(c *Config) { c.ClassWeights = []float32{1} }, someExamples(2), nil, "1 class weights for 2 labels"},
		{func(c *Config) { c.ClassWeights = []float32{1, float32(math.Inf(1))} }, someExamples(2), nil, "class weight +Inf"},
		{func(c *Config) { c.BatchSize = 0 }, someExamples(2), nil, "batch size"},
	} {
		c := Default()
		if test.change != nil {
			test.change(&c)
		}
		if _, err := newRun(m, dev, test.examples, test.eval, c, ""); !badinput.Is(err) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("want %q, got %v", test.want, err)
		}
	}
}

func TestACheckpointThatCannotBeWrittenEndsTheRunAndNamesTheFile(t *testing.T) {
	m, dev := prepared(t, tiny.Options{}, encoder.Adapters)
	blocked := filepath.Join(t.TempDir(), "checkpoint")
	tiny.Write(t, blocked, "a file where the folder should be")
	c := Default()
	c.SaveEvery = 1
	trainer, err := newRun(m, dev, someExamples(18), nil, c, filepath.Join(blocked, "state.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	if err := trainer.Run(context.Background()); !badinput.Is(err) || !strings.Contains(err.Error(), blocked) || trainer.Step() != 1 {
		t.Errorf("after step %d: %v", trainer.Step(), err)
	}
}

package train

import (
	"context"
	"fmt"
	"math"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/kernels"
)

// Example is one labelled text, tokenised.
type Example struct {
	IDs     []int32
	TypeIDs []int32 // nil: all 0
	Label   int32
}

// Classification is the objective of a classifier: the cross-entropy of the examples' labels.
type Classification struct {
	config   Config
	model    *encoder.Model
	dev      kernels.Device
	pass     *encoder.Pass
	examples []Example
	eval     []Example
	order    Order

	batch  encoder.Batch
	labels []int32
	logits [][]float32 // of the last evaluation, until a step changes the parameters
}

// NewClassification returns the objective of a model that is prepared for training on dev. eval may be empty. An example that
// does not fit the model's labels, or settings that do not, are an input error.
func NewClassification(m *encoder.Model, dev kernels.Device, examples, eval []Example, c Config) (*Classification, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if len(examples) == 0 {
		return nil, badinput.Errorf("no examples to train on")
	}
	if c.ClassWeights != nil && len(c.ClassWeights) != len(m.Config.Labels) {
		return nil, badinput.Errorf("%d class weights for %d labels", len(c.ClassWeights), len(m.Config.Labels))
	}
	for i, w := range c.ClassWeights {
		if !(w >= 0) || math.IsInf(float64(w), 0) {
			return nil, badinput.Errorf("class weight %g of label %q: want a number from 0", w, m.Config.Labels[i])
		}
	}
	for _, set := range [][]Example{examples, eval} {
		for i, e := range set {
			if e.Label < 0 || int(e.Label) >= len(m.Config.Labels) {
				return nil, badinput.Errorf("example %d: label %d of %d", i, e.Label, len(m.Config.Labels))
			}
		}
	}
	pass, err := m.NewPass(dev)
	if err != nil {
		return nil, err
	}
	pass.Seed = c.Seed
	return &Classification{config: c, model: m, dev: dev, pass: pass, examples: examples, eval: eval,
		order: Order{N: len(examples), Seed: c.Seed, Shuffle: c.Shuffle}}, nil
}

// Free gives the memory of activations back. It is taken again by the next step or evaluation.
func (c *Classification) Free() { c.pass.Free() }

// StepsPerEpoch counts a smaller batch at the end, too.
func (c *Classification) StepsPerEpoch() int {
	return (len(c.examples) + c.config.BatchSize - 1) / c.config.BatchSize
}

// Examples returns the SHA-256 of ids, token types and labels.
func (c *Classification) Examples() string { return digestOf(c.examples) }

// Settings returns nil: all of them are in the run's.
func (c *Classification) Settings() any { return nil }

// Step computes the gradient of a batch of BatchSize examples.
func (c *Classification) Step(at Place) (Batch, error) {
	order := c.order.Of(at.Epoch)
	rows := order[at.Within*c.config.BatchSize : min((at.Within+1)*c.config.BatchSize, len(order))]
	c.batch.Reset()
	c.labels = c.labels[:0]
	for _, r := range rows {
		c.batch.Append(c.examples[r].IDs, c.examples[r].TypeIDs)
		c.labels = append(c.labels, c.examples[r].Label)
	}
	c.logits = nil
	c.pass.Training, c.pass.Step = true, uint64(at.Step)
	logits, err := c.pass.Forward(&c.batch)
	if err != nil {
		return Batch{}, err
	}
	loss := c.pass.Loss(logits, c.labels, c.config.ClassWeights)
	c.pass.Backward()
	return Batch{Loss: loss, Samples: len(rows), Tokens: c.batch.Tokens()}, nil
}

// Evaluate measures the evaluation examples.
func (c *Classification) Evaluate(ctx context.Context, e *Entry) error {
	if len(c.eval) == 0 {
		return nil
	}
	logits, err := Evaluate(ctx, c.pass, c.dev, c.eval)
	if err != nil {
		return err
	}
	report, err := Report(c.model, c.eval, logits)
	if err != nil {
		return fmt.Errorf("evaluation after step %d: %w", e.Step, err)
	}
	c.logits = logits
	e.EvalLoss, e.EvalAccuracy, e.EvalMacroF1 = (*float64)(&report.LogLoss), (*float64)(&report.Accuracy), (*float64)(&report.Macro.F1)
	return nil
}

// EvalLogits returns the logits of the evaluation examples under the present weights, as the last evaluation computed them or,
// when there was none since, computed now.
func (c *Classification) EvalLogits(ctx context.Context) ([][]float32, error) {
	if c.logits != nil {
		return c.logits, nil
	}
	return Evaluate(ctx, c.pass, c.dev, c.eval)
}

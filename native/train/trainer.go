package train

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/kernels"
	"github.com/lorica-go/lorica/native/data"
)

// ErrInterrupted is what Run returns, wrapped, when its context ended; a checkpoint of the last finished step has then been
// saved if there was a place for it.
var ErrInterrupted = errors.New("interrupted")

// Trainer is a training run.
type Trainer struct {
	config     Config
	model      *encoder.Model
	dev        kernels.Device
	pass       *encoder.Pass
	flat       encoder.Trainable
	moments    kernels.Tensor // AdamW's first and second moments, [1, n]
	squares    kernels.Tensor
	examples   []Example
	eval       []Example
	checkpoint string // path of the checkpoint; empty: none is kept

	state  state
	batch  encoder.Batch
	labels []int32
	order  []int
	drawn  int // the epoch that order is of; -1: none yet
	window window
	logits [][]float32 // of the last evaluation
}

// state is what a checkpoint holds beside the tensors.
type state struct {
	Step       int      `json:"step"`       // steps done
	EpochLoss  float64  `json:"epoch_loss"` // sum of the losses of this epoch's steps, until it has been evaluated
	EpochSteps int      `json:"epoch_steps"`
	LogLoss    float64  `json:"log_loss"` // sum of the losses since the last entry
	LogSteps   int      `json:"log_steps"`
	History    []Entry  `json:"history"` // all entries so far
	Settings   settings `json:"settings"`
}

// New returns a run over examples. The model has to be prepared for training on dev. eval may be empty. checkpoint is
// the path of a file that keeps the state of the run, or empty; if it exists and resume is set, the run goes on from there,
// else it begins afresh.
func New(m *encoder.Model, dev kernels.Device, examples, eval []Example, c Config, checkpoint string, resume bool) (*Trainer, error) {
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
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	pass, err := m.NewPass(dev)
	if err != nil {
		return nil, err
	}
	t := &Trainer{config: c, model: m, dev: dev, pass: pass, flat: m.Trainable(), examples: examples, eval: eval, checkpoint: checkpoint, drawn: -1}
	n := t.flat.Values.Cols
	if n == 0 {
		return nil, fmt.Errorf("the model has no trainable parameter")
	}
	t.moments = kernels.NewTensor(dev.NewBuffer(n), 0, 1, n)
	t.squares = kernels.NewTensor(dev.NewBuffer(n), 0, 1, n)
	t.pass.Seed = c.Seed
	if t.state.Settings, err = t.settings(); err != nil {
		return nil, err
	}
	if resume && checkpoint != "" {
		if err := t.restore(); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// Free gives the memory of activations back. The run goes on where it was when Run is called again.
func (t *Trainer) Free() { t.pass.Free() }

// Step returns how many steps are done, which after a resumption is not 0 before Run.
func (t *Trainer) Step() int { return t.state.Step }

// History returns all log entries so far, those before a resumption included.
func (t *Trainer) History() []Entry { return t.state.History }

// EvalLogits returns the logits of the evaluation examples under the present weights, as the last evaluation computed them or,
// when there was none since, computed now.
func (t *Trainer) EvalLogits(ctx context.Context) ([][]float32, error) {
	if t.logits != nil {
		return t.logits, nil
	}
	return Evaluate(ctx, t.pass, t.dev, t.eval)
}

// Run trains to the end. When ctx ends it finishes the step, saves a checkpoint and returns ErrInterrupted. A loss or gradient
// that is not a number ends the run with an error.
func (t *Trainer) Run(ctx context.Context) error {
	total, perEpoch := t.config.Steps(len(t.examples))
	t.window = window{start: time.Now()}
	if t.state.EpochSteps > 0 && t.epochEnds(total, perEpoch) { // stopped while it evaluated
		if err := t.endEpoch(ctx, perEpoch); err != nil {
			return t.interrupted(ctx, err, total)
		}
		if err := t.save(); err != nil {
			return err
		}
	}
	for t.state.Step < total {
		if ctx.Err() != nil {
			return t.interrupted(ctx, ctx.Err(), total)
		}
		progress, err := t.step(total, perEpoch)
		if err != nil {
			return err
		}
		if t.config.OnStep != nil {
			t.config.OnStep(progress)
		}
		if every := t.config.LogEvery; every > 0 && t.state.Step%every == 0 {
			t.logStep(progress)
		}
		epochEnds := t.epochEnds(total, perEpoch)
		if epochEnds {
			if err := t.endEpoch(ctx, perEpoch); err != nil {
				return t.interrupted(ctx, err, total)
			}
		}
		if t.saveIsDue(total, epochEnds) {
			if err := t.save(); err != nil {
				return err
			}
		}
	}
	return nil
}

// saveIsDue reports whether a checkpoint follows the step just done: when the setting says so, and after the last step, so that
// resuming a run that has ended takes no step.
func (t *Trainer) saveIsDue(total int, epochEnds bool) bool {
	switch every := t.config.SaveEvery; {
	case t.state.Step == total:
		return true
	case every > 0:
		return t.state.Step%every == 0
	}
	return epochEnds
}

// epochEnds reports whether the step just done was the last of its epoch or of the run.
func (t *Trainer) epochEnds(total, perEpoch int) bool {
	return t.state.Step%perEpoch == 0 || t.state.Step == total
}

// interrupted saves a checkpoint and returns ErrInterrupted when ctx has ended, and err otherwise.
func (t *Trainer) interrupted(ctx context.Context, err error, total int) error {
	if ctx.Err() == nil {
		return err
	}
	if err := t.save(); err != nil {
		return err
	}
	return fmt.Errorf("%w after step %d of %d: %w", ErrInterrupted, t.state.Step, total, context.Cause(ctx))
}

// step is one step of training: forward, backward, clip, AdamW.
func (t *Trainer) step(total, perEpoch int) (Progress, error) {
	c := &t.config
	epoch, within := t.state.Step/perEpoch, t.state.Step%perEpoch
	t.drawOrder(epoch)
	rows := t.order[within*c.BatchSize : min((within+1)*c.BatchSize, len(t.order))]
	t.batch.Reset()
	t.labels = t.labels[:0]
	for _, r := range rows {
		t.batch.Append(t.examples[r].IDs, t.examples[r].TypeIDs)
		t.labels = append(t.labels, t.examples[r].Label)
	}
	t.pass.Training = true
	t.pass.Step = uint64(t.state.Step)
	logits, err := t.pass.Forward(&t.batch)
	if err != nil {
		return Progress{}, err
	}
	loss := t.pass.Loss(logits, t.labels, c.ClassWeights)
	t.pass.ZeroGradients()
	t.pass.Backward()
	norm := math.Sqrt(t.dev.SumSquares(t.flat.Gradients))
	if math.IsNaN(loss) || math.IsInf(loss, 0) || math.IsNaN(norm) || math.IsInf(norm, 0) {
		return Progress{}, fmt.Errorf("step %d: the loss is %g and the gradient's norm %g: lower the learning rate", t.state.Step+1, loss, norm)
	}
	rate := c.Rate(t.state.Step, total)
	t.update(rate, norm)
	t.logits = nil
	t.state.Step++
	t.state.EpochLoss += loss
	t.state.EpochSteps++
	t.state.LogLoss += loss
	t.state.LogSteps++
	t.window.samples += len(rows)
	t.window.tokens += t.batch.Tokens()
	return Progress{
		Step: t.state.Step, Steps: total, Epoch: float64(t.state.Step) / float64(perEpoch), Loss: loss, Rate: rate, GradNorm: norm,
		Samples: len(rows), Tokens: t.batch.Tokens(),
	}, nil
}

// drawOrder sets the order of an epoch.
func (t *Trainer) drawOrder(epoch int) {
	if t.drawn == epoch {
		return
	}
	t.drawn = epoch
	if t.config.Shuffle {
		t.order = data.Permutation(len(t.examples), t.config.Seed, uint64(epoch))
		return
	}
	t.order = t.order[:0]
	for i := range t.examples {
		t.order = append(t.order, i)
	}
}

// update clips the gradient to MaxGradNorm, as torch.nn.utils.clip_grad_norm_ does, and makes a step of AdamW.
func (t *Trainer) update(rate, norm float64) {
	c := &t.config
	clip := 1.0
	if c.MaxGradNorm > 0 {
		clip = min(1, c.MaxGradNorm/(norm+1e-6))
	}
	group := func(from, to int, decay float64) {
		t.dev.AdamW(kernels.AdamW{
			Param: t.flat.Values.ColRange(from, to), Grad: t.flat.Gradients.ColRange(from, to),
			M: t.moments.ColRange(from, to), V: t.squares.ColRange(from, to),
			LearningRate: rate, Beta1: c.Beta1, Beta2: c.Beta2, Eps: c.Epsilon, Decay: decay, GradScale: clip, Step: t.state.Step + 1,
		})
	}
	group(0, t.flat.Decaying, c.WeightDecay)
	group(t.flat.Decaying, t.flat.Values.Cols, 0)
}

package train

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/kernels"
)

// ErrInterrupted is what Run returns, wrapped, when its context ended; a checkpoint of the last finished step has then been
// saved if there was a place for it.
var ErrInterrupted = errors.New("interrupted")

// Interrupted returns an error of a whole run, wrapped in ErrInterrupted when the end of ctx brought it about.
func Interrupted(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil && !errors.Is(err, ErrInterrupted) && errors.Is(err, context.Cause(ctx)) {
		return fmt.Errorf("%w: %w", ErrInterrupted, err)
	}
	return err
}

// Trainer is a training run.
type Trainer struct {
	config     Config
	model      *encoder.Model
	dev        kernels.Device
	objective  Objective
	flat       encoder.Trainable
	moments    kernels.Tensor // AdamW's first and second moments, [1, n]
	squares    kernels.Tensor
	checkpoint string  // path of the checkpoint; empty: none is kept
	file       *runLog // nil without a folder

	state  state
	window window
}

// state is what a checkpoint holds beside the tensors.
type state struct {
	Step       int      `json:"step"`       // steps done
	EpochLoss  float64  `json:"epoch_loss"` // sum of the losses since the last evaluation
	EpochSteps int      `json:"epoch_steps"`
	LogLoss    float64  `json:"log_loss"` // sum of the losses since the last entry
	LogSteps   int      `json:"log_steps"`
	History    []Entry  `json:"history"` // all entries so far
	Settings   settings `json:"settings"`
}

// New returns a run that moves the parameters of a model, prepared for training on dev, towards an objective. checkpoint is
// the path of a file that keeps the state of the run, or empty; if it exists and resume is set, the run goes on from there,
// else it begins afresh.
func New(m *encoder.Model, dev kernels.Device, o Objective, c Config, checkpoint string, resume bool) (*Trainer, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	t := &Trainer{config: c, model: m, dev: dev, objective: o, flat: m.Trainable(), checkpoint: checkpoint}
	n := t.flat.Values.Cols
	if n == 0 {
		return nil, fmt.Errorf("the model has no trainable parameter")
	}
	t.moments = kernels.NewTensor(dev.NewBuffer(n), 0, 1, n)
	t.squares = kernels.NewTensor(dev.NewBuffer(n), 0, 1, n)
	var err error
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

// Step returns how many steps are done, which after a resumption is not 0 before Run.
func (t *Trainer) Step() int { return t.state.Step }

// Steps returns how many steps the whole run has.
func (t *Trainer) Steps() int { return t.config.Steps(t.objective.StepsPerEpoch()) }

// History returns all log entries so far, those before a resumption included.
func (t *Trainer) History() []Entry { return t.state.History }

// Run trains to the end. When ctx ends it finishes the step, saves a checkpoint and returns ErrInterrupted. A loss or gradient
// that is not a number ends the run with an error.
func (t *Trainer) Run(ctx context.Context) error {
	total, perEpoch := t.Steps(), t.objective.StepsPerEpoch()
	t.window = window{start: time.Now()}
	if t.state.EpochSteps > 0 && t.evaluationIsDue(total, perEpoch) { // stopped while it evaluated
		if err := t.evaluate(ctx, perEpoch); err != nil {
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
		evaluates := t.evaluationIsDue(total, perEpoch)
		if evaluates {
			if err := t.evaluate(ctx, perEpoch); err != nil {
				return t.interrupted(ctx, err, total)
			}
		}
		if t.saveIsDue(total, evaluates) {
			if err := t.save(); err != nil {
				return err
			}
		}
	}
	if t.file != nil {
		return t.file.repair(t.state.History)
	}
	return nil
}

// saveIsDue reports whether a checkpoint follows the step just done: when the setting says so, and after the last step, so that
// resuming a run that has ended takes no step.
func (t *Trainer) saveIsDue(total int, evaluated bool) bool {
	switch every := t.config.SaveEvery; {
	case t.state.Step == total:
		return true
	case every > 0:
		return t.state.Step%every == 0
	}
	return evaluated
}

// evaluationIsDue reports whether one follows the step just done: after every EvalEvery steps, or else after every epoch, and at the end.
func (t *Trainer) evaluationIsDue(total, perEpoch int) bool {
	every := perEpoch
	if t.config.EvalEvery > 0 {
		every = t.config.EvalEvery
	}
	return t.state.Step%every == 0 || t.state.Step == total
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

// step is one step of training: the objective's gradient, clip, AdamW.
func (t *Trainer) step(total, perEpoch int) (Progress, error) {
	t.dev.Zero(t.flat.Gradients)
	did, err := t.objective.Step(Place{Step: t.state.Step, Epoch: t.state.Step / perEpoch, Within: t.state.Step % perEpoch})
	if err != nil {
		return Progress{}, err
	}
	loss, norm := did.Loss, math.Sqrt(t.dev.SumSquares(t.flat.Gradients))
	if math.IsNaN(loss) || math.IsInf(loss, 0) || math.IsNaN(norm) || math.IsInf(norm, 0) {
		return Progress{}, fmt.Errorf("step %d: the loss is %g and the gradient's norm %g: lower the learning rate", t.state.Step+1, loss, norm)
	}
	rate := t.config.Rate(t.state.Step, total)
	t.update(rate, norm)
	t.state.Step++
	t.state.EpochLoss += loss
	t.state.EpochSteps++
	t.state.LogLoss += loss
	t.state.LogSteps++
	t.window.samples += did.Samples
	t.window.tokens += did.Tokens
	return Progress{
		Step: t.state.Step, Steps: total, Epoch: float64(t.state.Step) / float64(perEpoch), Loss: loss, Rate: rate, GradNorm: norm,
		Samples: did.Samples, Tokens: did.Tokens,
	}, nil
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

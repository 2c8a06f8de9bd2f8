package train

import (
	"log/slog"
	"math"

	"github.com/lorica-go/lorica/internal/badinput"
)

// Config holds the settings of a training run. Default gives those of the command line.
type Config struct {
	// Epochs is how often every example is seen, when MaxSteps is 0.
	Epochs int `json:"epochs"`
	// MaxSteps, when above 0, is the number of steps; epochs then follow one another as long as needed.
	MaxSteps int `json:"max_steps"`
	// BatchSize is the number of examples of a step. An objective that goes by BatchTokens, the tokens of a step, has none.
	BatchSize   int `json:"batch_size,omitempty"`
	BatchTokens int `json:"batch_tokens,omitempty"`
	// LearningRate is the peak of the schedule.
	LearningRate float64 `json:"learning_rate"`
	// WarmupSteps is how many steps the rate takes to rise from 0; it then falls to 0 at the end, as Schedule says.
	WarmupSteps int `json:"warmup_steps"`
	// Schedule is how it falls; empty means linearly.
	Schedule Schedule `json:"schedule,omitempty"`
	// WeightDecay is AdamW's decoupled decay; biases and layer norms are spared.
	WeightDecay float64 `json:"weight_decay"`
	// Beta1, Beta2 and Epsilon are AdamW's.
	Beta1   float64 `json:"adam_beta1"`
	Beta2   float64 `json:"adam_beta2"`
	Epsilon float64 `json:"adam_epsilon"`
	// MaxGradNorm is the norm that gradients are clipped to; 0 switches clipping off.
	MaxGradNorm float64 `json:"max_grad_norm"`
	// Seed keys the order of the examples and every dropout mask.
	Seed uint64 `json:"seed"`
	// Shuffle draws a new order for every epoch; otherwise examples come as they stand.
	Shuffle bool `json:"shuffle"`
	// ClassWeights weighs the loss by class, one entry a label, or is nil.
	ClassWeights []float32 `json:"class_weights,omitempty"`
	// LogEvery is the number of steps between two log entries; 0 logs only epochs.
	LogEvery int `json:"log_every"`
	// EvalEvery is the number of steps between two evaluations; 0 evaluates after every epoch. The last step is always followed by
	// one.
	EvalEvery int `json:"eval_every,omitempty"`
	// SaveEvery is the number of steps between two checkpoints; 0 saves after every evaluation. The last step is always followed by one.
	SaveEvery int `json:"save_every"`

	// Logger receives what happens; nil means nobody does.
	Logger *slog.Logger `json:"-"`
	// OnStep is called after every step, from the training goroutine.
	OnStep func(Progress) `json:"-"`
	// OnLog receives the entries of log.jsonl: every LogEvery steps and after every evaluation.
	OnLog func(Entry) `json:"-"`
}

// Default returns the settings of transformers' Trainer, with the learning rate that LoRA wants.
func Default() Config {
	return Config{
		Epochs: 3, BatchSize: 8, LearningRate: 2e-4, WeightDecay: 0.01, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8,
		MaxGradNorm: 1, Seed: 42, Shuffle: true, LogEvery: 50,
	}
}

// Schedule is the way in which the learning rate falls from its peak to 0.
type Schedule string

// The schedules.
const (
	Linear Schedule = "linear"
	Cosine Schedule = "cosine" // half a period
)

// ParseSchedule reads a schedule's name.
func ParseSchedule(name string) (Schedule, error) {
	if s := Schedule(name); s == Linear || s == Cosine {
		return s, nil
	}
	return "", badinput.Errorf("schedule %q: want %s or %s", name, Linear, Cosine)
}

// maxCount bounds epochs and batches, so that counting steps cannot overflow.
const maxCount = 1_000_000_000

// Validate returns an input error for the first setting that makes no sense.
func (c *Config) Validate() error {
	for _, check := range []struct {
		ok   bool
		what string
		got  any
	}{
		{(c.Epochs >= 1 || c.MaxSteps > 0) && c.Epochs <= maxCount, "epochs: want 1 to 1000000000", c.Epochs},
		{c.MaxSteps >= 0, "max steps: want at least 0", c.MaxSteps},
		{(c.BatchSize >= 1 || c.BatchTokens > 0) && c.BatchSize <= maxCount, "batch size: want 1 to 1000000000", c.BatchSize},
		{c.BatchTokens >= 0 && c.BatchTokens <= maxCount, "batch tokens: want 1 to 1000000000", c.BatchTokens},
		{c.LearningRate > 0 && !math.IsInf(c.LearningRate, 0), "learning rate: want above 0", c.LearningRate},
		{c.WarmupSteps >= 0, "warm-up steps: want at least 0", c.WarmupSteps},
		{c.WeightDecay >= 0 && !math.IsInf(c.WeightDecay, 0), "weight decay: want at least 0", c.WeightDecay},
		{c.Beta1 >= 0 && c.Beta1 < 1, "beta1: want at least 0 and below 1", c.Beta1},
		{c.Beta2 >= 0 && c.Beta2 < 1, "beta2: want at least 0 and below 1", c.Beta2},
		{c.Epsilon > 0 && !math.IsInf(c.Epsilon, 0), "epsilon: want above 0", c.Epsilon},
		{c.MaxGradNorm >= 0 && !math.IsInf(c.MaxGradNorm, 0), "maximum gradient norm: want at least 0", c.MaxGradNorm},
		{c.EvalEvery >= 0, "evaluate every: want at least 0", c.EvalEvery},
		{c.LogEvery >= 0, "log every: want at least 0", c.LogEvery},
		{c.SaveEvery >= 0, "save every: want at least 0", c.SaveEvery},
	} {
		if !check.ok {
			return badinput.Errorf("%s, got %v", check.what, check.got)
		}
	}
	return nil
}

// Rate returns the learning rate of step (from 0) of total: linear from 0 over the warm-up, then to 0 as the schedule has it.
func (c *Config) Rate(step, total int) float64 {
	if step < c.WarmupSteps {
		return c.LearningRate * float64(step) / float64(c.WarmupSteps)
	}
	left := max(0, float64(total-step)/float64(max(1, total-c.WarmupSteps)))
	if c.Schedule == Cosine {
		left = (1 - math.Cos(math.Pi*left)) / 2
	}
	return c.LearningRate * left
}

// Steps returns how many steps a run has whose epochs have perEpoch.
func (c *Config) Steps(perEpoch int) int {
	if c.MaxSteps > 0 {
		return c.MaxSteps
	}
	return c.Epochs * perEpoch
}

// Progress says where a run is, after a step.
type Progress struct {
	Step, Steps int
	Epoch       float64 // passes over the examples so far
	Loss        float64 // of this step
	Rate        float64 // learning rate of this step
	GradNorm    float64 // before clipping
	Samples     int     // examples of this step
	Tokens      int     // tokens of this step
}

// Entry is a line of log.jsonl: an average over the steps since the entry before, or with the Eval fields an evaluation.
type Entry struct {
	Step             int      `json:"step"`
	Epoch            float64  `json:"epoch"`
	Loss             *float64 `json:"loss,omitempty"`
	Rate             *float64 `json:"lr,omitempty"`
	GradNorm         *float64 `json:"grad_norm,omitempty"`
	SamplesPerSecond *float64 `json:"samples_per_s,omitempty"`
	TokensPerSecond  *float64 `json:"tokens_per_s,omitempty"`
	EvalLoss         *float64 `json:"eval_loss,omitempty"`
	EvalAccuracy     *float64 `json:"eval_accuracy,omitempty"`
	EvalMacroF1      *float64 `json:"eval_macro_f1,omitempty"`
	EvalPerplexity   *float64 `json:"eval_perplexity,omitempty"` // of a language model
	TrainLoss        *float64 `json:"train_loss,omitempty"`      // mean since the evaluation before
}

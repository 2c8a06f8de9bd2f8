package bench

import (
	"context"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/native/classify"
)

// ModelConfig says what is timed with a model.
type ModelConfig struct {
	Timing
	// Model is a model folder or a bundle. Its tokenizer is not needed.
	Model   string
	Adapter string // PEFT adapter folder to apply, or train on; empty for none
	Threads int    // 0 for all
	// Batch sequences of Tokens tokens each are one run, when Lengths is nil.
	Batch, Tokens int
	// Lengths are those of real texts. A run is then all of them, BatchSize at a time, in their order or with Sort from the
	// shortest to the longest.
	Lengths   []int
	BatchSize int
	Sort      bool
	// Train times steps of training in place of inference: LoRA is the adapter, unless Full. Without targets it goes to the
	// layers that the command line gives one to, encoder.DefaultTargets.
	Train bool
	Full  bool
	LoRA  encoder.LoRA
	// Elsewhere, when not nil, opens the model as a bundle somewhere else than on this process's CPU device, and says on what tier;
	// inference is timed there.
	Elsewhere func(ctx context.Context, bundle io.ReaderAt, size int64) (classify.Closer, string, error)
}

// DefaultLoRA is the adapter that training is timed with: that of the command line, on the model's default targets.
func DefaultLoRA() encoder.LoRA {
	l := encoder.DefaultLoRA()
	l.Targets = nil
	return l
}

// ModelResult is a model's speed.
type ModelResult struct {
	Mode             string  `json:"mode"` // "infer" or "train"
	Tier             string  `json:"tier"`
	Threads          int     `json:"threads"`
	Batch            int     `json:"batch"`             // sequences of a batch
	Samples          int     `json:"samples"`           // of a run
	Tokens           int     `json:"tokens"`            // of a run
	Longest          int     `json:"longest"`           // tokens of the longest sequence
	Runs             int     `json:"runs"`              // that were timed
	MedianMs         float64 `json:"median_ms"`         // of a run
	MinMs            float64 `json:"min_ms"`            // of the fastest run
	SamplesPerSecond float64 `json:"samples_per_s"`     // in the median run
	TokensPerSecond  float64 `json:"tokens_per_s"`      // in the median run
	PeakRSS          float64 `json:"peak_rss_mb"`       // memory of the process at its largest, 0 where it is not known
	Open             float64 `json:"open_ms,omitempty"` // time to open and prepare the model
	Trainable        int     `json:"trainable_parameters,omitempty"`
}

// maxLengths bounds a list of lengths.
const maxLengths = 1 << 20

func (c *ModelConfig) validate(limit int) error {
	lengths := c.Lengths
	if lengths == nil {
		if c.Batch < 1 || c.Tokens < 1 {
			return badinput.Errorf("a batch of %d sequences of %d tokens: want at least 1", c.Batch, c.Tokens)
		}
		lengths = []int{c.Tokens}
	} else if c.BatchSize < 1 {
		return badinput.Errorf("batches of %d: want at least 1", c.BatchSize)
	}
	if len(lengths) == 0 || len(lengths) > maxLengths || c.Batch > maxLengths {
		return badinput.Errorf("%d sequences: want 1 to %d", max(len(lengths), c.Batch), maxLengths)
	}
	for i, n := range lengths {
		if n < 1 || n > limit {
			return badinput.Errorf("length %d is %d tokens: the model takes 1 to %d", i, n, limit)
		}
	}
	return nil
}

// Model times a model on random token ids. Errors are those of the settings, of the model and of ctx.
func Model(ctx context.Context, c ModelConfig) (*ModelResult, error) {
	start := time.Now()
	m, err := native.OpenModel(c.Model, native.Options{Adapter: c.Adapter, Threads: c.Threads, LongRun: true})
	if err != nil {
		return nil, err
	}
	defer m.Close()
	if err := c.validate(m.Encoder.Config.MaxTokens()); err != nil {
		return nil, err
	}
	c.Timing = c.withDefaults()
	r := &ModelResult{Mode: "infer", Tier: m.Device.Tier().String(), Threads: m.Device.Threads(), Batch: c.Batch}
	sequences := c.sequences(m.Encoder.Config.VocabSize)
	if c.Lengths != nil {
		r.Batch = min(c.BatchSize, len(sequences))
	}
	for _, s := range sequences {
		r.Samples++
		r.Tokens += len(s)
		r.Longest = max(r.Longest, len(s))
	}
	if c.Elsewhere != nil {
		return c.elsewhere(ctx, m, sequences, r, start)
	}
	if err := c.prepare(m); err != nil {
		return nil, err
	}
	r.Open = milliseconds(time.Since(start))
	times, err := c.times(ctx, m, sequences, r)
	if err != nil {
		return nil, err
	}
	r.measured(times)
	return r, nil
}

func (c *ModelConfig) times(ctx context.Context, m *native.Model, sequences [][]int32, r *ModelResult) ([]time.Duration, error) {
	if c.Train {
		r.Mode = "train"
		r.Trainable, _ = m.Encoder.Counts()
		return c.train(ctx, m, sequences, r.Batch)
	}
	return c.infer(ctx, m, sequences, r.Batch)
}

// measured fills in what follows from the times of the runs.
func (r *ModelResult) measured(times []time.Duration) {
	middle := median(times)
	r.Runs, r.MedianMs, r.MinMs = len(times), milliseconds(middle), milliseconds(slices.Min(times))
	r.SamplesPerSecond, r.TokensPerSecond = float64(r.Samples)/middle.Seconds(), float64(r.Tokens)/middle.Seconds()
	r.PeakRSS = float64(peakRSS()) / (1 << 20)
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1e3 }

// sequences makes random ids, away from the special tokens at the beginning of vocabularies.
func (c *ModelConfig) sequences(vocabulary int) [][]int32 {
	lengths := slices.Clone(c.Lengths)
	if lengths == nil {
		lengths = slices.Repeat([]int{c.Tokens}, c.Batch)
	}
	if c.Sort {
		slices.Sort(lengths)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	first := min(5, vocabulary-1)
	sequences := make([][]int32, len(lengths))
	for i, n := range lengths {
		sequences[i] = make([]int32, n)
		for j := range sequences[i] {
			sequences[i][j] = int32(first + rng.IntN(vocabulary-first))
		}
	}
	return sequences
}

// prepare brings the weights to the device, with an adapter when one is to be trained.
func (c *ModelConfig) prepare(m *native.Model) error {
	mode := encoder.Frozen
	switch {
	case c.Train && c.Full:
		mode = encoder.Full
	case c.Train:
		mode = encoder.Adapters
		if m.Encoder.Adapter() == nil {
			lora := c.LoRA
			if lora.Targets == nil {
				lora.Targets = encoder.DefaultTargets(m.Encoder.Config.ModelType)
			}
			if err := m.Encoder.AddLoRA(lora); err != nil {
				return err
			}
		}
	}
	return m.Encoder.Prepare(m.Device, mode, 1)
}

// infer classifies all sequences, in batches, again and again.
func (c *ModelConfig) infer(ctx context.Context, m *native.Model, sequences [][]int32, size int) ([]time.Duration, error) {
	classifier, err := encoder.NewClassifier(m.Encoder, nil, encoder.ClassifierOptions{})
	if err != nil {
		return nil, err
	}
	return c.inferBy(ctx, classifier, sequences, size)
}

func (c *ModelConfig) inferBy(ctx context.Context, classifier encoder.TextClassifier, sequences [][]int32, size int) ([]time.Duration, error) {
	var batches [][]encoder.Input
	for part := range slices.Chunk(sequences, size) {
		var batch []encoder.Input
		for _, ids := range part {
			batch = append(batch, encoder.Input{IDs: ids})
		}
		batches = append(batches, batch)
	}
	return c.measure(ctx, func() error {
		for _, batch := range batches {
			if _, err := classifier.Classify(ctx, batch); err != nil {
				return err
			}
		}
		return nil
	})
}

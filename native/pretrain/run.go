package pretrain

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"path/filepath"
	"strings"
	"time"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/internal/atomicfile"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/export"
	"github.com/lorica-go/lorica/native/train"
)

// ModelDir is where the model is in a run's folder.
const ModelDir = "model"

// Result is what a run has led to.
type Result struct {
	Facts
	// Loss, Accuracy and Perplexity are of the held-out texts' masked tokens under the final weights; nil when there are none.
	Loss       *float64 `json:"eval_loss,omitempty"`
	Accuracy   *float64 `json:"eval_accuracy,omitempty"`
	Perplexity *float64 `json:"eval_perplexity,omitempty"`
	// History are the entries of the log.
	History []train.Entry `json:"-"`
	Model   string        `json:"model"`   // its folder
	Seconds float64       `json:"seconds"` // of training, evaluation included
}

// run is a run under way.
type run struct {
	Config
	model                *native.Model
	training, validation *corpus
	vocabulary           *vocabulary
	objective            *objective
	trainer              *train.Trainer
	result               Result
}

// Run makes a run. When ctx ends it returns train.ErrInterrupted, wrapped; if training had begun, Out then holds a checkpoint to
// resume from. What an earlier run left in Out stays until the new one has something to put in its place.
func Run(ctx context.Context, c Config) (*Result, error) {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	r := &run{Config: c}
	defer r.close()
	if err := train.Interrupted(ctx, r.make(ctx)); err != nil {
		return nil, err
	}
	return &r.result, nil
}

// make makes the run, stage by stage.
func (r *run) make(ctx context.Context) error {
	if err := r.open(); err != nil {
		return err
	}
	if err := r.read(ctx); err != nil {
		return err
	}
	if err := r.begin(); err != nil {
		return err
	}
	r.facts()
	if r.OnStart != nil {
		r.OnStart(r.result.Facts)
	}
	start := time.Now()
	if err := r.trainer.Run(ctx); err != nil {
		return err
	}
	r.result.Seconds = time.Since(start).Seconds()
	r.result.History = r.trainer.History()
	if n := len(r.result.History); n > 0 {
		last := r.result.History[n-1]
		r.result.Loss, r.result.Accuracy, r.result.Perplexity = last.EvalLoss, last.EvalAccuracy, last.EvalPerplexity
	}
	return r.save()
}

func (r *run) close() {
	if r.trainer != nil {
		r.trainer.Close()
	}
	if r.model != nil {
		_ = r.model.Close() // nothing was written to it
	}
}

// open opens or makes the model and settles what depends on it.
func (r *run) open() error {
	var err error
	if r.model, err = r.openModel(); err != nil {
		return err
	}
	m := r.model.Encoder
	if r.vocabulary, err = vocabularyOf(r.model.Tokenizer, m.Config.VocabSize); err != nil {
		return r.named(err)
	}
	if limit := m.Config.MaxTokens(); r.MaxTokens == 0 || r.MaxTokens > limit {
		r.MaxTokens = limit
	}
	if r.Train.BatchTokens < r.MaxTokens {
		return badinput.Errorf("batch tokens %d: want at least the maximum length of a text, %d", r.Train.BatchTokens, r.MaxTokens)
	}
	if r.Model != "" {
		if r.result.Fresh = m.Fresh(); len(r.result.Fresh) > 0 {
			r.Logger.Warn("the model has no masked-language-model head: it begins at random", "tensors", r.result.Fresh)
		}
	}
	m.Config.SetDropout(r.HiddenDropout, r.AttentionDropout)
	return r.named(m.Prepare(r.model.Device, encoder.Full, r.Train.Seed))
}

// named puts the model's or the tokenizer's path before an error.
func (r *run) named(err error) error {
	if err == nil {
		return nil
	}
	name := r.Model
	if name == "" || r.Tokenizer != "" {
		name = r.Tokenizer
	}
	return fmt.Errorf("%s: %w", name, err)
}

// read reads the texts and holds some out.
func (r *run) read(ctx context.Context) error {
	in := reading{tokenizer: r.model.Tokenizer, vocabulary: r.vocabulary, vocabSize: r.model.Encoder.Config.VocabSize, maxTokens: r.MaxTokens, options: r.Read}
	all, err := in.read(ctx, r.Data)
	if err != nil {
		return err
	}
	files := strings.Join(r.Data, ", ")
	if all.len() == 0 {
		return badinput.Errorf("%s: no text", files)
	}
	f := &r.result.Facts
	f.PartedRows, f.SkippedRows = all.parted, all.skipped
	if len(r.Validation) == 0 {
		if r.training, r.validation, err = all.part(r.TestSize, r.SplitSeed); err != nil {
			return badinput.Errorf("%s: %w", files, err)
		}
		return nil
	}
	held, err := in.read(ctx, r.Validation)
	if err != nil {
		return err
	}
	f.SkippedRows += held.skipped
	r.training, r.validation = &all.corpus, &held.corpus
	if r.validation.len() == 0 {
		return badinput.Errorf("%s: no text", strings.Join(r.Validation, ", "))
	}
	return nil
}

// begin makes the trainer and the files of a run that has begun.
func (r *run) begin() error {
	m, dev := r.model.Encoder, r.model.Device
	b := newBatches(r.training, r.Train.BatchTokens, r.Train.Seed, r.Train.Shuffle)
	c := &r.Train
	c.Logger = r.Logger
	if total := c.Steps(b.perEpoch); r.Warmup.Count > 0 {
		c.WarmupSteps = r.Warmup.Count
	} else {
		c.WarmupSteps = int(math.Round(r.Warmup.Fraction * float64(total)))
	}
	var err error
	r.objective, err = newObjective(m, dev, b, r.validation, newMasker(r.Masking, r.vocabulary, c.Seed), r.MicroTokens)
	if err != nil {
		return err
	}
	settings, err := r.effective()
	if err != nil {
		return err
	}
	r.trainer, err = train.Begin(m, dev, r.objective, *c, train.Folder{Dir: r.Out, Resume: r.Resume, Settings: settings, Invocation: r.Invocation})
	return err
}

// effective returns the settings as JSON, as they took effect.
func (r *run) effective() ([]byte, error) {
	text, err := json.MarshalIndent(struct {
		Lorica string `json:"lorica,omitempty"` // version of the program
		Config
		DType     string `json:"dtype"` // of the model that is written
		TextField string `json:"text_field,omitempty"`
		SkipBad   bool   `json:"skip_bad"`
	}{r.Version, r.Config, strings.ToLower(r.DType.String()), r.Read.TextField, r.Read.SkipBad}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	return append(text, '\n'), nil
}

// facts fills in what is known when training begins.
func (r *run) facts() {
	f, m := &r.result.Facts, r.model.Encoder
	f.ModelType, f.Parameters, f.VocabSize = m.Config.ModelType, m.Size(), m.Config.VocabSize
	f.TrainTexts, f.TrainTokens = r.training.len(), r.training.tokens()
	f.EvalTexts, f.EvalTokens = r.validation.len(), r.validation.tokens()
	f.Steps, f.StepsPerEpoch, f.FirstStep = r.trainer.Steps(), r.objective.StepsPerEpoch(), r.trainer.Step()
	f.MaxTokens, f.Device, f.Threads = r.MaxTokens, r.model.Device.Name(), r.model.Device.Threads()
	f.TrainingDigest = r.objective.Examples()
}

// save writes the model's folder.
func (r *run) save() error {
	r.result.Model = filepath.Join(r.Out, ModelDir)
	return atomicfile.WriteDir(r.result.Model, func(to atomicfile.Folder) error {
		if err := r.model.Encoder.SaveFolder(to, r.DType); err != nil {
			return err
		}
		return export.CopyTokenizer(to, r.model)
	})
}

// WarmupOf reads a warm-up: a share of the steps, or how many they are; 0 is none.
func WarmupOf(text string) (data.Size, error) {
	size, err := data.ParseSize(text)
	if err != nil && text != "0" {
		return data.Size{}, badinput.Errorf("%q: want a share of the steps between 0 and 1, or a number of steps", text)
	}
	return size, nil
}

package finetune

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/native/export"
	"github.com/lorica-go/lorica/native/metrics"
	"github.com/lorica-go/lorica/native/train"
)

// Files of a run's folder.
const (
	AdapterDir     = "adapter"
	BundleFile     = "model.safetensors"
	ModelDir       = "model" // the merged model as a folder, in place of the bundle, when there is no tokenizer to put into one
	LogFile        = train.LogFile
	ConfigFile     = train.SettingsFile   // the settings that were in effect
	InvocationFile = train.InvocationFile // Config.Invocation
	CheckpointFile = train.CheckpointFile
)

// Result is what a run has led to.
type Result struct {
	Facts
	// Report measures the final weights on the evaluation rows; nil when there are none.
	Report *metrics.Report `json:"report,omitempty"`
	// Mistakes are the evaluation rows that the model has wrong, the surest first.
	Mistakes []Mistake `json:"-"`
	// History are the entries of the log.
	History []train.Entry `json:"-"`
	// Export is the merged bundle, or folder, with its proof.
	Export  *export.Result `json:"export,omitempty"`
	Adapter string         `json:"adapter,omitempty"` // folder of the adapter
	Seconds float64        `json:"seconds"`           // of training, evaluation included
}

// Mistake is an evaluation row with another label than the model gives it.
type Mistake struct {
	File      string  `json:"file"`
	Line      int     `json:"line"`
	Text      string  `json:"text"`
	Label     string  `json:"label"`
	Predicted string  `json:"predicted"`
	Score     float64 `json:"score"`
}

// run is a run under way.
type run struct {
	Config
	rows       *halves
	model      *native.Model
	classifier *encoder.Classifier
	objective  *train.Classification
	trainer    *train.Trainer
	result     Result
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
	var err error
	if r.rows, err = r.loadRows(); err != nil {
		return err
	}
	if err := r.openModel(); err != nil {
		return err
	}
	if err := r.train(ctx); err != nil {
		return err
	}
	if err := r.finish(ctx); err != nil {
		return err
	}
	return r.writeReport()
}

func (r *run) close() {
	if r.trainer != nil {
		r.trainer.Close()
	}
	if r.model != nil {
		_ = r.model.Close()
	}
}

// openModel opens the base, with a fresh adapter or the given one, and prepares it for training.
func (r *run) openModel() error {
	labels := r.rows.train.Labels.Names()
	var err error
	r.model, err = native.OpenModel(r.Model, native.Options{Adapter: r.InitAdapter, Labels: labels, Threads: r.Threads, LongRun: true})
	if err != nil {
		return err
	}
	if r.MaxTokens > 0 {
		r.model.MaxTokens = min(r.MaxTokens, r.model.Encoder.Config.MaxTokens())
	}
	r.MaxTokens = r.model.MaxTokens
	m := r.model.Encoder
	m.Config.SetDropout(r.HiddenDropout, r.AttentionDropout)
	r.result.FreshHead = m.Fresh()
	r.sayOtherLabels()
	mode := encoder.Full
	if !r.Full {
		mode = encoder.Adapters
		if m.Adapter() == nil {
			if len(r.LoRA.Targets) == 0 && r.LoRA.TargetPattern == "" {
				r.LoRA.Targets = encoder.DefaultTargets(m.Config.ModelType)
			}
			r.LoRA.ModulesToSave = slices.Clone(r.LoRA.ModulesToSave)
			if err := m.AddLoRA(r.LoRA); err != nil {
				return fmt.Errorf("%s: %w", r.Model, err)
			}
		}
		if r.InitAdapter != "" && r.InitDropout != nil {
			if err := m.SetAdapterDropout(*r.InitDropout); err != nil {
				return err
			}
		}
		r.saveFreshHead()
	}
	if err := m.Prepare(r.model.Device, mode, r.Train.Seed); err != nil {
		return fmt.Errorf("%s: %w", r.Model, err)
	}
	r.classifier, err = r.model.Classifier()
	return err
}

// sayOtherLabels tells that a bundle's output layer, which knows other labels than the rows have, is not gone on from.
func (r *run) sayOtherLabels() {
	if r.model.Bundle == nil || len(r.result.FreshHead) == 0 {
		return
	}
	if own, err := encoder.BundleConfig(r.model.Bundle.Tensors); err == nil {
		r.Logger.Info("the labels are not those of the model: its output layer begins at random", "labels", r.model.Encoder.Config.Labels, "of_the_model", own.Labels)
	}
}

// saveFreshHead sees to head tensors that begin at random: they are trained and saved, unless PEFT's way is asked for.
func (r *run) saveFreshHead() {
	m := r.model.Encoder
	if !r.PEFTParity {
		if added := m.SaveFreshHead(); len(added) > 0 {
			r.Logger.Info("the head begins at random and is trained and saved with the adapter", "modules", added)
		}
		return
	}
	if lost := m.UnsavedFresh(); len(lost) > 0 {
		r.Logger.Warn("as PEFT has it, tensors that begin at random are neither trained nor saved: this adapter cannot give the trained model back", "tensors", lost)
	}
}

// train tokenises and trains.
func (r *run) train(ctx context.Context) error {
	trainOn, tokens, cut, err := examples(ctx, r.classifier, r.rows.train)
	if err != nil {
		return err
	}
	var evalOn []train.Example
	if r.rows.eval != nil {
		if evalOn, _, _, err = examples(ctx, r.classifier, r.rows.eval); err != nil {
			return err
		}
	}
	if err := r.classWeights(); err != nil {
		return err
	}
	if err := r.begin(trainOn, evalOn); err != nil {
		return err
	}
	r.facts(len(evalOn), tokens, cut)
	if r.OnStart != nil {
		r.OnStart(r.result.Facts)
	}
	start := time.Now()
	if err := r.trainer.Run(ctx); err != nil {
		return err
	}
	if len(evalOn) > 0 {
		logits, err := r.objective.EvalLogits(ctx)
		if err != nil {
			return err
		}
		if r.result.Report, err = train.Report(r.model.Encoder, evalOn, logits); err != nil {
			return err
		}
		r.mistakes(logits)
	}
	r.result.Seconds = time.Since(start).Seconds()
	r.result.History = r.trainer.History()
	return nil
}

// begin makes the trainer and the files of a run that has begun.
func (r *run) begin(trainOn, evalOn []train.Example) error {
	c := r.Train
	c.Logger = r.Logger
	m, dev := r.model.Encoder, r.model.Device
	var err error
	if r.objective, err = train.NewClassification(m, dev, trainOn, evalOn, c); err != nil {
		return err
	}
	settings, err := r.effective()
	if err != nil {
		return err
	}
	r.trainer, err = train.Begin(m, dev, r.objective, c, train.Folder{Dir: r.Out, Resume: r.Resume, Settings: settings, Invocation: r.Invocation})
	return err
}

func (r *run) classWeights() error {
	weights, err := parseWeights(r.ClassWeights, r.rows.train)
	r.Train.ClassWeights = weights
	return err
}

// facts fills in what is known when training begins.
func (r *run) facts(evalRows, tokens, cut int) {
	f, m := &r.result.Facts, r.model.Encoder
	f.ModelType, f.Labels = m.Config.ModelType, m.Config.Labels
	f.TrainRows, f.EvalRows = r.rows.train.Len(), evalRows
	f.TrainCounts, f.TrainTokens, f.TruncatedRows = r.rows.train.Counts(), tokens, cut
	f.SkippedRows = r.rows.skipped
	f.Trainable, f.PEFTParameters = m.Counts()
	f.Parameters = m.Size()
	if a := m.Adapter(); a != nil {
		f.Targets = a.Targets
	}
	f.Steps, f.FirstStep = r.trainer.Steps(), r.trainer.Step()
	f.Device, f.Threads = r.model.Device.Name(), r.model.Device.Threads()
	f.DataDigest, f.Dropped = r.rows.train.Digest(), r.rows.dropped
	if r.rows.eval != nil {
		f.EvalCounts = r.rows.eval.Counts()
	}
	if l := r.rows.leaks; l != nil {
		f.Leaks = &LeakFacts{ExactEvalRows: l.ExactTestRows, NearEvalRows: l.NearTestRows, TrainRows: len(l.TrainRows), Threshold: l.Threshold}
		for _, leak := range l.Leaks {
			if leak.Conflict {
				f.Leaks.Conflicts++
			}
		}
	}
}

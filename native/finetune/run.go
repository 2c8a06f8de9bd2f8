package finetune

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/internal/atomicfile"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/native/export"
	"github.com/lorica-go/lorica/native/metrics"
	"github.com/lorica-go/lorica/native/train"
)

// Files of a run's folder.
const (
	AdapterDir     = "adapter"
	BundleFile     = "model.safetensors"
	LogFile        = "log.jsonl"
	CheckpointFile = "checkpoint/state.safetensors"
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
	// Export is the merged bundle with its proof; nil when the model has no tokenizer to put into one.
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
	trainer    *train.Trainer
	log        *os.File
	result     Result
}

// Run makes a run. When ctx ends it returns train.ErrInterrupted, wrapped, and Out holds a checkpoint to resume from.
func Run(ctx context.Context, c Config) (*Result, error) {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	r := &run{Config: c}
	defer r.close()
	var err error
	if r.rows, err = c.loadRows(); err != nil {
		return nil, err
	}
	if err := r.openModel(); err != nil {
		return nil, err
	}
	if err := r.train(ctx); err != nil {
		return nil, err
	}
	if err := r.finish(ctx); err != nil {
		return nil, err
	}
	return &r.result, nil
}

func (r *run) close() {
	if r.log != nil {
		_ = r.log.Close() // every line has been checked when it was written
	}
	if r.model != nil {
		_ = r.model.Close()
	}
}

// openModel opens the base, with a fresh adapter or the given one, and prepares it for training.
func (r *run) openModel() error {
	labels := r.rows.train.Labels.Names()
	var err error
	r.model, err = native.OpenModel(r.Model, native.Options{Adapter: r.InitAdapter, Labels: labels, Threads: r.Threads, MaxTokens: 0})
	if err != nil {
		return err
	}
	if r.MaxTokens > 0 {
		r.model.MaxTokens = min(r.MaxTokens, r.model.Encoder.Config.MaxTokens())
	}
	m := r.model.Encoder
	m.Config.SetDropout(r.HiddenDropout, r.AttentionDropout)
	r.result.FreshHead = m.Fresh()
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
		r.saveFreshHead()
	}
	if err := m.Prepare(r.model.Device, mode, r.Train.Seed); err != nil {
		return fmt.Errorf("%s: %w", r.Model, err)
	}
	r.classifier, err = r.model.Classifier()
	return err
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
	examplesTrain, tokens, cut, err := examples(r.classifier, r.rows.train)
	if err != nil {
		return err
	}
	var examplesEval []train.Example
	if r.rows.eval != nil {
		if examplesEval, _, _, err = examples(r.classifier, r.rows.eval); err != nil {
			return err
		}
	}
	if err := r.classWeights(); err != nil {
		return err
	}
	c := r.Train
	c.Logger = r.Logger
	c.OnLog = func(e train.Entry) {
		if err := r.writeLog(e); err != nil {
			r.Logger.Error("log.jsonl", "error", err)
		}
		if r.Train.OnLog != nil {
			r.Train.OnLog(e)
		}
	}
	if err := os.MkdirAll(r.Out, 0o777); err != nil {
		return badinput.Errorf("output folder: %w", err)
	}
	checkpoint := filepath.Join(r.Out, filepath.FromSlash(CheckpointFile))
	if !r.Resume {
		if err := os.Remove(checkpoint); err == nil {
			r.Logger.Warn("beginning afresh: the checkpoint of an earlier run in the output folder is gone (resume would have kept it)")
		} else if !errors.Is(err, os.ErrNotExist) {
			return badinput.Errorf("output folder: %w", err)
		}
	}
	r.trainer, err = train.New(r.model.Encoder, r.model.Device, examplesTrain, examplesEval, c, checkpoint, r.Resume)
	if err != nil {
		return err
	}
	if err := r.openLog(); err != nil {
		return err
	}
	r.facts(len(examplesEval), tokens, cut)
	if r.OnStart != nil {
		r.OnStart(r.result.Facts)
	}
	start := time.Now()
	if err := r.trainer.Run(ctx); err != nil {
		return err
	}
	if len(examplesEval) > 0 {
		logits, err := r.trainer.EvalLogits(ctx)
		if err != nil {
			return err
		}
		if r.result.Report, err = train.Report(r.model.Encoder, examplesEval, logits); err != nil {
			return err
		}
		r.mistakes(logits)
	}
	r.result.Seconds = time.Since(start).Seconds()
	r.result.History = r.trainer.History()
	return nil
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
	f.SkippedRows = r.rows.train.Skipped
	f.Trainable, f.Parameters = m.Counts()
	if a := m.Adapter(); a != nil {
		f.Targets = a.Targets
	}
	f.Steps, _ = r.Train.Steps(f.TrainRows)
	f.FirstStep = r.trainer.Step()
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

// openLog begins log.jsonl with the entries before a resumption, if any.
func (r *run) openLog() error {
	path := filepath.Join(r.Out, LogFile)
	err := atomicfile.Write(path, func(w io.Writer) error {
		enc := json.NewEncoder(w)
		for _, e := range r.trainer.History() {
			if err := enc.Encode(e); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		r.log, err = os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o666)
	}
	return err
}

func (r *run) writeLog(e train.Entry) error {
	line, err := json.Marshal(e)
	if err == nil {
		_, err = r.log.Write(append(line, '\n'))
	}
	return err
}

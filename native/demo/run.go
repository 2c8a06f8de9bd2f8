package demo

import (
	"context"
	"path/filepath"
	"time"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/native/classify"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/finetune"
	"github.com/lorica-go/lorica/native/inspect"
	"github.com/lorica-go/lorica/native/metrics"
)

// Config holds the settings of the demonstration.
type Config struct {
	// Training are the settings of the training. Their data are the reviews that WriteData has written to their folder.
	Training finetune.Config
	// OnStage is told when a stage is over, with what is known by then; nil means nobody is.
	OnStage func(Stage, *Result)
}

// Stage is a part of the demonstration.
type Stage int

// The stages, in their order.
const (
	Opened   Stage = iota // the base is open, and the rows are parted
	Measured              // the base has been measured as it is
	Trained               // the adapter is trained, measured, merged and written
	Used                  // the merged bundle has been opened again and has answered
)

// Result is what the demonstration has shown.
type Result struct {
	Out   string         `json:"out"`
	Model *inspect.Model `json:"model"`
	// TrainRows are trained on, EvalRows held out.
	TrainRows int `json:"train_rows"`
	EvalRows  int `json:"eval_rows"`
	// Before measures the base on the held-out rows; Training.Report measures what it has become.
	Before    *metrics.Report  `json:"before"`
	Training  *finetune.Result `json:"training"`
	Sentences []Sentence       `json:"sentences"`
	Seconds   float64          `json:"seconds"`
}

// Run makes the demonstration. Errors are those of the training's settings, of finetune.Run and of ctx.
func Run(ctx context.Context, c Config) (*Result, error) {
	if err := c.Training.Validate(); err != nil {
		return nil, err
	}
	if c.OnStage == nil {
		c.OnStage = func(Stage, *Result) {}
	}
	start := time.Now()
	r := &run{Config: c, result: &Result{Out: c.Training.Out}}
	if err := r.before(ctx); err != nil {
		return nil, err
	}
	var err error
	if r.result.Training, err = finetune.Run(ctx, c.Training); err != nil {
		return nil, err
	}
	c.OnStage(Trained, r.result)
	if err := r.after(ctx); err != nil {
		return nil, err
	}
	r.result.Seconds = time.Since(start).Seconds()
	c.OnStage(Used, r.result)
	return r.result, nil
}

// run is a demonstration under way.
type run struct {
	Config
	result *Result
	held   *data.Set // the rows held out
	tries  *data.Set // the sentences
}

// before parts the rows and has the base answer, as it is.
func (r *run) before(ctx context.Context) error {
	t := &r.Training
	m, err := native.OpenModel(t.Model, native.Options{Threads: t.Threads})
	if err != nil {
		return err
	}
	defer m.Close()
	if t.MaxTokens > 0 { // cut as in the training
		m.MaxTokens = min(t.MaxTokens, m.Encoder.Config.MaxTokens())
	}
	if r.result.Model, err = inspect.Describe(m, ""); err != nil {
		return err
	}
	if err := r.part(m.Encoder.Config.Labels); err != nil {
		return err
	}
	r.OnStage(Opened, r.result)
	classifier, err := m.Classifier()
	if err != nil {
		return err
	}
	evaluation, err := classify.Evaluate(ctx, classifier, r.held, nil)
	if err != nil {
		return err
	}
	r.result.Before = evaluation.Report
	answers, _, err := classify.Set(ctx, classifier, r.tries, nil)
	if err != nil {
		return err
	}
	for i, a := range answers {
		r.result.Sentences = append(r.result.Sentences, Sentence{
			Text: r.tries.Rows[i].Text, Label: r.tries.Labels.Name(r.tries.Classes[i]), Before: answer(&a),
		})
	}
	r.OnStage(Measured, r.result)
	return nil
}

// part parts the rows as the training will, and lists which are in which half.
func (r *run) part(names []string) error {
	labels, err := data.NewLabels(names...)
	if err != nil {
		return err
	}
	halves, err := r.Training.Load(labels)
	if err != nil {
		return err
	}
	if halves.Eval == nil {
		return badinput.Errorf("no rows are held out: there is nothing to measure on")
	}
	r.held, r.result.TrainRows, r.result.EvalRows = halves.Eval, halves.Train.Len(), halves.Eval.Len()
	if r.tries, err = sentences(labels); err != nil {
		return err
	}
	return writeRows(filepath.Join(r.Training.Out, RowsFile), halves)
}

// after has the bundle answer that the training has written.
func (r *run) after(ctx context.Context) error {
	c, err := native.Open(r.result.Training.Export.Path, native.Options{Threads: r.Training.Threads})
	if err != nil {
		return err
	}
	defer c.Close()
	answers, _, err := classify.Set(ctx, c.Classifier, r.tries, nil)
	if err != nil {
		return err
	}
	for i := range answers {
		r.result.Sentences[i].After = answer(&answers[i])
	}
	return nil
}

func answer(a *classify.Answer) Answer { return Answer{Label: a.Label, Score: a.Score} }

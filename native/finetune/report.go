package finetune

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/native/report"
)

// writeReport leaves the report of the finished run in its folder.
func (r *run) writeReport() error {
	f := &r.result.Facts
	out := report.Run{
		Title: "Fine-tuning " + r.model.Name(), Version: r.Version, Finished: time.Now().UTC().Truncate(time.Second),
		Model: r.Model, ModelType: f.ModelType, Method: r.method(),
		Data:                []report.Data{{Name: r.Data, Role: "train", Rows: f.TrainRows, Digest: f.DataDigest}},
		TrainableParameters: f.Trainable, Parameters: f.Parameters, Settings: r.reportSettings(),
		Device: f.Device, Threads: f.Threads, Seconds: r.result.Seconds, TokensPerSecond: r.tokensPerSecond(),
		Metrics: r.result.Report, History: r.result.History,
	}
	if r.rows.eval != nil {
		out.Data = append(out.Data, report.Data{Name: r.rows.eval.File, Role: "test", Rows: f.EvalRows, Digest: r.rows.eval.Digest()})
	}
	for i, label := range f.Labels {
		count := report.LabelCount{Label: label, Train: f.TrainCounts[i]}
		if f.EvalCounts != nil {
			count.Test = f.EvalCounts[i]
		}
		out.Labels = append(out.Labels, count)
	}
	if l := f.Leaks; l != nil {
		out.Leaks = &report.Leaks{ExactTestRows: l.ExactEvalRows, NearTestRows: l.NearEvalRows, TrainRows: l.TrainRows,
			Conflicts: l.Conflicts, Threshold: l.Threshold, Dropped: f.Dropped}
	}
	if e := r.result.Export; e != nil && e.Merged {
		out.Merge = &e.Proof
	}
	for _, m := range r.result.Mistakes {
		out.Mistakes = append(out.Mistakes, report.Mistake{Place: fmt.Sprintf("%s:%d", filepath.Base(m.File), m.Line), Text: m.Text,
			Label: m.Label, Predicted: m.Predicted, Score: m.Score})
	}
	return report.Write(report.Dir(r.Out), out)
}

// method says in a line what was trained.
func (r *run) method() string {
	a := r.model.Encoder.Adapter()
	if a == nil {
		return "all weights"
	}
	targets := strings.Join(a.Targets, ", ")
	if a.TargetPattern != "" {
		targets = a.TargetPattern
	}
	return fmt.Sprintf("LoRA, rank %d, alpha %g, on %s", a.Rank, a.Alpha, targets)
}

// reportSettings are the settings that a reader of the report wants to see.
func (r *run) reportSettings() report.Settings {
	t := &r.Train
	s := report.Settings{
		{Name: "epochs", Value: t.Epochs}, {Name: "max_steps", Value: t.MaxSteps}, {Name: "batch_size", Value: t.BatchSize},
		{Name: "learning_rate", Value: t.LearningRate}, {Name: "warmup_steps", Value: t.WarmupSteps}, {Name: "weight_decay", Value: t.WeightDecay},
		{Name: "max_grad_norm", Value: t.MaxGradNorm}, {Name: "max_length", Value: r.MaxTokens}, {Name: "seed", Value: t.Seed},
		{Name: "shuffle", Value: t.Shuffle},
	}
	if a := r.model.Encoder.Adapter(); a != nil {
		s = append(s, loraSettings(a)...)
	}
	if r.ClassWeights != "" {
		s = append(s, report.Setting{Name: "class_weights", Value: r.ClassWeights})
	}
	if r.rows.eval != nil && r.EvalData == "" && r.EvalRows == "" {
		s = append(s, report.Setting{Name: "split", Value: string(r.Split)}, report.Setting{Name: "split_seed", Value: r.SplitSeed})
	}
	return s
}

func loraSettings(a *encoder.LoRA) report.Settings {
	return report.Settings{
		{Name: "lora_rank", Value: a.Rank}, {Name: "lora_alpha", Value: a.Alpha}, {Name: "lora_dropout", Value: a.Dropout},
		{Name: "lora_targets", Value: strings.Join(a.Targets, ",")}, {Name: "modules_to_save", Value: strings.Join(a.ModulesToSave, ",")},
	}
}

// tokensPerSecond is the mean speed of the logged steps, weighted by how many steps an entry stands for.
func (r *run) tokensPerSecond() float64 {
	tokens, seconds, last := 0.0, 0.0, 0
	for _, e := range r.result.History {
		if e.TokensPerSecond == nil || e.SamplesPerSecond == nil || *e.SamplesPerSecond <= 0 {
			continue
		}
		samples := float64((e.Step - last) * r.Train.BatchSize)
		last = e.Step
		spent := samples / *e.SamplesPerSecond
		seconds += spent
		tokens += spent * *e.TokensPerSecond
	}
	if seconds == 0 {
		return 0
	}
	return tokens / seconds
}

package report

import (
	"encoding/json"

	"github.com/lorica-go/lorica/native/metrics"
	"github.com/lorica-go/lorica/native/train"
)

// json is report.json: the keys of `eval --json`, and beside them run, history and mistakes. What is not finite is null.
func (r *Run) json() (string, error) {
	document := struct {
		*metrics.Report
		Run      jsonRun       `json:"run"`
		History  []jsonEntry   `json:"history"`
		Mistakes []jsonMistake `json:"mistakes"`
	}{r.Metrics, newJSONRun(r), make([]jsonEntry, 0, len(r.History)), make([]jsonMistake, 0, len(r.Mistakes))}
	for i := range r.History {
		document.History = append(document.History, newJSONEntry(&r.History[i]))
	}
	for _, m := range r.Mistakes {
		document.Mistakes = append(document.Mistakes, jsonMistake{m, metrics.Float(m.Score)})
	}
	raw, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return "", err
	}
	return string(raw) + "\n", nil
}

// jsonRun is a run whose measured values may be null.
type jsonRun struct {
	*Run
	Seconds         *metrics.Float `json:"seconds,omitempty"`
	TokensPerSecond *metrics.Float `json:"tokens_per_s,omitempty"`
	Merge           *jsonMerge     `json:"merge,omitempty"`
}

// jsonMerge is encoder.MergeProof whose difference may be null.
type jsonMerge struct {
	Rows          int           `json:"rows"`
	MaxDifference metrics.Float `json:"max_difference"`
	Flipped       int           `json:"flipped"`
}

func newJSONRun(r *Run) jsonRun {
	j := jsonRun{Run: r}
	if r.Seconds != 0 {
		j.Seconds = (*metrics.Float)(&r.Seconds)
	}
	if r.TokensPerSecond != 0 {
		j.TokensPerSecond = (*metrics.Float)(&r.TokensPerSecond)
	}
	if m := r.Merge; m != nil {
		j.Merge = &jsonMerge{m.Rows, metrics.Float(m.MaxDifference), m.Flipped}
	}
	return j
}

// jsonMistake is a mistake whose score may be null.
type jsonMistake struct {
	Mistake
	Score metrics.Float `json:"score"`
}

// jsonEntry is train.Entry with the same keys, its values null where they are not finite.
type jsonEntry struct {
	Step             int            `json:"step"`
	Epoch            metrics.Float  `json:"epoch"`
	Loss             *metrics.Float `json:"loss,omitempty"`
	Rate             *metrics.Float `json:"lr,omitempty"`
	GradNorm         *metrics.Float `json:"grad_norm,omitempty"`
	SamplesPerSecond *metrics.Float `json:"samples_per_s,omitempty"`
	TokensPerSecond  *metrics.Float `json:"tokens_per_s,omitempty"`
	EvalLoss         *metrics.Float `json:"eval_loss,omitempty"`
	EvalAccuracy     *metrics.Float `json:"eval_accuracy,omitempty"`
	EvalMacroF1      *metrics.Float `json:"eval_macro_f1,omitempty"`
	EvalPerplexity   *metrics.Float `json:"eval_perplexity,omitempty"`
	TrainLoss        *metrics.Float `json:"train_loss,omitempty"`
}

func newJSONEntry(e *train.Entry) jsonEntry {
	f := func(value *float64) *metrics.Float { return (*metrics.Float)(value) }
	return jsonEntry{
		Step: e.Step, Epoch: metrics.Float(e.Epoch), Loss: f(e.Loss), Rate: f(e.Rate), GradNorm: f(e.GradNorm),
		SamplesPerSecond: f(e.SamplesPerSecond), TokensPerSecond: f(e.TokensPerSecond), EvalLoss: f(e.EvalLoss),
		EvalAccuracy: f(e.EvalAccuracy), EvalMacroF1: f(e.EvalMacroF1), EvalPerplexity: f(e.EvalPerplexity), TrainLoss: f(e.TrainLoss),
	}
}

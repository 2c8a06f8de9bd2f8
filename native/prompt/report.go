package prompt

import (
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"time"

	"github.com/lorica-go/lorica/native/report"
)

// maxMistakes is how many wrong answers the report keeps; it has all rows without one.
const maxMistakes = 50

// noAnswer is what the report shows as the label of a row that has got none.
const noAnswer = "(no answer)"

// writeReport leaves the report of the finished run in its folder.
func (r *run) writeReport() error {
	f, test := &r.result.Facts, r.rows.test
	out := report.Run{
		Title: "Asking " + r.LLM, Version: r.Version, Finished: r.Now().UTC().Truncate(time.Second),
		Model: r.LLM + " at " + shownURL(r.Endpoint), Method: r.method(),
		Data:     []report.Data{{Name: test.File, Role: "test", Rows: f.Rows, Digest: f.Digest}},
		Settings: r.reportSettings(), Asked: r.asked(), Metrics: r.result.Report, Mistakes: r.mistakes(),
	}
	if r.rows.train != nil {
		out.Data = append([]report.Data{{Name: r.rows.train.File, Role: "examples drawn from", Rows: f.Train}}, out.Data...)
	}
	return report.Write(report.Dir(r.Out), out)
}

// method says in a line how the model was asked.
func (r *run) method() string {
	if n := len(r.result.Examples); n > 0 {
		return fmt.Sprintf("few-shot, %d examples of each label, %d texts a request", r.Shots, r.ChunkSize)
	}
	return fmt.Sprintf("zero-shot, %d texts a request", r.ChunkSize)
}

// reportSettings are the settings that a reader of the report wants to see.
func (r *run) reportSettings() report.Settings {
	s := report.Settings{
		{Name: "task", Value: r.Task}, {Name: "chunk_size", Value: r.ChunkSize}, {Name: "temperature", Value: optional(r.Temperature)},
		{Name: "seed", Value: optional(r.Seed)}, {Name: "response_format", Value: string(r.Format)}, {Name: "attempts", Value: r.Attempts},
	}
	if r.Shots > 0 {
		s = append(s, report.Setting{Name: "shots", Value: r.Shots}, report.Setting{Name: "shots_seed", Value: r.ShotsSeed}, report.Setting{Name: "drop_leaks", Value: r.DropLeaks})
	}
	if r.PromptFile != "" {
		s = append(s, report.Setting{Name: "prompt_file", Value: r.PromptFile})
	}
	if r.MaxTokens > 0 {
		s = append(s, report.Setting{Name: "max_tokens", Value: r.MaxTokens})
	}
	if r.MaxChars > 0 {
		s = append(s, report.Setting{Name: "max_chars", Value: r.MaxChars}, report.Setting{Name: "cut_rows", Value: r.result.Cut})
	}
	if r.Extra != nil {
		s = append(s, report.Setting{Name: "extra", Value: string(r.Extra)})
	}
	if r.rows.train != nil && r.EvalData == "" && r.EvalRows == "" {
		s = append(s, report.Setting{Name: "split", Value: string(r.Split)}, report.Setting{Name: "split_seed", Value: r.SplitSeed})
	}
	return s
}

// optional is a setting that may be left to the server.
func optional[T any](value *T) any {
	if value == nil {
		return "the server's"
	}
	return *value
}

// asked is the tally as the report has it.
func (r *run) asked() report.Settings {
	t := &r.result.Tally
	second := func(v float64) float64 { return math.Round(v*1000) / 1000 }
	s := report.Settings{
		{Name: "requests", Value: t.Requests}, {Name: "unusable_answers", Value: t.Unusable}, {Name: "retries", Value: t.Retries},
		{Name: "unanswered_rows", Value: len(r.result.Unanswered)},
		{Name: "prompt_tokens", Value: t.Prompt}, {Name: "cached_tokens", Value: t.Cached}, {Name: "completion_tokens", Value: t.Completion},
		{Name: "requests_without_usage", Value: t.WithoutUsage},
	}
	if t.Cost != nil {
		s = append(s, report.Setting{Name: "cost", Value: *t.Cost})
	}
	return append(s, report.Setting{Name: "latency_median_s", Value: second(t.Latency.Median)}, report.Setting{Name: "latency_p95_s", Value: second(t.Latency.P95)},
		report.Setting{Name: "latency_max_s", Value: second(t.Latency.Max)}, report.Setting{Name: "latency_sum_s", Value: second(t.Latency.Sum)})
}

// mistakes are the rows without an answer, with why, and then those with a wrong one.
func (r *run) mistakes() []report.Mistake {
	test := r.rows.test
	var silent, wrong []report.Mistake
	for row, class := range r.asker.classes {
		m := report.Mistake{
			Place: filepath.Base(test.File) + ":" + strconv.Itoa(test.Rows[row].Line), Text: test.Rows[row].Text, Label: test.Labels.Name(test.Classes[row]), Score: math.NaN(),
		}
		switch class {
		case test.Classes[row]:
		case NoLabel:
			m.Predicted = noAnswer
			silent = append(silent, m)
		default:
			m.Predicted = test.Labels.Name(class)
			wrong = append(wrong, m)
		}
	}
	return append(silent, wrong[:min(len(wrong), maxMistakes)]...)
}

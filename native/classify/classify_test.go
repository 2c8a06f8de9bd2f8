package classify_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/native/classify"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/internal/tiny"
	"github.com/lorica-go/lorica/native/stream"
)

func open(t *testing.T) *native.Classifier {
	t.Helper()
	c, err := native.Open(tiny.Model(t, tiny.Options{Head: true}), native.Options{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// reader reads rows from memory.
func reader(t *testing.T, rows string) *data.Reader {
	t.Helper()
	r, err := data.NewReader("rows.jsonl", strings.NewReader(rows), data.Options{AllowEmpty: true})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Groups and passes are cut by size and by time: the answers must not show where.
func TestAnswersDoNotDependOnHowRowsAreGrouped(t *testing.T) {
	c := open(t)
	var texts []string
	for i := range 300 {
		texts = append(texts, strings.Repeat("the game is great ", i%23))
	}
	var all []classify.Answer
	result, err := classify.Run(t.Context(), c.Classifier, stream.Texts(texts), classify.Options{}, func(answers []classify.Answer) error {
		all = append(all, answers...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	tokens, cut := 0, 0
	for i, a := range all {
		if a.Row.Line != i+1 || a.Row.Text != texts[i] {
			t.Fatalf("answer %d is for line %d", i, a.Row.Line)
		}
		tokens += a.Tokens
		if a.Truncated {
			cut++
		}
	}
	if len(all) != 300 || result != (classify.Result{Rows: 300, Tokens: tokens, Truncated: cut}) || cut == 0 {
		t.Errorf("%d answers, %d tokens, %d cut; the result says %+v", len(all), tokens, cut, result)
	}
	for i := 0; i < len(texts); i += 37 {
		_, err := classify.Run(t.Context(), c.Classifier, stream.Texts(texts[i:i+1]), classify.Options{}, func(answers []classify.Answer) error {
			if fmt.Sprint(answers[0].Logits) != fmt.Sprint(all[i].Logits) || answers[0].Truncated != all[i].Truncated {
				t.Errorf("text %d alone has %+v, among others %+v", i, answers[0].Prediction, all[i].Prediction)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestARowThatDoesNotFitNamesFileAndLine(t *testing.T) {
	c := open(t)
	rows := "{\"text\":\"great\"}\n{\"input_ids\":[99999]}\n{\"text\":\"dull\"}\n"
	answered := 0
	emit := func(answers []classify.Answer) error {
		answered += len(answers)
		return nil
	}
	_, err := classify.Run(t.Context(), c.Classifier, reader(t, rows), classify.Options{File: "rows.jsonl"}, emit)
	if !badinput.Is(err) || !strings.HasPrefix(err.Error(), "rows.jsonl:2: ") || answered != 1 {
		t.Errorf("%d answers, then %v", answered, err)
	}
	var log strings.Builder
	o := classify.Options{File: "rows.jsonl", SkipBad: true, Logger: slog.New(slog.NewTextHandler(&log, nil))}
	result, err := classify.Run(t.Context(), c.Classifier, reader(t, rows), o, emit)
	if err != nil || result.Rows != 2 || result.Skipped != 1 || !strings.Contains(log.String(), "rows.jsonl:2: ") {
		t.Errorf("%+v, %v, log %q", result, err, log.String())
	}
}

func TestRunEndsWithItsContextAndWithEmitsError(t *testing.T) {
	c := open(t)
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	if _, err := classify.Run(ctx, c.Classifier, stream.Texts([]string{"a"}), classify.Options{}, nil); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	full := errors.New("disk full")
	_, err := classify.Run(t.Context(), c.Classifier, stream.Texts([]string{"a"}), classify.Options{}, func([]classify.Answer) error { return full })
	if !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}

func TestEvaluateMeasuresTheAnswers(t *testing.T) {
	c := open(t)
	labels, err := data.NewLabels(c.Labels()...)
	if err != nil {
		t.Fatal(err)
	}
	set := &data.Set{File: "rows.jsonl", Labels: labels}
	for i := range 50 {
		set.Rows = append(set.Rows, data.Row{Line: i + 1, Text: strings.Repeat("great ", i%5) + "dull"})
		set.Classes = append(set.Classes, i%2)
	}
	told := 0
	e, err := classify.Evaluate(t.Context(), c.Classifier, set, func(rows, _ int) { told = rows })
	if err != nil {
		t.Fatal(err)
	}
	right := 0
	for i, a := range e.Answers {
		if a.Index == set.Classes[i] {
			right++
		}
	}
	if told != 50 || len(e.Answers) != 50 || math.Abs(float64(e.Report.Accuracy)-float64(right)/50) > 1e-12 {
		t.Errorf("told of %d rows, %d answers, %d right, accuracy %v", told, len(e.Answers), right, e.Report.Accuracy)
	}
	var out strings.Builder
	if err := e.WritePredictions(&out, set, c.Labels()); err != nil {
		t.Fatal(err)
	}
	var first struct {
		Row, Line        int
		Label, Predicted string
		Scores           map[string]float64
		Logits           []float32
	}
	if err := json.Unmarshal([]byte(out.String()[:strings.IndexByte(out.String(), '\n')]), &first); err != nil {
		t.Fatal(err)
	}
	if strings.Count(out.String(), "\n") != 50 || first.Line != 1 || first.Label != c.Labels()[0] || first.Predicted != e.Answers[0].Label || first.Scores[first.Predicted] != e.Answers[0].Score || len(first.Logits) != 2 {
		t.Errorf("got %+v", first)
	}
}

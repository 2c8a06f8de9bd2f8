package finetune_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/finetune"
	"github.com/lorica-go/lorica/native/internal/tiny"
)

// fromBundle returns the settings of a run upon the bundle of another one, and what that one has learnt.
func fromBundle(t *testing.T) (finetune.Config, *finetune.Result) {
	t.Helper()
	base := tinyRun(t, tiny.Options{Type: "roberta"})
	learnt := mustRun(t, base)
	c := tinyRun(t, tiny.Options{})
	c.Model, c.Data, c.EvalData = learnt.Export.Path, base.Data, base.EvalData
	return c, learnt
}

func TestTrainingOnABundleOfTheSameLabelsGoesOnFromItsOutputLayer(t *testing.T) {
	c, learnt := fromBundle(t)
	c.Train.MaxSteps, c.Train.LearningRate = 1, 1e-9
	again := mustRun(t, c)
	if len(again.FreshHead) > 0 || again.Report.Accuracy != learnt.Report.Accuracy {
		t.Errorf("fresh: %v; accuracy %v after a step that changes nothing, %v before", again.FreshHead, again.Report.Accuracy, learnt.Report.Accuracy)
	}
}

func TestTrainingOnABundleWithOtherLabelsBeginsAfresh(t *testing.T) {
	three := lines(t, "three.jsonl", slices.Repeat([]string{
		`{"text":"a dull game","label":"pan"}`, `{"text":"a superb game","label":"rave"}`, `{"text":"hours of play","label":"neither"}`,
	}, 4)...)
	swapped := []string{"pos", "neg"}
	for what, test := range map[string]struct {
		change func(c *finetune.Config)
		labels []string
	}{
		"the data's own": {func(c *finetune.Config) { c.Data, c.EvalData = three, three }, []string{"neither", "pan", "rave"}},
		"another order":  {func(c *finetune.Config) { c.Labels = swapped }, swapped},
		"named by a caller": {func(c *finetune.Config) {
			c.Data, c.EvalData, c.Labels = three, three, []string{"pan", "neither", "rave"}
		}, []string{"pan", "neither", "rave"}},
		"all weights": {func(c *finetune.Config) { c.Data, c.EvalData, c.Full = three, three, true }, []string{"neither", "pan", "rave"}},
	} {
		c, _ := fromBundle(t)
		test.change(&c)
		var log strings.Builder
		c.Train.Epochs, c.Logger = 1, slog.New(slog.NewTextHandler(&log, nil))
		r := mustRun(t, c)
		if !slices.Equal(r.Labels, test.labels) || !slices.Contains(r.FreshHead, "classifier.out_proj.weight") || slices.Contains(r.FreshHead, "classifier.dense.weight") {
			t.Errorf("%s: labels %v, fresh %v", what, r.Labels, r.FreshHead)
		}
		if strings.Count(log.String(), "its output layer begins at random") != 1 {
			t.Errorf("%s: the log says %q", what, log.String())
		}
		answersAlike(t, what, c.Model, r)
	}
}

// answersAlike wants the adapter over its base to be what the merged bundle is.
func answersAlike(t *testing.T, what, base string, r *finetune.Result) {
	t.Helper()
	var answers [2]encoder.Prediction
	for i, o := range []native.Options{{Threads: 1}, {Threads: 1, Adapter: r.Adapter}} {
		path := r.Export.Path
		if i == 1 && r.Adapter == "" {
			return // all weights were trained
		}
		if i == 1 {
			path = base
		}
		c, err := native.Open(path, o)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		got, err := c.Classify(t.Context(), []encoder.Input{{Text: "a superb game"}})
		if err != nil {
			t.Fatal(err)
		}
		answers[i] = got[0]
		if !slices.Equal(c.Labels(), r.Labels) {
			t.Errorf("%s: labels %v, want %v", what, c.Labels(), r.Labels)
		}
		_ = c.Close()
	}
	for i, v := range answers[0].Logits {
		if d := v - answers[1].Logits[i]; d > 1e-4 || d < -1e-4 {
			t.Errorf("%s: the bundle's logits are %v, those of base and adapter %v", what, answers[0].Logits, answers[1].Logits)
			break
		}
	}
}

// One label among those of the bundle shows that the rows are of the same task, and that the other is a mistake.
func TestAMistypedLabelIsNoTaskOfItsOwn(t *testing.T) {
	c, _ := fromBundle(t)
	c.Data = lines(t, "rows.jsonl", good, bad, `{"text":"a superb game","label":"poss"}`)
	if _, err := finetune.Run(context.Background(), c); !errors.Is(err, data.ErrUnknownLabel) || !strings.Contains(err.Error(), "rows.jsonl:3") {
		t.Errorf("got %v", err)
	}
}

package compare

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/lorica-go/lorica/internal/atomicfile"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/native/classify"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/internal/tiny"
)

// named makes a model whose configuration names its labels, and perhaps its longest text.
func named(t *testing.T, o tiny.Options, labels ...string) string {
	t.Helper()
	o.Head = true
	dir := tiny.Model(t, o)
	edit(t, filepath.Join(dir, "config.json"), func(config map[string]any) {
		names, numbers := map[string]any{}, map[string]any{}
		for i, label := range labels {
			names[string(rune('0'+i))], numbers[label] = label, i
		}
		config["id2label"], config["label2id"] = names, numbers
	})
	return dir
}

// varied is a random model that does not give every row one label.
var varied = tiny.Options{Layers: 1, Seed: 10}

// edit changes a JSON file.
func edit(t *testing.T, path string, change func(object map[string]any)) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var object map[string]any
	if err := json.Unmarshal(raw, &object); err != nil {
		t.Fatal(err)
	}
	change(object)
	if raw, err = json.Marshal(object); err != nil {
		t.Fatal(err)
	}
	tiny.Write(t, path, string(raw))
}

// text is a value as JSON.
func text(t *testing.T, value any) string {
	t.Helper()
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// tick is a clock that goes on by a millisecond whenever it is read.
func tick() func() time.Time {
	now := time.Unix(0, 0)
	return func() time.Time {
		now = now.Add(time.Millisecond)
		return now
	}
}

// models is a comparison of models on 300 learnable rows.
func models(t *testing.T, paths ...string) Config {
	t.Helper()
	c := Default()
	c.Data, c.Threads, c.Now, c.MinTime = tiny.File(t, tiny.Rows(300, 5)), 2, tick(), 10*time.Millisecond
	for i, path := range paths {
		c.Candidates = append(c.Candidates, Candidate{Name: string(rune('a' + i)), Path: path})
	}
	return c
}

// evaluated is what eval says of a model.
func evaluated(t *testing.T, model, file string) (*classify.Evaluation, *data.Set) {
	t.Helper()
	classifier, err := native.Open(model, native.Options{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer classifier.Close()
	labels, err := data.NewLabels(classifier.Labels()...)
	if err != nil {
		t.Fatal(err)
	}
	set, err := data.Load(file, labels, data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := classify.Evaluate(t.Context(), classifier.Classifier, set, nil)
	if err != nil {
		t.Fatal(err)
	}
	return e, set
}

func TestModelsGetWhatEvalGivesThem(t *testing.T) {
	bert := named(t, varied, "neg", "pos")
	electra := named(t, tiny.Options{Type: "electra", Layers: 1, Seed: 4}, "POS", "NEG")
	c := models(t, bert, electra)
	done := 0
	c.Progress = func(d, total int) {
		if d < done || total != 600 {
			t.Errorf("%d of %d after %d", d, total, done)
		}
		done = d
	}
	r, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if done != 600 {
		t.Errorf("progress ended at %d", done)
	}
	for i, path := range []string{bert, electra} {
		want, _ := evaluated(t, path, c.Data)
		got := r.Outcomes[i]
		if got.Report.Accuracy != want.Report.Accuracy || math.Abs(float64(got.Report.LogLoss-want.Report.LogLoss)) > 1e-12 || got.Report.Calibration.ECE != want.Report.Calibration.ECE {
			t.Errorf("%s: got %+v, want %+v", path, got.Report, want.Report)
		}
		if g, w := text(t, got.Report), text(t, want.Report); i == 0 && g != w {
			t.Errorf("labels of the same order: got %s, want %s", g, w)
		}
		if got.Tokens != want.Result.Tokens || got.Model.Parameters.Total == 0 || got.Model.Bytes == 0 || got.Temperature == nil {
			t.Errorf("%s: got %+v", path, got)
		}
	}
	if len(r.Differences) < 20 || r.Outcomes[0].Temperature.AtBound {
		t.Errorf("the models are not telling: %d differences, temperature %+v", len(r.Differences), r.Outcomes[0].Temperature)
	}
	if p := r.Pairs[0]; p.BothRight+p.BothWrong+p.OnlyA+p.OnlyB != 300 || p.SameLabel+len(r.Differences) != 300 || r.Data.Counts[0] != 150 || len(r.Data.Digest) != 64 {
		t.Errorf("pair %+v, %d differences, data %+v", p, len(r.Differences), r.Data)
	}
	// A block of 128 and one of 44 rows are timed, and as many again as make ten milliseconds.
	if s := r.Outcomes[1].Speed; s.Seconds < 0.0099 || s.Seconds > 0.0101 || s.Ratio.Median != 1 || s.Texts < 172 || s.TextsPerSecond < 1000 || s.Device == "" || s.Threads != 2 {
		t.Errorf("speed %+v", s)
	}
}

func TestTheSameModelTwiceDoesNotDiffer(t *testing.T) {
	model := named(t, varied, "neg", "pos")
	c := models(t, model, model)
	saved := filepath.Join(t.TempDir(), "saved.jsonl")
	e, set := evaluated(t, model, c.Data)
	if err := atomicfile.Write(saved, func(w io.Writer) error { return e.WritePredictions(w, set, []string{"neg", "pos"}) }); err != nil {
		t.Fatal(err)
	}
	c.Candidates = append(c.Candidates, Candidate{Name: "saved", Path: saved})
	r, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Pairs) != 3 || len(r.Differences) != 0 || len(r.Notes) != 0 {
		t.Errorf("%d pairs, %d differences, notes %q", len(r.Pairs), len(r.Differences), r.Notes)
	}
	for _, p := range r.Pairs {
		if p.P != 1 || p.Holm != 1 || p.SameLabel != 300 || p.Bootstrap.Accuracy.Low != 0 || p.Bootstrap.Accuracy.High != 0 || p.Better() != "" {
			t.Errorf("%+v", p)
		}
	}
	a, s := r.Outcomes[0], r.Outcomes[2]
	if math.Abs(float64(a.Report.LogLoss-s.Report.LogLoss)) > 1e-12 || math.Abs(float64(a.Temperature.Temperature/s.Temperature.Temperature)-1) > 1e-6 {
		t.Errorf("log loss %v and saved %v, temperature %v and saved %v", a.Report.LogLoss, s.Report.LogLoss, a.Temperature.Temperature, s.Temperature.Temperature)
	}
	if a.Accuracy != s.Accuracy || a.MacroF1 != s.MacroF1 {
		t.Errorf("intervals %v and %v", a.Accuracy, s.Accuracy)
	}
}

func TestTheSameSeedGivesTheSameResult(t *testing.T) {
	c := models(t, named(t, varied, "neg", "pos"), named(t, tiny.Options{Seed: 8}, "neg", "pos"))
	var texts [2]string
	for i := range texts {
		c.Now, c.Threads = tick(), 1+i
		r, err := Run(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range r.Outcomes {
			o.Speed.Threads = 0
		}
		texts[i] = text(t, r)
	}
	if texts[0] != texts[1] {
		t.Errorf("two runs differ:\n%s\n%s", texts[0], texts[1])
	}
}

func TestLabelsComeFromTheFirstModelThatNamesThem(t *testing.T) {
	plain, words, numbers := tiny.Model(t, tiny.Options{Head: true}), named(t, tiny.Options{Seed: 3}, "bad", "good"), named(t, tiny.Options{Seed: 3}, "0", "1")
	c := models(t, plain, numbers, words)
	c.Data = filepath.Join(t.TempDir(), "rows.jsonl")
	tiny.Write(t, c.Data, "{\"text\": \"a superb game\", \"voted_up\": true}\n{\"text\": \"a dull game\", \"voted_up\": false}\n")
	r, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(r.Data.Labels, []string{"bad", "good"}) || len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "LABEL_0 for bad, LABEL_1 for good") {
		t.Errorf("labels %q, notes %q", r.Data.Labels, r.Notes)
	}
	if r.Pairs[2].SameLabel != 2 { // numbers and words are one model
		t.Errorf("pair %+v", r.Pairs[2])
	}
	for _, o := range r.Outcomes { // one block only, which is timed when it comes again
		if o.Speed.Texts < 2 || !(o.Speed.TextsPerSecond > 0) {
			t.Errorf("%s: speed %+v", o.Name, o.Speed)
		}
	}
}

func TestLongTextsAreCutAndCounted(t *testing.T) {
	c := models(t, named(t, tiny.Options{Seed: 3}, "neg", "pos"), named(t, tiny.Options{Seed: 4}, "neg", "pos"))
	c.MaxTokens = 8
	r, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if o := r.Outcomes[0]; o.Truncated < 100 || o.Tokens > 8*300 {
		t.Errorf("%d cut, %d tokens", o.Truncated, o.Tokens)
	}
	c.MaxTokens = 65
	if _, err := Run(t.Context(), c); !badinput.Is(err) || !strings.Contains(err.Error(), "maximum length 65: the model takes 1 to 64 tokens") {
		t.Errorf("got %v", err)
	}
}

func TestTokenIDsAreForOneTokenizerOnly(t *testing.T) {
	a, b := named(t, tiny.Options{Seed: 3}, "neg", "pos"), named(t, tiny.Options{Seed: 3}, "neg", "pos")
	c := models(t, a, b)
	c.Data = filepath.Join(t.TempDir(), "rows.jsonl")
	tiny.Write(t, c.Data, "{\"text\": \"x\", \"label\": \"neg\"}\n{\"input_ids\": [2, 9, 3], \"label\": \"pos\"}\n")
	r, err := Run(t.Context(), c)
	if err != nil || r.Outcomes[0].Report.Rows != 2 {
		t.Fatalf("one tokenizer: %v", err)
	}
	edit(t, filepath.Join(b, "tokenizer_config.json"), func(config map[string]any) { config["do_lower_case"] = false })
	if _, err := Run(t.Context(), c); !badinput.Is(err) || !strings.Contains(err.Error(), "rows.jsonl:2: the row brings token ids, but a and b have different tokenizers") {
		t.Errorf("two tokenizers: %v", err)
	}
	tiny.Write(t, c.Data, "{\"input_ids\": [2, 9, 3], \"label\": \"neg\"}\n{\"input_ids\": [2, 9999, 3], \"label\": \"pos\"}\n")
	c.Candidates[1].Path = a
	if _, err := Run(t.Context(), c); !badinput.Is(err) || !strings.Contains(err.Error(), "a: ") || !strings.Contains(err.Error(), "rows.jsonl:2: ") {
		t.Errorf("an id out of range: %v", err)
	}
}

func TestBadModelsAreNamed(t *testing.T) {
	good := named(t, tiny.Options{Seed: 3}, "neg", "pos")
	predictions := filepath.Join(t.TempDir(), "p.jsonl")
	tiny.Write(t, predictions, strings.Repeat("{\"label\": \"neg\"}\n", 300))
	for name, c := range map[string]struct {
		candidate Candidate
		want      string
	}{
		"nowhere":               {Candidate{Path: filepath.Join(good, "nowhere")}, "nowhere: no such model folder or bundle"},
		"no head":               {Candidate{Path: tiny.Model(t, tiny.Options{})}, "not a classifier yet"},
		"no adapter":            {Candidate{Path: good, Adapter: filepath.Join(good, "none")}, "adapter "},
		"an adapter for a file": {Candidate{Path: predictions, Adapter: good}, "b: an adapter for a file of predictions"},
		"other labels":          {Candidate{Path: named(t, tiny.Options{Seed: 3}, "bad", "good")}, "b: its labels are bad, good, those measured are neg, pos"},
		"no tokenizer":          {Candidate{Path: named(t, tiny.Options{NoTokenizer: true}, "neg", "pos")}, "b: "},
	} {
		config := models(t, good)
		c.candidate.Name = "b"
		config.Candidates = append(config.Candidates, c.candidate)
		if _, err := Run(t.Context(), config); !badinput.Is(err) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("enough")
	c := models(t, named(t, tiny.Options{Seed: 3}, "neg", "pos"), named(t, tiny.Options{Seed: 4}, "neg", "pos"))
	c.Progress = func(int, int) { cancel(stop) }
	if _, err := Run(ctx, c); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}

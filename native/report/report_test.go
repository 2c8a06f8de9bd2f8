package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/metrics"
	"github.com/lorica-go/lorica/native/train"
)

func TestARunLeavesAllItsFiles(t *testing.T) {
	always, curves := []string{PageFile, JSONFile, TextFile}, []string{AccuracyPNG, AccuracySVG, LossPNG, LossSVG}
	for name, c := range map[string]struct {
		run  Run
		want []string
	}{
		"everything is known": {reviewRun(t), slices.Concat(always, curves, []string{ConfusionSVG, CalibrationSVG})},
		"nothing was trained": {Run{Metrics: measured(t, 40, "no", "yes")}, slices.Concat(always, []string{ConfusionSVG, CalibrationSVG})},
		"only labels":         {askedRun(t), slices.Concat(always, []string{ConfusionSVG})},
		"nothing is known":    {Run{}, always},
	} {
		got := slices.Sorted(maps.Keys(written(t, c.run)))
		slices.Sort(c.want)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

func TestTheSameRunGivesTheSameBytes(t *testing.T) {
	var first, second memory
	for _, to := range []*memory{&first, &second} {
		if err := Write(to, reviewRun(t)); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range first.files {
		if len(content) == 0 || !bytes.Equal(content, second.files[name]) {
			t.Errorf("%s differs", name)
		}
	}
}

func TestWritingAFigureLeavesTheHistoryAsItWas(t *testing.T) {
	r := reviewRun(t)
	slices.Reverse(r.History)
	before := slices.Clone(r.History)
	written(t, r)
	if !reflect.DeepEqual(before, r.History) {
		t.Error("the entries were reordered")
	}
}

func TestJSONHoldsWhatEvalPrintsAndMore(t *testing.T) {
	r := reviewRun(t)
	var got map[string]json.RawMessage
	if err := json.Unmarshal(written(t, r)[JSONFile], &got); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(r.Metrics)
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]json.RawMessage
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	for key, value := range want {
		var compact bytes.Buffer
		if err := json.Compact(&compact, got[key]); err != nil || compact.String() != string(value) {
			t.Errorf("%s: got %s, want %s", key, compact.String(), value)
		}
	}
	var history []train.Entry
	if err := json.Unmarshal(got["history"], &history); err != nil || !reflect.DeepEqual(history, r.History) {
		t.Errorf("the history reads back as something else: %v", err)
	}
	var run Run
	if err := json.Unmarshal(bytes.Replace(got["run"], []byte(`"settings"`), []byte(`"-"`), 1), &run); err != nil {
		t.Fatal(err)
	}
	if run.Seconds != r.Seconds || run.TokensPerSecond != r.TokensPerSecond || *run.Merge != *r.Merge || *run.Leaks != *r.Leaks || !run.Finished.Equal(r.Finished) {
		t.Errorf("the run reads back as %+v", run)
	}
}

func TestJSONEntriesHaveTheKeysOfTheLog(t *testing.T) {
	log, ours := reflect.TypeFor[train.Entry](), reflect.TypeFor[jsonEntry]()
	if log.NumField() != ours.NumField() {
		t.Fatalf("%d fields, the log has %d", ours.NumField(), log.NumField())
	}
	for i := range log.NumField() {
		if log.Field(i).Name != ours.Field(i).Name || log.Field(i).Tag != ours.Field(i).Tag {
			t.Errorf("field %d is %s %s, in the log %s %s", i, ours.Field(i).Name, ours.Field(i).Tag, log.Field(i).Name, log.Field(i).Tag)
		}
	}
}

func TestWhatIsNotFiniteIsNullOrADash(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	m := measured(t, 40, "no", "yes")
	m.LogLoss, m.Calibration.ECE, m.MCC, m.Accuracy = metrics.Float(nan), metrics.Float(inf), metrics.Float(nan), metrics.Float(nan)
	files := written(t, Run{
		Metrics: m, Seconds: inf, TokensPerSecond: nan, Merge: &encoder.MergeProof{Rows: 2, MaxDifference: inf},
		Settings: Settings{{"lr", nan}}, Mistakes: []Mistake{{Score: nan}},
		History: []train.Entry{
			{Step: 1, Epoch: nan, Loss: &nan, Rate: &inf, GradNorm: &nan}, {Step: 2, Epoch: 1, EvalLoss: &nan, EvalAccuracy: &nan, EvalMacroF1: &inf},
		},
	})
	text := string(files[JSONFile])
	for _, want := range []string{
		`"seconds": null`, `"tokens_per_s": null`, `"max_difference": null`, `"lr": null`, `"score": null`, `"loss": null`, `"epoch": null`,
		`"eval_macro_f1": null`, `"log_loss": null`, `"ece": null`, `"accuracy": null`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("report.json lacks %s", want)
		}
	}
	for _, name := range []string{LossSVG, AccuracySVG, CalibrationSVG, ConfusionSVG, TextFile, PageFile} {
		for _, bad := range []string{"NaN", "Inf"} {
			if strings.Contains(string(files[name]), bad) {
				t.Errorf("%s says %s", name, bad)
			}
		}
	}
	if !strings.Contains(string(files[TextFile]), "logits that are not finite") {
		t.Error("report.txt does not warn of the merge")
	}
}

func TestTextHoldsTheScikitLearnReportAndTheFacts(t *testing.T) {
	r := reviewRun(t)
	text := string(written(t, r)[TextFile])
	for _, want := range []string{
		r.Metrics.Text(4), "\nGrounded reviews\n================\n", "813,314 trainable of 124,647,170 (0.65%)", "1,930 tokens/s", "1 h 23 min",
		"no logit moved by more than 3.34e-06; no label changed", "61 test rows equal a training row", "learning rate          0.0002\n",
		"    3  2,400      0.2667     0.3100    89.20%    0.8880\n", "99.89% positive, labelled negative  (reviews.jsonl:5120)\n",
		"\n! 73 of 1,600 test rows (4.6%) stand in the training rows too",
	} {
		if !strings.Contains("\n"+text, want) {
			t.Errorf("report.txt lacks %q", want)
		}
	}
	for i, line := range strings.Split(text, "\n") {
		if strings.TrimRight(line, " ") != line && !strings.Contains(r.Metrics.Text(4), line) {
			t.Errorf("line %d ends in blanks", i+1)
		}
	}
}

func TestReadersAreWarned(t *testing.T) {
	leaks := Leaks{ExactTestRows: 3, NearTestRows: 1, Threshold: 0.8}
	dropped := leaks
	dropped.Dropped = 4
	useless, err := metrics.Evaluate([][]float64{{1, 0}, {1, 0}, {1, 0}}, []int{0, 0, 1}, []string{"no", "yes"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		run  Run
		want string // "" for no warning
	}{
		"nothing is known":                 {Run{}, ""},
		"a good model":                     {Run{Metrics: measured(t, 100, "no", "yes"), Merge: &encoder.MergeProof{Rows: 9}}, ""},
		"leaks stay":                       {Run{Leaks: &leaks}, "4 of the test rows stand in the training rows"},
		"leaks were dropped":               {Run{Leaks: &dropped}, ""},
		"the merge changed a label":        {Run{Merge: &encoder.MergeProof{Rows: 9, Flipped: 1}}, "changed the label of 1 of 9"},
		"the commonest label would do too": {Run{Metrics: useless}, "no better than"},
	} {
		got := c.run.warnings()
		if c.want == "" && len(got) > 0 || c.want != "" && (len(got) != 1 || !strings.Contains(got[0], c.want)) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestSettingsKeepTheirOrderAndMayNotOccurTwice(t *testing.T) {
	raw, err := json.Marshal(Settings{{"seed", 42}, {"alpha", 32.5}, {"shuffle", true}, {"targets", "a\"b"}, {"p", math.Inf(1)}})
	if want := `{"seed":42,"alpha":32.5,"shuffle":true,"targets":"a\"b","p":null}`; err != nil || string(raw) != want {
		t.Errorf("got %s, %v", raw, err)
	}
	err = Write(&memory{}, Run{Settings: Settings{{"seed", 1}, {"seed", 2}}})
	if err == nil || !strings.Contains(err.Error(), `setting "seed" occurs twice`) {
		t.Errorf("got %v", err)
	}
}

func TestMeasuresThatContradictTheirLabelsAreRefused(t *testing.T) {
	for name, m := range map[string]*metrics.Report{
		"none":       {},
		"too few":    {Labels: []string{"no", "yes"}, Confusion: metrics.Confusion{{1, 2}}},
		"not square": {Labels: []string{"no", "yes"}, Confusion: metrics.Confusion{{1, 2}, {3}}},
	} {
		var to memory
		if err := Write(&to, Run{Metrics: m}); err == nil || len(to.files) > 0 {
			t.Errorf("%s: got %v and %d files", name, err, len(to.files))
		}
	}
}

func TestAFailingSinkStopsTheReport(t *testing.T) {
	for name := range written(t, reviewRun(t)) {
		to := memory{failAt: name, skipPNG: true}
		if err := Write(&to, reviewRun(t)); !errors.Is(err, errFull) {
			t.Errorf("%s fails: got %v", name, err)
		}
	}
}

func TestDirKeepsOtherFilesAndReplacesItsOwn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out", "run")
	for _, title := range []string{"first", "second"} {
		if err := Write(Dir(dir), Run{Title: title}); err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(filepath.Join(dir, TextFile)); err != nil || !strings.HasPrefix(string(text), title) {
			t.Errorf("got %q, %v", text, err)
		}
		if err := os.WriteFile(filepath.Join(dir, "log.jsonl"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 4 {
		t.Errorf("%d files, %v", len(entries), err)
	}
	if err := Write(Dir(filepath.Join(dir, "log.jsonl")), Run{}); !badinput.Is(err) {
		t.Errorf("a file in the folder's place: got %v", err)
	}
}

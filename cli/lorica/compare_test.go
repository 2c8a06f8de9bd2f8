package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// compared is what the tests read of compare --json.
type compared struct {
	Data struct {
		File   string
		Rows   int
		Labels []string
	}
	Candidates []struct {
		Name  string
		Model *struct {
			Type       string
			Bytes      int
			Parameters struct{ Total, Trainable int }
		}
		Speed *struct {
			TextsPerSecond float64 `json:"texts_per_s"`
		}
		Report struct {
			Accuracy float64
			LogLoss  *float64 `json:"log_loss"`
		}
	}
	Pairs []struct {
		A, B      string
		SameLabel int `json:"same_label"`
		P         float64
		Holm      float64 `json:"p_holm"`
	}
	Differences []struct {
		Line    int
		Text    string
		Answers []struct {
			Label string
			Score *float64
			Right bool
		}
	}
	Notes []string
}

// labels are those of the tiny model; the rows say true and false.
const labels = `no,yes & "so"`

// comparisonFiles are 40 rows, and the answers to them of classify, of eval, and of one that says no to all.
func comparisonFiles(t *testing.T) (rows, classified, evaluated, no string) {
	t.Helper()
	rows = file(t, "rows.jsonl", reviews(40))
	classified = file(t, "classified.jsonl", succeed(t, "", "classify", "--model", model, rows).stdout)
	evaluated = filepath.Join(t.TempDir(), "evaluated.jsonl")
	succeed(t, "", "eval", "--model", model, "--data", rows, "--predictions", evaluated)
	return rows, classified, evaluated, file(t, "no.csv", "label\n"+strings.Repeat("false\n", 40))
}

func TestCompareTakesWhatOtherCommandsWrite(t *testing.T) {
	rows, classified, evaluated, no := comparisonFiles(t)
	o := succeed(t, "", "compare", "now="+model, classified, evaluated, "no="+no, "--data", rows, "--min-time", "10ms", "--resamples", "500", "--json")
	var r compared
	if err := json.Unmarshal([]byte(o.stdout), &r); err != nil {
		t.Fatal(err)
	}
	if r.Data.File != rows || r.Data.Rows != 40 || !slices.Equal(r.Data.Labels, []string{"no", `yes & "so"`}) || len(r.Candidates) != 4 || len(r.Pairs) != 6 || len(r.Notes) != 0 {
		t.Fatalf("got %+v", r)
	}
	for _, p := range r.Pairs[:2] { // with itself, as classify and as eval wrote it
		if p.SameLabel != 40 || p.P != 1 || p.Holm != 1 {
			t.Errorf("%+v", p)
		}
	}
	now, last := r.Candidates[0], r.Candidates[3]
	if now.Model.Type != "bert" || now.Model.Parameters.Total == 0 || now.Model.Bytes == 0 || now.Speed.TextsPerSecond <= 0 || now.Report.LogLoss == nil {
		t.Errorf("the model: %+v", now)
	}
	if r.Candidates[1].Name != "classified.jsonl" || *r.Candidates[1].Report.LogLoss-*now.Report.LogLoss > 1e-9 {
		t.Errorf("classify's answers: %+v", r.Candidates[1])
	}
	if last.Model != nil || last.Speed != nil || last.Report.Accuracy != 0.5 || last.Report.LogLoss != nil {
		t.Errorf("a file: %+v", last)
	}
	if len(r.Differences) != 40 { // the model says yes to all
		t.Errorf("%d differences", len(r.Differences))
	}
	for _, d := range r.Differences {
		if len(d.Answers) != 4 || d.Text == "" || d.Answers[3].Label != "no" || d.Answers[3].Score != nil || d.Answers[0].Right == d.Answers[3].Right {
			t.Errorf("%+v", d)
		}
	}
}

func TestComparePrintsTablesAndMarkdownAndLeavesAPage(t *testing.T) {
	rows, classified, _, no := comparisonFiles(t)
	out := filepath.Join(t.TempDir(), "out")
	o := succeed(t, "", "compare", "model="+classified, "no="+no, "--data", rows, "--labels", labels, "--out", out, "--differences", "2")
	for _, want := range []string{
		"40 rows: 20 no, 20 yes & \"so\"", "Measures\n", "Accuracy ", "  95% interval", "Calibration error", "By label\n", "Most frequent confusions\n", "McNemar's p",
		"Rows with different answers: 2 of ", "\nResult\n", "files     " + filepath.Join(out, "compare.html"),
	} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("the output lacks %q:\n%s", want, o.stdout)
		}
	}
	if o.stderr != "" {
		t.Errorf("stderr %q", o.stderr)
	}
	for _, name := range []string{"compare.html", "compare.md", "compare.json", "scores.svg", "pairs.svg", "labels.svg", "calibration.svg"} {
		if info, err := os.Stat(filepath.Join(out, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	o = succeed(t, "", "compare", "model="+classified, "no="+no, "--data", rows, "--labels", labels, "--markdown")
	if !strings.HasPrefix(o.stdout, "# Comparison on rows.jsonl\n") || !strings.Contains(o.stdout, "| --- | ---: | ---: |") {
		t.Errorf("Markdown:\n%s", o.stdout)
	}
}

func TestCompareReadsPredictionsFromAPipe(t *testing.T) {
	rows, classified, _, no := comparisonFiles(t)
	text, err := os.ReadFile(classified)
	if err != nil {
		t.Fatal(err)
	}
	o := succeed(t, string(text), "compare", "-", no, "--data", rows, "--labels", labels, "--json")
	var r compared
	if err := json.Unmarshal([]byte(o.stdout), &r); err != nil || r.Candidates[0].Name != "stdin" {
		t.Errorf("%v, %+v", err, r)
	}
}

func TestWrongUsageOfCompareIsOneLineAndStatus2(t *testing.T) {
	rows, _, _, no := comparisonFiles(t)
	for want, args := range map[string][]string{
		"want two models or files of predictions at least, got 1": {no, "--data", rows},
		"--data is missing":                                                        {"a=" + no, "b=" + no},
		"two of those compared are called \"no.csv\"":                              {no, no, "--data", rows},
		"adapter \"x=y\": none of those compared is called \"x\"":                  {"a=" + no, "b=" + no, "--data", rows, "--adapter", "x=y"},
		"--label-map: label map \"a\": want FROM=TO":                               {"a=" + no, "b=" + no, "--data", rows, "--label-map", "a"},
		"missing predictions \"skip\": want error, wrong or drop":                  {"a=" + no, "b=" + no, "--data", rows, "--missing", "skip"},
		"3 resamples: want 10 to 1000000":                                          {"a=" + no, "b=" + no, "--data", rows, "--resamples", "3"},
		"both --markdown and --json":                                               {"a=" + no, "b=" + no, "--data", rows, "--markdown", "--json"},
		"standard input cannot be read twice":                                      {"a=-", "b=" + no, "--data", "-"},
		"--min-time -1s: want 0 to 1h":                                             {"a=" + no, "b=" + no, "--data", rows, "--min-time", "-1s"},
		"--differences -1: want at least 0":                                        {"a=" + no, "b=" + no, "--data", rows, "--differences", "-1"},
		"--max-length -1: want at least 1":                                         {"a=" + no, "b=" + no, "--data", rows, "--max-length", "-1"},
		"unknown flag --lables: did you mean --labels?; see lorica compare --help": {"a=" + no, "b=" + no, "--data", rows, "--lables", "a,b"},
	} {
		o := lorica(t, "", append([]string{"compare"}, args...)...)
		if o.status != exitUsage || !strings.HasPrefix(o.stderr, "lorica: compare: ") || !strings.Contains(o.stderr, want) || strings.Count(o.stderr, "\n") != 1 || o.stdout != "" {
			t.Errorf("%v: status %d, stderr %q; want %q", args, o.status, o.stderr, want)
		}
	}
}

func TestBadInputOfCompareIsOneLineAndStatus3(t *testing.T) {
	rows, classified, _, no := comparisonFiles(t)
	short := file(t, "short.jsonl", "{\"label\": true}\n")
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no such model":       {[]string{"nowhere", no, "--data", rows}, "nowhere: no such model folder or bundle"},
		"no such predictions": {[]string{"nowhere.jsonl", no, "--data", rows}, "nowhere.jsonl: no such file of predictions"},
		"no such data":        {[]string{"a=" + no, "b=" + no, "--data", "nowhere.jsonl"}, "nowhere.jsonl"},
		"too few predictions": {[]string{short, no, "--data", rows}, "short.jsonl: 1 predictions for the 40 rows of "},
		"other labels":        {[]string{classified, no, "--data", rows, "--labels", "bad,good"}, `classified.jsonl:1: scores: unknown label "no"; known: bad, good`},
		"bytes of no text":    {[]string{file(t, "p.jsonl", "\xff\xfe\x00"), no, "--data", rows}, "p.jsonl: the file is UTF-16"},
		"an unknown row list": {[]string{"a=" + no, "b=" + no, "--data", rows, "--rows", "nowhere.json"}, "row list: "},
		"a folder for a file": {[]string{"a=" + no, "b=" + no, "--data", rows, "--out", no}, "no.csv"},
	} {
		t.Run(name, func(t *testing.T) {
			checkBadInput(t, lorica(t, "", append([]string{"compare"}, c.args...)...), "compare", c.want)
		})
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/native/dataset"
)

// steamAnswer is a saved answer of Steam's newer API that holds the reviews.
func steamAnswer(reviews ...string) string {
	return `{"response":{"query_summary":{"num_reviews":` + fmt.Sprint(len(reviews)) + `},"reviews":[` + strings.Join(reviews, ",") + `],"cursor":"AoJ4+/="}}`
}

func TestReviewsBecomeADataSetThatIsTrainedOn(t *testing.T) {
	dir := t.TempDir()
	built := filepath.Join(dir, "built.jsonl.gz")
	page := steamAnswer(`{"recommendationid":"1","review":"[b]great[/b] fun","voted_up":true}`, `{"recommendationid":"2","review":"  ","voted_up":true}`)
	o := succeed(t, "", "data", "build", file(t, "reviews.jsonl", reviews(400)), file(t, "page.json", page), "--clean", "default,bbcode", "--dedupe", "id,exact",
		"--labels", "neg,pos", "--balance", "40", "--order", "interleaved", "--dropped", filepath.Join(dir, "dropped.jsonl"), "--out", built)
	for _, part := range []string{"reviews.jsonl ", " 400\n", "page.json ", "dropped: exact duplicate", "dropped: empty", "kept ", "cleaned: bbcode 1", "written to " + built} {
		if !strings.Contains(o.stdout, part) {
			t.Errorf("build lacks %q:\n%s", part, o.stdout)
		}
	}
	o = succeed(t, "", "data", "split", built, "--split", "sklearn-stratified", "--test-size", "0.25", "--ending", ".csv", "--out", filepath.Join(dir, "parts"))
	for _, part := range []string{"train ", "test ", "parts/train.csv", "split.json"} {
		if !strings.Contains(o.stdout, part) {
			t.Errorf("split lacks %q:\n%s", part, o.stdout)
		}
	}
	run := filepath.Join(dir, "run")
	succeed(t, "", "train", "--model", model, "--data", filepath.Join(dir, "parts/train.csv"), "--eval-data", filepath.Join(dir, "parts/test.csv"), "--out", run,
		"--labels", "neg,pos", "--max-length", "16", "--max-steps", "2", "--quiet")
	succeed(t, "", "train", "--model", model, "--data", built, "--rows", filepath.Join(dir, "parts/split.json:train"), "--eval-rows", filepath.Join(dir, "parts/split.json:test"),
		"--out", run, "--labels", "neg,pos", "--max-length", "16", "--max-steps", "2", "--quiet")
	o = succeed(t, "", "data", "stats", built, "--model", model, "--max-length", "6", "--by", "voted_up")
	for _, part := range []string{"neg ", "pos ", "have more than 6 tokens", "tokens ", "review ", "languages", "near duplicates", "median tokens"} {
		if !strings.Contains(o.stdout, part) {
			t.Errorf("stats lacks %q:\n%s", part, o.stdout)
		}
	}
	type shown struct {
		Label string
		Row   struct{ Review string }
	}
	rows := parse[shown](t, succeed(t, "", "data", "show", built, "--per-label", "-n", "3").stdout)
	if len(rows) != 6 || rows[0].Row.Review == "" {
		t.Errorf("show: %+v", rows)
	}
}

func TestDataCommandsPrintOneObjectWithJSON(t *testing.T) {
	source, dir := file(t, "r.jsonl", reviews(60)), t.TempDir()
	out := filepath.Join(dir, "out.tsv")
	s := parse[dataset.Summary](t, succeed(t, "", "data", "build", source, "--out", out, "--json", "--quiet").stdout)[0]
	if s.Read != 60 || s.Kept == 0 || s.Kept == 60 || len(s.Labels) != 2 || s.Out != out {
		t.Errorf("%+v", s)
	}
	d := parse[dataset.Division](t, succeed(t, "", "data", "split", source, "--out", dir, "--validation-size", "6", "--json").stdout)[0]
	if len(d.Parts) != 3 || d.Parts[2].Rows != 6 || d.Parts[1].Rows != 12 {
		t.Errorf("%+v", d)
	}
	m := parse[dataset.Measures](t, succeed(t, "", "data", "stats", source, "--json", "--no-near", "--no-languages").stdout)[0]
	if m.Rows != 60 || m.Languages != nil || m.Duplicates.Near != nil || m.Duplicates.Exact == 0 {
		t.Errorf("%+v", m)
	}
}

func TestRowsGoThroughAPipe(t *testing.T) {
	o := succeed(t, reviews(50), "data", "build", "-", "--format", "jsonl", "--out", "-", "--order", "original")
	rows := parse[map[string]any](t, o.stdout)
	if len(rows) == 0 || rows[0]["review"] == nil || !strings.Contains(o.stderr, "kept") {
		t.Errorf("%d rows; %s", len(rows), o.stderr)
	}
	if o := succeed(t, reviews(50), "data", "build", "-", "--out", "-", "--quiet"); o.stderr != "" {
		t.Errorf("--quiet: %s", o.stderr)
	}
	if o := succeed(t, reviews(50), "data", "show", "-", "--by", "first", "-n", "1"); !strings.Contains(o.stdout, `"line":1`) {
		t.Errorf("show: %s", o.stdout)
	}
}

func TestDataErrorsAreOneLineAndLeaveNothing(t *testing.T) {
	rows, dir := file(t, "r.jsonl", reviews(20)), t.TempDir()
	out := filepath.Join(dir, "o.jsonl")
	for want, args := range map[string][]string{
		"no file given":                          {"build", "--out", out},
		"--out is missing":                       {"build", rows},
		`--clean: rule "html"`:                   {"build", rows, "--out", out, "--clean", "html"},
		`--where: condition "x"`:                 {"build", rows, "--out", out, "--where", "x"},
		`--dedupe "fuzzy"`:                       {"build", rows, "--out", out, "--dedupe", "fuzzy"},
		"none stands alone":                      {"build", rows, "--out", out, "--dedupe", "none,id"},
		`--balance "some"`:                       {"build", rows, "--out", out, "--balance", "some"},
		`--conflicts "both"`:                     {"build", rows, "--out", out, "--conflicts", "both"},
		`order "random"`:                         {"build", rows, "--out", out, "--order", "random"},
		"want a name that ends in":               {"build", rows, "--out", filepath.Join(dir, "o.parquet")},
		`split "random"`:                         {"split", rows, "--out", dir, "--split", "random"},
		"--test-size":                            {"split", rows, "--out", dir, "--test-size", "0"},
		"want one of them":                       {"split", rows, "--out", dir, "--split", "sklearn", "--group", "x"},
		`unexpected argument "b"`:                {"split", rows, "b", "--out", dir},
		"maximum length 0":                       {"stats", rows, "--max-length", "0"},
		`choice "best"`:                          {"show", rows, "--by", "best"},
		`unknown command "data shwo": did you m`: {"shwo"},
	} {
		o := lorica(t, "", append([]string{"data"}, args...)...)
		if o.status != exitUsage || !strings.Contains(o.stderr, want) || strings.Count(o.stderr, "\n") != 1 || o.stdout != "" {
			t.Errorf("data %s: status %d, stdout %q, stderr %q; want %q", strings.Join(args, " "), o.status, o.stdout, o.stderr, want)
		}
	}
	bad := file(t, "bad.jsonl", reviews(3)+"{\n")
	for _, c := range []struct {
		command, want string
		args          []string
	}{
		{"data build", "bad.jsonl:4: bad JSON", []string{bad, "--out", out}},
		{"data split", "bad.jsonl:4: bad JSON", []string{bad, "--out", dir}},
		{"data stats", "bad.jsonl:4: bad JSON", []string{bad}},
		{"data show", "no row of 20 is as asked for", []string{rows, "--label", "x"}},
		{"data split", `no group in field "game"`, []string{rows, "--out", dir, "--group", "game"}},
	} {
		checkBadInput(t, lorica(t, "", append(strings.Fields(c.command), c.args...)...), c.command, c.want)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("left %v, %v", entries, err)
	}
}

func TestTheSplitListsAreWhatTheFilesHold(t *testing.T) {
	source, dir := file(t, "r.jsonl", reviews(30)), t.TempDir()
	succeed(t, "", "data", "split", source, "--out", dir)
	var lists map[string][]int
	content, err := os.ReadFile(filepath.Join(dir, "split.json"))
	if err == nil {
		err = json.Unmarshal(content, &lists)
	}
	if err != nil || len(lists["train"]) != 24 || len(lists["test"]) != 6 {
		t.Fatalf("%v, %v", lists, err)
	}
	all := slices.Sorted(slices.Values(slices.Concat(lists["train"], lists["test"])))
	for i, at := range all {
		if i != at {
			t.Fatalf("%v", all)
		}
	}
}

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/native/demo"
)

// demonstrated is what demo --json prints, as far as the tests read it.
type demonstrated struct {
	Before   map[string]any `json:"before"`
	Training struct {
		TrainRows int            `json:"train_rows"`
		EvalRows  int            `json:"eval_rows"`
		Report    map[string]any `json:"report"`
	} `json:"training"`
	Sentences []demo.Sentence `json:"sentences"`
	Files     []string        `json:"files"`
	Next      []string        `json:"next"`
}

// One epoch in place of the recipe's: it is the way that is tested here, not how much is learnt on it.
func TestDemoGoesAllTheWayAndCanBeRunAgain(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "shown")
	o := succeed(t, "", "demo", "--epochs", "1", "--out", out)
	for _, part := range []string{
		"1. The model and the data", "2. The model as it is", "3. Training", "4. What it has learnt", "5. The merge", "6. Four sentences", "macro avg",
		"held out: accuracy ", " before, ", "labels changed: 0", "opened from disk", "files ", "Try next:",
	} {
		if !strings.Contains(o.stdout, part) {
			t.Errorf("standard output lacks %q:\n%s", part, o.stdout)
		}
	}
	if !strings.Contains(o.stderr, "epoch 1: training loss") {
		t.Errorf("standard error: %s", o.stderr)
	}
	bundle := filepath.Join(out, "model.safetensors")
	first := contentOf(t, bundle)
	d := parse[demonstrated](t, succeed(t, "", "demo", "--epochs", "1", "--out", out, "--threads", "1", "--json", "--quiet").stdout)[0]
	if first != contentOf(t, bundle) {
		t.Error("run again with one thread, it leaves another model")
	}
	if d.Before["accuracy"] == nil || d.Training.Report["accuracy"] == nil || d.Training.TrainRows < 500 || d.Training.EvalRows < 120 || len(d.Sentences) != 4 {
		t.Errorf("got %+v", d)
	}
	for _, s := range d.Sentences {
		if s.After.Score < 0.5 || s.Before.Score < 0.5 || s.Label == "" || s.Text == "" {
			t.Errorf("got %+v", s)
		}
	}
	for _, file := range d.Files {
		if _, err := os.Stat(file); err != nil {
			t.Error(err)
		}
	}
	if runtime.GOOS != "windows" {
		tryNext(t, out, d.Next)
	}
}

// tryNext runs the command lines that the demo ends with, and wants its training to be the one that it has made itself.
func tryNext(t *testing.T, out string, lines []string) {
	t.Helper()
	if len(lines) != 5 {
		t.Errorf("got %q", lines)
	}
	for _, line := range lines {
		own := strings.HasPrefix(line, shellQuote(program)+" train ")
		if own {
			line += " --epochs 1 --quiet"
		}
		if output, err := exec.Command("sh", "-c", line).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", line, err, output)
		}
		const adapter = "adapter/adapter_model.safetensors"
		if own && contentOf(t, filepath.Join(out, adapter)) != contentOf(t, filepath.Join(out, "yours", adapter)) {
			t.Error("train --recipe demo gives another adapter")
		}
	}
}

func contentOf(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestDemoLeavesFilesOfOthersAlone(t *testing.T) {
	own := file(t, "reviews.jsonl", "my own\n")
	o := lorica(t, "", "demo", "--out", filepath.Dir(own))
	if o.status != exitBadInput || !strings.Contains(o.stderr, own+": the file is not the demo's") || strings.Count(o.stderr, "\n") != 1 {
		t.Errorf("status %d, %s", o.status, o.stderr)
	}
	if content := contentOf(t, own); content != "my own\n" {
		t.Errorf("it is now %.40q", content)
	}
	if entries, err := os.ReadDir(filepath.Dir(own)); err != nil || len(entries) != 1 {
		t.Errorf("beside it: %v, %v", entries, err)
	}
	if o := lorica(t, "", "demo", "--out", filepath.Join(own, "below")); o.status != exitBadInput || strings.Count(o.stderr, "\n") != 1 {
		t.Errorf("below a file: status %d, %s", o.status, o.stderr)
	}
}

func TestWithoutAModelTheBuiltinOneIsTaken(t *testing.T) {
	texts := []string{"--text", "I love it, a wonderful game", "--text", "broken, I want my money back"}
	o := succeed(t, "", append([]string{"classify"}, texts...)...)
	if named := succeed(t, "", append([]string{"classify", "--model", "default", "--pull"}, texts...)...); named.stdout != o.stdout {
		t.Errorf("default says %s", named.stdout)
	}
	answers := parse[classified](t, o.stdout)
	if len(answers) != 2 || answers[0].Label != "positive" || answers[1].Label != "negative" {
		t.Errorf("got %+v", answers)
	}
	data := file(t, "rows.jsonl", `{"text": "a gem", "label": "positive"}`+"\n"+`{"text": "refunded", "label": "negative"}`+"\n")
	if o := succeed(t, "", "eval", "--data", data); !strings.Contains(o.stdout, "macro avg") {
		t.Errorf("eval: %s", o.stdout)
	}
	if o := succeed(t, "", "tokenize", "--text", "a gem"); !strings.Contains(o.stdout, `"ids":[`) {
		t.Errorf("tokenize: %s", o.stdout)
	}
	if o := succeed(t, "", "verify", "default"); !strings.Contains(o.stdout, "the bundle is whole") {
		t.Errorf("verify: %s", o.stdout)
	}
	m := parse[infoResult](t, succeed(t, "", "info", "--model", "default").stdout)[0].Model
	if m == nil || m.Path != "default" || m.Format != "bundle" || m.Probes == 0 || m.Bytes == 0 || !slices.Equal(m.Labels, []string{"negative", "positive"}) {
		t.Errorf("info: %+v", m)
	}
	if o := lorica(t, "", "tokenize", "--slow", "--text", "a"); o.status != exitBadInput || !strings.Contains(o.stderr, "default: the slow tokenizer is read from a model folder") {
		t.Errorf("tokenize --slow: status %d, %s", o.status, o.stderr)
	}
}

func TestTheBuiltinModelIsABaseForOtherLabels(t *testing.T) {
	rows := strings.Repeat(`{"text":"dull","label":"bad"}`+"\n"+`{"text":"so so","label":"fair"}`+"\n"+`{"text":"superb","label":"good"}`+"\n", 4)
	data, out := file(t, "rows.jsonl", rows), filepath.Join(t.TempDir(), "run")
	o := succeed(t, "", "train", "--data", data, "--out", out, "--test-size", "0", "--max-steps", "2")
	if !strings.Contains(o.stderr, "its output layer begins at random") || !strings.Contains(o.stderr, "modernbert (default, the built-in model) on cpu/") {
		t.Errorf("standard error: %s", o.stderr)
	}
	if config := contentOf(t, filepath.Join(out, "config.yaml")); !strings.Contains(config, "# model: default  # default") {
		t.Errorf("the settings: %s", config)
	}
	for _, model := range [][]string{{"--model", filepath.Join(out, "model.safetensors")}, {"--adapter", filepath.Join(out, "adapter")}} {
		answer := parse[classified](t, succeed(t, "", append([]string{"classify", "--text", "superb"}, model...)...).stdout)[0]
		if len(answer.Logits) != 3 || !slices.Contains([]string{"bad", "fair", "good"}, answer.Label) {
			t.Errorf("%v: %+v", model, answer)
		}
	}
}

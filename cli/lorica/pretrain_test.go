package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// pretraining returns the arguments of a small run on a few texts, with its folder.
func pretraining(t *testing.T, more ...string) (args []string, out string) {
	t.Helper()
	out = filepath.Join(t.TempDir(), "base")
	texts := file(t, "texts.txt", strings.Repeat("good game , good game .\nbad story , bad story .\n", 20))
	return append([]string{"pretrain", "--tokenizer", model, "--data", texts, "--out", out, "--layers", "1", "--width", "16", "--heads", "2",
		"--max-length", "16", "--batch-tokens", "64", "--epochs", "2", "--threads", "1", "--log-every", "5"}, more...), out
}

func TestPretrainMakesAModelThatTrainTakes(t *testing.T) {
	args, out := pretraining(t)
	r := lorica(t, "", args...)
	if r.status != 0 || !strings.Contains(r.stdout, "masked accuracy") || !strings.Contains(r.stdout, "lorica train --model") {
		t.Fatalf("status %d\n%s\n%s", r.status, r.stdout, r.stderr)
	}
	for _, want := range []string{"roberta of ", "train on 39 texts", "evaluate on 1 ", "step 5 of", "validation loss", "perplexity"} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("standard error lacks %q:\n%s", want, r.stderr)
		}
	}
	tuned := filepath.Join(t.TempDir(), "tuned")
	r = lorica(t, "", "train", "--model", filepath.Join(out, "model"), "--data", file(t, "r.jsonl", reviews(20)), "--out", tuned, "--epochs", "1", "--full", "--threads", "1")
	if r.status != 0 {
		t.Fatalf("status %d\n%s", r.status, r.stderr)
	}
}

func TestPretrainResumesFromItsOwnSettingsAndPrintsJSON(t *testing.T) {
	args, out := pretraining(t)
	if r := lorica(t, "", args...); r.status != 0 {
		t.Fatalf("status %d\n%s", r.status, r.stderr)
	}
	r := lorica(t, "", "pretrain", "--config", filepath.Join(out, "config.yaml"), "--resume", "--threads", "1", "--json")
	var got struct {
		Out         string
		Model       string
		FirstStep   int      `json:"first_step"`
		Steps       int      `json:"steps"`
		Perplexity  *float64 `json:"eval_perplexity"`
		Evaluations []any
	}
	if err := json.Unmarshal([]byte(r.stdout), &got); err != nil || r.status != 0 {
		t.Fatalf("status %d, %v\n%s\n%s", r.status, err, r.stdout, r.stderr)
	}
	if got.Out != out || got.Model != filepath.Join(out, "model") || got.FirstStep != got.Steps || got.Steps == 0 || got.Perplexity == nil || len(got.Evaluations) != 2 {
		t.Errorf("got %+v", got)
	}
}

func TestPretrainSaysWhatIsWrongWithItsFlags(t *testing.T) {
	for name, c := range map[string]struct {
		more []string
		want string
	}{
		"a schedule":        {[]string{"--schedule", "wavy"}, `--schedule: schedule "wavy": want linear or cosine`},
		"a warm-up":         {[]string{"--warmup", "1.5"}, `--warmup: "1.5": want a share of the steps between 0 and 1, or a number of steps`},
		"a test size":       {[]string{"--test-size", "2.5"}, "--test-size: "},
		"a dtype":           {[]string{"--dtype", "int3"}, "--dtype: "},
		"a shape":           {[]string{"--heads", "3"}, "width 16 is not a multiple of 3 heads"},
		"a batch":           {[]string{"--batch-tokens", "10"}, "batch tokens 10: want at least the maximum length of a text, 16"},
		"sizes of a model":  {[]string{"--model", model}, "--layers is for a model without --model"},
		"two ways to check": {[]string{"--eval-data", "x.txt", "--test-size", "0.1"}, "--test-size and --split-seed are for holding texts out"},
		"a threshold":       {[]string{"--mask-share", "0"}, "masked share 0"},
	} {
		t.Run(name, func(t *testing.T) {
			args, _ := pretraining(t, c.more...)
			r := lorica(t, "", args...)
			if r.status != exitUsage || !strings.Contains(r.stderr, c.want) || strings.Count(r.stderr, "\n") != 1 {
				t.Errorf("status %d\n%s", r.status, r.stderr)
			}
		})
	}
	for _, missing := range []string{"--data", "--out", "--tokenizer"} {
		args, _ := pretraining(t)
		for i, arg := range args {
			if arg == missing {
				args = append(args[:i:i], args[i+2:]...)
				break
			}
		}
		if r := lorica(t, "", args...); r.status != exitUsage || !strings.Contains(r.stderr, missing+" is missing") {
			t.Errorf("without %s: status %d\n%s", missing, r.status, r.stderr)
		}
	}
}

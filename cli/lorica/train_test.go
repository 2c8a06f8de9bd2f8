package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lorica-go/lorica/native/export"
)

// trainArgs train the tiny model on rows so easy that it learns them.
func trainArgs(data, out string, more ...string) []string {
	return append([]string{"train", "--model", model, "--data", data, "--out", out, "--lr", "0.005", "--rank", "4", "--max-length", "16", "--labels", "neg,pos",
		"--test-size", "0.25", "--epochs", "12", "--log-every", "5", "--targets", "all-linear", "--lora-dropout", "0", "--hidden-dropout", "0", "--attention-dropout", "0"}, more...)
}

func TestTrainThenClassifyEvalExportAndVerify(t *testing.T) {
	data, out := file(t, "reviews.jsonl", reviews(80)), filepath.Join(t.TempDir(), "run")
	o := succeed(t, "", trainArgs(data, out)...)
	for _, part := range []string{"trainable params: ", " || all params: ", " || trainable%: ", "epoch  training loss  validation loss  accuracy", "precision", "leaks ", "merged ", "Try next:"} {
		if !strings.Contains(o.stdout, part) {
			t.Errorf("standard output lacks %q:\n%s", part, o.stdout)
		}
	}
	for _, part := range []string{"step 5 of 96", "epoch 12: training loss", "train on 60 rows (neg "} {
		if !strings.Contains(o.stderr, part) || strings.Contains(o.stdout, part) {
			t.Errorf("standard error lacks %q:\n%s", part, o.stderr)
		}
	}
	for _, name := range []string{"adapter/adapter_config.json", "adapter/adapter_model.safetensors", "model.safetensors", "log.jsonl"} {
		if _, err := os.Stat(filepath.Join(out, name)); err != nil {
			t.Error(err)
		}
	}
	bundle := filepath.Join(out, "model.safetensors")
	answers := parse[classified](t, succeed(t, "", "classify", "--model", bundle, "-t", "the game is great fun", "-t", "the game is worst bad hate").stdout)
	if answers[0].Label != "pos" || answers[1].Label != "neg" {
		t.Errorf("it has not learnt its rows: %+v", answers)
	}
	adapter := []string{"--model", model, "--adapter", filepath.Join(out, "adapter")}
	apart := parse[classified](t, succeed(t, "", append([]string{"classify", "-t", "the game is great fun"}, adapter...)...).stdout)
	if d := apart[0].Score - answers[0].Score; d > 1e-4 || d < -1e-4 {
		t.Errorf("adapter and bundle differ: %+v and %+v", apart[0], answers[0])
	}
	if o := succeed(t, "", "eval", "--model", bundle, "--data", data); !strings.Contains(o.stdout, "accuracy") {
		t.Errorf("eval: %s", o.stdout)
	}
	v := parse[export.Verification](t, succeed(t, "", "verify", bundle, "--json").stdout)[0]
	if !v.OK || len(v.Tiers) == 0 || v.Probes == 0 {
		t.Errorf("verify: %+v", v)
	}
	exported := filepath.Join(t.TempDir(), "hf")
	r := parse[export.Result](t, succeed(t, "", append([]string{"export", "--out", exported, "--format", "hf", "--data", data, "--json"}, adapter...)...).stdout)[0]
	if !r.Merged || r.Proof.Flipped != 0 || r.Proof.Rows < 64 || r.Proof.MaxDifference > 1e-4 {
		t.Errorf("export: %+v", r)
	}
	checkTrainable(t, bundle, adapter)
	merged := parse[classified](t, succeed(t, "", "classify", "--model", exported, "-t", "the game is great fun").stdout)
	if merged[0].Label != "pos" {
		t.Errorf("the exported folder says %+v", merged[0])
	}
}

// checkTrainable wants a bundle, as train wrote it and as export does, to keep how many parameters the adapter's training moved.
func checkTrainable(t *testing.T, bundle string, adapter []string) {
	t.Helper()
	again := filepath.Join(t.TempDir(), "again.safetensors")
	succeed(t, "", append([]string{"export", "--out", again}, adapter...)...)
	var counts []int
	for _, args := range [][]string{adapter, {"--model", bundle}, {"--model", again}} {
		p := parse[infoResult](t, succeed(t, "", append([]string{"info", "--json"}, args...)...).stdout)[0].Model.Parameters
		if counts = append(counts, p.Trainable); p.Trainable == 0 || p.Trainable >= p.Total {
			t.Errorf("%v: %+v", args, p)
		}
	}
	if len(slices.Compact(counts)) != 1 {
		t.Errorf("trainable parameters of the adapter, its bundle, and the one of export: %v", counts)
	}
}

func TestVerifyRefusesAChangedBundle(t *testing.T) {
	bundle := filepath.Join(t.TempDir(), "b.safetensors")
	if o := succeed(t, "", "export", "--model", model, "--out", bundle); !strings.Contains(o.stdout, "compared") {
		t.Errorf("export: %s", o.stdout)
	}
	succeed(t, "", "verify", bundle)
	content, err := os.ReadFile(bundle)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)-5] ^= 0x40
	if err := os.WriteFile(bundle, content, 0o666); err != nil {
		t.Fatal(err)
	}
	o := lorica(t, "", "verify", bundle)
	if o.status != exitBadInput || !strings.Contains(o.stderr, "digest") || strings.Count(o.stderr, "\n") != 1 {
		t.Errorf("status %d, stderr %q", o.status, o.stderr)
	}
}

func TestTrainPrintsOneObjectWithJSON(t *testing.T) {
	data, out := file(t, "reviews.jsonl", reviews(40)), filepath.Join(t.TempDir(), "run")
	o := succeed(t, "", trainArgs(data, out, "--json", "--quiet", "--max-steps", "8", "--class-weights", "--drop-leaks")...)
	var result struct {
		Out       string
		Trainable int `json:"trainable_parameters"`
		Epochs    []map[string]any
		Files     []string
		Report    map[string]any
	}
	if err := json.Unmarshal([]byte(o.stdout), &result); err != nil {
		t.Fatalf("%v in %s", err, o.stdout)
	}
	if result.Out != out || result.Trainable == 0 || len(result.Epochs) == 0 || result.Report["accuracy"] == nil || !slices.Contains(result.Files, filepath.Join(out, "model.safetensors")) {
		t.Errorf("got %s", o.stdout)
	}
	if strings.Contains(o.stderr, "step ") {
		t.Errorf("--quiet: %s", o.stderr)
	}
}

func TestTrainResumesAfterCtrlCWithTheSameBits(t *testing.T) {
	data, dir := file(t, "reviews.jsonl", reviews(400)), t.TempDir()
	whole, broken := filepath.Join(dir, "whole"), filepath.Join(dir, "broken")
	args := func(out string, more ...string) []string {
		return trainArgs(data, out, append([]string{"--log-every", "1", "--epochs", "6"}, more...)...)
	}
	succeed(t, "", args(whole)...)

	cmd := exec.Command(program, args(broken)...)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	hung := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer hung.Stop()
	last := ""
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		last = lines.Text()
		if strings.HasPrefix(last, "step 20 of ") {
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Skipf("this platform lacks interrupts: %v", err)
			}
		}
	}
	_ = cmd.Wait() // the status tells
	if cmd.ProcessState.ExitCode() != exitInterrupted || !strings.HasPrefix(last, "lorica: train: interrupted after step ") || !strings.Contains(last, "--resume") {
		t.Fatalf("status %d, last line %q", cmd.ProcessState.ExitCode(), last)
	}
	if o := succeed(t, "", args(broken, "--resume")...); strings.Contains(o.stderr, "step 1 of ") {
		t.Error("the resumed run began at the first step")
	}
	adapter := func(out string) string {
		content, err := os.ReadFile(filepath.Join(out, "adapter", "adapter_model.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	if adapter(whole) != adapter(broken) {
		t.Error("the adapter of the resumed run differs")
	}
}

func TestResumeRefusesOtherSettings(t *testing.T) {
	data, out := file(t, "reviews.jsonl", reviews(40)), filepath.Join(t.TempDir(), "run")
	succeed(t, "", trainArgs(data, out, "--max-steps", "4", "--save-every", "2")...)
	o := lorica(t, "", trainArgs(data, out, "--max-steps", "4", "--save-every", "2", "--seed", "7", "--resume")...)
	if o.status != exitBadInput || !strings.Contains(o.stderr, "seed was 42 and is 7") {
		t.Errorf("status %d, stderr %q", o.status, o.stderr)
	}
}

package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// inSandbox keeps the compiled sandbox in one folder of the test.
func inSandbox(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"XDG_CACHE_HOME", "HOME", "LocalAppData"} {
		t.Setenv(name, dir)
	}
}

func TestASandboxAnswersAsThisProcessDoes(t *testing.T) {
	inSandbox(t)
	args := []string{"classify", "--model", model, "--max-length", "6", "-t", "great fun", "-t", "", "-t", "the game is bad and great and fun"}
	want := parse[classified](t, succeed(t, "", args...).stdout)
	bundle := filepath.Join(t.TempDir(), "model.safetensors")
	succeed(t, "", "export", "--model", model, "--out", bundle)
	for name, more := range map[string][]string{
		"host kernels":  {"--device", "sandbox"},
		"guest kernels": {"--device", "sandbox", "--sandbox-kernels", "guest"},
		"a bundle file": {"--device", "sandbox", "--model", bundle},
	} {
		got := parse[classified](t, succeed(t, "", append(args, more...)...).stdout)
		if len(got) != len(want) {
			t.Fatalf("%s: %d answers", name, len(got))
		}
		for i, w := range want {
			g := got[i]
			if g.Label != w.Label || g.Tokens != w.Tokens || g.Truncated != w.Truncated || math.Abs(g.Score-w.Score) > 1e-4 || math.Abs(g.Logits[0]-w.Logits[0]) > 1e-4 {
				t.Errorf("%s: text %d: got %+v, want %+v", name, i, g, w)
			}
		}
	}
}

func TestEvalAndBenchRunInASandbox(t *testing.T) {
	inSandbox(t)
	rows := file(t, "rows.jsonl", reviews(12))
	if here, there := succeed(t, "", "eval", "--model", model, "--data", rows), succeed(t, "", "eval", "--model", model, "--data", rows, "--device", "sandbox"); here.stdout == "" ||
		strings.Fields(here.stdout)[0] != strings.Fields(there.stdout)[0] || upToAverages(here.stdout) != upToAverages(there.stdout) {
		t.Errorf("got %s\nwant %s", there.stdout, here.stdout)
	}
	o := parse[struct {
		Tier  string  `json:"tier"`
		MinMs float64 `json:"min_ms"`
	}](t, succeed(t, "", "bench", "--model", model, "--device", "sandbox", "--tokens", "8", "--runs", "2", "--min-time", "1ms", "--json").stdout)
	if o[0].Tier != "sandbox/host" || o[0].MinMs <= 0 {
		t.Errorf("bench: %+v", o)
	}
}

// upToAverages returns a report up to its averages.
func upToAverages(report string) string { return report[:strings.LastIndex(report, "weighted avg")] }

func TestASandboxRefusesWhatIsNoModel(t *testing.T) {
	inSandbox(t)
	path := file(t, "junk.safetensors", "this is no model")
	o := lorica(t, "", "classify", "--device", "sandbox", "--model", path, "-t", "a")
	if o.status != exitBadInput || strings.Count(o.stderr, "\n") != 1 || !strings.Contains(o.stderr, path) {
		t.Errorf("status %d, %q", o.status, o.stderr)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

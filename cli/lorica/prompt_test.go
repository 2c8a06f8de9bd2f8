package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lorica-go/lorica/internal/fakellm"
)

// llm starts a language model that knows good words from bad ones.
func llm(t *testing.T) *fakellm.Server {
	t.Helper()
	s := fakellm.New(func(text string) string {
		for _, word := range goodWords {
			if strings.Contains(text, " "+word) {
				return "positive"
			}
		}
		return "negative"
	})
	t.Cleanup(s.Close)
	return s
}

// prompting are the flags that ask s about 40 of 200 rows.
func prompting(t *testing.T, s *fakellm.Server, more ...string) []string {
	t.Helper()
	return append([]string{"prompt", "--endpoint", s.URL, "--llm", "tiny-chat", "--data", file(t, "reviews.jsonl", reviews(200))}, more...)
}

func TestPromptReportsLikeEvalAndLeavesItsFiles(t *testing.T) {
	s := llm(t)
	s.Key = "made-up-for-the-test"
	t.Setenv("SOME_KEY", s.Key)
	out := filepath.Join(t.TempDir(), "run")
	args := prompting(t, s, "--out", out, "--api-key-env", "SOME_KEY", "--price-in", "2", "--price-out", "8")
	o := succeed(t, "", args...)
	for _, want := range []string{"precision    recall  f1-score   support", "accuracy                         1.0000        40", "true \\ predicted  negative  positive", "model     tiny-chat (tiny-chat-2025-06-15)", "requests  3", "cost      0.00"} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("standard output lacks %q:\n%s", want, o.stdout)
		}
	}
	for _, unwanted := range []string{"log loss", "ROC", "no answer"} {
		if strings.Contains(o.stdout, unwanted) {
			t.Errorf("standard output has %q", unwanted)
		}
	}
	for _, name := range []string{"answers.jsonl", "predictions.jsonl", "rows.json", "report.html", "report.txt", "report.json", "settings.json", "request.json", "confusion.svg"} {
		if info, err := os.Stat(filepath.Join(out, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	again := succeed(t, "", append(args, "--json")...)
	result := parse[struct {
		LLM        string
		Rows       int
		Train      int `json:"train_rows"`
		Unanswered []any
		Tally      struct{ Requests, Reused int }
		Report     struct{ Accuracy float64 }
		Files      []string
	}](t, again.stdout)[0]
	if result.LLM != "tiny-chat" || result.Rows != 40 || result.Train != 160 || result.Tally.Requests != 3 || result.Tally.Reused != 3 || result.Report.Accuracy != 1 || result.Unanswered == nil || len(s.Requests()) != 3 {
		t.Errorf("again: %s, %d requests", again.stdout, len(s.Requests()))
	}
	for _, name := range result.Files {
		if _, err := os.Stat(name); err != nil {
			t.Error(err)
		}
	}
	everything := o.stdout + o.stderr + again.stdout + again.stderr
	_ = filepath.WalkDir(out, func(path string, entry fs.DirEntry, _ error) error {
		content, _ := os.ReadFile(path)
		everything += string(content)
		return nil
	})
	if strings.Contains(everything, s.Key) {
		t.Error("the key is printed or stored")
	}
	os.Unsetenv("SOME_KEY")
	o = lorica(t, "", append(args, "--seed", "1")...)
	if o.status != exitFailed || !strings.HasSuffix(o.stderr, "(no key was sent: SOME_KEY is not set)\n") {
		t.Errorf("without the key: status %d, %s", o.status, o.stderr)
	}
}

func TestPromptShowsTheRequestWithoutSendingIt(t *testing.T) {
	s := llm(t)
	args := prompting(t, s, "--show-prompt", "--shots", "1", "--chunk-size", "2", "--task", "Is it any good?", "--labels", "no,yes")
	o := succeed(t, "", args...)
	for _, want := range []string{"# system\nYou label texts. Is it any good?\n", `The labels are ["no","yes"].`, "\n# assistant\n{\"1\": \"", "\n\n# user\n{\"1\": \"the game is "} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("lacks %q:\n%s", want, o.stdout)
		}
	}
	var body struct {
		Model    string
		Messages []struct{ Role, Content string }
	}
	if err := json.Unmarshal([]byte(succeed(t, "", append(args, "--json")...).stdout), &body); err != nil || body.Model != "tiny-chat" || len(body.Messages) != 4 {
		t.Errorf("%v, %+v", err, body)
	}
	template := succeed(t, "", "prompt", "--show-template").stdout
	if same := succeed(t, "", append(args, "--prompt-file", file(t, "p.tmpl", template))...); same.stdout != o.stdout {
		t.Errorf("the built-in template, given as a file, makes another prompt:\n%s", same.stdout)
	}
	if len(s.Requests()) != 0 {
		t.Error("something was sent")
	}
}

func TestPromptTellsWhatIsWrong(t *testing.T) {
	s := llm(t)
	out := filepath.Join(t.TempDir(), "run")
	twice := file(t, "twice.jsonl", strings.Repeat("{\"text\": \"great fun\", \"label\": true}\n{\"text\": \"the worst\", \"label\": false}\n", 10))
	for name, c := range map[string]struct {
		args   []string
		status int
		want   string
	}{
		"no endpoint":      {[]string{"prompt", "--llm", "x", "--data", twice, "--out", out}, exitUsage, "--endpoint is missing"},
		"no folder":        {prompting(t, s), exitUsage, "--out is missing"},
		"a temperature":    {prompting(t, s, "--out", out, "--temperature", "hot"), exitUsage, `--temperature "hot": want a number from 0 to 2, or none`},
		"a seed":           {prompting(t, s, "--out", out, "--seed", "1.5"), exitUsage, `--seed "1.5": want a whole number, or none`},
		"extra":            {prompting(t, s, "--out", out, "--extra", "{"), exitUsage, "--extra: want a JSON object"},
		"a format":         {prompting(t, s, "--out", out, "--response-format", "xml"), exitUsage, `--response-format: format "xml"`},
		"both splits":      {prompting(t, s, "--out", out, "--eval-data", twice, "--test-size", "3"), exitUsage, "--test-size is for splitting"},
		"no such file":     {prompting(t, s, "--out", out, "--eval-data", twice+"x"), exitBadInput, "no such file"},
		"an example asked": {[]string{"prompt", "--endpoint", s.URL, "--llm", "x", "--data", twice, "--out", out, "--shots", "1"}, exitBadInput, "; --drop-leaks draws others"},
		"a prompt file":    {prompting(t, s, "--out", out, "--prompt-file", file(t, "p.tmpl", "{{")), exitBadInput, "p.tmpl"},
		"another service":  {prompting(t, s, "--out", out, "--parallel", "1", "--endpoint", s.URL+"/elsewhere"), exitFailed, "404 Not Found: There is nothing at /v1/elsewhere/chat/completions"},
	} {
		o := lorica(t, "", append(c.args, "--quiet")...)
		if o.status != c.status || !strings.HasPrefix(o.stderr, "lorica: prompt: ") || !strings.Contains(o.stderr, c.want) || strings.Count(o.stderr, "\n") != 1 || o.stdout != "" {
			t.Errorf("%s: status %d, stderr %q, stdout %q; want %d, %q", name, o.status, o.stderr, o.stdout, c.status, c.want)
		}
	}
	if n := len(s.Requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestPromptIsInterruptedAndGoesOn(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("this platform lacks signals that a process can send to another")
	}
	s := llm(t)
	s.Behave = func(*fakellm.Request) fakellm.Behaviour { return fakellm.Slow(50*time.Millisecond, fakellm.Answer) }
	out := filepath.Join(t.TempDir(), "run")
	args := prompting(t, s, "--out", out, "--chunk-size", "2", "--parallel", "2")
	cmd := exec.Command(program, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for len(s.Requests()) < 4 {
		time.Sleep(5 * time.Millisecond)
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // its status is looked at
	if status := cmd.ProcessState.ExitCode(); status != exitInterrupted || !strings.Contains(stderr.String(), "of 40 texts are done; the same command goes on from there\nlorica: prompt: interrupted\n") {
		t.Errorf("status %d, stderr %s", status, stderr.String())
	}
	before := len(s.Requests())
	o := succeed(t, "", args...)
	if n := len(s.Requests()); n != 20 || before > 12 || !strings.Contains(o.stderr, "answers are there already") {
		t.Errorf("%d requests before, %d in all: %s", before, n, o.stderr)
	}
}

func TestWhatPromptLeavesIsComparedWithAModelOnTheSameRows(t *testing.T) {
	s := llm(t)
	s.Behave = func(r *fakellm.Request) fakellm.Behaviour {
		for _, text := range r.Texts {
			if strings.Contains(text, "refund refund") {
				return fakellm.Refuse
			}
		}
		return nil
	}
	out := filepath.Join(t.TempDir(), "run")
	args := prompting(t, s, "--out", out, "--labels", `no,yes & "so"`) // the tiny model's
	s.Label = func(text string) string {
		return map[bool]string{true: `yes & "so"`, false: "no"}[strings.Contains(text, "great")]
	}
	prompted := parse[struct {
		Unanswered []any
		Report     struct{ Accuracy float64 }
	}](t, succeed(t, "", append(args, "--json")...).stdout)[0]
	compared := parse[struct {
		Data       struct{ Rows int }
		Candidates []struct {
			Name    string
			Missing int
			Report  struct{ Accuracy float64 }
		} `json:"candidates"`
	}](t, succeed(t, "", "compare", "tiny="+model, "llm="+filepath.Join(out, "predictions.jsonl"), "--missing", "wrong", "--json", "--min-time", "0s",
		"--data", args[len(args)-5], "--rows", filepath.Join(out, "rows.json")+":test").stdout)[0]
	if compared.Data.Rows != 40 || len(compared.Candidates) != 2 || compared.Candidates[1].Report.Accuracy != prompted.Report.Accuracy || compared.Candidates[1].Missing != len(prompted.Unanswered) || len(prompted.Unanswered) == 0 {
		t.Errorf("prompt says %+v, compare %+v", prompted, compared)
	}
}

package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// classified is a line of classify.
type classified struct {
	Label     string             `json:"label"`
	Score     float64            `json:"score"`
	Scores    map[string]float64 `json:"scores"`
	Logits    []float64          `json:"logits"`
	Tokens    int                `json:"tokens"`
	Truncated bool               `json:"truncated"`
}

func TestClassifyPrintsTheKeysInTheirOrder(t *testing.T) {
	o := succeed(t, "", "classify", "--model", model, "--text", "great fun")
	number := `-?[0-9.e-]+`
	want := regexp.MustCompile(`^\{"label":"(no|yes & \\"so\\")","score":` + number + `,"scores":\{"no":` + number + `,"yes & \\"so\\"":` + number +
		`\},"logits":\[` + number + `,` + number + `\],"tokens":4,"truncated":false\}\n$`)
	if !want.MatchString(o.stdout) || o.stderr != "" {
		t.Errorf("got %q, stderr %q", o.stdout, o.stderr)
	}
	c := parse[classified](t, o.stdout)[0]
	if c.Scores[c.Label] != c.Score || c.Score < 0.5 || c.Score > 1 || len(c.Scores) != 2 {
		t.Errorf("got %+v", c)
	}
}

func TestClassifyReadsWhatPeopleHave(t *testing.T) {
	texts := []string{"great fun", "the game is bad", "love it"}
	want := succeed(t, "", "classify", "--model", model, "-t", texts[0], "-t", texts[1], "-t", texts[2]).stdout
	if strings.Count(want, "\n") != 3 {
		t.Fatalf("got %q", want)
	}
	lines := strings.Join(texts, "\n") + "\n"
	rows := `{"review":"great fun"}` + "\n" + `{"review":"the game is bad"}` + "\n" + `{"review":"love it"}` + "\n"
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte(rows)) // into memory
	_ = z.Close()
	csv := "id,body\n1,great fun\n2,the game is bad\n3,love it\n"
	for name, c := range map[string]struct {
		stdin string
		args  []string
	}{
		"plain lines from a pipe":   {lines, []string{"-"}},
		"JSON lines from a pipe":    {rows, []string{"-"}},
		"JSON from a pipe":          {`[{"text":"great fun"},{"text":"the game is bad"},{"text":"love it"}]`, []string{"-"}},
		"a .txt":                    {"", []string{file(t, "a.txt", lines)}},
		"a .jsonl":                  {"", []string{file(t, "a.jsonl", rows)}},
		"a .jsonl.gz":               {"", []string{file(t, "a.jsonl.gz", zipped.String())}},
		"a .csv with a named field": {"", []string{"--text-field", "body", file(t, "a.csv", csv)}},
		"CSV from a pipe":           {csv, []string{"--format", "csv", "--text-field", "body", "-"}},
		"token ids":                 {"{\"input_ids\":[2,15,16,3]}\n{\"input_ids\":[2,5,6,7,20,3]}\n{\"input_ids\":[2,17,8,3]}\n", []string{"-"}},
		"one thread":                {lines, []string{"--threads", "1", "-"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := succeed(t, c.stdin, append([]string{"classify", "--model", model}, c.args...)...); got.stdout != want {
				t.Errorf("got %q, want %q", got.stdout, want)
			}
		})
	}
}

func TestClassifyCutsLongTexts(t *testing.T) {
	o := succeed(t, "", "classify", "--model", model, "--max-length", "5", "--text", "the game is great", "--text", "the game is")
	c := parse[classified](t, o.stdout)
	if c[0].Tokens != 5 || !c[0].Truncated || c[1].Tokens != 5 || c[1].Truncated {
		t.Errorf("got %+v", c)
	}
	if !strings.Contains(o.stderr, "1 of 2 texts were too long") {
		t.Errorf("stderr %q", o.stderr)
	}
	if quiet := succeed(t, "", "classify", "--model", model, "--max-length", "5", "--text", "the game is great", "-q"); quiet.stderr != "" {
		t.Errorf("--quiet: stderr %q", quiet.stderr)
	}
}

func TestClassifyAnswersRowsBeforeABadOneAndNamesItsLine(t *testing.T) {
	rows := "{\"text\":\"great\"}\n{\"text\":\"fun\"}\n{\"text\":17}\n{\"text\":[]}\n{\"text\":\"bad\"}\n{\"input_ids\":[2,99,3]}\n"
	path := file(t, "rows.jsonl", rows)
	o := lorica(t, "", "classify", "--model", model, path)
	if o.status != exitBadInput || strings.Count(o.stdout, "\n") != 3 || !strings.Contains(o.stderr, path+":4: field \"text\": want a text, got array") {
		t.Errorf("status %d, stdout %q, stderr %q", o.status, o.stdout, o.stderr)
	}
	o = succeed(t, "", "classify", "--model", model, "--skip-bad", path)
	if strings.Count(o.stdout, "\n") != 4 || !strings.Contains(o.stderr, "rows=2") || !strings.Contains(o.stderr, path+":6") {
		t.Errorf("--skip-bad: stdout %q, stderr %q", o.stdout, o.stderr)
	}
}

func TestClassifyAnswersWhileTheInputIsOpen(t *testing.T) {
	cmd := exec.Command(program, "classify", "--model", model, "-")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	hung := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer hung.Stop()
	answers := bufio.NewScanner(out)
	for range 3 {
		if _, err := io.WriteString(in, "the game is great\n"); err != nil {
			t.Fatal(err)
		}
		if !answers.Scan() || !strings.HasPrefix(answers.Text(), `{"label"`) {
			t.Fatalf("no answer while the input is open: %q, %v", answers.Text(), answers.Err())
		}
	}
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

func TestCtrlCEndsCommandsThatWaitForALoad(t *testing.T) {
	for _, args := range [][]string{{"eval", "--model", model, "--data", "-"}, {"train", "--model", model, "--out", t.TempDir(), "--data", "-"}} {
		in, out := io.Pipe()
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() {
			_, _ = io.WriteString(out, "{\"text\": \"great\", \"label\": 1}\n") // then nothing
			cancel(signalled{"Ctrl-C"})
		}()
		var stderr strings.Builder
		status := run(ctx, args, in, io.Discard, &stderr)
		if status != exitInterrupted || !strings.HasPrefix(stderr.String(), "lorica: "+args[0]+": interrupted") || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%s: status %d, stderr %q", args[0], status, stderr.String())
		}
		out.Close()
	}
}

func TestCtrlCEndsAWaitingCommandWith130(t *testing.T) {
	cmd := exec.Command(program, "classify", "--model", model, "-")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	hung := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer hung.Stop()
	if _, err := io.WriteString(in, "great\n"); err != nil {
		t.Fatal(err)
	}
	if !bufio.NewScanner(out).Scan() { // the program runs and waits for more
		t.Fatal("no answer")
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Skipf("this platform lacks interrupts: %v", err)
	}
	_ = cmd.Wait() // the status tells
	if cmd.ProcessState.ExitCode() != exitInterrupted || stderr.String() != "lorica: classify: interrupted\n" {
		t.Errorf("status %d, stderr %q", cmd.ProcessState.ExitCode(), stderr.String())
	}
}

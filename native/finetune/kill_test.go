package finetune_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lorica-go/lorica/native/finetune"
	"github.com/lorica-go/lorica/native/internal/tiny"
	"github.com/lorica-go/lorica/native/train"
)

// childVariable makes the test binary the child of the kill test: it names the file with the settings of the run.
const childVariable = "LORICA_TEST_FINETUNE"

// childConfig is what a child is told beside what the settings' own JSON form says.
type childConfig struct {
	finetune.Config
	Out     string
	Threads int
	Resume  bool
}

func TestMain(m *testing.M) {
	if path := os.Getenv(childVariable); path != "" {
		if err := child(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// child makes a run and prints a line a step.
func child(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	c := childConfig{Config: finetune.Default()}
	if err := json.Unmarshal(text, &c); err != nil {
		return err
	}
	c.Config.Out, c.Config.Threads, c.Config.Resume = c.Out, c.Threads, c.Resume
	c.Config.Logger = slog.New(slog.DiscardHandler)
	c.Train.OnStep = func(p train.Progress) { fmt.Println(p.Step) }
	_, err = finetune.Run(context.Background(), c.Config)
	return err
}

// killRun are the settings of the runs that are killed and interrupted: a checkpoint every few steps.
func killRun(t *testing.T) finetune.Config {
	c := tinyRun(t, tiny.Options{Type: "roberta"})
	c.Train.Epochs, c.Train.SaveEvery, c.Train.LogEvery = 5, 3, 2 // 65 steps
	return c
}

const killSteps = 65

func TestARunKilledTenTimesEndsWithTheSameBits(t *testing.T) {
	c := killRun(t)
	mustRun(t, c)
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	killed := c
	killed.Out = filepath.Join(t.TempDir(), "killed")
	kills := 0
	for life, ended := 0, false; !ended || kills < 10; life++ {
		if life == 200 {
			t.Fatal("the run does not end")
		}
		d := death{steps: 1 + rng.IntN(9), after: time.Duration(rng.IntN(2000)) * time.Microsecond}
		if ended { // what is left to be killed is the resumption of a finished run
			d = death{steps: 0, after: time.Duration(rng.IntN(150)) * time.Millisecond}
		}
		if kills >= 14 {
			d.steps = never
		}
		steps, byItself := live(t, killed, 1+life%3, d)
		if byItself {
			ended = true
			continue
		}
		kills++
		t.Logf("life %d: killed at step %d", life, steps)
	}
	mustRun(t, resumed(killed))
	sameOutputs(t, c.Out, killed.Out)
	noLeftovers(t, killed.Out)
}

// death says when a child is killed: a while after so many steps, or after the run's last one.
type death struct {
	steps int // 0: from the start; never: not at all
	after time.Duration
}

const never = -1

func resumed(c finetune.Config) finetune.Config {
	c.Resume = true
	return c
}

// live runs a child on some threads. It returns the last step that was seen, and whether the child came to its end.
func live(t *testing.T, c finetune.Config, threads int, d death) (int, bool) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "settings.json")
	tiny.Write(t, path, marshal(t, childConfig{Config: c, Out: c.Out, Threads: threads, Resume: true}))
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childVariable+"="+path)
	var failure strings.Builder
	cmd.Stderr = &failure
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := func() { _ = cmd.Process.Kill() } // it may have ended by itself
	if d.steps == 0 {
		defer time.AfterFunc(d.after, kill).Stop()
	}
	last, seen := 0, 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if last, err = strconv.Atoi(lines.Text()); err != nil {
			t.Fatalf("the child says %q", lines.Text())
		}
		if seen++; seen == d.steps || last == killSteps && d.steps > 0 {
			time.Sleep(d.after)
			kill()
		}
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == -1 {
		return last, false
	}
	if err != nil {
		t.Fatalf("the child: %v: %s", err, failure.String())
	}
	return last, true
}

// noLeftovers checks that nothing stands in a finished run's folder but its outputs.
func noLeftovers(t *testing.T, dir string) {
	t.Helper()
	expected := map[string]bool{finetune.LogFile: true, finetune.CheckpointFile: true}
	for _, name := range outputs {
		expected[name] = true
	}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if name = filepath.ToSlash(name); !expected[name] && !strings.HasPrefix(name, "report.") && filepath.Ext(name) != ".svg" && filepath.Ext(name) != ".png" {
			t.Errorf("%s is left over", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

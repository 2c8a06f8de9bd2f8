package pretrain_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/finetune"
	"github.com/lorica-go/lorica/native/internal/tiny"
	"github.com/lorica-go/lorica/native/pretrain"
	"github.com/lorica-go/lorica/native/train"
)

// childVariable makes the test binary the child of the kill test: it names the file with the settings of the run.
const childVariable = "LORICA_TEST_PRETRAIN"

// childConfig is what a child is told beside what the settings' own JSON form says.
type childConfig struct {
	pretrain.Config
	Out     string
	Threads int
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

// child resumes a run and prints a line a step.
func child(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	c := childConfig{Config: pretrain.Default()}
	if err := json.Unmarshal(text, &c); err != nil {
		return err
	}
	c.Config.Out, c.Config.Threads, c.Config.Resume = c.Out, c.Threads, true
	c.Config.Logger = slog.New(slog.DiscardHandler)
	c.Train.OnStep = func(p train.Progress) { fmt.Println(p.Step) }
	_, err = pretrain.Run(context.Background(), c.Config)
	return err
}

// texts writes n texts, a line each, whose second half repeats their first: there is something to learn.
func texts(t testing.TB, n int, seed uint64) string {
	t.Helper()
	var lines strings.Builder
	for _, row := range tiny.Rows(n, seed) {
		words := strings.Fields(row.Text)[:3]
		half := strings.Join(words, " ")
		fmt.Fprintf(&lines, "%s , %s .\n", half, half)
	}
	path := filepath.Join(t.TempDir(), "texts.txt")
	tiny.Write(t, path, lines.String())
	return path
}

// tinyRun returns the settings of a run from scratch that takes a few seconds.
func tinyRun(t testing.TB) pretrain.Config {
	t.Helper()
	c := pretrain.Default()
	c.Tokenizer, c.Out = tiny.Model(t, tiny.Options{Type: "roberta"}), filepath.Join(t.TempDir(), "run")
	c.Data = []string{texts(t, 300, 1)}
	c.Shape = pretrain.Shape{Layers: 2, Width: 32, Heads: 2}
	c.MaxTokens, c.Threads, c.TestSize = 40, 2, data.Size{Fraction: 0.1}
	c.Train.BatchTokens, c.MicroTokens, c.Train.Epochs, c.Train.LearningRate, c.Train.LogEvery = 400, 256, 4, 3e-3, 5
	return c
}

func mustRun(t testing.TB, c pretrain.Config) *pretrain.Result {
	t.Helper()
	r, err := pretrain.Run(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func readFile(t testing.TB, parts ...string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestWhatRepeatsIsLearnt(t *testing.T) {
	c := tinyRun(t)
	c.Train.Epochs, c.Train.EvalEvery = 60, 50
	zero := 0.0
	c.HiddenDropout, c.AttentionDropout = &zero, &zero
	r := mustRun(t, c)
	var first *train.Entry
	for i := range r.History {
		if r.History[i].EvalLoss != nil {
			first = &r.History[i]
			break
		}
	}
	t.Logf("%d steps: validation loss %.3f, then %.3f; accuracy %.3f", r.Steps, *first.EvalLoss, *r.Loss, *r.Accuracy)
	if uniform := math.Log(float64(r.VocabSize)); *first.EvalLoss > uniform {
		t.Errorf("validation loss %g after %d steps, chance has %g", *first.EvalLoss, first.Step, uniform)
	}
	if *r.Loss > 0.6**first.EvalLoss || *r.Accuracy < 0.5 {
		t.Errorf("validation loss %g, before %g; masked accuracy %g", *r.Loss, *first.EvalLoss, *r.Accuracy)
	}
	if want := math.Exp(*r.Loss); math.Abs(*r.Perplexity-want) > 1e-9*want {
		t.Errorf("perplexity %g of a loss of %g", *r.Perplexity, *r.Loss)
	}
}

func TestARunKilledAtAnyMomentEndsWithTheSameBits(t *testing.T) {
	c := tinyRun(t)
	c.Train.Epochs, c.Train.SaveEvery = 4, 2
	mustRun(t, c)
	killed := c
	killed.Out = filepath.Join(t.TempDir(), "killed")
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	for life := 1; ; life++ {
		if life == 60 {
			t.Fatal("the run does not end")
		}
		after := 1 + rng.IntN(7)
		if life > 8 {
			after = math.MaxInt
		}
		if live(t, killed, 1+life%3, after, time.Duration(rng.IntN(2000))*time.Microsecond) {
			break
		}
	}
	for _, name := range []string{"model/model.safetensors", "model/config.json", "model/tokenizer.json", "model/tokenizer_config.json", train.SettingsFile} {
		if !bytes.Equal(readFile(t, c.Out, name), readFile(t, killed.Out, name)) {
			t.Errorf("%s differs", name)
		}
	}
	if a, b := entries(t, c.Out), entries(t, killed.Out); a != b {
		t.Errorf("the logs differ:\n%s\n%s", a, b)
	}
}

// live runs a child on some threads and kills it a while after so many steps. It reports whether the child came to its end.
func live(t *testing.T, c pretrain.Config, threads, steps int, wait time.Duration) bool {
	t.Helper()
	settings, err := json.Marshal(childConfig{Config: c, Out: c.Out, Threads: threads})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "settings.json")
	tiny.Write(t, path, string(settings))
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
	seen := 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if seen++; seen == steps {
			time.Sleep(wait)
			_ = cmd.Process.Kill() // it may have ended by itself
		}
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == -1 {
		return false
	}
	if err != nil {
		t.Fatalf("the child: %v: %s", err, failure.String())
	}
	return true
}

// entries returns the log without its speeds.
func entries(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	for line := range bytes.Lines(readFile(t, dir, train.LogFile)) {
		var e train.Entry
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		e.SamplesPerSecond, e.TokensPerSecond = nil, nil
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(append(text, '\n'))
	}
	return all.String()
}

func TestTheModelIsFineTunedAndGoneOnFrom(t *testing.T) {
	c := tinyRun(t)
	c.DType = safetensors.BF16
	first := mustRun(t, c)
	again := tinyRun(t)
	again.Model, again.Tokenizer, again.Train.Epochs, again.Train.LearningRate = first.Model, "", 1, 1e-6
	second := mustRun(t, again)
	if len(second.Fresh) > 0 || second.Parameters != first.Parameters || math.Abs(*second.Loss-*first.Loss) > 0.02**first.Loss {
		t.Errorf("going on: %v fresh, %d parameters of %d, loss %g, before %g", second.Fresh, second.Parameters, first.Parameters, *second.Loss, *first.Loss)
	}
	f := finetune.Default()
	f.Model, f.Out, f.Threads, f.Full = second.Model, filepath.Join(t.TempDir(), "tuned"), 2, true
	f.Data, f.EvalData = tiny.File(t, tiny.Rows(100, 1)), tiny.File(t, tiny.Rows(40, 2))
	f.Train.Epochs, f.Train.LearningRate = 6, 2e-3
	r, err := finetune.Run(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range r.FreshHead {
		if !strings.HasPrefix(name, "classifier.") {
			t.Errorf("%s began at random", name)
		}
	}
	if r.Report.Accuracy < 0.9 {
		t.Errorf("accuracy %g", r.Report.Accuracy)
	}
}

// The gradient of a batch is that of its parts, summed: with dropout off the parting changes nothing but rounding.
func TestABatchInPartsIsTheBatch(t *testing.T) {
	losses := make([]float64, 2)
	for i, micro := range []int{64, 1 << 20} {
		c := tinyRun(t)
		zero := 0.0
		c.HiddenDropout, c.AttentionDropout, c.MicroTokens, c.Train.Epochs, c.TestSize = &zero, &zero, micro, 1, data.Size{}
		c.Train.OnStep = func(p train.Progress) { losses[i] += p.Loss }
		mustRun(t, c)
	}
	if math.Abs(losses[0]-losses[1]) > 1e-4*losses[1] {
		t.Errorf("the losses of an epoch add up to %g in parts and to %g at once", losses[0], losses[1])
	}
}

func TestAnInterruptedRunSaysSoAndGoesOn(t *testing.T) {
	c := tinyRun(t)
	mustRun(t, c)
	stopped := c
	stopped.Out = filepath.Join(t.TempDir(), "stopped")
	ctx, cancel := context.WithCancel(context.Background())
	stopped.Train.OnStep = func(p train.Progress) {
		if p.Step == 7 {
			cancel()
		}
	}
	if _, err := pretrain.Run(ctx, stopped); !errors.Is(err, train.ErrInterrupted) {
		t.Fatalf("got %v", err)
	}
	stopped.Train.OnStep, stopped.Resume = nil, true
	if r := mustRun(t, stopped); r.FirstStep != 7 {
		t.Errorf("resumed at step %d", r.FirstStep)
	}
	if !bytes.Equal(readFile(t, c.Out, "model/model.safetensors"), readFile(t, stopped.Out, "model/model.safetensors")) {
		t.Error("the models differ")
	}
}

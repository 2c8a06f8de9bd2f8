package finetune_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/kernels"
	"github.com/lorica-go/lorica/native/finetune"
	"github.com/lorica-go/lorica/native/internal/tiny"
	"github.com/lorica-go/lorica/native/train"
)

func TestTheNumberOfThreadsDoesNotChangeABit(t *testing.T) {
	for _, tier := range kernels.Tiers() {
		t.Run(tier.String(), func(t *testing.T) {
			t.Setenv("LORICA_CPU", tier.String())
			for _, full := range []bool{false, true} {
				c := tinyRun(t, tiny.Options{Type: "bert", Width: 48, Layers: 3})
				c.Full, c.Threads, c.Train.Epochs = full, 1, 1
				first := mustRun(t, c)
				for _, threads := range []int{2, 3} {
					again := c
					again.Threads, again.Out = threads, filepath.Join(t.TempDir(), "run")
					result := mustRun(t, again)
					if result.Threads != threads || result.Device != first.Device || !strings.HasSuffix(result.Device, tier.String()) {
						t.Errorf("ran on %s with %d threads", result.Device, result.Threads)
					}
					if full {
						if a, b := readFile(t, filepath.Join(c.Out, finetune.BundleFile)), readFile(t, filepath.Join(again.Out, finetune.BundleFile)); a != b {
							t.Errorf("full: %d threads give another bundle", threads)
						}
						continue
					}
					sameOutputs(t, c.Out, again.Out)
				}
			}
		})
	}
}

// interrupt makes a run whose context ends at a step, after a moment, and checks what it returns. It says false when the run
// ended first.
func interrupt(t *testing.T, c finetune.Config, atStep int, moment time.Duration) bool {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c.Train.OnStep = func(p train.Progress) {
		if p.Step == atStep {
			if moment == 0 {
				cancel()
			} else {
				time.AfterFunc(moment, cancel)
			}
		}
	}
	_, err := finetune.Run(ctx, c)
	if err == nil {
		return false
	}
	if !errors.Is(err, train.ErrInterrupted) || !errors.Is(err, context.Canceled) || badinput.Is(err) || strings.Contains(err.Error(), "\n") {
		t.Fatalf("interrupted at step %d: %v", atStep, err)
	}
	return true
}

func TestARunInterruptedAtAnyStepEndsWithTheSameBits(t *testing.T) {
	c := killRun(t)
	mustRun(t, c)
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	for range 4 {
		stopped := c
		stopped.Out, stopped.Resume = filepath.Join(t.TempDir(), "stopped"), true
		for step := 1 + rng.IntN(20); step < killSteps; step += 1 + rng.IntN(20) {
			interrupt(t, stopped, step, time.Duration(rng.IntN(3))*time.Millisecond)
		}
		mustRun(t, stopped)
		sameOutputs(t, c.Out, stopped.Out)
	}
}

// The thirteenth step of a hundred rows in batches of eight is the last of an epoch, so that the evaluation is what is
// interrupted; the sixty-fifth is the run's last.
func TestARunInterruptedWhileItEvaluatesEndsWithTheSameBits(t *testing.T) {
	c := killRun(t)
	c.Train.SaveEvery = 0
	mustRun(t, c)
	for _, step := range []int{13, 26, killSteps} {
		stopped := c
		stopped.Out, stopped.Resume = filepath.Join(t.TempDir(), "stopped"), true
		if !interrupt(t, stopped, step, 0) {
			t.Fatalf("not interrupted at step %d", step)
		}
		log := readLog(t, stopped.Out)
		if e := log[len(log)-1]; e.TrainLoss != nil && e.Step == step {
			t.Errorf("step %d was evaluated before it was interrupted", step)
		}
		mustRun(t, stopped)
		sameOutputs(t, c.Out, stopped.Out)
	}
}

func TestARunCancelledBeforeItBeginsSaysThatItWasInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c := tinyRun(t, tiny.Options{})
	if _, err := finetune.Run(ctx, c); !errors.Is(err, train.ErrInterrupted) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(c.Out); err == nil {
		t.Error("the output folder was made")
	}
}

func TestResumingAFinishedRunLeavesTheSameFiles(t *testing.T) {
	for _, saveEvery := range []int{0, 7} { // 7 does not divide the 52 steps
		c := tinyRun(t, tiny.Options{})
		c.Train.SaveEvery = saveEvery
		mustRun(t, c)
		before := map[string]string{}
		for _, name := range append([]string{finetune.LogFile, finetune.CheckpointFile}, outputs...) {
			before[name] = readFile(t, filepath.Join(c.Out, name))
		}
		again := c
		again.Resume = true
		again.Train.OnStep = func(p train.Progress) { t.Errorf("step %d is made again", p.Step) }
		result := mustRun(t, again)
		if result.FirstStep != 52 || result.Report == nil || len(result.History) == 0 {
			t.Errorf("resumed at step %d with a report %v and %d entries", result.FirstStep, result.Report != nil, len(result.History))
		}
		for name, content := range before {
			if readFile(t, filepath.Join(c.Out, name)) != content {
				t.Errorf("%s is another", name)
			}
		}
	}
}

func TestLeftoversOfAKilledProcessAreNoTrouble(t *testing.T) {
	c := killRun(t)
	mustRun(t, c)
	littered := c
	littered.Out, littered.Resume = filepath.Join(t.TempDir(), "littered"), true
	interrupt(t, littered, 20, 0)
	litter := []string{
		"checkpoint/.state.safetensors.tmp-0123456789abcdef", ".model.safetensors.tmp-0123456789abcdef", ".model.safetensors.lorica-draft",
		".log.jsonl.tmp-0123456789abcdef", ".settings.json.tmp-0123456789abcdef",
	}
	for _, name := range litter {
		tiny.Write(t, filepath.Join(littered.Out, name), "half a fil")
	}
	if err := os.Mkdir(filepath.Join(littered.Out, ".adapter.tmp-0123456789abcdef"), 0o777); err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(littered.Out, finetune.LogFile)
	tiny.Write(t, log, readFile(t, log)+`{"step":21,"epo`)
	mustRun(t, littered)
	sameOutputs(t, c.Out, littered.Out)
	noLeftovers(t, littered.Out)
}

func TestACheckpointOfAnotherRunIsRefused(t *testing.T) {
	c := killRun(t)
	interrupt(t, c, 10, 0)
	c.Resume = true
	zero, other := 0.0, tiny.Model(t, tiny.Options{Type: "roberta", Seed: 9})
	for _, test := range []struct {
		change func(*finetune.Config)
		want   string
	}{
		{func(c *finetune.Config) { c.Model = other }, "the base model is another"},
		{func(c *finetune.Config) { c.Data = tiny.File(t, tiny.Rows(100, 3)) }, "the training examples are others"},
		{func(c *finetune.Config) { c.MaxTokens = 5 }, "the training examples are others"},
		{func(c *finetune.Config) { c.Train.LearningRate = 1e-3 }, "learning_rate was 0.005 and is 0.001"},
		{func(c *finetune.Config) { c.Train.Epochs = 6 }, "epochs was 5 and is 6"},
		{func(c *finetune.Config) { c.Train.Seed = 7 }, "seed was 42 and is 7"},
		{func(c *finetune.Config) { c.Train.Shuffle = false }, "shuffle was true and is false"},
		{func(c *finetune.Config) { c.ClassWeights = "1,2" }, "class_weights was not set and is [1,2]"},
		{func(c *finetune.Config) { c.HiddenDropout = &zero }, "hidden_dropout was 0.1 and is 0"},
		{func(c *finetune.Config) { c.AttentionDropout = &zero }, "attention_dropout was 0.1 and is 0"},
		{func(c *finetune.Config) { c.LoRA.Alpha = 8 }, "lora_alpha was 16 and is 8"},
		{func(c *finetune.Config) { c.LoRA.Rank = 2 }, "lora_rank was 4 and is 2"},
		{func(c *finetune.Config) { c.LoRA.Dropout = 0 }, "lora_dropout was 0.1 and is 0"},
		{func(c *finetune.Config) { c.LoRA.Targets = []string{"key"} }, `lora_targets was ["query","value"] and is ["key"]`},
		{func(c *finetune.Config) { c.PEFTParity = true }, ""}, // roberta's head is PEFT's own: nothing differs
	} {
		changed := c
		changed.Out = filepath.Join(t.TempDir(), "copy")
		copyTree(t, c.Out, changed.Out)
		test.change(&changed)
		_, err := finetune.Run(context.Background(), changed)
		if test.want == "" {
			if err != nil {
				t.Errorf("refused though nothing differs: %v", err)
			}
			continue
		}
		if err == nil || !badinput.Is(err) || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "state.safetensors") {
			t.Errorf("got %v, want %q", err, test.want)
			continue
		}
		for _, name := range []string{finetune.CheckpointFile, finetune.LogFile, finetune.ConfigFile} {
			if readFile(t, filepath.Join(changed.Out, name)) != readFile(t, filepath.Join(c.Out, name)) {
				t.Errorf("%s: %s was touched", test.want, name)
			}
		}
	}
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

func TestADamagedCheckpointIsRefused(t *testing.T) {
	c := killRun(t)
	interrupt(t, c, 10, 0)
	c.Resume = true
	path := filepath.Join(c.Out, finetune.CheckpointFile)
	whole := readFile(t, path)
	damaged := map[string]string{"nothing in it": "", "a file of another kind": "PK\x03\x04 and so on"}
	for _, n := range []int{1, 7, 8, 100, len(whole) / 2, len(whole) - 1} {
		damaged["cut off"] = whole[:n]
		refuse(t, c, path, damaged)
	}
	rng := rand.New(rand.NewPCG(4, 2))
	for range 60 {
		at := rng.IntN(len(whole))
		flipped := []byte(whole)
		flipped[at] ^= 1 << rng.IntN(8)
		refuse(t, c, path, map[string]string{"a flipped bit": string(flipped)})
	}
	tiny.Write(t, path, whole)
	mustRun(t, c)
}

func refuse(t *testing.T, c finetune.Config, path string, damaged map[string]string) {
	t.Helper()
	for what, content := range damaged {
		tiny.Write(t, path, content)
		_, err := finetune.Run(context.Background(), c)
		if err == nil || !badinput.Is(err) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v", what, err)
		}
	}
}

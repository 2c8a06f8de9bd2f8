package wasm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/kernels"
	"github.com/lorica-go/lorica/wasm/testbundle"
)

// TestMain gives all tests one folder for compiled code.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "wasm-test")
	if err != nil {
		panic(err)
	}
	compiled = dir
	status := m.Run()
	os.RemoveAll(dir)
	os.Exit(status)
}

var compiled string

func cacheDir(t testing.TB) string { t.Helper(); return compiled }

// openTiny opens a tiny bundle, or the one that is given.
func openTiny(t *testing.T, l Limits, bundle []byte) *Classifier {
	t.Helper()
	if bundle == nil {
		bundle = testbundle.New(t, testbundle.Options{})
	}
	l.CacheDir = cacheDir(t)
	c, err := OpenBundle(t.Context(), bytes.NewReader(bundle), int64(len(bundle)), l)
	if err != nil {
		t.Fatal(err)
	}
	closeAtEnd(t, c)
	return c
}

// closeAtEnd closes a classifier when the test is over.
func closeAtEnd(t *testing.T, c *Classifier) {
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
}

// native opens a bundle without a sandbox.
func native(t *testing.T, bundle []byte) *encoder.Classifier {
	t.Helper()
	file, err := safetensors.Parse(bundle)
	if err != nil {
		t.Fatal(err)
	}
	b, err := encoder.OpenBundle(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	dev, err := kernels.NewCPU(kernels.BestTier(), 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dev.Close)
	if err := b.Model.Prepare(dev, encoder.Frozen, 0); err != nil {
		t.Fatal(err)
	}
	c, err := encoder.NewClassifier(b.Model, b.Tokenizer, encoder.ClassifierOptions{MaxTokens: b.MaxTokens()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// agree fails the test when two lists of predictions differ by more than 1e-4 of the largest logit.
func agree(t *testing.T, got, want []encoder.Prediction) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d predictions, want %d", len(got), len(want))
	}
	scale, worst := 0.0, 0.0
	for i := range want {
		for j, v := range want[i].Logits {
			scale = max(scale, math.Abs(float64(v)))
			worst = max(worst, math.Abs(float64(v)-float64(got[i].Logits[j])))
		}
		if got[i].Label != want[i].Label || got[i].Tokens != want[i].Tokens || got[i].Truncated != want[i].Truncated {
			t.Errorf("input %d: got %+v, want %+v", i, got[i], want[i])
		}
	}
	if worst > 1e-4*scale || math.IsNaN(worst) {
		t.Errorf("logits differ by %g, the largest is %g", worst, scale)
	}
}

func TestTheSandboxAgreesWithTheNativeClassifier(t *testing.T) {
	inputs := []encoder.Input{
		{Text: "a very good game"}, {Text: ""}, {Text: "boring, the story was bad!"}, {IDs: []int32{2, 7, 9, 3}},
		{Text: strings.Repeat("bugs and more ", 60)}, {Text: "\x00 \xff broken bytes"},
	}
	for i := range 40 {
		inputs = append(inputs, encoder.Input{Text: strings.Repeat("love it, hate the bugs . ", i%7)})
	}
	for _, model := range []string{"bert", "roberta", "deberta-v2", "modernbert"} {
		for _, dtype := range []safetensors.DType{safetensors.F32, safetensors.BF16} {
			bundle := testbundle.New(t, testbundle.Options{Type: model, DType: dtype, Width: 48, Seed: 3})
			want, err := native(t, bundle).Classify(t.Context(), inputs)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range []Kernels{HostKernels, GuestKernels} {
				t.Run(fmt.Sprintf("%s/%s/%s", model, dtype, k), func(t *testing.T) {
					c := openTiny(t, Limits{Kernels: k, Check: true}, bundle)
					if f := c.Facts(); f.Kernels != map[Kernels]string{HostKernels: "host", GuestKernels: "simd128"}[k] || f.ModelType != model {
						t.Errorf("facts: %+v", f)
					}
					got, err := c.Classify(t.Context(), inputs)
					if err != nil {
						t.Fatal(err)
					}
					agree(t, got, want)
				})
			}
		}
	}
}

func TestTheSandboxEncodesAndExplainsAsTheNativeClassifier(t *testing.T) {
	bundle := testbundle.New(t, testbundle.Options{})
	c, n := openTiny(t, Limits{}, bundle), native(t, bundle)
	const text = "not a good game, very boring"
	got, err := c.Encode(encoder.Input{Text: text})
	want, nerr := n.Encode(encoder.Input{Text: text})
	if err != nil || nerr != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v %v, want %v %v", got, err, want, nerr)
	}
	o := encoder.ExplainOptions{Label: "positive"}
	e, err := c.Explain(t.Context(), text, o)
	if err != nil {
		t.Fatal(err)
	}
	w, err := n.Explain(t.Context(), text, o)
	if err != nil {
		t.Fatal(err)
	}
	agree(t, []encoder.Prediction{e.Prediction}, []encoder.Prediction{w.Prediction})
	for i := range w.Words {
		if e.Words[i].Text != w.Words[i].Text || e.Words[i].Start != w.Words[i].Start || math.Abs(e.Words[i].Effect-w.Words[i].Effect) > 1e-4 {
			t.Errorf("word %d: got %+v, want %+v", i, e.Words[i], w.Words[i])
		}
	}
	if fmt.Sprint(c.Labels()) != fmt.Sprint(n.Labels()) {
		t.Errorf("labels %q", c.Labels())
	}
}

func TestManyCallersShareAFewSandboxes(t *testing.T) {
	bundle := testbundle.New(t, testbundle.Options{})
	c, n := openTiny(t, Limits{Instances: 4}, bundle), native(t, bundle)
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			inputs := []encoder.Input{{Text: strings.Repeat("fun bugs ", i%9)}, {Text: "again"}}
			got, err := c.Classify(t.Context(), inputs)
			if err != nil {
				t.Error(err)
				return
			}
			want, err := n.Classify(t.Context(), inputs)
			if err != nil {
				t.Error(err)
				return
			}
			agree(t, got, want)
		})
	}
	wg.Wait()
	if n := len(c.pool.idle); n < 1 || n > 4 {
		t.Errorf("%d sandboxes", n)
	}
}

func TestACallThatIsCancelledLeavesTheClassifierUsable(t *testing.T) {
	c := openTiny(t, Limits{Instances: 1}, testbundle.New(t, testbundle.Options{Width: 256, Layers: 4}))
	many := make([]encoder.Input, 1000)
	for i := range many {
		many[i].Text = strings.Repeat("good ", 60)
	}
	for _, k := range []string{"cancel", "timeout"} {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		if k == "cancel" {
			ctx, cancel = context.WithCancel(t.Context())
			time.AfterFunc(30*time.Millisecond, cancel)
		}
		start := time.Now()
		_, err := c.Classify(ctx, many)
		if !errors.Is(err, ctx.Err()) || err == nil {
			t.Errorf("%s: got %v", k, err)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: took %v", k, took)
		}
		cancel()
		if _, err := c.Classify(t.Context(), oneText); err != nil {
			t.Errorf("%s: the next call: %v", k, err)
		}
	}
}

func TestMoreThanIsAllowedIsALimitError(t *testing.T) {
	c := openTiny(t, Limits{Inputs: 2, InputBytes: 100}, nil)
	for name, inputs := range map[string][]encoder.Input{
		"inputs": make([]encoder.Input, 3), "bytes": {{Text: strings.Repeat("a", 60)}, {Text: "b", Pair: strings.Repeat("b", 60), HasPair: true}},
		"ids": {{IDs: make([]int32, 26)}},
	} {
		if _, err := c.Classify(t.Context(), inputs); !errors.Is(err, ErrLimit) || badinput.Is(err) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := c.Explain(t.Context(), strings.Repeat("a", 101), encoder.ExplainOptions{}); !errors.Is(err, ErrLimit) {
		t.Errorf("explain: got %v", err)
	}
	for name, inputs := range map[string][]encoder.Input{"a token": {{Text: "a"}, {IDs: []int32{999}}}, "types": {{Text: "a"}, {IDs: []int32{2}, TypeIDs: []int32{0, 1}}}} {
		if _, err := c.Classify(t.Context(), inputs); !errors.Is(err, ErrInput) || !badinput.Is(err) || !strings.Contains(err.Error(), "input 1") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := c.Classify(t.Context(), oneText); err != nil {
		t.Error(err)
	}
	for _, l := range []Limits{{Instances: -1}, {Memory: 5 << 30}, {Call: -1}, {Inputs: 1 << 30}, {Kernels: 7}} {
		if _, err := OpenBundle(t.Context(), bytes.NewReader(nil), 0, l); err == nil {
			t.Errorf("%+v is taken", l)
		}
	}
}

func TestABrokenBundleIsBadInputByName(t *testing.T) {
	good := testbundle.New(t, testbundle.Options{})
	flipped := bytes.Clone(good)
	copy(flipped[len(flipped)-4:], []byte{0, 0, 0x80, 0x7f}) // infinity
	for name, content := range map[string][]byte{
		"empty": {}, "text": []byte("this is no model at all"), "cut": good[:len(good)/2], "infinite": flipped, "header": append(bytes.Repeat([]byte{0xff}, 8), good...),
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, content, 0o666); err != nil {
			t.Fatal(err)
		}
		_, err := Open(t.Context(), path, Limits{CacheDir: cacheDir(t)})
		if !errors.Is(err, ErrInput) || !badinput.Is(err) || !strings.HasPrefix(err.Error(), path+": ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "nothing")} {
		if _, err := Open(t.Context(), path, Limits{}); !badinput.Is(err) || !strings.HasPrefix(err.Error(), path+": ") {
			t.Errorf("%s: got %v", path, err)
		}
	}
	path := filepath.Join(dir, "good")
	if err := os.WriteFile(path, good, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path, Limits{ModelBytes: 1000}); !errors.Is(err, ErrInput) {
		t.Errorf("a bundle that is too large: %v", err)
	}
	c, err := Open(t.Context(), path, Limits{CacheDir: cacheDir(t), MaxTokens: 7})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if p, err := c.Classify(t.Context(), []encoder.Input{{Text: "a good game a good game a good game"}}); err != nil || p[0].Tokens != 7 {
		t.Errorf("got %v, %v", p, err)
	}
}

// broken fails to read behind its beginning.
type broken struct{ io.ReaderAt }

var errDisk = errors.New("disk on fire")

func (b broken) ReadAt(p []byte, off int64) (int, error) {
	if off > 0 {
		return 0, errDisk
	}
	return b.ReaderAt.ReadAt(p, off)
}

func TestAModelThatCannotBeReadIsNoBadInput(t *testing.T) {
	bundle := testbundle.New(t, testbundle.Options{Width: 128})
	_, err := OpenBundle(t.Context(), broken{bytes.NewReader(bundle)}, int64(len(bundle)), Limits{CacheDir: cacheDir(t)})
	if !errors.Is(err, errDisk) || badinput.Is(err) {
		t.Errorf("got %v", err)
	}
}

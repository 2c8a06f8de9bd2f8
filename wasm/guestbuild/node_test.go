package guestbuild_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/wasm/abi"
	"github.com/lorica-go/lorica/wasm/guest/session"
	"github.com/lorica-go/lorica/wasm/guestbuild"
	"github.com/lorica-go/lorica/wasm/testbundle"
)

// failure is what testdata/run.js says of an error.
type failure struct{ Kind, Message string }

// output is what testdata/run.js prints.
type output struct {
	ABI                                 int
	Kernels                             string
	Early, Incomplete, Overfull, Broken *failure
	Misuse                              []*failure
	Facts                               struct {
		Labels                 []string
		Parameters, Bytes      int64
		MaxTokens, Limit       int
		ModelType, DType, Name string
		Probes                 *float64
		Provenance             map[string]any
	}
	Orders      [][]string // of the labels in the scores of an answer, over and over
	Predictions []struct {
		Label     string
		Score     float64
		Scores    map[string]float64
		Logits    []float64
		Tokens    int
		Truncated bool
	}
	Explanation struct {
		Label string
		Score float64
		Words []struct {
			Text       string
			Start, End int
			Effect     float64
		}
	}
	Grown int
}

func TestThePageGuestAnswersInNodeAsTheSessionDoes(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skipf("needs node: %v", err)
	}
	bundle := testbundle.New(t, testbundle.Options{})
	for _, variant := range []string{"none", "simd128", "relaxed"} {
		t.Run(variant, func(t *testing.T) {
			t.Parallel()
			out := inNode(t, node, variant, bundle)
			if want := map[string]string{"none": "generic"}[variant]; out.ABI != abi.Version || out.Kernels != want && out.Kernels != variant {
				t.Errorf("version %d, kernels %q", out.ABI, out.Kernels)
			}
			checkFailures(t, out)
			if f := out.Facts; !slices.Equal(f.Labels, testbundle.Labels) || f.Bytes != int64(len(bundle)) || f.MaxTokens != 64 || f.Limit != 64 ||
				f.ModelType != "bert" || f.DType != "float32" || f.Name != "example/tiny" || f.Probes == nil || *f.Probes > 1e-4 ||
				f.Provenance["base"] != "example/tiny" || f.Parameters == 0 {
				t.Errorf("facts: %+v", f)
			}
			checkAnswers(t, out, bundle)
			if out.Grown > 0 {
				t.Errorf("2,000 calls made the memory %d bytes larger", out.Grown)
			}
		})
	}
}

// checkFailures checks the kinds of what went wrong on purpose.
func checkFailures(t *testing.T, out *output) {
	t.Helper()
	for i, f := range append([]*failure{out.Early, out.Incomplete, out.Overfull, out.Broken}, out.Misuse...) {
		want := "input"
		switch i {
		case 0:
			want = "internal"
		case 2:
			want = "limit"
		}
		if f == nil || f.Kind != want || f.Message == "" {
			t.Errorf("failure %d: got %+v, want one of kind %s", i, f, want)
		}
	}
}

// checkAnswers compares what node computed with what a native session does.
func checkAnswers(t *testing.T, out *output, bundle []byte) {
	t.Helper()
	dev, err := session.NewCPU()
	if err != nil {
		t.Fatal(err)
	}
	s := session.New(dev)
	if _, err := s.Open(bytes.NewReader(bundle), abi.OpenRequest{Size: int64(len(bundle))}); err != nil {
		t.Fatal(err)
	}
	// A half of a surrogate pair comes as U+FFFD.
	want, err := s.Classify([]encoder.Input{{Text: "a very good game"}, {Text: ""}, {Text: "boring \U0001F600 \uFFFD bugs"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Predictions) != len(want) {
		t.Fatalf("%d predictions", len(out.Predictions))
	}
	for i, p := range out.Predictions {
		for j, logit := range p.Logits {
			if math.Abs(logit-float64(want[i].Logits[j])) > 1e-4 || math.Abs(p.Scores[testbundle.Labels[j]]-want[i].Scores[j]) > 1e-4 {
				t.Errorf("text %d: got %+v, want %+v", i, p, want[i])
			}
		}
		if p.Label != want[i].Label || p.Tokens != want[i].Tokens || math.Abs(p.Score-want[i].Score) > 1e-4 || len(p.Logits) != 2 {
			t.Errorf("text %d: got %+v, want %+v", i, p, want[i])
		}
	}
	for _, order := range out.Orders {
		if !slices.Equal(order, testbundle.Labels) {
			t.Errorf("scores in the order %q", order)
		}
	}
	if len(out.Orders) != 20 {
		t.Errorf("%d orders", len(out.Orders))
	}
	e, err := s.Explain("\U0001F600 not good", encoder.ExplainOptions{Label: "negative"})
	if err != nil {
		t.Fatal(err)
	}
	if got := out.Explanation; got.Label != "negative" || math.Abs(got.Score-e.Score) > 1e-4 || len(got.Words) != 3 {
		t.Fatalf("explanation: %+v", got)
	}
	for i, w := range out.Explanation.Words {
		places := [][2]int{{0, 2}, {3, 6}, {7, 11}} // in UTF-16 units
		if w.Text != e.Words[i].Text || w.Start != places[i][0] || w.End != places[i][1] || math.Abs(w.Effect-e.Words[i].Effect) > 1e-4 {
			t.Errorf("word %d: got %+v, want %+v", i, w, e.Words[i])
		}
	}
}

// inNode runs the committed guest.
func inNode(t *testing.T, node, variant string, bundle []byte) *output {
	t.Helper()
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	module, err := guestbuild.JS()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	run := exec.Command(node, "testdata/run.js", filepath.Join(strings.TrimSpace(string(goroot)), "lib", "wasm"), "../kernelhost", variant,
		write("guest.wasm", module), write("model.safetensors", bundle))
	text, err := run.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 3 {
		t.Skipf("this platform lacks relaxed SIMD in node: %s", exit.Stderr)
	}
	if err != nil {
		if exit != nil {
			text = append(text, exit.Stderr...)
		}
		t.Fatalf("%v\n%s", err, text)
	}
	out := new(output)
	if err := json.Unmarshal(text, out); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return out
}

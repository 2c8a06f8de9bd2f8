//go:build !wasm

package encoder

import (
	"bufio"
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/shared"
	"github.com/lorica-go/lorica/kernels"
	"github.com/lorica-go/lorica/tokenizer"
)

// The adapter in golden/minilm-lora was trained by PEFT on real weights and real reviews; its README tells how.

func openMiniLM(t *testing.T) *Model {
	t.Helper()
	m, err := OpenFolder(os.DirFS(shared.Path(t, "models", "minilm-l6")), Classification, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func openMiniLMFile(t *testing.T, name string) golden {
	t.Helper()
	data, err := os.ReadFile(shared.Path(t, "golden", "minilm-lora", name))
	if err != nil {
		t.Fatal(err)
	}
	file, err := safetensors.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return golden{t, file}
}

// openAdaptedMiniLM returns MiniLM with the adapter that PEFT has trained, prepared.
func openAdaptedMiniLM(t *testing.T, dev kernels.Device) *Model {
	t.Helper()
	m := openMiniLM(t)
	a, err := OpenAdapter(os.DirFS(shared.Path(t, "golden", "minilm-lora")))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.ApplyAdapter(a); err != nil {
		t.Fatal(err)
	}
	if err := m.Prepare(dev, Frozen, 1); err != nil {
		t.Fatal(err)
	}
	return m
}

// adaptedMiniLMAnswers returns reviews, few of them in short tests, the labels of all, and the logits that PEFT gives all.
func adaptedMiniLMAnswers(t *testing.T, few int) (inputs []Input, labels []int32, logits []float64) {
	t.Helper()
	g := openMiniLMFile(t, "test_logits.safetensors")
	ids, offsets := g.ints("input_ids"), g.ints("input_offsets")
	labels = g.ints("test_labels")
	inputs = make([]Input, len(labels))
	if testing.Short() {
		inputs = inputs[:few]
	}
	for i := range inputs {
		inputs[i].IDs = ids[offsets[i]:offsets[i+1]]
	}
	return inputs, labels, g.floats("test_logits")
}

func TestRealAdapterGivesPEFTsLogitsAndAccuracy(t *testing.T) {
	m := openAdaptedMiniLM(t, newCPU(t, kernels.BestTier(), 2))
	c, err := NewClassifier(m, nil, ClassifierOptions{MaxTokens: 256})
	if err != nil {
		t.Fatal(err)
	}
	inputs, labels, want := adaptedMiniLMAnswers(t, 100)
	n := len(inputs)
	predictions, err := c.Classify(t.Context(), inputs)
	if err != nil {
		t.Fatal(err)
	}
	most, right, rightBefore := 0.0, 0, 0
	for i, p := range predictions {
		for j, v := range p.Logits {
			most = max(most, math.Abs(float64(v)-want[2*i+j]))
		}
		if int32(p.Index) == labels[i] {
			right++
		}
		if (want[2*i+1] > want[2*i]) == (labels[i] == 1) {
			rightBefore++
		}
	}
	t.Logf("%d rows: largest difference to PEFT's logits %.2g, accuracy %.2f%%", n, most, 100*float64(right)/float64(n))
	if !(most <= 2e-5) { // a hundredth of what would be worth a look; PEFT's own batched and single logits differ by 1.8e-6
		t.Errorf("the logits differ by %.2g from PEFT's", most)
	}
	if right != rightBefore || n == 1600 && right != 1400 {
		t.Errorf("%d of %d right, PEFT has %d", right, n, rightBefore)
	}
}

// traceStep is a step of trace.json.
type traceStep struct {
	LR, Loss float64
	GradNorm float64 `json:"grad_norm"`
	Rows     []int
}

// readReviews returns the texts and labels of some lines of the reviews.
func readReviews(t *testing.T, lines map[int]bool) (texts map[int]string, labels map[int]int32) {
	t.Helper()
	f, err := os.Open(shared.Path(t, "data", "steam-101games-2019", "reviews.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	texts, labels = map[int]string{}, map[int]int32{}
	scanner := bufio.NewScanner(f)
	scanner.Buffer(nil, 1<<20)
	for i := 0; scanner.Scan(); i++ {
		if !lines[i] {
			continue
		}
		var row struct {
			Review  string
			VotedUp bool `json:"voted_up"`
		}
		if err := json.Unmarshal(scanner.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		if texts[i] = row.Review; row.VotedUp {
			labels[i] = 1
		}
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	return texts, labels
}

func TestRealTrainingTraceMatchesPEFT(t *testing.T) {
	text, err := os.ReadFile(shared.Path(t, "golden", "minilm-lora", "trace.json"))
	if err != nil {
		t.Fatal(err)
	}
	var trace struct{ Steps []traceStep }
	if err := json.Unmarshal(text, &trace); err != nil {
		t.Fatal(err)
	}
	steps := trace.Steps
	if testing.Short() {
		steps = steps[:5]
	}
	wanted := map[int]bool{}
	for _, s := range steps {
		for _, row := range s.Rows {
			wanted[row] = true
		}
	}
	texts, labels := readReviews(t, wanted)
	tok, err := tokenizer.Load(os.DirFS(shared.Path(t, "models", "minilm-l6")))
	if err != nil {
		t.Fatal(err)
	}

	m := openMiniLM(t)
	a, err := OpenAdapter(os.DirFS(shared.Path(t, "golden", "minilm-lora")))
	if err != nil {
		t.Fatal(err)
	}
	a.tensors = openMiniLMFile(t, "adapter_init.safetensors").file
	if err := m.ApplyAdapter(a); err != nil {
		t.Fatal(err)
	}
	dev := newCPU(t, kernels.BestTier(), 2)
	if err := m.Prepare(dev, Adapters, 1); err != nil {
		t.Fatal(err)
	}
	p := newPass(t, m, dev)
	p.Training, p.NoDropout = true, true
	o := newAdamW(dev, m)
	var worstLoss, worstNorm float64
	for i, s := range steps {
		b := &Batch{}
		var y []int32
		for _, row := range s.Rows {
			e, err := tok.Encode(texts[row], tokenizer.Options{Truncation: tokenizer.Truncation{MaxLength: 256}})
			if err != nil {
				t.Fatal(err)
			}
			b.Append(e.IDs, e.TypeIDs)
			y = append(y, labels[row])
		}
		loss := step(t, p, b, y, true)
		norm := o.update(s.LR, 0.01, 1, i+1)
		worstLoss, worstNorm = max(worstLoss, math.Abs(loss-s.Loss)), max(worstNorm, math.Abs(norm-s.GradNorm)/(1+s.GradNorm))
		if math.Abs(loss-s.Loss) > 2e-5 || math.Abs(norm-s.GradNorm) > 2e-4*(1+s.GradNorm) {
			t.Fatalf("step %d: loss %.6f and gradient norm %.6f, PEFT has %.6f and %.6f", i+1, loss, norm, s.Loss, s.GradNorm)
		}
	}
	t.Logf("%d steps: largest difference of the loss %.2g, of the gradient norm %.2g of 1 + the norm", len(steps), worstLoss, worstNorm)
	if testing.Short() {
		return
	}
	worst := 0.0
	after := openMiniLMFile(t, "trace_after40.safetensors")
	for _, param := range m.Parameters() {
		if !param.Trainable {
			continue
		}
		want, difference, norm := after.floats(adapterPrefix+param.Name), 0.0, 0.0
		for i, v := range read(dev, param.Value()) {
			difference += (float64(v) - want[i]) * (float64(v) - want[i])
			norm += want[i] * want[i]
		}
		if ratio := math.Sqrt(difference / norm); !(ratio <= 2e-4) {
			t.Errorf("%s: after the steps off by %.2g of its length", param.Name, ratio)
		} else {
			worst = max(worst, ratio)
		}
	}
	t.Logf("the trained tensors are off by at most %.2g of their length", worst)
}

// adamW is the optimiser of transformers' Trainer over a model's trainable parameters.
type adamW struct {
	dev  kernels.Device
	flat Trainable
	m, v kernels.Tensor
}

func newAdamW(dev kernels.Device, m *Model) *adamW {
	o := &adamW{dev: dev, flat: m.Trainable()}
	n := o.flat.Values.Cols
	o.m, o.v = kernels.NewTensor(dev.NewBuffer(n), 0, 1, n), kernels.NewTensor(dev.NewBuffer(n), 0, 1, n)
	return o
}

// update clips the gradients' norm, which it returns, and takes a step.
func (o *adamW) update(lr, decay, maxNorm float64, step int) float64 {
	norm := math.Sqrt(o.dev.SumSquares(o.flat.Gradients))
	for _, group := range []struct {
		from, to int
		decay    float64
	}{{0, o.flat.Decaying, decay}, {o.flat.Decaying, o.flat.Values.Cols, 0}} {
		part := func(t kernels.Tensor) kernels.Tensor { return t.ColRange(group.from, group.to) }
		o.dev.AdamW(kernels.AdamW{
			Param: part(o.flat.Values), Grad: part(o.flat.Gradients), M: part(o.m), V: part(o.v), LearningRate: lr, Beta1: 0.9, Beta2: 0.999,
			Eps: 1e-8, Decay: group.decay, GradScale: min(1, maxNorm/(norm+1e-6)), Step: step,
		})
	}
	return norm
}

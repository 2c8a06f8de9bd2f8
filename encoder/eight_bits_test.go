//go:build !wasm

package encoder

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/kernels"
)

// inEightBits writes a prepared model as a bundle of eight bits, without probes.
func inEightBits(t testing.TB, m *Model) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := m.WriteBundle(&b, safetensors.I8, []byte(tinyTokenizer), Provenance{MaxTokens: 10}, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// eightBitBundle is a tinyBundle with weights of eight bits and probes that a generic device answered.
func eightBitBundle(t testing.TB, modelType string) []byte {
	t.Helper()
	dev := newCPU(t, kernels.Generic, 1)
	m := openedBundle(t, tinyBundle(t, modelType), dev).Model
	b := openedBundle(t, inEightBits(t, m), dev)
	c, err := NewClassifier(b.Model, b.Tokenizer, ClassifierOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	probes := probesOf(t, c, "h g f e z")
	if err := m.WriteBundle(&out, safetensors.I8, []byte(tinyTokenizer), Provenance{MaxTokens: 10}, probes); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// openedBundle opens and prepares a bundle.
func openedBundle(t testing.TB, data []byte, dev kernels.Device) *Bundle {
	t.Helper()
	file, err := safetensors.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return openedFile(t, file, dev)
}

// openedFile does so with a file.
func openedFile(t testing.TB, file *safetensors.File, dev kernels.Device) *Bundle {
	t.Helper()
	b, err := OpenBundle(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Model.Prepare(dev, Frozen, 0); err != nil {
		t.Fatal(err)
	}
	return b
}

// tinyLogits classifies the tiny batch.
func tinyLogits(t *testing.T, m *Model, dev kernels.Device) []float32 {
	t.Helper()
	b, _ := tinyBatch(m.Config)
	logits, err := newPass(t, m, dev).Forward(b)
	if err != nil {
		t.Fatal(err)
	}
	return read(dev, logits)
}

// apart returns the largest difference of two lists of logits, and the largest logit.
func apart(a, b []float32) (difference, largest float64) {
	for i := range a {
		difference = max(difference, math.Abs(float64(a[i])-float64(b[i])))
		largest = max(largest, math.Abs(float64(a[i])))
	}
	return difference, largest
}

// TestEightBitsChangeLogitsALittle: a step is a 127th of the largest value of a row, and half of one is lost at every rounding of the
// tiny models, whose few values do not average out. A tenth of the largest logit is their bound.
func TestEightBitsChangeLogitsALittle(t *testing.T) {
	for _, arch := range goldenArchitectures {
		data := tinyBundle(t, arch)
		dev := newCPU(t, kernels.Generic, 1)
		m := openedBundle(t, data, dev).Model
		want := tinyLogits(t, m, dev)
		eight := inEightBits(t, m)
		var first []float32
		eachTier(t, func(t *testing.T, dev *kernels.CPU) {
			b := openedBundle(t, eight, dev)
			if !b.Model.EightBits() || len(b.Model.Unused) > 0 {
				t.Fatalf("%s: not of eight bits, or with unused tensors %v", arch, b.Model.Unused)
			}
			got := tinyLogits(t, b.Model, dev)
			d, largest := apart(want, got)
			t.Logf("%s: logits up to %.3f differ by %.4f", arch, largest, d)
			if !(d < 0.1*largest) || d == 0 {
				t.Errorf("%s: logits up to %g differ by %g", arch, largest, d)
			}
			if first == nil {
				first = got
			}
			if d, _ := apart(first, got); !(d <= 0.02*largest) {
				t.Errorf("%s: tiers differ by %g", arch, d)
			}
		})
	}
}

func TestEveryLinearWeightButTheLastHasEightBits(t *testing.T) {
	for _, arch := range goldenArchitectures {
		dev := newCPU(t, kernels.Generic, 1)
		m := openedBundle(t, tinyBundle(t, arch), dev).Model
		b := openedBundle(t, inEightBits(t, m), dev)
		for _, l := range b.Model.linears() {
			tensor, _ := b.Tensors.Tensor(l.weight.Name)
			if last := l == b.Model.head.output; (tensor.DType == safetensors.I8) == last || last && tensor.DType != safetensors.F32 {
				t.Errorf("%s: %s is %s", arch, l.weight.Name, tensor.DType)
			}
		}
		if words, _ := b.Tensors.Tensor(b.Model.embeddings.word.Name); words.DType != safetensors.I8 || b.Model.embeddings.word.table == nil {
			t.Errorf("%s: the words' table is %s", arch, words.DType)
		}
		if got, want := b.Model.Size(), m.Size(); got != want {
			t.Errorf("%s: %d parameters, want %d", arch, got, want)
		}
	}
}

func TestWhatHasEightBitsIsWrittenAgainAsItIs(t *testing.T) {
	dev := newCPU(t, kernels.Generic, 1)
	once := eightBitBundle(t, "modernbert")
	m := openedBundle(t, once, dev)
	twice := inEightBits(t, m.Model)
	a, b := m.Tensors, openedBundle(t, twice, dev).Tensors
	for _, x := range a.Tensors() {
		y, ok := b.Tensor(x.Name)
		if left, _ := x.Bytes(); !ok || y.DType != x.DType {
			t.Errorf("%s has changed", x.Name)
		} else if right, _ := y.Bytes(); !bytes.Equal(left, right) {
			t.Errorf("%s has changed", x.Name)
		}
	}
	var wide bytes.Buffer // and in float32 it has the same values
	if err := m.Model.WriteBundle(&wide, safetensors.F32, []byte(tinyTokenizer), Provenance{MaxTokens: 10}, nil); err != nil {
		t.Fatal(err)
	}
	floats := openedBundle(t, wide.Bytes(), dev)
	if floats.Model.EightBits() {
		t.Error("float32 has eight bits")
	}
	for _, p := range m.Model.Parameters() {
		want, err := p.Float32s(dev)
		if err != nil {
			t.Fatal(err)
		}
		tensor, _ := floats.Tensors.Tensor(p.Name)
		got, err := tensor.LoadFloat32()
		if err != nil {
			t.Fatal(err)
		}
		if d, _ := apart(want, got); d != 0 {
			t.Errorf("%s differs by %g", p.Name, d)
		}
	}
}

// TestWordsHaveAScaleForEvery32Values: one large value takes the steps of its neighbours only.
func TestWordsHaveAScaleForEvery32Values(t *testing.T) {
	config := tinyConfig("bert")
	config["hidden_size"] = 64
	m := modelOf(t, config, Classification)
	dev := newCPU(t, kernels.Generic, 1)
	if err := m.Prepare(dev, Frozen, 7); err != nil {
		t.Fatal(err)
	}
	words := m.embeddings.word
	values := read(dev, words.value)
	values[2*64+40] = 1000
	dev.Write(words.value, values)
	b := openedBundle(t, inEightBits(t, m), dev)
	got, err := b.Model.embeddings.word.Float32s(dev)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range values {
		limit := 0.02 // the values have a standard deviation of 0.3
		if i/32 == (2*64+40)/32 {
			limit = 4
		}
		if d := math.Abs(float64(v) - float64(got[i])); d > limit {
			t.Errorf("word %d, column %d: %v became %v", i/64, i%64, v, got[i])
		}
	}
	row, part := make([]float32, 64), make([]float32, 20)
	if err := b.Model.embeddings.word.readFloat32(part, 2*64+25); err != nil {
		t.Fatal(err)
	}
	sum := dev.NewBuffer(64)
	dev.EmbeddingSum(kernels.NewTensor(sum, 0, 1, 64), []kernels.EmbeddingTerm{{Int8: b.Model.embeddings.word.table, IDs: []int32{2}}})
	dev.Read(row, kernels.NewTensor(sum, 0, 1, 64))
	if d, _ := apart(row, got[2*64:3*64]); d != 0 {
		t.Errorf("the device's row differs by %g", d)
	}
	if d, _ := apart(part, row[25:45]); d != 0 {
		t.Errorf("a part of the row differs by %g", d)
	}
}

func TestAnAdapterIsMergedBeforeWeightsAreRounded(t *testing.T) {
	dev := newCPU(t, kernels.Generic, 1)
	m := tinyModel(t, "bert", Classification)
	if err := m.AddLoRA(DefaultLoRA()); err != nil {
		t.Fatal(err)
	}
	if err := m.Prepare(dev, Adapters, 7); err != nil {
		t.Fatal(err)
	}
	for _, p := range m.Parameters() {
		if strings.HasSuffix(p.Name, ".lora_B.weight") {
			values := make([]float32, p.Len())
			for i := range values {
				values[i] = float32(i%5) / 10
			}
			dev.Write(p.Value(), values)
		}
	}
	var wide bytes.Buffer
	if err := m.WriteBundle(&wide, safetensors.F32, []byte(tinyTokenizer), Provenance{MaxTokens: 10}, nil); err != nil {
		t.Fatal(err)
	}
	direct := openedBundle(t, inEightBits(t, m), dev).Tensors
	later := openedBundle(t, inEightBits(t, openedBundle(t, wide.Bytes(), dev).Model), dev).Tensors
	for _, x := range direct.Tensors() {
		y, _ := later.Tensor(x.Name)
		left, _ := x.Bytes()
		if right, _ := y.Bytes(); !bytes.Equal(left, right) {
			t.Errorf("%s differs", x.Name)
		}
	}
}

func TestWeightsOfEightBitsAreReadWithoutAMapping(t *testing.T) {
	dev := newCPU(t, kernels.Generic, 1)
	data := eightBitBundle(t, "electra")
	want := tinyLogits(t, openedBundle(t, data, dev).Model, dev)
	file, err := safetensors.ParseReaderAt(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if d, _ := apart(want, tinyLogits(t, openedFile(t, file, dev).Model, dev)); d != 0 {
		t.Errorf("logits differ by %g", d)
	}
}

func TestWeightsOfEightBitsAreNotTrained(t *testing.T) {
	for _, mode := range []Training{Adapters, Full} {
		file, err := safetensors.Parse(eightBitBundle(t, "bert"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := OpenBundle(file, nil)
		if err != nil {
			t.Fatal(err)
		}
		if mode == Adapters {
			if err := b.Model.AddLoRA(DefaultLoRA()); err != nil {
				t.Fatal(err)
			}
		}
		wantBadInput(t, b.Model.Prepare(newCPU(t, kernels.Generic, 1), mode, 0), "eight bits cannot be trained")
	}
}

//go:build !wasm

package encoder

import (
	"bytes"
	"math"
	"os"
	"testing"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/shared"
	"github.com/lorica-go/lorica/kernels"
)

func TestBrokenBundlesOfEightBitsNameTheTensor(t *testing.T) {
	dev := newCPU(t, kernels.Generic, 1)
	weight, scale := tinyQuery+".weight", tinyQuery+".weight"+scaleSuffix
	value := func(v float64) func(specs, map[string]string) {
		return func(s specs, _ map[string]string) { setValue(s[scale], 3, v) }
	}
	for name, c := range map[string]struct {
		change func(tensors specs, metadata map[string]string)
		want   []string
	}{
		"NaN":              {value(math.NaN()), []string{scale, "scale 3 is NaN"}},
		"negative":         {value(-1), []string{scale, "scale 3 is -1"}},
		"infinite":         {value(math.Inf(1)), []string{scale, "scale 3 is +Inf"}},
		"too large":        {value(3e38), []string{scale, "scale 3 is 3e+38"}},
		"no scales":        {func(s specs, _ map[string]string) { delete(s, scale) }, []string{weight, scale + " is missing"}},
		"scales as matrix": {func(s specs, _ map[string]string) { s[scale].Shape = []int{8, 1} }, []string{scale, "shape [8 1]", "[8]"}},
		"integer scales":   {func(s specs, _ map[string]string) { s[scale].DType = safetensors.I32 }, []string{scale, "I32"}},
		"unsigned":         {func(s specs, _ map[string]string) { s[weight].DType = safetensors.U8 }, []string{weight, "dtype U8"}},
		"a bias": {func(s specs, _ map[string]string) {
			s[tinyQuery+".bias"].DType, s[tinyQuery+".bias"].Bytes = safetensors.I8, make([]byte, 8)
		}, []string{tinyQuery + ".bias", "dtype I8"}},
		"an old bundle":  {func(_ specs, m map[string]string) { m[bundleVersionKey] = "1" }, []string{"dtype I8"}},
		"another weight": {func(s specs, _ map[string]string) { s[weight].Bytes[0] ^= 0x7f; setValue(s[scale], 0, 5) }, []string{"probe 0: logits differ"}},
	} {
		t.Run(name, func(t *testing.T) {
			wantBadInput(t, openBundle(rewrite(t, eightBitBundle(t, "bert"), c.change), dev), c.want...)
		})
	}
	m := openedBundle(t, tinyBundle(t, "bert"), dev).Model
	wantBadInput(t, m.SaveFolder(tinyFolder(t, "bert", Classification), safetensors.I8), "bundle")
}

func TestEightBitsKeepTheLabelsOfRealReviews(t *testing.T) {
	dev := newCPU(t, kernels.BestTier(), 2)
	m := openAdaptedMiniLM(t, dev)
	var out bytes.Buffer
	tokenizerJSON, err := os.ReadFile(shared.Path(t, "models", "minilm-l6", "tokenizer.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.WriteBundle(&out, safetensors.I8, tokenizerJSON, Provenance{MaxTokens: 256}, nil); err != nil {
		t.Fatal(err)
	}
	c, err := NewClassifier(openedBundle(t, out.Bytes(), dev).Model, nil, ClassifierOptions{MaxTokens: 256})
	if err != nil {
		t.Fatal(err)
	}
	inputs, labels, want := adaptedMiniLMAnswers(t, 300)
	predictions, err := c.Classify(t.Context(), inputs)
	if err != nil {
		t.Fatal(err)
	}
	changed, right, rightBefore := 0, 0, 0
	for i, p := range predictions {
		before := 0
		if want[2*i+1] > want[2*i] {
			before = 1
		}
		if p.Index != before {
			changed++
		}
		if int32(p.Index) == labels[i] {
			right++
		}
		if int32(before) == labels[i] {
			rightBefore++
		}
	}
	t.Logf("%d of %d labels changed; %d are right, %d were", changed, len(inputs), right, rightBefore)
	if n := len(inputs); changed > n/50 || right < rightBefore-n/75 {
		t.Errorf("%d of %d labels changed; %d are right, %d were", changed, len(inputs), right, rightBefore)
	}
}

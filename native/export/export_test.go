package export_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/kernels"
	"github.com/lorica-go/lorica/native/export"
	"github.com/lorica-go/lorica/native/internal/tiny"
)

// difference returns the largest difference of two lists of logits, and how many rows of two have another largest one.
func difference(t *testing.T, a, b []float32) (most float64, flipped int) {
	t.Helper()
	if len(a) != len(b) || len(a) == 0 {
		t.Fatalf("%d logits against %d", len(a), len(b))
	}
	for i := range a {
		most = max(most, math.Abs(float64(a[i])-float64(b[i])))
	}
	for i := 0; i < len(a); i += 2 {
		if (a[i+1] > a[i]) != (b[i+1] > b[i]) {
			flipped++
		}
	}
	return most, flipped
}

func TestWhatIsWrittenIsWhatWasTrained(t *testing.T) {
	for _, family := range tiny.Families {
		base, adapter := trained(t, tiny.Options{Type: family})
		for _, format := range []export.Format{export.Bundle, export.Folder} {
			for dtype, limit := range map[safetensors.DType]float64{safetensors.F32: 2e-5, safetensors.F16: 2e-2, safetensors.BF16: 2e-1, safetensors.I8: 1} {
				if format == export.Folder && dtype == safetensors.I8 {
					continue
				}
				t.Run(family+" "+string(format)+" "+dtype.String(), func(t *testing.T) {
					m, inputs := open(t, base, adapter), someInputs()
					r := mustExport(t, export.Config{Model: m, Format: format, DType: dtype, Samples: inputs, Provenance: encoder.Provenance{Base: "the/base", Rows: 60}})
					again := open(t, r.Path, "")
					if again.Encoder.Adapter() != nil || !slices.Equal(again.Encoder.Config.Labels, []string{"neg", "pos"}) || again.Encoder.Config.ModelType != family {
						t.Errorf("read back as a %s with labels %v", again.Encoder.Config.ModelType, again.Encoder.Config.Labels)
					}
					// the proof is over the probes, which a bundle carries, and the samples
					most, flipped := difference(t, logits(t, m, inputs), logits(t, again, inputs))
					if again.Bundle != nil {
						var probes []encoder.Input
						for _, p := range again.Bundle.Probes {
							probes = append(probes, encoder.Input{Text: p.Text})
						}
						d, f := difference(t, logits(t, m, probes), logits(t, again, probes))
						most, flipped = max(most, d), flipped+f
						if r.Proof.MaxDifference != most || r.Proof.Flipped != flipped || r.Proof.Rows != len(probes)+len(inputs) {
							t.Errorf("proof %+v, found %g and %d flipped", r.Proof, most, flipped)
						}
						p := again.Bundle.Provenance
						if p.Merge == nil || *p.Merge != r.Proof || p.Base != "the/base" || p.Rows != 60 || p.TensorDigest != r.TensorDigest || p.MaxTokens != 64 {
							t.Errorf("provenance %+v", p)
						}
						if eight := dtype == safetensors.I8; eight != again.Encoder.EightBits() || eight != (p.EightBits != nil) || eight && *p.EightBits != r.Proof {
							t.Errorf("provenance %+v", p)
						}
						digest, err := safetensors.Digest(again.Bundle.Tensors)
						if err != nil || !strings.EqualFold(r.TensorDigest, hexOf(digest[:])) {
							t.Errorf("digest %s, %v", r.TensorDigest, err)
						}
					}
					if most > r.Proof.MaxDifference || most > limit || flipped > r.Proof.Flipped || !r.Merged {
						t.Errorf("logits are off by %g and %d flipped, the proof says %+v", most, flipped, r.Proof)
					}
					if dtype != safetensors.F32 && r.Proof.MaxDifference < 1e-7 {
						t.Errorf("storing %s cost only %g: was it done?", dtype, r.Proof.MaxDifference)
					}
					if names := entries(t, filepath.Dir(r.Path)); !slices.Equal(names, []string{"exported"}) {
						t.Errorf("left %v", names)
					}
				})
			}
		}
	}
}

func hexOf(b []byte) string {
	const digits = "0123456789abcdef"
	var s strings.Builder
	for _, v := range b {
		s.WriteByte(digits[v>>4])
		s.WriteByte(digits[v&15])
	}
	return s.String()
}

func TestEveryTierAnswersTheProbes(t *testing.T) {
	base, adapter := trained(t, tiny.Options{})
	r := mustExport(t, export.Config{Model: open(t, base, adapter)})
	v, err := export.Verify(r.Path, 2)
	if err != nil {
		t.Fatal(err)
	}
	if !v.OK || len(v.Tiers) != len(kernels.Tiers()) || v.Probes != 8 || v.Digest != r.TensorDigest || int64(v.Bytes) != r.Bytes {
		t.Errorf("found %+v", v)
	}
	for _, tier := range v.Tiers {
		if tier.Error != "" || tier.MaxDifference > 1e-4 {
			t.Errorf("%+v", tier)
		}
	}
}

func TestEveryTierAnswersTheProbesInEightBits(t *testing.T) {
	base, adapter := trained(t, tiny.Options{})
	r := mustExport(t, export.Config{Model: open(t, base, adapter), DType: safetensors.I8})
	v, err := export.Verify(r.Path, 2)
	if err != nil || !v.OK || len(v.Tiers) != len(kernels.Tiers()) || v.Provenance.DType != "int8" || r.DType != "int8" {
		t.Errorf("found %+v, %v", v, err)
	}
	m := open(t, r.Path, "")
	again := mustExport(t, export.Config{Model: m, DType: safetensors.I8, Provenance: m.Bundle.Provenance})
	if again.TensorDigest != r.TensorDigest || again.Proof.MaxDifference != 0 {
		t.Errorf("exported again it is %+v", again)
	}
	if p := open(t, again.Path, "").Bundle.Provenance; p.EightBits == nil || *p.EightBits != r.Proof {
		t.Errorf("what eight bits cost is forgotten: %+v", p)
	}
	_, err = export.Run(context.Background(), export.Config{Model: open(t, r.Path, ""), Format: export.Folder, DType: safetensors.I8, Out: filepath.Join(t.TempDir(), "x")})
	if !badinput.Is(err) || !strings.Contains(err.Error(), "bundle") {
		t.Errorf("a folder of eight bits: %v", err)
	}
}

func TestABundleWithoutAnAdapterIsExportedAgain(t *testing.T) {
	base, adapter := trained(t, tiny.Options{})
	first := mustExport(t, export.Config{Model: open(t, base, adapter)})
	for _, format := range []export.Format{export.Bundle, export.Folder} {
		r := mustExport(t, export.Config{Model: open(t, first.Path, ""), Format: format, Samples: someInputs()})
		if r.Merged || r.Proof.MaxDifference != 0 || r.Proof.Flipped != 0 {
			t.Errorf("%s: %+v", format, r)
		}
		if most, _ := difference(t, logits(t, open(t, first.Path, ""), someInputs()), logits(t, open(t, r.Path, ""), someInputs())); most != 0 {
			t.Errorf("%s: logits are off by %g", format, most)
		}
		if format == export.Bundle && r.TensorDigest != first.TensorDigest {
			t.Errorf("the tensors are others")
		}
	}
}

func TestAFolderHasTheTokenizersFilesAndALoadableConfiguration(t *testing.T) {
	base, adapter := trained(t, tiny.Options{Type: "roberta"})
	r := mustExport(t, export.Config{Model: open(t, base, adapter), Format: export.Folder})
	if names := entries(t, r.Path); !slices.Equal(names, []string{"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "vocab.txt"}) {
		t.Errorf("files %v", names)
	}
	var config struct {
		Architectures []string          `json:"architectures"`
		ID2Label      map[string]string `json:"id2label"`
	}
	if err := json.Unmarshal(readFile(t, filepath.Join(r.Path, "config.json")), &config); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(config.Architectures, []string{"RobertaForSequenceClassification"}) || config.ID2Label["1"] != "pos" {
		t.Errorf("config %+v", config)
	}
	if string(readFile(t, filepath.Join(r.Path, "vocab.txt"))) != string(readFile(t, filepath.Join(base, "vocab.txt"))) {
		t.Error("the vocabulary is another")
	}
}

func TestAnExportReplacesAnOldOneAndKeepsItWhenItFails(t *testing.T) {
	base, adapter := trained(t, tiny.Options{})
	for _, format := range []export.Format{export.Bundle, export.Folder} {
		out := filepath.Join(t.TempDir(), "model")
		first := mustExport(t, export.Config{Model: open(t, base, adapter), Format: format, Out: out})
		second := mustExport(t, export.Config{Model: open(t, base, adapter), Format: format, Out: out, DType: safetensors.BF16})
		if second.Bytes >= first.Bytes {
			t.Errorf("%s: not replaced: %d bytes, then %d", format, first.Bytes, second.Bytes)
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := export.Run(ctx, export.Config{Model: open(t, base, adapter), Format: format, Out: out}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v", format, err)
		}
		file := out
		if format == export.Folder {
			file = filepath.Join(out, "model.safetensors")
		}
		if got := int64(len(readFile(t, file))); got != second.Bytes {
			t.Errorf("%s: %d bytes after an export that failed, want %d", format, got, second.Bytes)
		}
		if names := entries(t, filepath.Dir(out)); !slices.Equal(names, []string{"model"}) {
			t.Errorf("%s: left %v", format, names)
		}
		// onto itself, with the weights mapped
		mustExport(t, export.Config{Model: open(t, out, ""), Format: format, Out: out})
	}
}

func TestADraftThatAKilledProcessLeftIsRemoved(t *testing.T) {
	base, adapter := trained(t, tiny.Options{})
	out := filepath.Join(t.TempDir(), "model")
	tiny.Write(t, filepath.Join(filepath.Dir(out), ".model.lorica-draft"), "half a fil")
	mustExport(t, export.Config{Model: open(t, base, adapter), Out: out})
	if names := entries(t, filepath.Dir(out)); !slices.Equal(names, []string{"model"}) {
		t.Errorf("left %v", names)
	}
}

func TestPlacesThatAnExportMayNotTakeAreRefused(t *testing.T) {
	base, adapter := trained(t, tiny.Options{})
	m := open(t, base, adapter)
	dir := t.TempDir()
	tiny.Write(t, filepath.Join(dir, "thesis.txt"), "years of work")
	tiny.Write(t, filepath.Join(dir, "config.json"), "{}")
	file := filepath.Join(dir, "thesis.txt")
	for _, test := range []struct {
		format export.Format
		out    string
		want   string
	}{
		{export.Folder, dir, "thesis.txt"},
		{export.Folder, file, file},
		{export.Folder, filepath.Join(file, "below"), file},
		{export.Bundle, dir, dir},
		{export.Bundle, filepath.Join(file, "below"), file},
		{export.Bundle, "", "no place"},
	} {
		_, err := export.Run(context.Background(), export.Config{Model: m, Format: test.format, Out: test.out})
		if !badinput.Is(err) || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s to %q: got %v", test.format, test.out, err)
		}
	}
	if string(readFile(t, file)) != "years of work" {
		t.Error("a foreign file was touched")
	}
	if names := entries(t, dir); !slices.Equal(names, []string{"config.json", "thesis.txt"}) {
		t.Errorf("left %v", names)
	}
}

func TestModelsThatCannotBeExportedAreRefused(t *testing.T) {
	untrained := open(t, tiny.Model(t, tiny.Options{}), "")
	if _, err := export.Run(context.Background(), export.Config{Model: untrained, Out: filepath.Join(t.TempDir(), "x")}); !badinput.Is(err) || !strings.Contains(err.Error(), "train it") {
		t.Errorf("a model without a head: %v", err)
	}
	mute := open(t, tiny.Model(t, tiny.Options{Head: true, NoTokenizer: true}), "")
	if _, err := export.Run(context.Background(), export.Config{Model: mute, Out: filepath.Join(t.TempDir(), "x")}); !badinput.Is(err) || !strings.Contains(err.Error(), "tokenizer") {
		t.Errorf("a bundle without a tokenizer: %v", err)
	}
	if _, err := export.Run(context.Background(), export.Config{Model: mute, Format: export.Folder, Out: filepath.Join(t.TempDir(), "x")}); !badinput.Is(err) || !strings.Contains(err.Error(), "prove") {
		t.Errorf("nothing to prove with: %v", err)
	}
}

func TestWeightsTooLargeForHalfPrecisionAreRefused(t *testing.T) {
	m := open(t, tiny.Model(t, tiny.Options{Head: true}), "")
	if err := m.Encoder.Prepare(m.Device, encoder.Full, 1); err != nil {
		t.Fatal(err)
	}
	value := m.Encoder.Parameter("classifier.weight").Value()
	values := make([]float32, value.Len())
	values[3] = 1e6
	m.Device.Write(value, values)
	out := filepath.Join(t.TempDir(), "model")
	for _, format := range []export.Format{export.Bundle, export.Folder} {
		_, err := export.Run(context.Background(), export.Config{Model: m, Format: format, DType: safetensors.F16, Out: out})
		if !badinput.Is(err) || !strings.Contains(err.Error(), "classifier.weight") {
			t.Errorf("%s: got %v", format, err)
		}
	}
	if names := entries(t, filepath.Dir(out)); len(names) != 0 {
		t.Errorf("left %v", names)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("something was written")
	}
}

func TestNamesOfFormatsAndTypes(t *testing.T) {
	for name, want := range map[string]safetensors.DType{"f32": safetensors.F32, "BF16": safetensors.BF16, "float16": safetensors.F16, "int8": safetensors.I8} {
		if got, err := export.ParseDType(name); err != nil || got != want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if _, err := export.ParseDType("int3"); !badinput.Is(err) {
		t.Errorf("int3: %v", err)
	}
	if f, err := export.ParseFormat("hf"); err != nil || f != export.Folder {
		t.Errorf("hf: %v, %v", f, err)
	}
	if _, err := export.ParseFormat("onnx"); !badinput.Is(err) {
		t.Errorf("onnx: %v", err)
	}
}

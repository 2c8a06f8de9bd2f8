//go:build !wasm

package encoder

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/kernels"
)

// pythonTolerance is how far logits may be from torch's: float32 rounding in two implementations. Files of 16 bits make no
// difference, because both sides read the same rounded weights and compute in float32.
const pythonTolerance = 5e-5

// diskFolder is a Sink that writes files.
type diskFolder string

func (d diskFolder) Write(name string, fill func(io.Writer) error) error {
	f, err := os.Create(filepath.Join(string(d), name))
	if err != nil {
		return err
	}
	defer f.Close()
	return fill(f)
}

// pythonCase is an adapter whose folder Python has to understand.
type pythonCase struct {
	name string
	lora LoRA
}

// pythonNames are what architectures call the layers that have other names than bert's.
var pythonNames = map[string]map[string]string{
	"distilbert": {"query": "q_lin", "key": "k_lin", "value": "v_lin", "intermediate.dense": "lin1", "output.dense": "lin2", "encoder.layer": "transformer.layer"},
	"deberta-v2": {"query": "query_proj", "key": "key_proj", "value": "value_proj"},
	"modernbert": {"query": "Wqkv", "key": "mlp.Wi", "value": "attn.Wo", "intermediate.dense": "mlp.Wi", "output.dense": "mlp.Wo",
		"encoder.layer": "layers", "layer": "layers"}, // one matrix for query, key and value
}

func pythonCases(arch string) []pythonCase {
	name := func(bert string) string {
		if own, ok := pythonNames[arch][bert]; ok {
			return own
		}
		return bert
	}
	q, v, up, down := name("query"), name("value"), name("intermediate.dense"), name("output.dense")
	layer := name("encoder.layer")
	cases := []pythonCase{
		{"query-value", LoRA{Targets: []string{q, v}}},
		{"feed-forward", LoRA{Targets: []string{up, down}}},
		{"all-linear", LoRA{Targets: []string{allLinear}}},
		{"pattern", LoRA{TargetPattern: `.*\.(` + q + `|` + strings.ReplaceAll(up, ".", `\.`) + `)`}},
		{"rank-and-alpha-patterns", LoRA{Targets: []string{q, v, down}, RankPattern: map[string]int{v: 7, `0\..*` + q: 1}, AlphaPattern: map[string]float64{down: 3, layer + `\.1\..*`: 5}}},
		{"rslora", LoRA{Targets: []string{q, name("key")}, RSLoRA: true, RankPattern: map[string]int{q: 9}}},
		{"one-layer", LoRA{Targets: []string{q, v, up}, LayersToTransform: []int{1}}},
		{"one-layer-of-a-pattern", LoRA{Targets: []string{q, v}, LayersToTransform: []int{0}, LayersPattern: []string{name("layer")}}},
		{"excluded", LoRA{Targets: []string{q, v}, Exclude: []string{v}}},
		{"excluded-pattern", LoRA{Targets: []string{q, v}, ExcludePattern: `.*\.0\..*`}},
	}
	if arch != "distilbert" {
		cases = append(cases, pythonCase{"dense", LoRA{Targets: []string{"dense"}}})
	}
	for i := range cases {
		l := &cases[i].lora
		l.Rank, l.Alpha, l.Dropout, l.ModulesToSave = 3, 6, 0.1, slices.Clone(peftHeads)
	}
	return cases
}

// TestPythonLoadsWhatLoricaWrites writes adapters and merged folders and lets PEFT and transformers compare logits.
func TestPythonLoadsWhatLoricaWrites(t *testing.T) {
	python := os.Getenv("LORICA_PYTHON")
	if python == "" {
		t.Skip("needs LORICA_PYTHON, a Python with torch, transformers and peft")
	}
	dev := newCPU(t, kernels.BestTier(), 2)
	dir := t.TempDir()
	var adapters, merged []string // arguments of the two scripts
	for _, arch := range goldenArchitectures {
		base := goldenPath(t, arch)
		batch := openGolden(t, arch, "golden.safetensors").batch("", nil)
		for _, c := range pythonCases(arch) {
			adapters = append(adapters, saveForPython(t, dev, base, dir, arch, c, batch)...)
		}
		for _, dtype := range []safetensors.DType{safetensors.F32, safetensors.BF16, safetensors.F16} {
			m := trainedByChance(t, dev, base, pythonCases(arch)[2].lora)
			out := filepath.Join(dir, fmt.Sprintf("%s-merged-%s", arch, dtype))
			if err := os.Mkdir(out, 0o777); err != nil {
				t.Fatal(err)
			}
			if err := m.SaveFolder(diskFolder(out), dtype); err != nil {
				t.Fatal(err)
			}
			again, err := OpenFolder(os.DirFS(out), Classification, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := again.Prepare(dev, Frozen, 0); err != nil {
				t.Fatal(err)
			}
			merged = append(merged, out, writeRows(t, dev, again, out+".jsonl", batch))
		}
	}
	for _, arch := range []string{"bert", "deberta-v2", "modernbert"} { // these have a head that PEFT does not save
		bare := withoutHead(t, goldenPath(t, arch), filepath.Join(dir, arch+"-bare"))
		batch := openGolden(t, arch, "golden.safetensors").batch("", nil)
		for _, c := range []pythonCase{pythonCases(arch)[0], pythonCases(arch)[2]} { // the second has adapted it until it is saved whole
			c.name = "fresh-head-" + c.name
			adapters = append(adapters, saveForPython(t, dev, bare, dir, arch, c, batch)...)
		}
	}
	runPython(t, python, "check_adapter.py", adapters...)
	runPython(t, python, "check_merged.py", append(merged, "--no-tokenizer")...)
}

func runPython(t *testing.T, python, script string, args ...string) {
	t.Helper()
	args = append([]string{filepath.Join("..", "internal", "tooling", "peft", script), "--tolerance", fmt.Sprint(pythonTolerance)}, args...)
	out, err := exec.Command(python, args...).CombinedOutput()
	t.Logf("%s\n%s", script, out)
	if err != nil {
		t.Errorf("%s: %v", script, err)
	}
}

// trainedByChance returns a model with an adapter all of whose trained tensors have random values, as after a training.
func trainedByChance(t *testing.T, dev kernels.Device, base string, l LoRA) *Model {
	t.Helper()
	m, err := OpenFolder(os.DirFS(base), Classification, []string{"a", "b", "c", "d"})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.AddLoRA(l); err != nil {
		t.Fatal(err)
	}
	m.SaveFreshHead()
	if err := m.Prepare(dev, Adapters, 5); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, p := range m.Parameters() {
		if p.Trainable {
			values := read(dev, p.Value())
			for i := range values {
				values[i] = float32(0.3 * rng.NormFloat64())
			}
			dev.Write(p.Value(), values)
		}
	}
	return m
}

// saveForPython writes an adapter and its logits and returns the arguments for check_adapter.py.
func saveForPython(t *testing.T, dev kernels.Device, base, dir, arch string, c pythonCase, b *Batch) []string {
	t.Helper()
	m := trainedByChance(t, dev, base, c.lora)
	out := filepath.Join(dir, arch+"-"+c.name)
	if err := os.Mkdir(out, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := m.SaveAdapter(diskFolder(out), base, ""); err != nil {
		t.Fatal(err)
	}
	return []string{base, out, writeRows(t, dev, m, out+".jsonl", b)}
}

// writeRows writes the rows of a batch with the model's logits.
func writeRows(t *testing.T, dev kernels.Device, m *Model, path string, b *Batch) string {
	t.Helper()
	logits, err := newPass(t, m, dev).Forward(b)
	if err != nil {
		t.Fatal(err)
	}
	values := read(dev, logits)
	var text []byte
	for s := range b.Len() {
		from, to := b.Offsets[s], b.Offsets[s+1]
		row := map[string]any{"input_ids": b.IDs[from:to], "logits": values[s*logits.Cols : (s+1)*logits.Cols]}
		if m.Config.TypeVocabSize > 1 {
			row["token_type_ids"] = b.TypeIDs[from:to]
		}
		line, err := json.Marshal(row)
		if err != nil {
			t.Fatal(err)
		}
		text = append(append(text, line...), '\n')
	}
	if err := os.WriteFile(path, text, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// withoutHead copies a model folder without the tensors of its head, as published encoders are, and returns the copy's path.
func withoutHead(t *testing.T, base, out string) string {
	t.Helper()
	if err := os.Mkdir(out, 0o777); err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(filepath.Join(base, configFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(out, configFile), config, 0o666); err != nil {
		t.Fatal(err)
	}
	m, err := OpenFolder(os.DirFS(base), Classification, nil)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string][]float32{}
	var specs []safetensors.TensorSpec
	for _, p := range m.Parameters() {
		if m.ofHead(p.Name) {
			continue
		}
		if values[p.Name], err = p.source.LoadFloat32(); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		specs = append(specs, safetensors.TensorSpec{Name: name, DType: safetensors.F32, Shape: m.Parameter(name).Shape, Float32: values[name]})
	}
	if err := diskFolder(out).Write(weightsFile, func(w io.Writer) error { return safetensors.Write(w, specs, map[string]string{"format": "pt"}) }); err != nil {
		t.Fatal(err)
	}
	return out
}

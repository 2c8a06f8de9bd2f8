//go:build !wasm

package encoder

import (
	"encoding/json"
	"io"
	"strconv"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/internal/format"
	"github.com/lorica-go/lorica/kernels"
)

// SaveFolder writes the model as a Hugging Face folder that from_pretrained reads: config.json and model.safetensors, weights
// stored as dtype (F32, F16 or BF16). Adapters are merged in float32 first. The tokenizer's files are the caller's.
func (m *Model) SaveFolder(to Sink, dtype safetensors.DType) error {
	if dtype == safetensors.I8 {
		return badinput.Errorf("a folder for transformers has no weights of eight bits: write a bundle")
	}
	specs, err := m.specs(dtype)
	if err != nil {
		return err
	}
	config, err := m.configJSON(dtype)
	if err != nil {
		return err
	}
	if err := writeBytes(to, configFile, config); err != nil {
		return err
	}
	return to.Write(weightsFile, func(w io.Writer) error {
		return safetensors.Write(w, specs, map[string]string{"format": "pt"})
	})
}

// dtypeNames are torch's names.
var dtypeNames = map[safetensors.DType]string{
	safetensors.F32: "float32", safetensors.F16: "float16", safetensors.BF16: "bfloat16", safetensors.I8: "int8",
}

// specs lists the model's tensors for writing, adapters merged. Weights that only a file holds are read from it piece by piece. With
// I8, what may have eight bits has, and all else is F32.
func (m *Model) specs(dtype safetensors.DType) ([]safetensors.TensorSpec, error) {
	if _, ok := dtypeNames[dtype]; !ok {
		return nil, format.Errorf("weights cannot be saved as %s", dtype)
	}
	if !m.prepared {
		return nil, format.Errorf("the model is not prepared")
	}
	adapted := map[*Parameter]*linear{}
	for _, l := range m.linears() {
		if l.adapter != nil {
			adapted[l.weight] = l
		}
	}
	others := dtype
	if dtype == safetensors.I8 {
		others = safetensors.F32
		m.markEightBits()
	}
	var specs []safetensors.TensorSpec
	var product *kernels.Buffer // memory for merging, used again by every layer
	for _, p := range m.params {
		if isAdapter(p.Name) {
			continue
		}
		l := adapted[p]
		reading := func() func(dst []float32, from int) error {
			switch {
			case l != nil: // merged when it is written, one layer at a time
				return once(func() ([]float32, error) { return l.merged(m.dev, &product) })
			case !p.value.IsZero():
				return once(func() ([]float32, error) { return p.Float32s(m.dev) })
			}
			return p.readFloat32
		}
		if dtype == safetensors.I8 && p.scaled > 0 {
			specs = append(specs, p.eightBitSpecs(l != nil, reading)...)
			continue
		}
		specs = append(specs, safetensors.TensorSpec{Name: p.Name, DType: others, Shape: p.Shape, ReadFloat32: reading()})
	}
	return specs, nil
}

// once reads a tensor piece by piece from values that are made for the first piece and dropped after the last.
func once(load func() ([]float32, error)) func(dst []float32, from int) error {
	var values []float32
	return func(dst []float32, from int) error {
		if from == 0 {
			var err error
			if values, err = load(); err != nil {
				return err
			}
		}
		if copy(dst, values[from:]); from+len(dst) == len(values) {
			values = nil
		}
		return nil
	}
}

// configJSON returns config.json for the model as it is: what was read, with the class, the labels and the dtype set.
func (m *Model) configJSON(dtype safetensors.DType) ([]byte, error) {
	c := m.Config
	out := make(map[string]any, len(c.raw)+6)
	for key, value := range c.raw {
		out[key] = json.RawMessage(value)
	}
	class := m.family.classifierClass
	if m.Task == MaskedLM {
		class = m.family.maskedLMClass
	}
	out["model_type"] = c.ModelType
	out["architectures"] = []string{class}
	delete(out, "torch_dtype") // the older name of dtype
	out["dtype"] = dtypeNames[dtype]
	if m.Task == Classification {
		byID, byName := map[string]string{}, map[string]int{}
		for i, name := range c.Labels {
			byID[strconv.Itoa(i)], byName[name] = name, i
		}
		delete(out, "num_labels")
		out["id2label"], out["label2id"] = byID, byName
		out["problem_type"] = "single_label_classification"
	}
	text, err := json.MarshalIndent(out, "", "  ")
	return append(text, '\n'), err
}

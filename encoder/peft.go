//go:build !wasm

package encoder

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"strings"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/badinput"
)

// Files of an adapter folder. PEFT reads the first two; labels.json is lorica's own and holds the class names, which PEFT
// does not keep.
const (
	adapterConfigFile  = "adapter_config.json"
	adapterWeightsFile = "adapter_model.safetensors"
	adapterLabelsFile  = "labels.json"
	adapterPrefix      = "base_model.model."
	maxAdapterConfig   = 4 << 20
)

// AdapterFiles is an adapter in PEFT's form, read but not yet applied.
type AdapterFiles struct {
	// LoRA is the configuration.
	LoRA LoRA
	// Base is what adapter_config.json calls the base model; it may be empty.
	Base string
	// Labels are the class names, nil when the folder does not tell.
	Labels []string

	tensors safetensors.Tensors
}

// OpenAdapter reads a PEFT adapter folder: adapter_config.json, adapter_model.safetensors and, when there, labels.json.
// Settings that change the arithmetic in a way that lorica does not compute are input errors that name the setting.
func OpenAdapter(fsys fs.FS) (*AdapterFiles, error) {
	data, err := readSmall(fsys, adapterConfigFile, maxAdapterConfig)
	if err != nil {
		return nil, err
	}
	a := &AdapterFiles{}
	if a.LoRA, a.Base, err = parseAdapterConfig(data); err != nil {
		return nil, badinput.Errorf("%s: %w", adapterConfigFile, err)
	}
	file, _, err := openFile(fsys, adapterWeightsFile)
	if err != nil {
		if _, pickle := fs.Stat(fsys, "adapter_model.bin"); pickle == nil {
			return nil, badinput.Errorf("adapter_model.bin is a Python pickle, which runs code when it is read; save the adapter with safe_serialization=True")
		}
		return nil, badinput.Errorf("%w", err)
	}
	a.tensors = file
	if _, err := fs.Stat(fsys, adapterLabelsFile); err == nil {
		text, err := readSmall(fsys, adapterLabelsFile, maxAdapterConfig)
		if err != nil {
			return nil, err
		}
		if err := readJSON(string(text), readList(&a.Labels, asText)); err != nil || len(a.Labels) == 0 {
			return nil, badinput.Errorf("%s: want a list of names", adapterLabelsFile)
		}
	}
	return a, nil
}

// Classes returns the number of classes of the classification head that the adapter holds for a model type, 0 when it holds
// none.
func (a *AdapterFiles) Classes(modelType string) int {
	f, err := familyOf(modelType)
	if err != nil {
		return 0
	}
	t, ok := a.tensors.Tensor(adapterPrefix + f.classifier.output + ".weight")
	if !ok || len(t.Shape) != 2 {
		return 0
	}
	return t.Shape[0]
}

// ApplyAdapter adds the adapter and gives its parameters and the modules that it saved whole their values. It comes before
// Prepare. Every tensor of the adapter has to have a place in the model, and every place a tensor.
func (m *Model) ApplyAdapter(a *AdapterFiles) error {
	if err := m.AddLoRA(a.LoRA); err != nil {
		return badinput.Errorf("%s: %w", adapterConfigFile, err)
	}
	used := map[string]bool{}
	for _, p := range m.params {
		saved := m.lora.saves(moduleOf(p.Name)) && !isAdapter(p.Name)
		if !isAdapter(p.Name) && !saved {
			continue
		}
		t, ok := a.tensors.Tensor(adapterPrefix + p.Name)
		if !ok {
			return badinput.Errorf("%s: tensor %s is missing", adapterWeightsFile, adapterPrefix+p.Name)
		}
		if err := p.bind(t, nil); err != nil {
			return badinput.Errorf("%s: %w", adapterWeightsFile, err)
		}
		p.file, used[t.Name] = adapterWeightsFile, true
	}
	for _, name := range a.tensors.Names() {
		if !used[name] {
			return badinput.Errorf("%s: tensor %s has no place in a %s model with targets %s", adapterWeightsFile, name, m.Config.ModelType, m.lora.targetText())
		}
	}
	return nil
}

// Sink receives the files of a folder that is being written.
type Sink interface {
	// Write makes the file name with what fill writes.
	Write(name string, fill func(w io.Writer) error) error
}

// SaveAdapter writes the model's adapter in PEFT's form, so that PeftModel.from_pretrained reads it, and labels.json. base is
// what adapter_config.json calls the base model, and revision its revision on the hub, "" for none. The tensors are float32.
func (m *Model) SaveAdapter(to Sink, base, revision string) error {
	if m.lora == nil || !m.prepared {
		return errors.New("no prepared adapter to save")
	}
	specs, err := m.adapterSpecs()
	if err != nil {
		return err
	}
	c := m.peftConfig(base)
	if revision != "" {
		c.Revision = &revision
	}
	config, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	labels, err := json.Marshal(m.Config.Labels)
	if err != nil {
		return err
	}
	if err := writeBytes(to, adapterConfigFile, append(config, '\n')); err != nil {
		return err
	}
	if err := writeBytes(to, adapterLabelsFile, append(labels, '\n')); err != nil {
		return err
	}
	return to.Write(adapterWeightsFile, func(w io.Writer) error {
		return safetensors.Write(w, specs, map[string]string{"format": "pt"})
	})
}

func writeBytes(to Sink, name string, data []byte) error {
	return to.Write(name, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// adapterSpecs lists the tensors of the adapter with PEFT's keys.
func (m *Model) adapterSpecs() ([]safetensors.TensorSpec, error) {
	var specs []safetensors.TensorSpec
	for _, p := range m.params {
		if !isAdapter(p.Name) && !m.lora.saves(moduleOf(p.Name)) {
			continue
		}
		values, err := p.Float32s(m.dev)
		if err != nil {
			return nil, err
		}
		specs = append(specs, safetensors.TensorSpec{Name: adapterPrefix + p.Name, DType: safetensors.F32, Shape: p.Shape, Float32: values})
	}
	return specs, nil
}

// SaveFreshHead makes the adapter train and save every module of the head that no file has, so that the adapter alone gives
// the trained model back. PEFT saves only modules called classifier or score; a pooler that it drew at random is lost. A
// module that is saved whole loses its adapter. It returns the modules that were added. It comes after AddLoRA and before
// Prepare.
func (m *Model) SaveFreshHead() []string {
	var added []string
	for _, name := range m.Fresh() {
		module := moduleOf(name)
		if m.lora.saves(module) {
			continue
		}
		for _, part := range strings.Split(module, ".") { // bert.pooler.dense is saved as its pooler
			if part == "pooler" {
				module = part
			}
		}
		m.lora.ModulesToSave = append(m.lora.ModulesToSave, module)
		added = append(added, module)
	}
	for _, l := range m.linears() {
		if l.adapter != nil && m.lora.saves(l.name) {
			m.detach(l)
		}
	}
	return added
}

// UnsavedFresh returns the parameters of the head that no file has and that the adapter neither trains nor saves.
func (m *Model) UnsavedFresh() []string {
	var lost []string
	for _, name := range m.Fresh() {
		if !m.lora.saves(moduleOf(name)) {
			lost = append(lost, name)
		}
	}
	return lost
}

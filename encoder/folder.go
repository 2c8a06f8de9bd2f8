//go:build !wasm

package encoder

import (
	"io/fs"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/badinput"
)

// ReadConfig reads the config.json of a folder.
func ReadConfig(fsys fs.FS) (*Config, error) {
	data, err := readSmall(fsys, configFile, maxConfig)
	if err != nil {
		return nil, err
	}
	return ParseConfig(data)
}

// OpenFolder reads the configuration and binds the weights of a Hugging Face folder: config.json and model.safetensors, or
// model.safetensors.index.json with its parts. Labels, when not nil, replace the configuration's: a classifier of another size
// then begins afresh. Nothing is copied before Prepare when fsys is a Mapper.
func OpenFolder(fsys fs.FS, task Task, labels []string) (*Model, error) {
	c, err := ReadConfig(fsys)
	if err != nil {
		return nil, err
	}
	if labels != nil {
		c.SetLabels(labels)
	}
	m, err := NewModel(c, task, false)
	if err != nil {
		return nil, err
	}
	files, err := openWeights(fsys)
	if err != nil {
		return nil, err
	}
	var tensors safetensors.Tensors = files
	if labels != nil {
		tensors = m.withoutOtherHead(tensors)
	}
	if err := m.Bind(tensors, files.release); err != nil {
		return nil, badinput.Errorf("%s: %w", files.name, err)
	}
	for _, p := range m.params {
		if p.stored {
			p.file = files.fileOf(p.source.Name)
		}
	}
	return m, nil
}

// withoutOtherHead hides a stored output layer whose number of classes is not the model's, so that it begins afresh.
func (m *Model) withoutOtherHead(tensors safetensors.Tensors) safetensors.Tensors {
	t, ok := tensors.Tensor(m.family.classifier.output + ".bias")
	if !ok || len(t.Shape) == 1 && t.Shape[0] == len(m.Config.Labels) {
		return tensors
	}
	return m.withoutOutput(tensors)
}

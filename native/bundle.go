package native

import (
	"slices"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/native/builtin"
	"github.com/lorica-go/lorica/native/mmap"
)

// BundleBytes returns the content of a bundle, to be read only until close is called: of the file at a path, mapped, or of the
// built-in model, where it lies in the program.
func BundleBytes(path string) (content []byte, close func() error, err error) {
	if builtin.Is(path) {
		content, err = builtin.Bundle()
		return content, func() error { return nil }, err
	}
	m, err := mmap.Open(path)
	if err != nil {
		return nil, nil, err
	}
	return m.Bytes(), m.Close, nil
}

func (m *Model) openBundle(o Options, adapter *encoder.AdapterFiles) error {
	var content []byte
	var forget func(t safetensors.Tensor) // the built-in model's pages are the system's to keep
	var err error
	if builtin.Is(m.Path) {
		content, err = builtin.Bundle()
		m.Bytes = int64(len(content))
	} else {
		var release func(from, to int64)
		content, release, err = mapFile(m.Location, &m.mappings)
		forget = func(t safetensors.Tensor) { release(t.Offset(), t.Offset()+t.Size()) }
	}
	if err != nil {
		return err
	}
	file, err := safetensors.Parse(content)
	if err != nil {
		return err
	}
	config, err := encoder.BundleConfig(file)
	if err != nil {
		return err
	}
	labels, fresh := bundleLabels(o.Labels, config, adapter)
	if fresh {
		m.Bundle, err = encoder.OpenBundleAfresh(file, labels, forget)
	} else {
		m.Bundle, err = encoder.OpenBundle(file, forget)
	}
	if err != nil {
		return err
	}
	m.Encoder, m.Tokenizer = m.Bundle.Model, m.Bundle.Tokenizer
	if labels != nil {
		m.Encoder.Config.SetLabels(labels)
	}
	return nil
}

// bundleLabels returns the class names that a bundle of this configuration is to have, nil for its own, and whether its output layer
// is then that of other classes and has to begin afresh. An adapter brings an output layer, so that under it names alone may change.
func bundleLabels(wish []string, c *encoder.Config, adapter *encoder.AdapterFiles) (labels []string, fresh bool) {
	if adapter == nil {
		return wish, wish != nil && (len(wish) != len(c.Labels) || c.Named && !slices.Equal(wish, c.Labels))
	}
	labels = wish
	if labels == nil {
		labels = adapterLabels(adapter, c)
	}
	return labels, labels != nil && len(labels) != len(c.Labels)
}

// adapterLabels returns the class names that an adapter brings, nil when those of its base, of configuration c, remain.
func adapterLabels(adapter *encoder.AdapterFiles, c *encoder.Config) []string {
	switch n := adapter.Classes(c.ModelType); {
	case adapter.Labels != nil:
		return adapter.Labels
	case n > 0 && n != len(c.Labels):
		return encoder.DefaultLabels(n)
	}
	return nil
}

package native

import (
	"bytes"
	"io"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/badinput"
)

// Bundled is a model as a bundle, for a sandbox: the file itself, the built-in one, or one in memory that is made of a folder, a model of the hub,
// or any model and an adapter, which is merged. It has to be closed.
type Bundled struct {
	io.ReaderAt
	Size  int64
	close func() error
}

// OpenBundled opens a model, as Open does, as a bundle. LongRun and Threads mean nothing here.
func OpenBundled(model string, o Options) (*Bundled, error) {
	o.Threads, o.LongRun = 1, false
	m, err := OpenModel(model, o)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	if m.Bundle != nil && o.Adapter == "" && o.Labels == nil {
		path := m.Location
		if path == "" {
			path = model // the built-in one
		}
		content, closeBytes, err := BundleBytes(path)
		if err != nil {
			return nil, badinput.Errorf("%s: %w", model, err)
		}
		return &Bundled{bytes.NewReader(content), int64(len(content)), closeBytes}, nil
	}
	if m.Tokenizer == nil {
		return nil, badinput.Errorf("%s: a bundle needs a tokenizer, and the model has none", model)
	}
	return m.Bundled(m.Tokenizer.JSON())
}

// Bundled returns an opened classifier, its adapter merged, as a bundle in memory with that tokenizer. The model may be closed
// afterwards.
func (m *Model) Bundled(tokenizerJSON []byte) (*Bundled, error) {
	if _, err := m.Classifier(); err != nil { // what would be wrong with it natively
		return nil, err
	}
	p := encoder.Provenance{Base: m.Origin(), MaxTokens: m.MaxTokens}
	if m.Bundle != nil {
		p = m.Bundle.Provenance
		p.MaxTokens = m.MaxTokens
	}
	var b bytes.Buffer
	if err := m.Encoder.WriteBundle(&b, safetensors.F32, tokenizerJSON, p, nil); err != nil {
		return nil, err
	}
	return &Bundled{bytes.NewReader(b.Bytes()), int64(b.Len()), func() error { return nil }}, nil
}

// Close frees the bundle.
func (b *Bundled) Close() error { return b.close() }

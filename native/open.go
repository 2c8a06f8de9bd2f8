package native

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/atomicfile"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/kernels"
	"github.com/lorica-go/lorica/native/mmap"
	"github.com/lorica-go/lorica/tokenizer"
)

// Options say how a model is opened. The zero value is the model as it stands on all threads.
type Options struct {
	// Adapter is a PEFT adapter folder to apply, or empty.
	Adapter string
	// Labels replace the model's class names. Another number of them than the stored head of a folder has makes a fresh head; a
	// bundle keeps its own.
	Labels []string
	// Threads is the number of threads, 0 for all.
	Threads int
	// MaxTokens is where texts are cut; 0 means what the model was trained with, or its limit.
	MaxTokens int
	// LongRun says that much is to be computed: the weights are then put on huge pages where the system has them, which takes
	// a few tenths of a second more to open a base model and makes short texts up to a fifth faster.
	LongRun bool
	// Task is the head that the model gets; bundles have classification heads only.
	Task encoder.Task
}

// Model is an opened model: a folder or a bundle, with its tokenizer, on a device of its own. It has to be closed.
type Model struct {
	// Path is where the model came from.
	Path string
	// Encoder is the model itself, not yet prepared.
	Encoder *encoder.Model
	// Tokenizer is nil when the folder has none.
	Tokenizer *tokenizer.Tokenizer
	// Bundle is set when the model is one.
	Bundle *encoder.Bundle
	// Device is where it computes.
	Device *kernels.CPU
	// MaxTokens is where texts are cut.
	MaxTokens int
	// Bytes is the size of the weights on disk.
	Bytes int64

	mappings []*mmap.Mapping
}

// OpenModel opens a folder in Hugging Face's layout or a bundle file. The weights are mapped, and read when the model is
// prepared. What is wrong with the files is an input error that begins with the path.
func OpenModel(path string, o Options) (*Model, error) {
	m := &Model{Path: path}
	var err error
	if m.Device, err = NewDevice(o.Threads); err != nil {
		return nil, err
	}
	if o.LongRun {
		UseHugePages(m.Device)
	}
	if err := m.open(o); err != nil {
		m.Close()
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			return nil, badinput.Errorf("%s: %w", path, err)
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

func (m *Model) open(o Options) error {
	if err := atomicfile.Recover(m.Path); err != nil {
		return err
	}
	info, err := os.Stat(m.Path)
	if err != nil {
		return missing(err)
	}
	var adapter *encoder.AdapterFiles
	if o.Adapter != "" {
		if err := atomicfile.Recover(o.Adapter); err != nil {
			return err
		}
		if adapter, err = encoder.OpenAdapter(newFolder(o.Adapter, &m.mappings)); err != nil {
			return badinput.Errorf("adapter %s: %w", o.Adapter, err)
		}
	}
	if info.IsDir() {
		err = m.openFolder(o, adapter)
	} else {
		err = m.openBundle(o, adapter)
	}
	if err != nil {
		return err
	}
	if adapter != nil {
		if err := m.Encoder.ApplyAdapter(adapter); err != nil {
			return badinput.Errorf("adapter %s: %w", o.Adapter, err)
		}
	}
	for _, mapping := range m.mappings {
		m.Bytes += int64(len(mapping.Bytes()))
	}
	return m.setMaxTokens(o.MaxTokens)
}

// missing is the error for a model that cannot be found or looked at.
func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return badinput.Errorf("no such model folder or bundle")
	}
	return badinput.Errorf("%w", errors.Unwrap(err)) // a PathError's, whose path the caller puts in front
}

func (m *Model) openFolder(o Options, adapter *encoder.AdapterFiles) error {
	fsys := newFolder(m.Path, &m.mappings)
	labels := o.Labels
	if labels == nil && adapter != nil {
		config, err := encoder.ReadConfig(fsys)
		if err != nil {
			return err
		}
		switch n := adapter.Classes(config.ModelType); {
		case adapter.Labels != nil:
			labels = adapter.Labels
		case n > 0 && n != len(config.Labels):
			labels = encoder.DefaultLabels(n)
		}
	}
	var err error
	if m.Encoder, err = encoder.OpenFolder(fsys, o.Task, labels); err != nil {
		return err
	}
	m.Tokenizer, err = tokenizer.Load(fsys)
	if errors.Is(err, tokenizer.ErrNone) {
		return nil // rows of token ids need none; whoever has text is told
	}
	return err
}

func (m *Model) openBundle(o Options, adapter *encoder.AdapterFiles) error {
	data, release, err := mapFile(m.Path, &m.mappings)
	if err != nil {
		return err
	}
	file, err := safetensors.Parse(data)
	if err != nil {
		return err
	}
	m.Bundle, err = encoder.OpenBundle(file, func(t safetensors.Tensor) { release(t.Offset(), t.Offset()+t.Size()) })
	if err != nil {
		return err
	}
	m.Encoder, m.Tokenizer = m.Bundle.Model, m.Bundle.Tokenizer
	labels := o.Labels
	if labels == nil && adapter != nil {
		labels = adapter.Labels
	}
	if labels == nil {
		return nil
	}
	if len(labels) != len(m.Encoder.Config.Labels) {
		return badinput.Errorf("%d labels for a bundle of %d classes", len(labels), len(m.Encoder.Config.Labels))
	}
	m.Encoder.Config.SetLabels(labels)
	return nil
}

// setMaxTokens: the caller's wish, or what a bundle was trained with, or the tokenizer's limit, or the model's.
func (m *Model) setMaxTokens(wish int) error {
	limit := m.Encoder.Config.MaxTokens()
	if wish < 0 || wish > limit {
		return badinput.Errorf("maximum length %d: the model takes 1 to %d tokens", wish, limit)
	}
	m.MaxTokens = limit
	if m.Tokenizer != nil && m.Tokenizer.ModelMaxLength() > 0 {
		m.MaxTokens = min(limit, m.Tokenizer.ModelMaxLength())
	}
	if m.Bundle != nil && m.Bundle.Provenance.MaxTokens > 0 {
		m.MaxTokens = min(limit, m.Bundle.Provenance.MaxTokens)
	}
	if wish > 0 {
		m.MaxTokens = wish
	}
	return nil
}

// Classifier prepares the model for inference, on the first call, and returns a classifier over it.
func (m *Model) Classifier() (*encoder.Classifier, error) {
	if !m.Encoder.Prepared() {
		if fresh := m.Encoder.Fresh(); len(fresh) > 0 {
			return nil, badinput.Errorf("%s: not a classifier yet: %s has no weights; train it, or name its --adapter", m.Path, fresh[0])
		}
		if err := m.Encoder.Prepare(m.Device, encoder.Frozen, 0); err != nil {
			return nil, fmt.Errorf("%s: %w", m.Path, err)
		}
	}
	c, err := encoder.NewClassifier(m.Encoder, m.Tokenizer, encoder.ClassifierOptions{MaxTokens: m.MaxTokens})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.Path, err)
	}
	return c, nil
}

// Close ends the device and unmaps the weights. Nothing that came from the model may be used afterwards.
func (m *Model) Close() error {
	if m.Device != nil {
		m.Device.Close()
	}
	var err error
	for _, mapping := range m.mappings {
		err = errors.Join(err, mapping.Close())
	}
	m.mappings = nil
	return err
}

// Name returns the last part of the model's path, for reports.
func (m *Model) Name() string {
	abs, err := filepath.Abs(m.Path)
	if err != nil {
		abs = m.Path
	}
	return filepath.Base(abs)
}

// Classifier is an opened classifier, ready for use. It has to be closed.
type Classifier struct {
	*encoder.Classifier
	model *Model
}

// Open opens a classifier: a folder, a bundle file, or a folder with an adapter.
func Open(path string, o Options) (*Classifier, error) {
	m, err := OpenModel(path, o)
	if err != nil {
		return nil, err
	}
	c, err := m.Classifier()
	if err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return &Classifier{Classifier: c, model: m}, nil
}

// Close frees the classifier's threads and memory.
func (c *Classifier) Close() error { return c.model.Close() }

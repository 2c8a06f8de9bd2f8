package native

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/internal/atomicfile"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/kernels"
	"github.com/lorica-go/lorica/native/builtin"
	"github.com/lorica-go/lorica/native/hub"
	"github.com/lorica-go/lorica/native/mmap"
	"github.com/lorica-go/lorica/tokenizer"
)

// Options say how a model is opened. The zero value is the model as it stands on all threads.
type Options struct {
	// Adapter is a PEFT adapter folder to apply, or empty.
	Adapter string
	// Labels replace the model's class names. Another number of them than the stored head has makes a fresh output layer; so do, of
	// a bundle, other names than its own or another order, unless an adapter is applied.
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
	// Path is the argument that the model was opened by: a path, or the id of a model on the Hugging Face Hub.
	Path string
	// Location is where its files are: the same path, or the folder in the cache; empty for the built-in model, which has none.
	Location string
	// Snapshot is set for a model of the hub.
	Snapshot *hub.Snapshot
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
	// Bytes is the size of the weights as they are stored.
	Bytes int64

	mappings []*mmap.Mapping
}

// OpenModel opens a folder in Hugging Face's layout or a bundle file, or where there is no such path a model of the Hugging Face
// Hub, "org/name" or "org/name@revision", that is in the cache; it fetches nothing, native/hub does. "default" is the built-in model
// (package builtin), whatever there is in the folder where the program was started. The weights are mapped, and read when the model is
// prepared. What is wrong with the files is an input error that begins with the path.
func OpenModel(model string, o Options) (*Model, error) {
	m := &Model{Path: model}
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
			return nil, badinput.Errorf("%s: %w", model, err)
		}
		return nil, fmt.Errorf("%s: %w", model, err)
	}
	return m, nil
}

func (m *Model) open(o Options) error {
	at, isDir, err := locate(m.Path)
	if err != nil {
		return err
	}
	m.Location, m.Snapshot = at.Path, at.Snapshot
	var adapter *encoder.AdapterFiles
	if o.Adapter != "" {
		if err := atomicfile.Recover(o.Adapter); err != nil {
			return err
		}
		if adapter, err = encoder.OpenAdapter(newFolder(o.Adapter, &m.mappings)); err != nil {
			return badinput.Errorf("adapter %s: %w", o.Adapter, err)
		}
	}
	if isDir {
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

// locate finds a model that a path or an id names, and tells whether it is a folder. A folder that was being replaced is put back
// first. The built-in model is nowhere.
func locate(model string) (at hub.Location, isDir bool, err error) {
	if builtin.Is(model) {
		return hub.Location{}, false, nil
	}
	if err := atomicfile.Recover(model); err != nil {
		return hub.Location{}, false, err
	}
	if at, err = hub.Locate(model, hub.Model, os.Getenv); err != nil {
		return at, false, err
	}
	info, err := os.Stat(at.Path)
	if err != nil {
		return at, false, badinput.Errorf("%w", errors.Unwrap(err)) // a PathError's, whose path the caller puts in front
	}
	return at, info.IsDir(), nil
}

func (m *Model) openFolder(o Options, adapter *encoder.AdapterFiles) error {
	fsys := newFolder(m.Location, &m.mappings)
	labels := o.Labels
	if labels == nil && adapter != nil {
		config, err := encoder.ReadConfig(fsys)
		if err != nil {
			return err
		}
		labels = adapterLabels(adapter, config)
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

// Name returns the last part of the model's path or id, for reports.
func (m *Model) Name() string {
	if m.Snapshot != nil {
		return path.Base(m.Snapshot.ID.Name)
	}
	abs, err := filepath.Abs(m.Path)
	if err != nil {
		abs = m.Path
	}
	return filepath.Base(abs)
}

// Origin returns what the model is to be known by later: its path, or for a model of the hub its id at the commit.
func (m *Model) Origin() string {
	if m.Snapshot != nil {
		return hub.ID{Name: m.Snapshot.ID.Name, Revision: m.Snapshot.Commit}.String()
	}
	return m.Path
}

// Classifier is an opened classifier, ready for use. It has to be closed.
type Classifier struct {
	*encoder.Classifier
	model *Model
}

// Open opens a classifier: a folder, a bundle file, a model of the hub that is in the cache, or "default", the built-in one; each
// perhaps with an adapter.
func Open(model string, o Options) (*Classifier, error) {
	m, err := OpenModel(model, o)
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

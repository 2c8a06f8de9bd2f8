package inspect

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native"
)

// Model is what there is to know of a model.
type Model struct {
	Path       string     `json:"path"`
	Snapshot   string     `json:"snapshot,omitempty"` // the folder in the cache, for a model of the hub
	Adapter    string     `json:"adapter,omitempty"`
	Format     string     `json:"format"` // "folder" or "bundle"
	Type       string     `json:"type"`
	DType      []string   `json:"dtype"` // of the stored tensors, the commonest first
	Bytes      int64      `json:"bytes"` // of the files
	Parameters Parameters `json:"parameters"`
	Labels     []string   `json:"labels"`
	MaxTokens  int        `json:"max_tokens"`
	Layers     int        `json:"layers"`
	Hidden     int        `json:"hidden"`
	Heads      int        `json:"heads"`
	Inner      int        `json:"intermediate"`
	Vocabulary int        `json:"vocabulary"`
	// Tokenizer is how many tokens the tokenizer knows, 0 when there is none.
	Tokenizer int `json:"tokenizer_tokens"`
	// LoRA is there when there is an adapter.
	LoRA *LoRA `json:"lora,omitempty"`
	// Fresh are parameters that no file has, as an untrained head's; Unused are tensors that the model has no place for.
	Fresh      []string            `json:"fresh"`
	Unused     []string            `json:"unused"`
	Provenance *encoder.Provenance `json:"provenance,omitempty"`
	Probes     int                 `json:"probes,omitempty"`
}

// Parameters counts values: those of the model itself, and those that training with the adapter would move; without one those
// that a bundle's training moved or, where that is not known, all.
type Parameters struct {
	Total     int `json:"total"`
	Trainable int `json:"trainable"`
}

// LoRA is an adapter in short.
type LoRA struct {
	Rank          int      `json:"rank"`
	Alpha         float64  `json:"alpha"`
	Dropout       float64  `json:"dropout"`
	Targets       []string `json:"targets"`
	ModulesToSave []string `json:"modules_to_save,omitempty"`
}

// OpenModel looks at a model folder or bundle, with an adapter unless that is empty.
func OpenModel(path, adapter string, threads int) (*Model, error) {
	m, err := native.OpenModel(path, native.Options{Adapter: adapter, Threads: threads})
	if err != nil {
		return nil, err
	}
	defer m.Close()
	return Describe(m, adapter)
}

// Describe looks at an opened model that is not prepared yet and has the adapter of that path, unless it is empty.
func Describe(m *native.Model, adapter string) (*Model, error) {
	c := m.Encoder.Config
	f := &Model{
		Path: m.Path, Adapter: adapter, Format: "folder", Type: c.ModelType, Bytes: m.Bytes, Labels: c.Labels, MaxTokens: m.MaxTokens,
		Layers: c.Layers, Hidden: c.HiddenSize, Heads: c.Heads, Inner: c.IntermediateSize, Vocabulary: c.VocabSize,
		Fresh: append([]string{}, m.Encoder.Fresh()...), Unused: append([]string{}, m.Encoder.Unused...),
	}
	if m.Snapshot != nil {
		f.Snapshot = m.Snapshot.Dir
	}
	if m.Tokenizer != nil {
		f.Tokenizer = m.Tokenizer.VocabSize()
	}
	if m.Bundle != nil {
		f.Format, f.Provenance, f.Probes = "bundle", &m.Bundle.Provenance, len(m.Bundle.Probes)
	}
	if l := m.Encoder.Adapter(); l != nil {
		f.LoRA = &LoRA{Rank: l.Rank, Alpha: l.Alpha, Dropout: shortest(l.Dropout), Targets: l.Targets, ModulesToSave: l.ModulesToSave}
		if l.TargetPattern != "" {
			f.LoRA.Targets = []string{l.TargetPattern}
		}
	}
	var err error
	if f.DType, err = storedTypes(m.Location, m.Bundle); err != nil {
		return nil, badinput.Errorf("%s: %w", m.Path, err)
	}
	f.Parameters.Total = m.Encoder.Size()
	f.Parameters.Trainable = f.Parameters.Total
	switch p := f.Provenance; {
	case f.LoRA != nil:
		f.Parameters.Trainable, _ = m.Encoder.Counts()
	case p != nil && p.Trainable > 0 && p.Trainable < f.Parameters.Total:
		f.Parameters.Trainable = p.Trainable
	}
	return f, nil
}

// shortest returns the shortest decimal number that is v as a float32: 0.1 for what is stored as 0.10000000149.
func shortest(v float64) float64 {
	if float64(float32(v)) == v {
		if short, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', -1, 32), 64); err == nil {
			return short
		}
	}
	return v
}

// storedTypes returns the dtypes of a model's tensors in its files, that of most values first.
func storedTypes(path string, bundle *encoder.Bundle) ([]string, error) {
	values := map[string]int{}
	if bundle != nil {
		count(values, bundle.Tensors)
	} else if err := countFolder(values, path); err != nil {
		return nil, err
	}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if values[a] != values[b] {
			return values[b] - values[a]
		}
		if a < b {
			return -1
		}
		return 1
	})
	return names, nil
}

func count(values map[string]int, file *safetensors.File) {
	for _, t := range file.Tensors() {
		values[t.DType.String()] += t.Len()
	}
}

func countFolder(values map[string]int, path string) error {
	files := []string{"model.safetensors"}
	if text, err := os.ReadFile(filepath.Join(path, "model.safetensors.index.json")); err == nil {
		if _, err := os.Stat(filepath.Join(path, files[0])); errors.Is(err, fs.ErrNotExist) {
			index, err := safetensors.ParseIndex(text)
			if err != nil {
				return err
			}
			files = index.Files()
		}
	}
	for _, name := range files {
		if err := countFile(values, filepath.Join(path, filepath.FromSlash(name))); err != nil {
			return err
		}
	}
	return nil
}

func countFile(values map[string]int, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	file, err := safetensors.ParseReaderAt(f, info.Size())
	if err != nil {
		return err
	}
	count(values, file)
	return nil
}

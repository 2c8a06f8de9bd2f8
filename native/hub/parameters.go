package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/tokenizer"
)

// Parameters counts the elements of stored weights.
type Parameters struct {
	// Total counts the numbers with a fraction; integers are positions and other tables that nobody trains.
	Total int64 `json:"total"`
	// ByType counts all elements by the type that they are stored as, such as "F32".
	ByType map[string]int64 `json:"by_type"`
	// Headers says that the weights' own headers have been counted, and not what the hub says of them.
	Headers bool `json:"headers"`
}

// parametersOfHub takes the hub's own count.
func parametersOfHub(byType map[string]int64) *Parameters {
	p := &Parameters{ByType: map[string]int64{}}
	for name, n := range byType {
		if !p.add(name, n) {
			return nil
		}
	}
	if len(p.ByType) == 0 {
		return nil
	}
	return p
}

// fractions are the element types of trainable numbers.
var fractions = []string{"F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2"}

// add counts n elements; it reports whether the sum is one.
func (p *Parameters) add(dtype string, n int64) bool {
	if n < 0 || n > math.MaxInt64-p.ByType[dtype] || n > math.MaxInt64-p.Total {
		return false
	}
	p.ByType[dtype] += n
	if slices.Contains(fractions, dtype) {
		p.Total += n
	}
	return true
}

// look opens a model from afar: it counts the parameters in the weights' headers and asks the encoder and the tokenizer whether
// they can do with the files. What is wrong with the model goes into the info; an error is one of the connection, or of the
// access, that says nothing of the model.
func (c *Client) look(ctx context.Context, id ID, m *apiModel, i *Info) error {
	files := newRemote(ctx, c, id, m)
	p, shards, err := countParameters(files)
	if err == nil {
		i.Parameters = p
		for n := range i.Files {
			i.Files[n].Needed = i.Files[n].Needed || slices.Contains(shards, i.Files[n].Name)
		}
		_, err = encoder.OpenFolder(files, encoder.Classification, encoder.DefaultLabels(2))
	}
	if err == nil {
		_, err = tokenizer.Load(files)
	}
	switch {
	case err == nil:
		i.Trainable = true
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(files.failed, ErrGated):
		i.WhyNot = files.failed.Error()
	case files.failed != nil:
		return files.failed
	default:
		i.WhyNot = err.Error()
	}
	return nil
}

// countParameters reads the headers of the weights. It returns the names of the parts, too, where there are several.
func countParameters(files fs.FS) (*Parameters, []string, error) {
	names := []string{weightsFile}
	var shards []string
	if _, err := fs.Stat(files, weightsFile); errors.Is(err, fs.ErrNotExist) {
		text, err := fs.ReadFile(files, indexFile)
		if err != nil {
			return nil, nil, err
		}
		index, err := safetensors.ParseIndex(text)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", indexFile, err)
		}
		names = index.Files()
		shards = names
	} else if err != nil {
		return nil, nil, err
	}
	p := &Parameters{ByType: map[string]int64{}, Headers: true}
	for _, name := range names {
		if err := p.addFile(files, name); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return p, shards, nil
}

// addFile counts what the header of a file lists.
func (p *Parameters) addFile(files fs.FS, name string) error {
	f, err := files.Open(name)
	if err != nil {
		return badinput.Errorf("%w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	weights, err := safetensors.ParseReaderAt(f.(io.ReaderAt), info.Size())
	if err != nil {
		return err
	}
	for _, tensor := range weights.Tensors() {
		if !p.add(tensor.DType.String(), int64(tensor.Len())) {
			return badinput.Errorf("more elements than there are numbers")
		}
	}
	return nil
}

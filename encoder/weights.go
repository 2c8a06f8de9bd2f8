//go:build !wasm

package encoder

import (
	"errors"
	"io"
	"io/fs"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/internal/format"
)

// Mapper is a file system that can give a whole file as memory, as a mapping of it does. release tells that the bytes from
// one offset to another will not be read again soon, so that the memory may go back; it may be nil.
type Mapper interface {
	fs.FS
	// Map returns the content of the file name, to be read only.
	Map(name string) (data []byte, release func(from, to int64), err error)
}

// Names of the files of a model folder.
const (
	configFile  = "config.json"
	weightsFile = "model.safetensors"
	indexFile   = "model.safetensors.index.json"
	pickleFile  = "pytorch_model.bin"
	maxIndex    = 64 << 20
)

// weights are the tensors of a folder.
type weights struct {
	safetensors.Tensors
	name    string // of the file, or of the index of several
	release func(safetensors.Tensor)
	fileOf  func(tensor string) string
}

// openWeights opens the tensors of a folder: one file, or the parts that an index names.
func openWeights(fsys fs.FS) (*weights, error) {
	file, release, err := openFile(fsys, weightsFile)
	if err == nil {
		return &weights{file, weightsFile, release, func(string) string { return weightsFile }}, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	text, err := readSmall(fsys, indexFile, maxIndex)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := fs.Stat(fsys, pickleFile); err == nil {
			return nil, badinput.Errorf("%s is a Python pickle, which runs code when it is read; convert it once with "+
				"transformers: AutoModel.from_pretrained(DIR).save_pretrained(DIR, safe_serialization=True)", pickleFile)
		}
		return nil, badinput.Errorf("no %s and no %s: %w", weightsFile, indexFile, fs.ErrNotExist)
	}
	if err != nil {
		return nil, err
	}
	index, err := safetensors.ParseIndex(text)
	if err != nil {
		return nil, badinput.Errorf("%s: %w", indexFile, err)
	}
	releases, files := map[string]func(safetensors.Tensor){}, map[string]string{}
	set, err := safetensors.OpenSet(index, func(name string) (*safetensors.File, error) {
		part, release, err := openFile(fsys, name)
		if err == nil {
			for _, tensor := range part.Names() {
				releases[tensor], files[tensor] = release, name
			}
		}
		return part, err
	})
	if err != nil {
		return nil, badinput.Errorf("%s: %w", indexFile, err)
	}
	forward := func(t safetensors.Tensor) {
		if release := releases[t.Name]; release != nil {
			release(t)
		}
	}
	return &weights{set, indexFile, forward, func(tensor string) string { return files[tensor] }}, nil
}

// openFile opens one safetensors file, mapped when fsys is a Mapper, through io.ReaderAt when the file has that, else read.
func openFile(fsys fs.FS, name string) (*safetensors.File, func(safetensors.Tensor), error) {
	file, release, err := openFileUnnamed(fsys, name)
	if err != nil && badinput.Is(err) {
		return nil, nil, badinput.Errorf("%s: %w", name, err)
	}
	return file, release, err
}

func openFileUnnamed(fsys fs.FS, name string) (*safetensors.File, func(safetensors.Tensor), error) {
	if mapper, ok := fsys.(Mapper); ok {
		data, release, err := mapper.Map(name)
		if err != nil {
			return nil, nil, err
		}
		file, err := safetensors.Parse(data)
		if err != nil || release == nil {
			return file, nil, err
		}
		return file, func(t safetensors.Tensor) { release(t.Offset(), t.Offset()+t.Size()) }, nil
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	if at, ok := f.(io.ReaderAt); ok { // stays open as long as the model: its weights are read when they are needed
		file, err := safetensors.ParseReaderAt(at, info.Size())
		return file, nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		return nil, nil, format.Errorf("%s: %w", name, err)
	}
	file, err := safetensors.Parse(data)
	return file, nil, err
}

// readSmall reads a file of at most limit bytes.
func readSmall(fsys fs.FS, name string, limit int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, badinput.Errorf("%w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, badinput.Errorf("%s: %w", name, err)
	}
	if int64(len(data)) > limit {
		return nil, badinput.Errorf("%s: more than the limit of %d bytes", name, limit)
	}
	return data, nil
}

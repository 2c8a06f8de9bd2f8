package safetensors

import (
	"errors"
	"io"
	"maps"
	"slices"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/internal/format"
	"github.com/lorica-go/lorica/internal/little"
	"github.com/lorica-go/lorica/internal/order"
)

// Tensors is a name space of tensors: one File, or a Set of several.
type Tensors interface {
	// Names returns all names, sorted.
	Names() []string
	// Tensor returns the tensor of that name.
	Tensor(name string) (Tensor, bool)
}

// File is a parsed safetensors file. It is read-only and safe for concurrent use, as far as the io.ReaderAt under it is.
type File struct {
	header *header
	data   []byte      // the data, when the file is in memory
	reader io.ReaderAt // the whole file, when it is not
	start  int64       // offset of the data in the file
}

// Parse reads the header of a whole file that lies in memory, often mapped there. The tensors are parts of src, which must
// neither change nor be unmapped as long as they are in use. It returns an input error for everything that doc.go lists.
func Parse(src []byte) (*File, error) {
	length, err := headerLength(src, int64(len(src)))
	if err != nil {
		return nil, err
	}
	start := prefixSize + length
	h, err := parseHeader(src[prefixSize:start], int64(len(src))-start)
	if err != nil {
		return nil, err
	}
	return &File{header: h, data: src[start:], start: start}, nil
}

// ParseReaderAt reads the header of a file of size bytes; tensors are read when they are asked for. It returns an input error
// for everything that doc.go lists, and r's own error when reading fails.
func ParseReaderAt(r io.ReaderAt, size int64) (*File, error) {
	var prefix [prefixSize]byte
	if err := readFullAt(r, prefix[:min(size, prefixSize)], 0); err != nil {
		return nil, format.Errorf("reading the header's length: %w", err)
	}
	length, err := headerLength(prefix[:], size)
	if err != nil {
		return nil, err
	}
	text := make([]byte, length)
	if err := readFullAt(r, text, prefixSize); err != nil {
		return nil, format.Errorf("reading the header: %w", err)
	}
	start := prefixSize + length
	h, err := parseHeader(text, size-start)
	if err != nil {
		return nil, err
	}
	return &File{header: h, reader: r, start: start}, nil
}

// headerLength reads and checks the first 8 bytes of a file of size bytes.
func headerLength(src []byte, size int64) (int64, error) {
	if size < prefixSize {
		return 0, badinput.Errorf("byte %d: the file ends inside the header's length, the first %d bytes", size, prefixSize)
	}
	length := little.Uint64(src)
	switch {
	case length > maxHeader:
		return 0, badinput.Errorf("byte 0: a header of %d bytes, the limit is %d (is this a safetensors file?)", length, maxHeader)
	case int64(length) > size-prefixSize:
		return 0, badinput.Errorf("byte 0: a header of %d bytes, the file has only %d more", length, size-prefixSize)
	}
	return int64(length), nil
}

// readFullAt fills dst from offset; a file that ends early, which has changed since its size was taken, is an input error.
func readFullAt(r io.ReaderAt, dst []byte, offset int64) error {
	n, err := r.ReadAt(dst, offset)
	switch {
	case n == len(dst):
		return nil
	case err == nil || errors.Is(err, io.EOF):
		return badinput.Errorf("byte %d: %w", offset+int64(n), io.ErrUnexpectedEOF)
	}
	return format.Errorf("byte %d: %w", offset+int64(n), err)
}

// Len returns the number of tensors.
func (f *File) Len() int { return len(f.header.entries) }

// Names returns the names of all tensors, sorted.
func (f *File) Names() []string {
	names := make([]string, f.Len())
	for i := range names {
		names[i] = f.header.entries[i].name
	}
	order.Strings(names)
	return names
}

// Tensor returns the tensor of that name.
func (f *File) Tensor(name string) (Tensor, bool) {
	i, ok := f.header.byName[name]
	if !ok {
		return Tensor{}, false
	}
	return f.tensor(i), true
}

// Tensors returns all tensors in the order of their data, the order in which reading them is fastest.
func (f *File) Tensors() []Tensor {
	all := make([]Tensor, f.Len())
	for i := range all {
		all[i] = f.tensor(i)
	}
	return all
}

func (f *File) tensor(i int) Tensor {
	e := &f.header.entries[i]
	return Tensor{Name: e.name, DType: e.dtype, Shape: slices.Clone(e.shape), file: f, begin: e.begin, elements: e.elements}
}

// Metadata returns a copy of the file's free-form metadata; it is empty when the file has none.
func (f *File) Metadata() map[string]string {
	if f.header.metadata == nil {
		return map[string]string{}
	}
	return maps.Clone(f.header.metadata)
}

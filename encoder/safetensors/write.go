package safetensors

import (
	"cmp"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/format"
	"github.com/lorica-go/lorica/internal/little"
)

// TensorSpec is one tensor to be written: what it is called, how it is stored, and exactly one source of its elements (none is
// needed for a tensor without elements).
type TensorSpec struct {
	Name  string
	DType DType // as stored in the file
	Shape []int // row-major; empty for a scalar

	// Float32 holds the elements; DType must be F32, F16 or BF16.
	Float32 []float32
	// ReadFloat32 fills dst with the elements from element from on, as Tensor.ReadFloat32 does; DType as for Float32. It is
	// called in order, for pieces of bounded size.
	ReadFloat32 func(dst []float32, from int) error
	// Bytes holds the elements as they stand in the file, little-endian, whatever the DType.
	Bytes []byte
	// ReadBytes fills dst with the stored form from byte from on, as Tensor.ReadBytes does.
	ReadBytes func(dst []byte, from int64) error
}

// Write writes a safetensors file: the header, padded by spaces to a multiple of 8 bytes, and the tensors, sorted as the
// reference sorts them: dtypes of wider alignment first, then by name, so that every tensor is aligned. The metadata, if any,
// stand first, sorted by key; Python's loaders want {"format": "pt"}. Float32 elements are narrowed by rounding to nearest
// even, NaN stays NaN. Besides the tensors' own memory it takes a fixed few hundred kilobytes.
//
// It returns an error, before the first byte is written, for specs that contradict themselves and for anything that Parse
// would refuse; later an input error for a finite element too large for DType, and the errors of w and of the sources.
func Write(w io.Writer, tensors []TensorSpec, metadata map[string]string) error {
	sorted := slices.Clone(tensors)
	slices.SortStableFunc(sorted, func(a, b TensorSpec) int {
		return cmp.Or(cmp.Compare(b.DType, a.DType), strings.Compare(a.Name, b.Name))
	})
	head, err := appendHeader(make([]byte, prefixSize), sorted, metadata)
	if err != nil {
		return err
	}
	if _, err := w.Write(head); err != nil {
		return format.Errorf("writing the header: %w", err)
	}
	e := encoder{w: w}
	for i := range sorted {
		if err := e.tensor(&sorted[i]); err != nil {
			return format.Errorf("tensor %s: %w", quote(sorted[i].Name), err)
		}
	}
	return nil
}

// appendHeader appends the header's JSON text to the 8 bytes of its length and sets these.
func appendHeader(head []byte, sorted []TensorSpec, metadata map[string]string) ([]byte, error) {
	if len(sorted) > maxTensors || len(metadata) > maxMetadata {
		return nil, format.Errorf("%d tensors and %d metadata entries, the limits are %d and %d",
			len(sorted), len(metadata), maxTensors, maxMetadata)
	}
	head = append(head, '{')
	if len(metadata) > 0 {
		var err error
		if head, err = appendMetadata(head, metadata); err != nil {
			return nil, err
		}
	}
	seen := map[string]bool{metadataKey: true}
	var offset int64
	for i := range sorted {
		t := &sorted[i]
		size, err := t.check()
		if err == nil && seen[t.Name] {
			err = format.Errorf("the name is taken")
		}
		if err == nil && offset+size < offset {
			err = format.Errorf("the data exceed 2^63-1 bytes")
		}
		if err == nil {
			head, err = appendKey(head, t.Name)
		}
		if err != nil {
			return nil, format.Errorf("tensor %s: %w", quote(t.Name), err)
		}
		seen[t.Name] = true
		head = append(head, `{"dtype":"`...)
		head = append(head, t.DType.String()...)
		head = append(head, `","shape":[`...)
		for k, n := range t.Shape {
			if k > 0 {
				head = append(head, ',')
			}
			head = strconv.AppendInt(head, int64(n), 10)
		}
		head = format.Appendf(head, `],"data_offsets":[%d,%d]}`, offset, offset+size)
		offset += size
	}
	head = append(head, '}')
	for len(head)%8 != 0 {
		head = append(head, ' ')
	}
	length := len(head) - prefixSize
	if length > maxHeader {
		return nil, format.Errorf("a header of %d bytes, the limit is %d", length, maxHeader)
	}
	little.PutUint64(head, uint64(length))
	return head, nil
}

func appendMetadata(head []byte, metadata map[string]string) ([]byte, error) {
	head, err := appendKey(head, metadataKey)
	if err != nil {
		return nil, err
	}
	head = append(head, '{')
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		if !utf8.ValidString(metadata[key]) {
			err = format.Errorf("the value is not UTF-8")
		} else {
			head, err = appendKey(head, key)
		}
		if err != nil {
			return nil, format.Errorf("metadata key %s: %w", quote(key), err)
		}
		head = appendText(head, metadata[key])
	}
	return append(head, '}'), nil
}

// appendKey appends a key of an object, the comma before it unless it is the first, and the colon behind it.
func appendKey(head []byte, key string) ([]byte, error) {
	if !utf8.ValidString(key) {
		return nil, format.Errorf("the name is not UTF-8")
	}
	if head[len(head)-1] != '{' {
		head = append(head, ',')
	}
	start := len(head)
	head = appendText(head, key)
	if length := len(head) - start - len(`""`); length > maxName {
		return nil, format.Errorf("the name takes %d bytes, the limit is %d", length, maxName)
	}
	return append(head, ':'), nil
}

// appendText appends a JSON string with the reference's escapes: only what must be escaped is.
func appendText(head []byte, text string) []byte {
	head = append(head, '"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			head = append(head, '\\', c)
		case c >= ' ':
			head = append(head, c)
		case c == '\n':
			head = append(head, `\n`...)
		case c == '\r':
			head = append(head, `\r`...)
		case c == '\t':
			head = append(head, `\t`...)
		case c == '\b':
			head = append(head, `\b`...)
		case c == '\f':
			head = append(head, `\f`...)
		default:
			head = format.Appendf(head, `\u%04x`, c)
		}
	}
	return append(head, '"')
}

// check returns the size in bytes of a spec that is whole and free of contradictions.
func (t *TensorSpec) check() (int64, error) {
	elements, size, ok := sizeOf(t.DType, t.Shape)
	sources, narrows := 0, false
	for _, given := range []struct{ float, is bool }{
		{true, t.Float32 != nil}, {true, t.ReadFloat32 != nil}, {false, t.Bytes != nil}, {false, t.ReadBytes != nil},
	} {
		if given.is {
			sources++
			narrows = given.float
		}
	}
	switch {
	case !t.DType.known():
		return 0, format.Errorf("unknown dtype %v", t.DType)
	case len(t.Shape) > maxRank:
		return 0, format.Errorf("%d dimensions, the limit is %d", len(t.Shape), maxRank)
	case !ok:
		return 0, format.Errorf("shape %v is negative or overflows", t.Shape)
	case sources > 1 || sources == 0 && elements > 0:
		return 0, format.Errorf("%d sources of elements, want one", sources)
	case narrows && t.DType != F32 && t.DType != F16 && t.DType != BF16:
		return 0, format.Errorf("float32 elements cannot be stored as %s", t.DType)
	case t.Float32 != nil && len(t.Float32) != elements:
		return 0, format.Errorf("%d elements for shape %v", len(t.Float32), t.Shape)
	case t.Bytes != nil && int64(len(t.Bytes)) != size:
		return 0, format.Errorf("%d bytes for shape %v of %s", len(t.Bytes), t.Shape, t.DType)
	}
	return size, nil
}

package safetensors

import "github.com/lorica-go/lorica/internal/format"

// DType is the type of a tensor's elements.
type DType uint8

// The element types, in the reference's order, by which a writer sorts tensors: later ones need no weaker alignment and come
// first in the file.
const (
	Bool DType = 1 + iota
	U8
	I8
	F8E5M2
	F8E4M3
	F8E8M0
	I16
	U16
	F16
	BF16
	I32
	U32
	F32
	C64
	F64
	I64
	U64
)

// dtypes holds each element type's name in the header and its size in bytes.
var dtypes = [...]struct {
	name string
	size int
}{
	Bool: {"BOOL", 1}, U8: {"U8", 1}, I8: {"I8", 1}, F8E5M2: {"F8_E5M2", 1}, F8E4M3: {"F8_E4M3", 1}, F8E8M0: {"F8_E8M0", 1},
	I16: {"I16", 2}, U16: {"U16", 2}, F16: {"F16", 2}, BF16: {"BF16", 2},
	I32: {"I32", 4}, U32: {"U32", 4}, F32: {"F32", 4},
	C64: {"C64", 8}, F64: {"F64", 8}, I64: {"I64", 8}, U64: {"U64", 8},
}

// ParseDType returns the element type of that name in a header, such as "F32" or "BF16".
func ParseDType(name string) (DType, bool) {
	for d := Bool; int(d) < len(dtypes); d++ {
		if dtypes[d].name == name {
			return d, true
		}
	}
	return 0, false
}

// known reports whether d is one of the constants.
func (d DType) known() bool { return d >= Bool && int(d) < len(dtypes) }

// String returns the name that stands for d in a header.
func (d DType) String() string {
	if !d.known() {
		return format.Sprintf("DType(%d)", uint8(d))
	}
	return dtypes[d].name
}

// Size returns the bytes of one element, 0 for a value that is none of the constants.
func (d DType) Size() int {
	if !d.known() {
		return 0
	}
	return dtypes[d].size
}

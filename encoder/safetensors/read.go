package safetensors

import (
	"math"
	"unsafe"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/internal/format"
	"github.com/lorica-go/lorica/internal/little"
)

// chunkBytes bounds the memory that conversion takes beside its destination.
const chunkBytes = 64 << 10

// ReadFloat32 fills dst with the elements from element from on (row-major), converted from F32, F16, BF16 (both exactly) or
// F64 (rounded to nearest even). It returns an input error for another dtype, and an error if the tensor has fewer elements
// there or reading fails.
func (t Tensor) ReadFloat32(dst []float32, from int) error {
	decode, ok := float32Decoders[t.DType]
	if !ok {
		return t.wrongDType("float32")
	}
	if t.DType == F32 && littleEndian {
		if err := t.checkRange(from, len(dst)); err != nil {
			return err
		}
		return t.ReadBytes(bytesOf(dst), 4*int64(from))
	}
	return read(t, dst, from, decode)
}

// ReadFloat64 fills dst with the elements from element from on, exactly, from F64, F32, F16 or BF16; errors as ReadFloat32's.
func (t Tensor) ReadFloat64(dst []float64, from int) error {
	if t.DType == F64 {
		return read(t, dst, from, func(dst []float64, src []byte) {
			for i := range dst {
				dst[i] = math.Float64frombits(little.Uint64(src[8*i:]))
			}
		})
	}
	decode, ok := float32Decoders[t.DType]
	if !ok {
		return t.wrongDType("float64")
	}
	return read(t, dst, from, func(dst []float64, src []byte) {
		var narrow [256]float32
		for size := t.DType.Size(); len(dst) > 0; {
			n := min(len(dst), len(narrow))
			decode(narrow[:n], src[:n*size])
			for i, v := range narrow[:n] {
				dst[i] = float64(v)
			}
			dst, src = dst[n:], src[n*size:]
		}
	})
}

// ReadInt64 fills dst with the elements from element from on, from any integer dtype or BOOL (0 and 1); errors as
// ReadFloat32's, and an input error for a U64 above 2^63-1.
func (t Tensor) ReadInt64(dst []int64, from int) error { return readIntegers(t, dst, from) }

// ReadInt32 is ReadInt64 into 32 bits; a value that does not fit is an input error.
func (t Tensor) ReadInt32(dst []int32, from int) error { return readIntegers(t, dst, from) }

// ReadInt8 fills dst with the elements from element from on, of dtype I8; errors as ReadFloat32's.
func (t Tensor) ReadInt8(dst []int8, from int) error {
	if t.DType != I8 {
		return t.wrongDType("int8")
	}
	if err := t.checkRange(from, len(dst)); err != nil {
		return err
	}
	return t.ReadBytes(bytesOf(dst), int64(from))
}

// LoadFloat32 returns all elements in new memory; errors as ReadFloat32's.
func (t Tensor) LoadFloat32() ([]float32, error) { return load(t, t.ReadFloat32) }

// LoadFloat64 returns all elements in new memory; errors as ReadFloat64's.
func (t Tensor) LoadFloat64() ([]float64, error) { return load(t, t.ReadFloat64) }

// LoadInt64 returns all elements in new memory; errors as ReadInt64's.
func (t Tensor) LoadInt64() ([]int64, error) { return load(t, t.ReadInt64) }

// LoadInt32 returns all elements in new memory; errors as ReadInt32's.
func (t Tensor) LoadInt32() ([]int32, error) { return load(t, t.ReadInt32) }

func load[T any](t Tensor, read func([]T, int) error) ([]T, error) {
	all := make([]T, t.elements)
	if err := read(all, 0); err != nil {
		return nil, err
	}
	return all, nil
}

func (t Tensor) wrongDType(want string) error {
	return badinput.Errorf("tensor %s: dtype %s cannot be read as %s", quote(t.Name), t.DType, want)
}

func (t Tensor) checkRange(from, count int) error {
	if from < 0 || from > t.elements-count {
		return format.Errorf("tensor %s: elements %d to %d asked for, it has %d", quote(t.Name), from, from+count, t.elements)
	}
	return nil
}

// read hands the bytes of elements from to from+len(dst) to decode: all at once when they lie in memory, else in chunks.
func read[T any](t Tensor, dst []T, from int, decode func(dst []T, src []byte)) error {
	if err := t.checkRange(from, len(dst)); err != nil {
		return err
	}
	size := t.DType.Size()
	if data, ok := t.Bytes(); ok {
		decode(dst, data[from*size:(from+len(dst))*size])
		return nil
	}
	chunk := make([]byte, min(len(dst)*size, chunkBytes))
	for len(dst) > 0 {
		n := min(len(dst), len(chunk)/size)
		if err := t.ReadBytes(chunk[:n*size], int64(from)*int64(size)); err != nil {
			return err
		}
		decode(dst[:n], chunk[:n*size])
		dst, from = dst[n:], from+n
	}
	return nil
}

// float32Decoders holds the loops that turn little-endian elements into float32s; len(src) is len(dst) elements.
var float32Decoders = map[DType]func(dst []float32, src []byte){
	F32: func(dst []float32, src []byte) {
		for i := range dst {
			dst[i] = math.Float32frombits(little.Uint32(src[4*i:]))
		}
	},
	F16:  decodeF16,
	BF16: decodeBF16,
	F64: func(dst []float32, src []byte) {
		for i := range dst {
			dst[i] = float32(math.Float64frombits(little.Uint64(src[8*i:])))
		}
	},
}

// integerDecoders reads one little-endian element.
var integerDecoders = map[DType]func(src []byte) int64{
	Bool: func(src []byte) int64 { return int64(src[0]) },
	U8:   func(src []byte) int64 { return int64(src[0]) },
	I8:   func(src []byte) int64 { return int64(int8(src[0])) },
	U16:  func(src []byte) int64 { return int64(little.Uint16(src)) },
	I16:  func(src []byte) int64 { return int64(int16(little.Uint16(src))) },
	U32:  func(src []byte) int64 { return int64(little.Uint32(src)) },
	I32:  func(src []byte) int64 { return int64(int32(little.Uint32(src))) },
	U64:  func(src []byte) int64 { return int64(little.Uint64(src)) },
	I64:  func(src []byte) int64 { return int64(little.Uint64(src)) },
}

func readIntegers[T int32 | int64](t Tensor, dst []T, from int) error {
	decode, ok := integerDecoders[t.DType]
	if !ok {
		return t.wrongDType("integers")
	}
	size := t.DType.Size()
	at, misfit := from, -1
	err := read(t, dst, from, func(dst []T, src []byte) {
		for i := range dst {
			v := decode(src[i*size:])
			dst[i] = T(v)
			if (int64(dst[i]) != v || t.DType == U64 && v < 0) && misfit < 0 {
				misfit = at + i
			}
		}
		at += len(dst)
	})
	if err == nil && misfit >= 0 {
		return badinput.Errorf("tensor %s: element %d does not fit int%d", quote(t.Name), misfit, 8*int(unsafe.Sizeof(dst[0])))
	}
	return err
}

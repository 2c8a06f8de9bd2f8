package safetensors

import (
	"unsafe"

	"github.com/lorica-go/lorica/internal/format"
)

// Tensor is one tensor of a File: what the header says of it, and the way to its data.
type Tensor struct {
	Name  string
	DType DType
	Shape []int // row-major; empty for a scalar

	file     *File
	begin    int64 // offset in the data
	elements int
}

// Len returns the number of elements, the product of Shape.
func (t Tensor) Len() int { return t.elements }

// Size returns the number of bytes that the data take in the file.
func (t Tensor) Size() int64 { return int64(t.elements) * int64(t.DType.Size()) }

// Offset returns the place of the data's first byte in the file, for those who map the file and give its pages back.
func (t Tensor) Offset() int64 { return t.file.start + t.begin }

// Bytes returns the data as they lie in the memory that Parse was given, without a copy; ok is false for a file that is read
// through an io.ReaderAt.
func (t Tensor) Bytes() (data []byte, ok bool) {
	if t.file.reader != nil {
		return nil, false
	}
	end := t.begin + t.Size()
	return t.file.data[t.begin:end:end], true
}

// ReadBytes fills dst with the data from byte from on, whatever the dtype. It returns an error if the tensor has fewer bytes
// there or reading fails.
func (t Tensor) ReadBytes(dst []byte, from int64) error {
	if from < 0 || from > t.Size()-int64(len(dst)) {
		return format.Errorf("tensor %s: bytes %d to %d asked for, it has %d", quote(t.Name), from, from+int64(len(dst)), t.Size())
	}
	if data, ok := t.Bytes(); ok {
		copy(dst, data[from:])
		return nil
	}
	if err := readFullAt(t.file.reader, dst, t.Offset()+from); err != nil {
		return format.Errorf("tensor %s: %w", quote(t.Name), err)
	}
	return nil
}

// Float32s returns the elements as they lie in the memory that Parse was given, without a copy, to be read only. ok is false
// when that is impossible: another dtype, no memory, an address that is no multiple of 4, a big-endian machine.
func (t Tensor) Float32s() (elements []float32, ok bool) {
	data, ok := t.Bytes()
	if !ok || t.DType != F32 || !littleEndian {
		return nil, false
	}
	if len(data) == 0 {
		return []float32{}, true
	}
	first := unsafe.Pointer(unsafe.SliceData(data))
	if uintptr(first)%unsafe.Alignof(float32(0)) != 0 {
		return nil, false
	}
	return unsafe.Slice((*float32)(first), t.elements), true
}

// Int8s returns the elements as they lie in the memory that Parse was given, without a copy, to be read only. ok is false for another
// dtype and where there is no memory.
func (t Tensor) Int8s() (elements []int8, ok bool) {
	data, ok := t.Bytes()
	if !ok || t.DType != I8 {
		return nil, false
	}
	return unsafe.Slice((*int8)(unsafe.Pointer(unsafe.SliceData(data))), len(data)), true
}

// littleEndian says that a number's bytes lie in memory as they lie in the file.
var littleEndian = func() bool {
	one := uint16(1)
	return *(*byte)(unsafe.Pointer(&one)) == 1
}()

// bytesOf returns the memory of numbers.
func bytesOf[T int8 | float32 | float64 | int32 | int64](numbers []T) []byte {
	if len(numbers) == 0 {
		return nil
	}
	var one T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(numbers))), len(numbers)*int(unsafe.Sizeof(one)))
}

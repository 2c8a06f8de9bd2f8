package safetensors

import (
	"io"
	"math"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/internal/little"
)

// encoder writes the elements of tensors in pieces, through buffers that all tensors share.
type encoder struct {
	w      io.Writer
	bytes  []byte    // chunkBytes of the stored form
	floats []float32 // as many float32s as fill as much
}

// tensor writes the elements of a spec that check accepted.
func (e *encoder) tensor(t *TensorSpec) error {
	elements, size, _ := sizeOf(t.DType, t.Shape)
	switch {
	case size == 0:
		return nil
	case t.Bytes != nil:
		_, err := e.w.Write(t.Bytes)
		return err
	case t.ReadBytes != nil:
		return e.copy(size, t.ReadBytes)
	case t.Float32 != nil:
		return e.narrow(t.DType, t.Float32, 0)
	}
	if e.floats == nil {
		e.floats = make([]float32, chunkBytes/4)
	}
	for from := 0; from < elements; {
		piece := e.floats[:min(len(e.floats), elements-from)]
		if err := t.ReadFloat32(piece, from); err != nil {
			return err
		}
		if err := e.narrow(t.DType, piece, from); err != nil {
			return err
		}
		from += len(piece)
	}
	return nil
}

// buffer returns chunkBytes bytes.
func (e *encoder) buffer() []byte {
	if e.bytes == nil {
		e.bytes = make([]byte, chunkBytes)
	}
	return e.bytes
}

// copy writes size bytes that read gives.
func (e *encoder) copy(size int64, read func(dst []byte, from int64) error) error {
	for from := int64(0); from < size; {
		piece := e.buffer()[:min(chunkBytes, size-from)]
		if err := read(piece, from); err != nil {
			return err
		}
		if _, err := e.w.Write(piece); err != nil {
			return err
		}
		from += int64(len(piece))
	}
	return nil
}

// narrow writes values, the first of which is the tensor's element from, as dtype (F32, F16 or BF16).
func (e *encoder) narrow(dtype DType, values []float32, from int) error {
	if dtype == F32 && littleEndian {
		_, err := e.w.Write(bytesOf(values))
		return err
	}
	for size := dtype.Size(); len(values) > 0; {
		n := min(len(values), chunkBytes/size)
		piece := e.buffer()[:n*size]
		misfit := -1
		switch dtype {
		case F32:
			for i, v := range values[:n] {
				little.PutUint32(piece[4*i:], math.Float32bits(v))
			}
		case F16:
			misfit = encodeF16(piece, values[:n])
		case BF16:
			misfit = encodeBF16(piece, values[:n])
		}
		if misfit >= 0 {
			return badinput.Errorf("element %d, %g, is too large for %s", from+misfit, values[misfit], dtype)
		}
		if _, err := e.w.Write(piece); err != nil {
			return err
		}
		values, from = values[n:], from+n
	}
	return nil
}

package kernels

import (
	"errors"
	"math"
	"unsafe"

	"github.com/lorica-go/lorica/internal/format"
)

// hostReader reads the words of an operation. Its first error stays.
type hostReader struct {
	memory []byte
	words  []uint32
	err    error
}

// view returns n values of four bytes at an address of memory.
func (r *hostReader) view(address uint32, n uint64) (unsafe.Pointer, error) {
	if address%4 != 0 {
		return nil, format.Errorf("address %#x is not a multiple of 4", address)
	}
	if n > math.MaxUint32 || uint64(address)+4*n > uint64(len(r.memory)) {
		return nil, format.Errorf("%d values at %#x of a memory of %d bytes", n, address, len(r.memory))
	}
	return unsafe.Add(unsafe.Pointer(unsafe.SliceData(r.memory)), address), nil
}

func (r *hostReader) list(address, n uint32) ([]uint32, error) {
	p, err := r.view(address, uint64(n))
	if err != nil || n == 0 {
		return nil, err
	}
	return unsafe.Slice((*uint32)(p), n), nil
}

func (r *hostReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.words = nil
}

func (r *hostReader) word() uint32 {
	if len(r.words) == 0 {
		r.fail(errors.New("too few words"))
		return 0
	}
	w := r.words[0]
	r.words = r.words[1:]
	return w
}

// number reads a number below 2^31.
func (r *hostReader) number() int {
	w := r.word()
	if w > math.MaxInt32 {
		r.fail(format.Errorf("%d is too large", w))
		return 0
	}
	return int(w)
}

// count reads the length of a list.
func (r *hostReader) count() int {
	n := r.number()
	if n > maxHostJobs {
		r.fail(format.Errorf("a list of %d", n))
		return 0
	}
	return n
}

func (r *hostReader) float() float32 { return math.Float32frombits(r.word()) }

func (r *hostReader) flag() bool { return r.word() != 0 }

// tensor reads a tensor, whose rows may not overlap.
func (r *hostReader) tensor() Tensor {
	at, rows, cols, stride := r.word(), r.number(), r.number(), r.number()
	if at == 0 || r.err != nil {
		return Tensor{}
	}
	if rows > 1 && stride < cols {
		r.fail(format.Errorf("rows of %d values %d apart", cols, stride))
		return Tensor{}
	}
	n := uint64(0)
	if rows > 0 && cols > 0 {
		n = uint64(rows-1)*uint64(stride) + uint64(cols)
	}
	return r.values(at, n, rows, cols, stride)
}

// values returns n values in memory as a tensor.
func (r *hostReader) values(at uint32, n uint64, rows, cols, stride int) Tensor {
	p, err := r.view(at, n)
	if err != nil {
		r.fail(err)
		return Tensor{}
	}
	return Tensor{Rows: rows, Cols: cols, Stride: stride, buf: &Buffer{host: unsafe.Slice((*float32)(p), n)}}
}

// packed reads a packed operand.
func (r *hostReader) packed(nr int, int8 bool) Packed {
	at, k, n, _ := r.word(), r.number(), r.number(), r.number()
	if r.err != nil {
		return Packed{}
	}
	p := Packed{K: k, N: n, nr: nr, int8: int8}
	if int8 && k > MaxInt8K {
		r.fail(format.Errorf("sums of %d values of eight bits", k))
	}
	if t := r.values(at, uint64(panels(n, nr))*uint64(p.step()), k, n, n); !t.IsZero() {
		p.panels = t.buf.host
	}
	return p
}

func (r *hostReader) ints() []int32 {
	at, n := r.word(), r.word()
	if r.err != nil || n == 0 {
		return nil
	}
	p, err := r.view(at, uint64(n))
	if err != nil {
		r.fail(err)
		return nil
	}
	return unsafe.Slice((*int32)(p), n)
}

// then runs an operation if all of its words were read and right.
func (r *hostReader) then(operation func()) error {
	if r.err == nil && len(r.words) > 0 {
		r.fail(format.Errorf("%d words too many", len(r.words)))
	}
	if r.err != nil {
		return r.err
	}
	operation()
	return nil
}

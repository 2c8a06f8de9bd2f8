package kernels

import (
	"errors"
	"fmt"
	"math"
	"unsafe"
)

// Host runs what a Hosted device in a sandbox asks for, on the sandbox's memory. It trusts nothing: every operand has to lie in
// that memory, and operands that do not fit each other are an error.
type Host struct {
	cpu    *CPU
	jobs   []GemmJob
	terms  []EmbeddingTerm
	packed []Packed
}

// NewHost returns a host that computes on cpu, which it has for itself.
func NewHost(cpu *CPU) *Host { return &Host{cpu: cpu} }

// Width returns the width of panels, which NewHosted asks for.
func (h *Host) Width() int { return h.cpu.gemm.nr }

// What an operation may ask for. It cannot be stopped, and takes memory of the host.
const (
	maxHostWork = 1 << 38 // multiplications, some seconds' work
	maxHostJobs = 1 << 12 // entries of a list of operands
	maxHostRows = 1 << 16 // rows of a sequence
	maxHostDeep = 1 << 20 // length of the sums of a product
	maxHostPack = 1 << 24 // values of a right operand that is not packed yet
)

var errTooMuch = errors.New("more than a host does at once")

// Run runs an operation whose words begin at an address of memory, which is little-endian and must not change meanwhile. A
// call that cannot be right is an error, and part of its results may have been written then.
func (h *Host) Run(memory []byte, op, address, words uint32) (err error) {
	r := hostReader{memory: memory}
	if r.words, err = r.list(address, words); err != nil {
		return fmt.Errorf("kernels: operation %d: %w", op, err)
	}
	defer func() {
		if p := recover(); p != nil { // what the operands do to each other is found out by the operations
			err = fmt.Errorf("kernels: operation %d: %v", op, p)
		}
	}()
	if err := h.run(op, &r); err != nil {
		return fmt.Errorf("kernels: operation %d: %w", op, err)
	}
	return nil
}

func (h *Host) run(op uint32, r *hostReader) error {
	c := h.cpu
	switch op {
	case hostPack:
		return h.pack(r)
	case hostGemm:
		return h.gemm(r)
	case hostAttention:
		return h.attention(r)
	case hostEmbeddingSum:
		return h.embeddingSum(r)
	case hostLayerNorm:
		o := LayerNorm{Dst: r.tensor(), X: r.tensor(), Residual: r.tensor(), Sum: r.tensor(), Stats: r.tensor(), Gamma: r.tensor(), Beta: r.tensor(), Eps: r.float()}
		return r.then(func() { c.LayerNorm(o) })
	case hostRotate:
		o := Rotary{Dst: r.tensor(), X: r.tensor(), Table: r.tensor(), Positions: r.ints(), Heads: r.number(), Inverse: r.flag()}
		return r.then(func() { c.Rotate(o) })
	case hostScale:
		dst, factor := r.tensor(), r.float()
		return r.then(func() { c.Scale(dst, factor) })
	case hostZero:
		dst := r.tensor()
		return r.then(func() { c.Zero(dst) })
	}
	dst, src := r.tensor(), r.tensor()
	switch op {
	case hostActivate, hostGate:
		f := Activation(r.number())
		return r.then(func() {
			if op == hostGate {
				c.Gate(dst, src, f)
			} else {
				c.Activate(dst, src, f)
			}
		})
	case hostGatherRows:
		rows := r.ints()
		return r.then(func() { c.GatherRows(dst, src, rows) })
	case hostMeanRows:
		offsets := r.ints()
		return r.then(func() { c.MeanRows(dst, src, offsets) })
	case hostTranspose:
		return r.then(func() { c.Transpose(dst, src) })
	case hostCopy:
		return r.then(func() { c.Copy(dst, src) })
	case hostAdd:
		return r.then(func() { c.Add(dst, src) })
	}
	return errors.New("unknown")
}

func (h *Host) pack(r *hostReader) error {
	transposed, src, dst := r.flag(), r.tensor(), r.tensor()
	k, n := src.Rows, src.Cols
	if transposed {
		k, n = n, k
	}
	if r.err == nil && dst.Len() != panels(n, h.Width())*h.Width()*k {
		return fmt.Errorf("%d values for a matrix [%d, %d]", dst.Len(), k, n)
	}
	return r.then(func() {
		h.cpu.pack(packing{dst: dst.host(), k: k, n: n, values: src.host(), stride: src.Stride, transposed: transposed})
	})
}

func (h *Host) gemm(r *hostReader) error {
	n := r.count()
	h.jobs, h.packed = h.jobs[:0], append(h.packed[:0], make([]Packed, n)...)
	work := 0
	for i := range n {
		flags := r.number()
		j := GemmJob{
			TransA: flags&hostTransA != 0, TransB: flags&hostTransB != 0, Accumulate: flags&hostAccumulate != 0,
			Dst: r.tensor(), A: r.tensor(),
		}
		if flags&hostPacked != 0 {
			h.packed[i] = r.packed(h.Width())
			j.Packed = &h.packed[i]
		} else {
			j.B = r.tensor()
			if satisfy(0, j.B.Rows+h.Width(), j.B.Cols+h.Width()) > maxHostPack {
				return errTooMuch
			}
		}
		j.Bias, j.PreActivation, j.Alpha, j.Activation = r.tensor(), r.tensor(), r.float(), Activation(r.number())
		depth := j.A.Cols
		if j.TransA {
			depth = j.A.Rows
		}
		if work = satisfy(work, j.Dst.Rows, j.Dst.Cols, depth); work > maxHostWork || depth > maxHostDeep {
			return errTooMuch
		}
		h.jobs = append(h.jobs, j)
	}
	return r.then(func() { h.cpu.Gemm(h.jobs) })
}

// satisfy returns work plus the product of factors, or something above maxHostWork if that is more.
func satisfy(work int, factors ...int) int {
	product := 1
	for _, f := range factors {
		if f != 0 && product > maxHostWork/f {
			return maxHostWork + 1
		}
		product *= f
	}
	return min(work+product, maxHostWork+1)
}

func (h *Host) attention(r *hostReader) error {
	o := Attention{
		Dst: r.tensor(), Q: r.tensor(), K: r.tensor(), V: r.tensor(), LogSumExp: r.tensor(),
		Relative:     Relative{Keys: r.tensor(), Queries: r.tensor()},
		QueryOffsets: r.ints(), KeyOffsets: r.ints(),
	}
	o.Relative.Rows = r.ints()
	o.Heads, o.Window, o.Scale = r.number(), r.number(), r.float()
	work := 0
	for s := 1; s < min(len(o.QueryOffsets), len(o.KeyOffsets)); s++ {
		queries, keys := int(o.QueryOffsets[s])-int(o.QueryOffsets[s-1]), int(o.KeyOffsets[s])-int(o.KeyOffsets[s-1])
		if work = satisfy(work, max(0, queries), max(0, keys), o.Q.Cols); work > maxHostWork || max(queries, keys) > maxHostRows {
			return errTooMuch
		}
	}
	return r.then(func() { h.cpu.Attention(o) })
}

func (h *Host) embeddingSum(r *hostReader) error {
	dst := r.tensor()
	h.terms = h.terms[:0]
	for range r.count() {
		h.terms = append(h.terms, EmbeddingTerm{Table: r.tensor(), IDs: r.ints()})
	}
	if satisfy(0, dst.Len(), len(h.terms)) > maxHostWork {
		return errTooMuch
	}
	return r.then(func() { h.cpu.EmbeddingSum(dst, h.terms) })
}

// hostReader reads the words of an operation. Its first error stays.
type hostReader struct {
	memory []byte
	words  []uint32
	err    error
}

// view returns n values of four bytes at an address of memory.
func (r *hostReader) view(address uint32, n uint64) (unsafe.Pointer, error) {
	if address%4 != 0 {
		return nil, fmt.Errorf("address %#x is not a multiple of 4", address)
	}
	if n > math.MaxUint32 || uint64(address)+4*n > uint64(len(r.memory)) {
		return nil, fmt.Errorf("%d values at %#x of a memory of %d bytes", n, address, len(r.memory))
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
		r.fail(fmt.Errorf("%d is too large", w))
		return 0
	}
	return int(w)
}

// count reads the length of a list.
func (r *hostReader) count() int {
	n := r.number()
	if n > maxHostJobs {
		r.fail(fmt.Errorf("a list of %d", n))
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
		r.fail(fmt.Errorf("rows of %d values %d apart", cols, stride))
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
func (r *hostReader) packed(nr int) Packed {
	at, k, n, _ := r.word(), r.number(), r.number(), r.number()
	if r.err != nil {
		return Packed{}
	}
	t := r.values(at, uint64(panels(n, nr)*nr)*uint64(k), k, n, n)
	if t.IsZero() {
		return Packed{}
	}
	return Packed{K: k, N: n, nr: nr, panels: t.buf.host}
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
		r.fail(fmt.Errorf("%d words too many", len(r.words)))
	}
	if r.err != nil {
		return r.err
	}
	operation()
	return nil
}

package kernels

import (
	"errors"
	"unsafe"

	"github.com/lorica-go/lorica/internal/format"
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
		return format.Errorf("kernels: operation %d: %w", op, err)
	}
	defer func() {
		if p := recover(); p != nil { // what the operands do to each other is found out by the operations
			err = format.Errorf("kernels: operation %d: %s", op, format.Recovered(p))
		}
	}()
	if err := h.run(op, &r); err != nil {
		return format.Errorf("kernels: operation %d: %w", op, err)
	}
	return nil
}

func (h *Host) run(op uint32, r *hostReader) error {
	c := h.cpu
	switch op {
	case hostPack:
		return h.pack(r)
	case hostPackInt8:
		return h.packInt8(r)
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
		return format.Errorf("%d values for a matrix [%d, %d]", dst.Len(), k, n)
	}
	return r.then(func() {
		h.cpu.pack(packing{dst: dst.host(), k: k, n: n, values: src.host(), stride: src.Stride, transposed: transposed})
	})
}

// packInt8 makes one panel.
func (h *Host) packInt8(r *hostReader) error {
	k, rows, scales, dst := r.number(), r.tensor(), r.tensor(), r.tensor()
	p := Packed{K: k, N: rows.Rows, nr: h.Width(), int8: true}
	switch {
	case r.err != nil:
		return r.err
	case k > MaxInt8K || rows.Cols != (k+3)/4 || p.N < 1 || p.N > p.nr || scales.Len() != p.N || dst.Len() != p.step():
		return format.Errorf("%d values for %d rows of %d bytes", dst.Len(), rows.Rows, k)
	}
	return r.then(func() {
		p.panels = dst.host()
		clear(p.panels)
		c := h.cpu
		c.args.packingInt8 = int8Packing{&p, Int8Source{K: k, N: p.N, Scales: scales.host(), Row: func(i int, _ []int8) []int8 {
			row := rows.row(i)
			return unsafe.Slice((*int8)(unsafe.Pointer(unsafe.SliceData(row))), 4*len(row))[:k]
		}}}
		packInt8Panel(c, 0, 0)
		c.args.packingInt8 = int8Packing{}
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
			h.packed[i] = r.packed(h.Width(), flags&hostInt8 != 0)
			j.Packed = &h.packed[i]
		} else {
			j.B = r.tensor()
			if satisfy(0, j.B.Rows+h.Width(), j.B.Cols+h.Width()) > maxHostPack {
				return errTooMuch
			}
		}
		j.Bias, j.PreActivation, j.Alpha, j.Activation = r.tensor(), r.tensor(), r.float(), Activation(r.number())
		if j.Bias.Rows > 1 {
			return format.Errorf("a bias of %d rows", j.Bias.Rows)
		}
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

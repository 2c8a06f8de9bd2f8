package kernels

import (
	"math"
	"unsafe"

	"github.com/lorica-go/lorica/internal/format"
)

// Hosted is a Device for a program in a sandbox whose host runs the operations of inference, on the program's memory and with
// the host's instructions. What only training needs it does itself, on a CPU; what training adds to an operation of inference,
// dropout, it refuses by a panic. A Host is at the other end.
//
// An operation is a number and a list of words, its operands one after the other. A tensor is its address, rows, columns and
// stride, with address 0 for none; a list of int32 is its address and length; a float32 is its bits.
type Hosted struct {
	*CPU
	width int // of the host's panels
	base  uintptr
	call  func(op uint32, words []uint32)
	words []uint32
	rows  []float32 // to be packed
}

// NewHosted returns a device whose host packs panels of width columns and answers calls; cpu is for the rest.
func NewHosted(cpu *CPU, width int, call func(op uint32, words []uint32)) *Hosted {
	return &Hosted{CPU: cpu, width: width, call: call}
}

// The operations.
const (
	hostPack uint32 = iota + 1
	hostGemm
	hostLayerNorm
	hostAttention
	hostEmbeddingSum
	hostActivate
	hostGate
	hostRotate
	hostGatherRows
	hostMeanRows
	hostTranspose
	hostZero
	hostCopy
	hostAdd
	hostScale
	hostPackInt8
	hostOperations // how many there are, from 1
)

// The bits of a Gemm's flags, in the order of flags.
const (
	hostTransA = 1 << iota
	hostTransB
	hostPacked
	hostAccumulate
	hostInt8
)

// Name returns "host".
func (h *Hosted) Name() string { return "host" }

func (h *Hosted) begin()          { h.words = h.words[:0] }
func (h *Hosted) number(n int)    { h.words = append(h.words, uint32(n)) }
func (h *Hosted) float(v float32) { h.words = append(h.words, math.Float32bits(v)) }
func (h *Hosted) run(op uint32)   { h.call(op, h.words) }

func (h *Hosted) flags(bits ...bool) {
	n := 0
	for i, set := range bits {
		if set {
			n |= 1 << i
		}
	}
	h.number(n)
}

// address returns where p is in the memory that the host sees.
func (h *Hosted) address(p unsafe.Pointer) uint32 { return uint32(uintptr(p) - h.base) }

func (h *Hosted) tensor(t Tensor) {
	at := uint32(0)
	if !t.IsZero() {
		at = h.address(unsafe.Pointer(unsafe.SliceData(t.buf.host))) + 4*uint32(t.off)
	}
	h.words = append(h.words, at, uint32(t.Rows), uint32(t.Cols), uint32(t.Stride))
}

func (h *Hosted) tensors(list ...Tensor) {
	for _, t := range list {
		h.tensor(t)
	}
}

func (h *Hosted) ints(list []int32) {
	h.words = append(h.words, h.address(unsafe.Pointer(unsafe.SliceData(list))), uint32(len(list)))
}

// Pack lays src out in panels of the host.
func (h *Hosted) Pack(src PackSource) *Packed {
	p := &Packed{K: src.K, N: src.N, nr: h.width, panels: h.memory.floats(panels(src.N, h.width) * h.width * src.K)}
	h.Repack(p, src)
	return p
}

// Repack fills p, made by Pack from a source of the same shape, again: some panels' rows at a time, or all rows of a matrix
// that is not transposed.
func (h *Hosted) Repack(p *Packed, src PackSource) {
	if p.K != src.K || p.N != src.N || p.nr != h.width || p.int8 {
		panic(format.Sprintf("kernels: Repack: a matrix [%d, %d] over one of [%d, %d] in panels of %d", src.K, src.N, p.K, p.N, p.nr))
	}
	count, cols, step := src.K, src.N, max(1, src.K)
	if src.Transposed {
		count, cols, step = src.N, src.K, h.width
	}
	if len(h.rows) < step*cols {
		h.rows = make([]float32, step*cols)
	}
	for at := 0; at < count; at += step {
		n := min(step, count-at)
		for i := range n {
			to := h.rows[i*cols : (i+1)*cols]
			if row := src.Row(at+i, to); unsafe.SliceData(row) != unsafe.SliceData(to) {
				copy(to, row)
			}
		}
		stored := NewTensor(&Buffer{host: h.rows}, 0, n, cols)
		panel := p.panels
		if src.Transposed {
			panel = p.panels[at*p.K:][:h.width*p.K]
		}
		h.begin()
		h.flags(src.Transposed)
		h.tensor(stored)
		h.tensor(NewTensor(&Buffer{host: panel}, 0, 1, len(panel)))
		h.run(hostPack)
	}
	if cap(h.rows) > 1<<20 {
		h.rows = nil
	}
}

// PackInt8 lays src out in panels of the host, one at a time.
func (h *Hosted) PackInt8(src Int8Source) *Packed {
	if src.K < 0 || src.N < 0 || src.K > MaxInt8K || len(src.Scales) != src.N {
		panic(format.Sprintf("kernels: PackInt8: a matrix [%d, %d] with %d scales", src.N, src.K, len(src.Scales)))
	}
	p := &Packed{K: src.K, N: src.N, nr: h.width, int8: true}
	p.panels = h.memory.floats(panels(src.N, p.nr) * p.step())
	stride := (src.K + 3) / 4 // of a row, in float32 values
	if need := h.width * (stride + 1); len(h.rows) < need {
		h.rows = make([]float32, need)
	}
	scales, rows := h.rows[:h.width], h.rows[h.width:]
	for at := 0; at < src.N; at += h.width {
		n := min(h.width, src.N-at)
		copy(scales, src.Scales[at:at+n])
		for i := range n {
			to := unsafe.Slice((*int8)(unsafe.Pointer(unsafe.SliceData(rows[i*stride:]))), 4*stride)[:src.K]
			if row := src.Row(at+i, to); unsafe.SliceData(row) != unsafe.SliceData(to) {
				copy(to, row)
			}
		}
		h.begin()
		h.number(src.K)
		h.tensor(NewTensor(&Buffer{host: rows[:n*stride]}, 0, n, stride))
		h.tensor(NewTensor(&Buffer{host: scales[:n]}, 0, 1, n))
		panel := p.panels[at/h.width*p.step():][:p.step()]
		h.tensor(NewTensor(&Buffer{host: panel}, 0, 1, len(panel)))
		h.run(hostPackInt8)
	}
	return p
}

// Gemm computes independent products.
func (h *Hosted) Gemm(jobs []GemmJob) {
	h.begin()
	h.number(len(jobs))
	for i := range jobs {
		j := &jobs[i]
		h.flags(j.TransA, j.TransB, j.Packed != nil, j.Accumulate, j.Packed != nil && j.Packed.int8)
		h.tensors(j.Dst, j.A)
		if p := j.Packed; p != nil {
			h.tensor(Tensor{Rows: p.K, Cols: p.N, Stride: p.N, buf: &Buffer{host: p.panels}})
		} else {
			h.tensor(j.B)
		}
		h.tensors(j.Bias, j.PreActivation)
		h.float(j.Alpha)
		h.number(int(j.Activation))
	}
	h.run(hostGemm)
}

// LayerNorm normalises rows.
func (h *Hosted) LayerNorm(op LayerNorm) {
	refuseDropout(op.Dropout)
	h.begin()
	h.tensors(op.Dst, op.X, op.Residual, op.Sum, op.Stats, op.Gamma, op.Beta)
	h.float(op.Eps)
	h.run(hostLayerNorm)
}

// Attention computes softmax(scale Q K^T) V for each sequence and head.
func (h *Hosted) Attention(op Attention) {
	refuseDropout(op.Dropout)
	h.begin()
	h.tensors(op.Dst, op.Q, op.K, op.V, op.LogSumExp, op.Relative.Keys, op.Relative.Queries)
	h.ints(op.QueryOffsets)
	h.ints(op.KeyOffsets)
	h.ints(op.Relative.Rows)
	h.number(op.Heads)
	h.number(op.Window)
	h.float(op.Scale)
	h.run(hostAttention)
}

func refuseDropout(d Dropout) {
	if d.Rate != 0 {
		panic("kernels: a hosted device has no dropout")
	}
}

// EmbeddingSum sums rows of tables. Where one is of eight bits the sandbox does it itself.
func (h *Hosted) EmbeddingSum(dst Tensor, terms []EmbeddingTerm) {
	for i := range terms {
		if terms[i].Int8 != nil {
			h.CPU.EmbeddingSum(dst, terms)
			return
		}
	}
	h.begin()
	h.tensor(dst)
	h.number(len(terms))
	for i := range terms {
		h.tensor(terms[i].Table)
		h.ints(terms[i].IDs)
	}
	h.run(hostEmbeddingSum)
}

// Activate sets dst = f(x).
func (h *Hosted) Activate(dst, x Tensor, f Activation) { h.activate(hostActivate, dst, x, f) }

// Gate sets dst = f(a) * g.
func (h *Hosted) Gate(dst, x Tensor, f Activation) { h.activate(hostGate, dst, x, f) }

func (h *Hosted) activate(op uint32, dst, x Tensor, f Activation) {
	h.begin()
	h.tensors(dst, x)
	h.number(int(f))
	h.run(op)
}

// Rotate turns pairs of values by the angles of their rows' positions.
func (h *Hosted) Rotate(op Rotary) {
	h.begin()
	h.tensors(op.Dst, op.X, op.Table)
	h.ints(op.Positions)
	h.number(op.Heads)
	h.flags(op.Inverse)
	h.run(hostRotate)
}

// GatherRows sets dst[i] = src[rows[i]].
func (h *Hosted) GatherRows(dst, src Tensor, rows []int32) { h.byRows(hostGatherRows, dst, src, rows) }

// MeanRows sets dst[s] to the mean of the rows of sequence s.
func (h *Hosted) MeanRows(dst, src Tensor, offsets []int32) {
	h.byRows(hostMeanRows, dst, src, offsets)
}

func (h *Hosted) byRows(op uint32, dst, src Tensor, list []int32) {
	h.begin()
	h.tensors(dst, src)
	h.ints(list)
	h.run(op)
}

// Transpose sets dst to the transpose of src.
func (h *Hosted) Transpose(dst, src Tensor) { h.move(hostTranspose, dst, src) }

// Zero sets dst to 0.
func (h *Hosted) Zero(dst Tensor) { h.move(hostZero, dst) }

// Copy sets dst = src.
func (h *Hosted) Copy(dst, src Tensor) { h.move(hostCopy, dst, src) }

// Add sets dst += src.
func (h *Hosted) Add(dst, src Tensor) { h.move(hostAdd, dst, src) }

func (h *Hosted) move(op uint32, operands ...Tensor) {
	h.begin()
	h.tensors(operands...)
	h.run(op)
}

// Scale sets dst *= factor.
func (h *Hosted) Scale(dst Tensor, factor float32) {
	h.begin()
	h.tensor(dst)
	h.float(factor)
	h.run(hostScale)
}

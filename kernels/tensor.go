package kernels

import "github.com/lorica-go/lorica/internal/format"

// Buffer is a piece of a device's memory. It is made by Device.NewBuffer or Device.Wrap.
type Buffer struct {
	host []float32 // CPU memory; nil for a device with memory of its own
}

// Len returns the number of float32 values.
func (b *Buffer) Len() int { return len(b.host) }

// Tensor is a handle to a row-major matrix [Rows, Cols] in a Buffer; row r begins Stride values after row r-1.
// A vector is a Tensor of one row. The zero Tensor means "none" where an operation has optional operands.
type Tensor struct {
	_ [0]func() // keeps handles from being compared by ==, for which the compiler would write a function for every operation that has some

	Rows, Cols, Stride int
	buf                *Buffer
	off                int
}

// Same reports whether t and o are one handle.
func (t Tensor) Same(o Tensor) bool {
	return t.Rows == o.Rows && t.Cols == o.Cols && t.Stride == o.Stride && t.buf == o.buf && t.off == o.off
}

// NewTensor returns the [rows, cols] matrix that begins at value off of b, rows laid end to end.
func NewTensor(b *Buffer, off, rows, cols int) Tensor {
	if rows < 0 || cols < 0 || off < 0 || off+rows*cols > len(b.host) {
		panic(format.Sprintf("kernels: tensor [%d, %d] at %d does not fit a buffer of %d values", rows, cols, off, len(b.host)))
	}
	return Tensor{Rows: rows, Cols: cols, Stride: cols, buf: b, off: off}
}

// IsZero reports whether t is the zero Tensor, which stands for an operand that is not there.
func (t Tensor) IsZero() bool { return t.buf == nil }

// Len returns the number of values, Rows x Cols.
func (t Tensor) Len() int { return t.Rows * t.Cols }

// RowRange returns rows [from, to) of t as a view.
func (t Tensor) RowRange(from, to int) Tensor {
	if from < 0 || from > to || to > t.Rows {
		panic(format.Sprintf("kernels: rows [%d, %d) of a tensor of %d", from, to, t.Rows))
	}
	t.off += from * t.Stride
	t.Rows = to - from
	return t
}

// ColRange returns columns [from, to) of t as a view.
func (t Tensor) ColRange(from, to int) Tensor {
	if from < 0 || from > to || to > t.Cols {
		panic(format.Sprintf("kernels: columns [%d, %d) of a tensor of %d", from, to, t.Cols))
	}
	t.off += from
	t.Cols = to - from
	return t
}

// Reshape returns the values of t, whose rows must lie end to end, as a matrix [rows, cols] of the same length.
func (t Tensor) Reshape(rows, cols int) Tensor {
	if rows*cols != t.Len() || (t.Stride != t.Cols && t.Rows > 1) {
		panic(format.Sprintf("kernels: tensor [%d, %d] with stride %d as [%d, %d]", t.Rows, t.Cols, t.Stride, rows, cols))
	}
	t.Rows, t.Cols, t.Stride = rows, cols, cols
	return t
}

// host returns the values of a CPU tensor from its first to its last, gaps between rows included.
func (t Tensor) host() []float32 {
	if t.Rows == 0 || t.Cols == 0 {
		return nil
	}
	return t.buf.host[t.off : t.off+(t.Rows-1)*t.Stride+t.Cols]
}

// row returns row r of a CPU tensor.
func (t Tensor) row(r int) []float32 {
	at := t.off + r*t.Stride
	return t.buf.host[at : at+t.Cols]
}

// dense reports whether the rows of t lie end to end.
func (t Tensor) dense() bool { return t.Stride == t.Cols || t.Rows <= 1 }

// Arena hands out tensors from large buffers and takes all of them back at once. After the largest batch has been seen it
// allocates nothing. It is not safe for concurrent use.
type Arena struct {
	dev    Device
	blocks []*Buffer
	block  int // index of the block being filled
	used   int // values taken from it
	held   int // values of all blocks
}

// NewArena returns an empty arena on dev.
func NewArena(dev Device) *Arena { return &Arena{dev: dev} }

const (
	// arenaAlign is the alignment of tensors within a block, in values: one cache line.
	arenaAlign = 16
	// arenaBlock is the least size of a block, in values.
	arenaBlock = 1 << 18
	// arenaGrowth is the part of what an arena holds that it grows by: a small one, because at its peak a training run is
	// mostly arena, and blocks are kept as they are, because copying them together would need both at once.
	arenaGrowth = 8
)

// Tensor returns a [rows, cols] tensor with undefined contents. It is valid until the next Reset, or until Release with an
// earlier Mark.
func (a *Arena) Tensor(rows, cols int) Tensor {
	size := (rows*cols + arenaAlign - 1) &^ (arenaAlign - 1)
	for a.block < len(a.blocks) && a.used+size > a.blocks[a.block].Len() {
		a.block++
		a.used = 0
	}
	if a.block == len(a.blocks) {
		b := a.dev.NewBuffer(max(size, arenaBlock, a.held/arenaGrowth))
		a.blocks = append(a.blocks, b)
		a.held += b.Len()
		a.used = 0
	}
	t := Tensor{Rows: rows, Cols: cols, Stride: cols, buf: a.blocks[a.block], off: a.used}
	a.used += size
	return t
}

// Mark is a place in an Arena to return to.
type Mark struct{ block, used int }

// Mark returns the present place.
func (a *Arena) Mark() Mark { return Mark{a.block, a.used} }

// Release takes back every tensor handed out since m was taken.
func (a *Arena) Release(m Mark) { a.block, a.used = m.block, m.used }

// Free gives the arena's memory back, also where a device remembers tensors of its last operations. No tensor of the arena may
// be used afterwards; the arena is empty and may be.
func (a *Arena) Free() {
	for _, b := range a.blocks {
		b.host = nil
	}
	*a = Arena{dev: a.dev}
}

// Reset takes all tensors back.
func (a *Arena) Reset() { a.block, a.used = 0, 0 }

package kernels

import (
	"unsafe"

	"github.com/lorica-go/lorica/internal/format"
)

// CPU is the reference Device: host memory and the inner loops of one tier, split over a pool of threads.
//
// Every operation splits its work along rows, columns or other fixed units and each result is computed by one thread in one
// order, so results do not depend on the number of threads.
type CPU struct {
	tier      Tier
	gemm      *gemmPrimitives
	int8      *int8Primitives
	row       *rowPrimitives
	attention *attentionPrimitives
	pool      *pool
	workers   []worker // scratch memory of each thread; workers[0] is the caller's
	memory    memory
	args      arguments
}

// NewCPU returns a device that runs tier on the given number of threads, at least one. It fails when this CPU lacks the tier.
// Close releases its threads.
func NewCPU(tier Tier, threads int) (*CPU, error) {
	impl, err := find(tier)
	if err != nil {
		return nil, err
	}
	if threads < 1 {
		return nil, format.Errorf("a device of %d threads", threads)
	}
	c := &CPU{tier: tier, gemm: &impl.gemm, int8: &impl.int8, row: &impl.row, attention: &impl.attention,
		workers: make([]worker, threads)}
	c.pool = newPool(c, threads)
	return c, nil
}

// Close ends the device's threads. The device may not be used afterwards.
func (c *CPU) Close() { c.pool.close() }

// Name returns "cpu/" and the tier.
func (c *CPU) Name() string { return "cpu/" + c.tier.String() }

// Tier returns the instruction-set level in use.
func (c *CPU) Tier() Tier { return c.tier }

// Threads returns how many threads the device uses.
func (c *CPU) Threads() int { return len(c.workers) }

// worker is one thread's scratch memory, grown on demand and kept.
type worker struct {
	scratch []float32
	spread  []float32              // the left operand of a product, for tiers that spread it
	rows    [maxPanel + 8]*float32 // where rows begin, for primitives that take several; nil between calls
}

// floats returns n values of scratch memory, aligned to a cache line, contents undefined. A later call takes them back.
func (w *worker) floats(n int) []float32 {
	if len(w.scratch) < n {
		w.scratch = alignedFloats(n)
	}
	return w.scratch[:n]
}

// arguments holds the operands of the operation that runs, so that the pool's threads find them without an allocation.
// Each operation has a field of its own.
type arguments struct {
	gemmArguments
	rowArguments
	attentionArguments
}

// alignedFloats returns n zeroed values that begin at a cache line.
func alignedFloats(n int) []float32 {
	const line = 64
	raw := make([]float32, n+line/4)
	skip := 0
	if n > 0 {
		skip = int(-uintptr(unsafe.Pointer(&raw[0])) % line / 4)
	}
	return raw[skip : skip+n : skip+n]
}

// NewBuffer returns zeroed memory for n values.
func (c *CPU) NewBuffer(n int) *Buffer { return &Buffer{host: c.memory.floats(n)} }

// Wrap returns a buffer over host itself.
func (c *CPU) Wrap(host []float32) *Buffer { return &Buffer{host: host} }

// Write copies src into dst.
func (c *CPU) Write(dst Tensor, src []float32) {
	if len(src) != dst.Len() {
		panic(format.Sprintf("kernels: Write: %d values into [%d, %d]", len(src), dst.Rows, dst.Cols))
	}
	for r := 0; r < dst.Rows; r++ {
		copy(dst.row(r), src[r*dst.Cols:])
	}
}

// Read copies src into dst.
func (c *CPU) Read(dst []float32, src Tensor) {
	if len(dst) != src.Len() {
		panic(format.Sprintf("kernels: Read: [%d, %d] into %d values", src.Rows, src.Cols, len(dst)))
	}
	for r := 0; r < src.Rows; r++ {
		copy(dst[r*src.Cols:], src.row(r))
	}
}

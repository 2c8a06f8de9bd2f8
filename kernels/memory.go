package kernels

import "unsafe"

// memory hands out the large blocks that live long: weights, activations. They are cut from slabs that begin at a huge page,
// so that a machine that is asked to can back them with huge pages.
type memory struct {
	advise func(block []byte)
	slab   []float32 // what is left of the present slab
}

const (
	cacheLine = 64 / 4
	hugePage  = 2 << 20 / 4  // values of a huge page on the processors that have tiers of their own
	slabSize  = 32 << 20 / 4 // values of a slab
)

// AdviseMemory sets a function that is told of every slab of memory before its first use, to ask the system for huge pages.
// kernels knows no system calls. It has to be set before the device is used.
func (c *CPU) AdviseMemory(advise func(block []byte)) { c.memory.advise = advise }

// floats returns n zeroed values that begin at a cache line.
func (m *memory) floats(n int) []float32 {
	size := (n + cacheLine - 1) &^ (cacheLine - 1)
	if m.advise == nil || size > slabSize/2 {
		return m.newSlab(n)[:n:n]
	}
	if size > len(m.slab) {
		m.slab = m.newSlab(slabSize)
	}
	part := m.slab[:n:size]
	m.slab = m.slab[size:]
	return part
}

// newSlab returns zeroed memory of its own.
func (m *memory) newSlab(n int) []float32 {
	if m.advise == nil || n < hugePage {
		return alignedFloats(n)
	}
	raw := make([]float32, n+hugePage)
	skip := int(-uintptr(unsafe.Pointer(&raw[0])) % (4 * hugePage) / 4)
	slab := raw[skip : skip+n : skip+n]
	m.advise(unsafe.Slice((*byte)(unsafe.Pointer(&slab[0])), 4*n))
	return slab
}

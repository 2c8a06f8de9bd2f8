package wasm

import "github.com/tetratelabs/wazero/experimental"

// reserved allocates the memory of sandboxes apart from the garbage collector's: address space for the whole limit at once, so
// that growing neither copies nor moves it, and pages as the sandbox asks for them. Freed, all of it is the system's again.
type reserved struct{}

// Allocate implements experimental.MemoryAllocator.
func (reserved) Allocate(_, most uint64) experimental.LinearMemory {
	if m := reserve(most); m != nil {
		return m
	}
	return &collected{most: most}
}

// collected is memory of Go's, for systems without reserve.
type collected struct {
	data []byte
	most uint64
}

// Reallocate implements experimental.LinearMemory.
func (m *collected) Reallocate(size uint64) []byte {
	if size > uint64(cap(m.data)) {
		grown := make([]byte, size, min(m.most, size+size/4))
		copy(grown, m.data)
		m.data = grown
	}
	m.data = m.data[:size]
	return m.data
}

// Free implements experimental.LinearMemory.
func (m *collected) Free() { m.data = nil }

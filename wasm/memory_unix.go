//go:build linux || darwin

package wasm

import (
	"github.com/tetratelabs/wazero/experimental"
	"golang.org/x/sys/unix"
)

// mapped is address space of which the front is memory.
type mapped struct {
	space []byte
	size  int
}

// reserve returns memory that can grow to most bytes, nil when the system has no address space.
func reserve(most uint64) experimental.LinearMemory {
	space, err := unix.Mmap(-1, 0, int(max(1, most)), unix.PROT_NONE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil
	}
	return &mapped{space: space}
}

// Reallocate implements experimental.LinearMemory; nil means that the system has no memory left.
func (m *mapped) Reallocate(size uint64) []byte {
	if size > uint64(len(m.space)) {
		return nil
	}
	if int(size) > m.size {
		// Sizes are multiples of 64 KiB, and so of the system's pages.
		if err := unix.Mprotect(m.space[m.size:size], unix.PROT_READ|unix.PROT_WRITE); err != nil {
			return nil
		}
		m.size = int(size)
	}
	return m.space[:size:size]
}

// Free implements experimental.LinearMemory.
func (m *mapped) Free() {
	if m.space != nil {
		_ = unix.Munmap(m.space) // it cannot fail for a mapping of ours
		m.space, m.size = nil, 0
	}
}

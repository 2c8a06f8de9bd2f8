package kernels

import (
	"testing"
	"unsafe"
)

func TestMemoryIsCutFromAdvisedSlabs(t *testing.T) {
	var advised []int
	m := memory{advise: func(block []byte) { advised = append(advised, len(block)) }}
	var parts [][]float32
	for _, n := range []int{0, 1, 15, 16, 17, hugePage, 3 * hugePage / 2, slabSize / 2, slabSize/2 + 1, 5, slabSize/2 - 1, 7} {
		part := m.floats(n)
		if len(part) != n {
			t.Fatalf("%d values, want %d", len(part), n)
		}
		if n > 0 && uintptr(unsafe.Pointer(&part[0]))%64 != 0 {
			t.Errorf("%d values do not begin at a cache line", n)
		}
		for i, v := range part {
			if v != 0 {
				t.Fatalf("value %d of %d is %g, want 0: parts overlap", i, n, v)
			}
			part[i] = float32(len(parts) + 1)
		}
		parts = append(parts, part)
	}
	for i, part := range parts {
		for _, v := range part {
			if v != float32(i+1) {
				t.Fatalf("part %d was overwritten", i)
			}
		}
	}
	if len(advised) != 3 { // two slabs, and one piece too large for a slab
		t.Errorf("%d blocks were advised, want 3", len(advised))
	}
	for _, n := range advised {
		if n < 4*hugePage {
			t.Errorf("a block of %d bytes is smaller than a huge page", n)
		}
	}
}

func TestMemoryWithoutAdviceIsAllocatedPieceByPiece(t *testing.T) {
	m := memory{}
	for _, n := range []int{0, 1, 100, hugePage} {
		if part := m.floats(n); len(part) != n || cap(part) != n {
			t.Errorf("%d values with room for %d, want %d", len(part), cap(part), n)
		}
	}
}

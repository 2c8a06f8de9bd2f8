package kernels

import (
	"syscall"
	"testing"
	"unsafe"
)

// pageMemory returns at least n values of memory that fills whole pages; touching the page before or after is a fault.
func pageMemory(t *testing.T, n int) []float32 {
	page := syscall.Getpagesize()
	size := (4*n + page - 1) / page * page
	raw, err := syscall.Mmap(-1, 0, size+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(raw) })
	for _, fence := range [][]byte{raw[:page], raw[page+size:]} {
		if err := syscall.Mprotect(fence, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&raw[page])), size/4)
}

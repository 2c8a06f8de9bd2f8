//go:build unix

package mmap

import (
	"os"

	"golang.org/x/sys/unix"
)

func mapFile(file *os.File, size int) ([]byte, error) {
	return unix.Mmap(int(file.Fd()), 0, size, unix.PROT_READ, unix.MAP_SHARED)
}

func unmap(data []byte) error { return unix.Munmap(data) }

// Of a file mapped for reading, MADV_DONTNEED drops clean pages only: nothing can be lost. Advice that is refused changes
// nothing that a caller could act on.
func release(pages []byte) { _ = unix.Madvise(pages, unix.MADV_DONTNEED) }

func willNeed(pages []byte) { _ = unix.Madvise(pages, unix.MADV_WILLNEED) }

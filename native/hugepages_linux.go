package native

import "golang.org/x/sys/unix"

// adviseHugePages asks the system to back a block of memory with huge pages. That it may refuse is all the same.
func adviseHugePages(block []byte) { _ = unix.Madvise(block, unix.MADV_HUGEPAGE) }

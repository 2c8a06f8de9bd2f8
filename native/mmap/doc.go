// Package mmap maps files into memory to be read only, so that a model's weights cost no copy and no time to open.
//
// On Unix systems and Windows the file is mapped; js and wasip1, which have no mappings, read it whole.
//
// The mapping stays on the file that was opened: replacing the path by a rename (as internal/atomicfile does) changes nothing
// for those who have it mapped. (Windows refuses the rename as long as the mapping is open.) Changing the file in place is
// another matter: its readers may see the new bytes, and where it has become shorter, touching a page behind the new end
// raises SIGBUS, which ends the process. Open checks the size before and after mapping, which catches a file that is still
// being written; nothing can catch a later truncation, so weights must be replaced, never rewritten.
package mmap

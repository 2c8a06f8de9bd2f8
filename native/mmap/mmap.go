package mmap

import (
	"fmt"
	"math"
	"os"

	"github.com/lorica-go/lorica/internal/badinput"
)

// Mapping is a file in memory. Its methods but Close may be called concurrently.
type Mapping struct {
	data []byte
}

// Open maps the whole file. It returns an input error, which wraps the operating system's, if the file cannot be opened, is no
// regular file, changes its size meanwhile, or exceeds the address space, and another error if it cannot be mapped.
func Open(path string) (*Mapping, error) {
	// Looking before opening keeps a named pipe from blocking for ever.
	before, err := os.Stat(path)
	if err != nil {
		return nil, badinput.Errorf("%w", err)
	}
	if !before.Mode().IsRegular() {
		return nil, badinput.Errorf("%s: not a regular file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, badinput.Errorf("%w", err)
	}
	defer file.Close()
	size := before.Size()
	if size > math.MaxInt {
		return nil, badinput.Errorf("%s: %d bytes do not fit into the address space", path, size)
	}
	m := &Mapping{}
	if size > 0 {
		if m.data, err = mapFile(file, int(size)); err != nil {
			return nil, fmt.Errorf("%s: mapping %d bytes: %w", path, size, err)
		}
	}
	after, err := file.Stat()
	if err == nil && after.Size() != size {
		err = badinput.Errorf("%s: the size changes from %d to %d bytes while it is opened", path, size, after.Size())
	}
	if err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

// Bytes returns the file's content. Writing to it faults, as does reading it after Close. It is nil after Close and for an
// empty file.
func (m *Mapping) Bytes() []byte { return m.data }

// Release gives the memory of bytes from to to (exclusive) back to the system, as far as these are whole pages: what has been
// converted or packed need not stay resident. The bytes stay readable and come back from the page cache or the disk. It is
// advice: a system without it keeps the pages. It panics if the range is outside the file.
func (m *Mapping) Release(from, to int) {
	if pages := wholePages(m.data, from, to); len(pages) > 0 {
		release(pages)
	}
}

// WillNeed asks the system to read bytes from to to (exclusive) ahead. It is advice, as Release; it panics if the range is
// outside the file.
func (m *Mapping) WillNeed(from, to int) {
	if part := m.data[from:to]; len(part) > 0 {
		from -= from % os.Getpagesize()
		willNeed(m.data[from:to])
	}
}

// Close unmaps the file. No slice of Bytes may be touched afterwards. Closing again does nothing.
func (m *Mapping) Close() error {
	data := m.data
	m.data = nil
	if data == nil {
		return nil
	}
	return unmap(data)
}

// wholePages returns the pages of data, which begin on a page border, that lie inside the range; the last one of the file
// counts as whole.
func wholePages(data []byte, from, to int) []byte {
	_ = data[from:to]
	page := os.Getpagesize()
	if rest := from % page; rest != 0 {
		from += min(page-rest, to-from)
	}
	if to != len(data) {
		to -= to % page
	}
	if from >= to {
		return nil
	}
	return data[from:to]
}

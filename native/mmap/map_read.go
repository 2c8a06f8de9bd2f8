//go:build !unix && !windows

package mmap

import (
	"io"
	"os"
)

// mapFile reads the file, for platforms without mappings.
func mapFile(file *os.File, size int) ([]byte, error) {
	data := make([]byte, size)
	if _, err := io.ReadFull(file, data); err != nil {
		return nil, err
	}
	return data, nil
}

func unmap([]byte) error { return nil }

func release([]byte) {}

func willNeed([]byte) {}

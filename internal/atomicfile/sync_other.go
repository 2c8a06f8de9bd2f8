//go:build !unix

package atomicfile

import "os"

// syncDir does nothing: folders cannot be opened for flushing here.
func syncDir(string) error { return nil }

// syncFile opens for writing, which Windows wants of those who flush.
func syncFile(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	return file.Sync()
}

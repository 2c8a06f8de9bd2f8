package journal

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/gofrs/flock"
	"github.com/lorica-go/lorica/internal/atomicfile"
	"github.com/lorica-go/lorica/internal/badinput"
)

// disk is what a journal does to files; tests replace it by one that crashes.
type disk interface {
	exists(path string) (bool, error)
	open(path string) (file, error) // for reading and writing; the file is there
	replace(path string, fill func(w io.Writer) error) error
	lock(path string) (func() error, error) // fails at once when another process has it
}

// file is an open file.
type file interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Truncate(size int64) error
	Sync() error
	Size() (int64, error)
}

// osDisk is the machine's.
type osDisk struct{}

func (osDisk) exists(path string) (bool, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, blame(path, err)
	case !info.Mode().IsRegular():
		return false, badinput.Errorf("%s is not a regular file", path)
	}
	return true, nil
}

func (osDisk) open(path string) (file, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (osDisk) replace(path string, fill func(w io.Writer) error) error {
	return atomicfile.Write(path, fill)
}

// remove removes a file, if it is there.
func (osDisk) remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return blame(path, err)
	}
	return nil
}

func (osDisk) lock(path string) (func() error, error) {
	l := flock.New(path)
	locked, err := l.TryLock()
	switch {
	case err != nil:
		return nil, err
	case !locked:
		return nil, errors.New("another process is writing it")
	}
	return l.Unlock, nil
}

// osFile adds the size to a file.
type osFile struct{ *os.File }

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// reason leaves out the operation and the path, which the caller names.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lorica-go/lorica/internal/badinput"
)

// bufferSize is that of the buffer between fill and the file.
const bufferSize = 256 << 10

// Write calls fill with a buffered writer and makes what it wrote the content of path, all of it or, on any error, nothing. An
// existing file keeps its permissions, a link its place: the file that it names is replaced. The one error that comes too late
// to undo is a failing flush of the folder at the very end: the new file stands, and a power cut may take it back.
func Write(path string, fill func(w io.Writer) error) error {
	if err := write(path, fill, system()); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

func write(path string, fill func(w io.Writer) error, do steps) error {
	path, old, err := resolve(path)
	if err != nil {
		return err
	}
	if old != nil && !old.Mode().IsRegular() {
		return badinput.Errorf("not a regular file")
	}
	if err := removeLeftovers(path, do); err != nil {
		return err
	}
	temporary := temporaryName(path)
	file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return blame(err)
	}
	committed := false
	defer func() {
		if !committed {
			_ = file.Close() // a second Close is harmless, and the first error is the one to report
			_ = do.remove(temporary)
		}
	}()
	if err := pour(file, fill); err != nil {
		return err
	}
	if old != nil {
		if err := file.Chmod(old.Mode().Perm()); err != nil {
			return blame(err)
		}
	}
	if err := file.Sync(); err != nil {
		return blame(err)
	}
	if err := file.Close(); err != nil {
		return blame(err)
	}
	if err := do.rename(temporary, path); err != nil {
		return blame(err)
	}
	committed = true
	return blame(do.syncDir(filepath.Dir(path)))
}

// pour lets fill write into the file through a buffer.
func pour(file *os.File, fill func(w io.Writer) error) error {
	buffered := bufio.NewWriterSize(blaming{file}, bufferSize)
	if err := fill(buffered); err != nil {
		return err
	}
	return buffered.Flush()
}

// resolve follows links to the place that is to be written, and returns what stands there now, nil for nothing.
func resolve(path string) (string, fs.FileInfo, error) {
	path, err := follow(path)
	if err != nil {
		return "", nil, err
	}
	old, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil, nil
	}
	return path, old, blame(err)
}

// follow returns the absolute path at the end of a chain of links, whether or not anything stands there.
func follow(path string) (string, error) {
	const longest = 40 // as Linux has it
	path, err := filepath.Abs(path)
	if err != nil {
		return "", blame(err)
	}
	for range longest {
		target, err := os.Readlink(path)
		if err != nil {
			return path, nil // no link
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(path), target)
		}
		path = target
	}
	return "", badinput.Errorf("more than %d links", longest)
}

// blaming is a writer whose errors are the file system's.
type blaming struct{ w io.Writer }

func (b blaming) Write(p []byte) (int, error) {
	n, err := b.w.Write(p)
	return n, blame(err)
}

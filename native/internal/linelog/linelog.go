package linelog

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/gofrs/flock"
	"github.com/lorica-go/lorica/internal/badinput"
)

// File is an open log. Its methods may be called by several goroutines at once.
type File struct {
	// Repaired is how many bytes of an unfinished last line Open took away.
	Repaired int64

	mu   sync.Mutex
	file *os.File
	lock *flock.Flock
	size int64 // up to the last whole line
	torn error // what kept a failed line from being taken away; nothing may follow it
}

// Open opens or creates the file at path and calls line with the number, from 1, and the bytes, without the line feed, of
// every line that it has; the bytes are valid during the call. An error of line ends Open and is returned with place before it.
// A line longer than limit bytes, and a file that another process writes, are input errors.
func Open(path string, limit int, line func(number int, text []byte) error) (*File, error) {
	l := &File{lock: flock.New(filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".lock"))}
	locked, err := l.lock.TryLock()
	if err != nil {
		return nil, badinput.Errorf("%s: locking: %w", path, err)
	}
	if !locked {
		return nil, badinput.Errorf("%s: another process is writing it", path)
	}
	if err := l.open(path, limit, line); err != nil {
		_ = l.Close() // the first error is the one to report
		return nil, err
	}
	return l, nil
}

func (l *File) open(path string, limit int, line func(int, []byte) error) error {
	var err error
	if l.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666); err != nil {
		return badinput.Errorf("%w", err)
	}
	if err := l.read(path, limit, line); err != nil {
		return err
	}
	end, err := l.file.Seek(0, io.SeekEnd)
	if err != nil {
		return badinput.Errorf("%w", err)
	}
	if end == 0 {
		syncFolder(filepath.Dir(path))
	}
	if l.Repaired = end - l.size; l.Repaired > 0 {
		return l.cut()
	}
	return nil
}

// syncFolder makes the name of a new file last, where the platform can.
func syncFolder(path string) {
	if folder, err := os.Open(path); err == nil {
		_ = folder.Sync() // file systems that cannot keep their own promises about names
		_ = folder.Close()
	}
}

// read goes through the whole lines and sets size to their end.
func (l *File) read(path string, limit int, line func(int, []byte) error) error {
	in := bufio.NewReaderSize(l.file, 64<<10)
	var text []byte
	for number := 1; ; {
		part, err := in.ReadSlice('\n')
		text = append(text, part...)
		switch {
		case len(text) > limit+1:
			return badinput.Errorf("%s:%d: the line is longer than %d bytes", path, number, limit)
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return badinput.Errorf("%s:%d: %w", path, number, err)
		}
		if err := line(number, text[:len(text)-1]); err != nil {
			return fmt.Errorf("%s:%d: %w", path, number, err)
		}
		l.size += int64(len(text))
		number++
		text = text[:0]
	}
}

// cut makes the file end with its last whole line.
func (l *File) cut() error {
	if err := l.file.Truncate(l.size); err != nil {
		return badinput.Errorf("%w", err)
	}
	if _, err := l.file.Seek(l.size, io.SeekStart); err != nil {
		return badinput.Errorf("%w", err)
	}
	return nil
}

// Append writes a line and waits for the disk. text has no line feed. After an error the file ends as it did before, as far as
// the file system still lets it.
func (l *File) Append(text []byte) error {
	if bytes.IndexByte(text, '\n') >= 0 {
		return errors.New("linelog: a line feed within a line")
	}
	whole := append(bytes.Clone(text), '\n')
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.torn != nil {
		return l.torn
	}
	_, err := l.file.Write(whole)
	if err == nil {
		err = l.file.Sync()
	}
	if err != nil {
		l.torn = l.cut() // the next Open cuts what cannot be cut now
		return badinput.Errorf("%w", err)
	}
	l.size += int64(len(whole))
	return nil
}

// Close gives the file free for others.
func (l *File) Close() error {
	var err error
	if l.file != nil {
		err = l.file.Close()
	}
	return errors.Join(err, l.lock.Unlock())
}

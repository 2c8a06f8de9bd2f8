package journal

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

// File is an open journal. Its methods may be called by several goroutines at once.
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
	j := &File{lock: flock.New(path + ".lock")}
	locked, err := j.lock.TryLock()
	if err != nil {
		return nil, badinput.Errorf("%s: locking: %w", path, err)
	}
	if !locked {
		return nil, badinput.Errorf("%s: another process is writing it", path)
	}
	if err := j.open(path, limit, line); err != nil {
		_ = j.Close() // the first error is the one to report
		return nil, err
	}
	return j, nil
}

func (j *File) open(path string, limit int, line func(int, []byte) error) error {
	var err error
	if j.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666); err != nil {
		return badinput.Errorf("%w", err)
	}
	if err := j.read(path, limit, line); err != nil {
		return err
	}
	end, err := j.file.Seek(0, io.SeekEnd)
	if err != nil {
		return badinput.Errorf("%w", err)
	}
	if end == 0 {
		syncFolder(filepath.Dir(path))
	}
	if j.Repaired = end - j.size; j.Repaired > 0 {
		return j.cut()
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
func (j *File) read(path string, limit int, line func(int, []byte) error) error {
	in := bufio.NewReaderSize(j.file, 64<<10)
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
		j.size += int64(len(text))
		number++
		text = text[:0]
	}
}

// cut makes the file end with its last whole line.
func (j *File) cut() error {
	if err := j.file.Truncate(j.size); err != nil {
		return badinput.Errorf("%w", err)
	}
	if _, err := j.file.Seek(j.size, io.SeekStart); err != nil {
		return badinput.Errorf("%w", err)
	}
	return nil
}

// Append writes a line and waits for the disk. text has no line feed. After an error the file ends as it did before, as far as
// the file system still lets it.
func (j *File) Append(text []byte) error {
	if bytes.IndexByte(text, '\n') >= 0 {
		return errors.New("journal: a line feed within a line")
	}
	whole := append(bytes.Clone(text), '\n')
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.torn != nil {
		return j.torn
	}
	_, err := j.file.Write(whole)
	if err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		j.torn = j.cut() // the next Open cuts what cannot be cut now
		return badinput.Errorf("%w", err)
	}
	j.size += int64(len(whole))
	return nil
}

// Close gives the file free for others.
func (j *File) Close() error {
	var err error
	if j.file != nil {
		err = j.file.Close()
	}
	return errors.Join(err, j.lock.Unlock())
}

package dataset

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
)

// spool is a temporary file of records, each a run of fields: the number of its name and its value as JSON.
type spool struct {
	file *os.File
	out  *bufio.Writer
	size int64
}

// newSpool makes the file in the system's temporary folder. Where the system allows it the file has no name from then on, so
// that nothing stays behind whatever happens.
func newSpool() (*spool, error) {
	f, err := os.CreateTemp("", "lorica-rows-*")
	if err != nil {
		return nil, fmt.Errorf("temporary file: %w", err)
	}
	_ = os.Remove(f.Name()) // Windows removes it in close
	return &spool{file: f, out: bufio.NewWriterSize(f, 1<<18)}, nil
}

// append writes a record and returns where it begins. What follows read must not be appended to.
func (s *spool) append(record []byte) (at int64, err error) {
	at = s.size
	if _, err := s.out.Write(record); err != nil {
		return 0, fmt.Errorf("temporary file: %w", err)
	}
	s.size += int64(len(record))
	return at, nil
}

// finish ends writing.
func (s *spool) finish() error {
	if err := s.out.Flush(); err != nil {
		return fmt.Errorf("temporary file: %w", err)
	}
	return nil
}

// read fills buffer, which is made larger if need be, with the record at a place. It may be called from many goroutines.
func (s *spool) read(at int64, size int32, buffer []byte) ([]byte, error) {
	if cap(buffer) < int(size) {
		buffer = make([]byte, size)
	}
	buffer = buffer[:size]
	if _, err := s.file.ReadAt(buffer, at); err != nil {
		return nil, fmt.Errorf("temporary file: %w", err)
	}
	return buffer, nil
}

func (s *spool) close() {
	_ = s.file.Close()
	_ = os.Remove(s.file.Name()) // gone already, but for Windows
}

// value is a field of a record: the number of its name and its JSON.
type value struct {
	name int
	json []byte
}

// appendValue appends a field to a record.
func appendValue(record []byte, v value) []byte {
	record = binary.AppendUvarint(record, uint64(v.name))
	record = binary.AppendUvarint(record, uint64(len(v.json)))
	return append(record, v.json...)
}

var errSpool = errors.New("temporary file: a record is damaged")

// splitRecord returns the fields of a record, which share its memory.
func splitRecord(record []byte, values []value) ([]value, error) {
	values = values[:0]
	for len(record) > 0 {
		name, n := binary.Uvarint(record)
		if n <= 0 {
			return nil, errSpool
		}
		size, m := binary.Uvarint(record[n:])
		if m <= 0 || uint64(len(record)-n-m) < size {
			return nil, errSpool
		}
		begin := n + m
		values = append(values, value{int(name), record[begin : begin+int(size)]})
		record = record[begin+int(size):]
	}
	return values, nil
}

package data

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
)

// sniffBytes is how much of a file of unknown format is looked at before its first row is read.
const sniffBytes = 64 << 10

// source is an opened file: its name for messages, its format and its text, unzipped and without byte order mark.
type source struct {
	name    string
	format  Format
	in      *bufio.Reader
	closers []io.Closer
}

func (s *source) close() error {
	var first error
	for i := len(s.closers) - 1; i >= 0; i-- {
		if err := s.closers[i].Close(); err != nil && first == nil {
			first = err
		}
	}
	s.closers = nil
	return first
}

// openSource opens a path, or standard input for "-".
func openSource(path string, o Options) (*source, error) {
	if path == "-" {
		in := o.Stdin
		if in == nil {
			in = os.Stdin
		}
		return newSource("stdin", in, o)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, badinput.Errorf("%w", err)
	}
	s, err := newSource(path, f, o)
	if err != nil {
		_ = f.Close() // nothing was written to it
		return nil, err
	}
	s.closers = append([]io.Closer{f}, s.closers...)
	return s, nil
}

// newSource looks through gzip and byte order mark and settles the format.
func newSource(name string, r io.Reader, o Options) (*source, error) {
	s := &source{name: name, format: o.Format, in: bufio.NewReaderSize(r, sniffBytes)}
	base := strings.ToLower(filepath.Base(name))
	if head, _ := s.in.Peek(2); bytes.Equal(head, []byte{0x1f, 0x8b}) {
		zip, err := gzip.NewReader(s.in)
		if err != nil {
			return nil, badinput.Errorf("%s: gzip: %w", name, err)
		}
		s.closers = append(s.closers, zip)
		s.in = bufio.NewReaderSize(zip, sniffBytes)
	}
	base = strings.TrimSuffix(base, ".gz")
	head, err := s.in.Peek(3)
	if err != nil && err != io.EOF {
		return nil, badinput.Errorf("%s: %w", name, err)
	}
	switch {
	case bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}):
		_, _ = s.in.Discard(3) // just peeked at
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return nil, badinput.Errorf("%s: the file is UTF-16; save it as UTF-8", name)
	}
	if s.format != Auto {
		return s, nil
	}
	switch ext := filepath.Ext(base); {
	case ext == ".jsonl" || ext == ".ndjson":
		s.format = JSONL
	case ext == ".csv":
		s.format = CSV
	case ext == ".tsv":
		s.format = TSV
	case ext == ".txt" && o.PlainText:
		s.format = Text
	case ext != ".json" && o.PlainText:
		window, _ := s.in.Peek(s.in.Buffered())
		s.format = sniffTexts(window)
	default: // JSON lines often stand in a file called .json, too
		window, _ := s.in.Peek(sniffBytes)
		if s.format = sniff(window); ext == ".json" && s.format != JSONL {
			s.format = JSON
		}
	}
	return s, nil
}

// sniff guesses the format from a file's beginning. Only an object that ends on its first line and is followed by
// another shows JSON lines; any other opening bracket is left to the JSON reader, which also takes objects in a row.
func sniff(head []byte) Format {
	head = bytes.TrimLeft(head, " \t\r\n")
	if len(head) == 0 {
		return JSONL
	}
	first, rest, _ := bytes.Cut(head, []byte("\n"))
	switch head[0] {
	case '[':
		return JSON
	case '{':
		rest = bytes.TrimLeft(rest, " \t\r\n")
		if len(rest) > 0 && rest[0] == '{' && json.Valid(first) {
			return JSONL
		}
		return JSON
	}
	if bytes.IndexByte(first, '\t') >= 0 {
		return TSV
	}
	return CSV
}

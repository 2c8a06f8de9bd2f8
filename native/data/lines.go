package data

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
)

// lines reads JSON lines: one object a line, blank lines allowed.
type lines struct {
	src  *source
	opts Options
	line int
	long []byte // a line that spans several buffers
}

func newLines(src *source, o Options) *lines { return &lines{src: src, opts: o} }

func (l *lines) next() (record, error) {
	for {
		text, err := l.readLine()
		if err != nil {
			return record{}, err
		}
		if text = bytes.TrimSpace(text); len(text) == 0 {
			continue
		}
		fields, err := parseObject(text, l.opts.MaxDepth)
		if err != nil {
			return record{}, &RowError{File: l.src.name, Line: l.line, Err: err}
		}
		return record{line: l.line, fields: fields}, nil
	}
}

// readLine returns the next line, valid until the call after. A line beyond MaxRowBytes is passed over without being
// kept and comes back as a *RowError.
func (l *lines) readLine() ([]byte, error) {
	l.long = l.long[:0]
	tooLong := false
	for {
		part, err := l.src.in.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull && err != io.EOF {
			return nil, fmt.Errorf("%s:%d: %w", l.src.name, l.line+1, err)
		}
		if err == io.EOF && len(part) == 0 && len(l.long) == 0 && !tooLong {
			return nil, io.EOF
		}
		tooLong = tooLong || len(l.long)+len(part) > l.opts.MaxRowBytes
		if err == bufio.ErrBufferFull {
			if !tooLong {
				l.long = append(l.long, part...)
			}
			continue
		}
		l.line++
		if tooLong {
			return nil, &RowError{File: l.src.name, Line: l.line, Err: errRowSize(l.opts.MaxRowBytes)}
		}
		if len(l.long) == 0 {
			return part, nil
		}
		l.long = append(l.long, part...)
		return l.long, nil
	}
}

func errRowSize(limit int) error { return fmt.Errorf("the row is larger than %d bytes", limit) }

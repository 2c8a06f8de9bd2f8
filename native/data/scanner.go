package data

import (
	"bufio"
	"fmt"
	"io"
)

// scanner cuts single values out of a JSON stream. It finds their ends by brackets and quotation marks alone;
// checkJSON judges the grammar inside.
type scanner struct {
	name     string
	in       *bufio.Reader
	line     int
	maxDepth int
	buf      []byte
}

func newScanner(src *source, maxDepth int) *scanner {
	return &scanner{name: src.name, in: src.in, line: 1, maxDepth: maxDepth}
}

// fail is an error after which the stream has no known structure.
func (s *scanner) fail(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", s.name, s.line, fmt.Errorf(format, args...))
}

// peek returns the next byte that is no white space, io.EOF at the end.
func (s *scanner) peek() (byte, error) {
	for {
		c, err := s.in.ReadByte()
		switch {
		case err == io.EOF:
			return 0, io.EOF
		case err != nil:
			return 0, s.fail("%w", err)
		case c == '\n':
			s.line++
		case c != ' ' && c != '\t' && c != '\r':
			return c, s.in.UnreadByte()
		}
	}
}

// want is peek where the file may not end.
func (s *scanner) want(what string) (byte, error) {
	c, err := s.peek()
	if err == io.EOF {
		return 0, s.fail("the file ends where %s should stand", what)
	}
	return c, err
}

// take consumes the byte that peek returned.
func (s *scanner) take() { _, _ = s.in.ReadByte() }

// value returns the bytes of the value that begins at the next byte; open holds brackets that were already taken and
// belong to it. Beyond limit bytes, or with keep false, the bytes are passed over and nil returned; whole tells
// which of the two.
func (s *scanner) value(open string, limit int, keep bool) (raw []byte, whole bool, err error) {
	s.buf = append(s.buf[:0], open...)
	size, depth, inString := len(open), len(open), false
	for {
		c, err := s.in.ReadByte()
		if err == io.EOF && depth == 0 && !inString && size > 0 {
			break // a bare number at the file's end
		}
		if err == io.EOF {
			return nil, false, s.fail("the file ends inside a value")
		}
		if err != nil {
			return nil, false, s.fail("%w", err)
		}
		if depth == 0 && !inString && size > 0 && endsScalar(c) {
			_ = s.in.UnreadByte() // the byte was just read
			break
		}
		s.put(c, keep, &size, limit)
		done := false
		switch {
		case inString && c == '\\':
			if c, err = s.in.ReadByte(); err != nil {
				return nil, false, s.fail("the file ends inside a string")
			}
			s.put(c, keep, &size, limit)
		case c == '"':
			inString = !inString
			done = !inString && depth == 0
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > s.maxDepth {
				return nil, false, s.fail("JSON is nested deeper than %d", s.maxDepth)
			}
		case c == '}' || c == ']':
			depth--
			done = depth == 0
		}
		if c == '\n' {
			s.line++
		}
		if done {
			break
		}
	}
	if !keep || size > limit {
		return nil, size <= limit, nil
	}
	return s.buf, true, nil
}

func (s *scanner) put(c byte, keep bool, size *int, limit int) {
	if *size++; keep && *size <= limit {
		s.buf = append(s.buf, c)
	}
}

func endsScalar(c byte) bool {
	return c == ',' || c == ']' || c == '}' || c == ':' || c == ' ' || c == '\t' || c == '\n' || c == '\r'
}

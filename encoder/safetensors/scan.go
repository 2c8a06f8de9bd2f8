package safetensors

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/badinput"
)

// maxDepth bounds the nesting of JSON values that an index may carry beside its weight map.
const maxDepth = 64

// scanner walks over JSON text that is known to be UTF-8. It knows the place of everything, keeps duplicates visible and
// never builds a tree: encoding/json hides the first two and would need the third.
type scanner struct {
	src  []byte
	pos  int
	base int64 // offset in the file of src[0]
}

// errorf makes an input error that names the byte of the file at position at of src. Functions that make errors are not inlined: where
// they are, their code is that of the errors.
//
//go:noinline
func (s *scanner) errorf(at int, text string, args ...any) error {
	return badinput.Errorf("byte %d: "+text, append([]any{s.base + int64(at)}, args...)...)
}

// peek skips white space and returns the next byte, 0 at the end.
//
//go:noinline
func (s *scanner) peek() byte {
	for ; s.pos < len(s.src); s.pos++ {
		switch c := s.src[s.pos]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// found describes what stands at the current position, for messages.
func (s *scanner) found() string {
	if s.pos >= len(s.src) {
		return "the end"
	}
	r, _ := utf8.DecodeRune(s.src[s.pos:])
	return strconv.QuoteRune(r)
}

// expect consumes c, which is what must come next.
func (s *scanner) expect(c byte) error {
	if s.peek() != c || s.pos >= len(s.src) {
		return s.errorf(s.pos, "want %q, got %s", c, s.found())
	}
	s.pos++
	return nil
}

// end checks that only white space is left.
func (s *scanner) end() error {
	if s.peek(); s.pos < len(s.src) {
		return s.errorf(s.pos, "want nothing behind the JSON value, got %s", s.found())
	}
	return nil
}

// list consumes open, elements parted by commas, and shut; element consumes one element.
func (s *scanner) list(open, shut byte, element func() error) error {
	if err := s.expect(open); err != nil {
		return err
	}
	if s.peek() == shut {
		s.pos++
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		switch s.peek() {
		case ',':
			s.pos++
		case shut:
			s.pos++
			return nil
		default:
			return s.errorf(s.pos, "want ',' or %q, got %s", shut, s.found())
		}
	}
}

// object consumes an object; member is called behind each key's colon with the key and its position and consumes the value.
// Keys above maxName bytes are refused; duplicates are the caller's to refuse, who stores the keys anyway.
//
//go:noinline
func (s *scanner) object(member func(key string, at int) error) error {
	return s.list('{', '}', func() error {
		s.peek()
		at := s.pos
		key, err := s.text(maxName)
		if err != nil {
			return err
		}
		if err := s.expect(':'); err != nil {
			return err
		}
		return member(key, at)
	})
}

// text consumes a string of at most limit bytes as written, quotes and escapes not undone.
func (s *scanner) text(limit int) (string, error) {
	if err := s.expect('"'); err != nil {
		return "", err
	}
	start, escaped := s.pos, false
	for ; s.pos < len(s.src); s.pos++ {
		c := s.src[s.pos]
		switch {
		case c == '"':
			raw := s.src[start:s.pos]
			if len(raw) > limit {
				return "", s.errorf(start, "a string of %d bytes, the limit is %d", len(raw), limit)
			}
			s.pos++
			if !escaped {
				return string(raw), nil
			}
			return s.unescape(raw, start)
		case c == '\\':
			escaped = true
			s.pos++
		case c < ' ':
			return "", s.errorf(s.pos, "control character %q inside a string", c)
		}
	}
	return "", s.errorf(start-1, "a string without end")
}

// unescape returns the text that raw, a string literal's inside that begins at position at, stands for.
func (s *scanner) unescape(raw []byte, at int) (string, error) {
	const escapes, meanings = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		if raw[i] != '\\' {
			run := bytes.IndexByte(raw[i:], '\\')
			if run < 0 {
				run = len(raw) - i
			}
			out = append(out, raw[i:i+run]...)
			i += run
			continue
		}
		if k := bytes.IndexByte([]byte(escapes), raw[i+1]); k >= 0 {
			out = append(out, meanings[k])
			i += 2
			continue
		}
		r, used := escapedRune(raw[i:])
		if used == 0 {
			return "", s.errorf(at+i, "invalid escape in a string")
		}
		out = utf8.AppendRune(out, r)
		i += used
	}
	return string(out), nil
}

// escapedRune reads \uXXXX, or two of them that form a surrogate pair; used is 0 if raw starts with neither.
func escapedRune(raw []byte) (r rune, used int) {
	r, ok := hexUnit(raw)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	low, ok := hexUnit(raw[6:])
	if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
		return 0, 0
	}
	return r, 12
}

// hexUnit reads one \uXXXX.
func hexUnit(raw []byte) (rune, bool) {
	if len(raw) < 6 || raw[0] != '\\' || raw[1] != 'u' {
		return 0, false
	}
	unit, err := strconv.ParseUint(string(raw[2:6]), 16, 16)
	return rune(unit), err == nil
}

// number consumes a whole number from 0 to 2^63-1, written in digits alone.
func (s *scanner) number() (int64, error) {
	s.peek()
	start := s.pos
	var n int64
	for ; s.pos < len(s.src) && isDigit(s.src[s.pos]); s.pos++ {
		digit := int64(s.src[s.pos] - '0')
		if n > (math.MaxInt64-digit)/10 {
			return 0, s.errorf(start, "a number above 2^63-1")
		}
		n = 10*n + digit
	}
	digits := s.src[start:s.pos]
	var next byte
	if s.pos < len(s.src) {
		next = s.src[s.pos]
	}
	switch {
	case len(digits) == 0:
		return 0, s.errorf(start, "want a whole number, got %s", s.found())
	case next == '.' || next == 'e' || next == 'E':
		return 0, s.errorf(start, "want a whole number, got a fraction or an exponent")
	case len(digits) > 1 && digits[0] == '0':
		return 0, s.errorf(start, "a number with a leading zero")
	}
	return n, nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// skip consumes any value that nests at most depth deep.
func (s *scanner) skip(depth int) error {
	c := s.peek()
	switch {
	case depth == 0:
		return s.errorf(s.pos, "JSON nests deeper than %d", maxDepth)
	case c == '{':
		return s.object(func(string, int) error { return s.skip(depth - 1) })
	case c == '[':
		return s.list('[', ']', func() error { return s.skip(depth - 1) })
	case c == '"':
		_, err := s.text(math.MaxInt)
		return err
	}
	return s.skipWord()
}

// skipWord consumes true, false, null or any JSON number.
func (s *scanner) skipWord() error {
	start := s.pos
	for s.pos < len(s.src) && bytes.IndexByte([]byte(",]} \t\n\r"), s.src[s.pos]) < 0 {
		s.pos++
	}
	word := string(s.src[start:s.pos])
	switch word {
	case "true", "false", "null":
		return nil
	}
	if !isNumber(word) {
		s.pos = start
		return s.errorf(start, "want a JSON value, got %s", s.found())
	}
	return nil
}

// isNumber reports whether word is a number in JSON's grammar: an optional minus, digits without leading zero, an optional
// fraction, an optional exponent.
func isNumber(word string) bool {
	digits := func() (n int) {
		for n < len(word) && isDigit(word[n]) {
			n++
		}
		word = word[n:]
		return n
	}
	if word != "" && word[0] == '-' {
		word = word[1:]
	}
	zero := word != "" && word[0] == '0'
	if n := digits(); n == 0 || zero && n > 1 {
		return false
	}
	if word != "" && word[0] == '.' {
		word = word[1:]
		if digits() == 0 {
			return false
		}
	}
	if word != "" && (word[0] == 'e' || word[0] == 'E') {
		word = word[1:]
		if word != "" && (word[0] == '+' || word[0] == '-') {
			word = word[1:]
		}
		if digits() == 0 {
			return false
		}
	}
	return word == ""
}

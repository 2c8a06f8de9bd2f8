package jsonscan

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// String reads a string. Without escapes the result is a part of the source and costs no memory.
func (s *Scanner) String() (string, error) {
	if err := s.want(String); err != nil {
		return "", err
	}
	start := s.pos + 1
	for i := start; i < len(s.src); i++ {
		switch c := s.src[i]; {
		case c == '"':
			s.pos = i + 1
			return s.src[start:i], nil
		case c == '\\':
			return s.escapedString(start, i)
		case c < ' ':
			return "", s.ErrorAt(i, "control character %#02x in a string", c)
		}
	}
	return "", s.ErrorAt(len(s.src), "unexpected end of JSON in a string")
}

// escapedString reads on from the first backslash of a string, which is at i.
func (s *Scanner) escapedString(start, i int) (string, error) {
	var b strings.Builder
	b.WriteString(s.src[start:i])
	for i < len(s.src) {
		c := s.src[i]
		switch {
		case c == '"':
			s.pos = i + 1
			return b.String(), nil
		case c < ' ':
			return "", s.ErrorAt(i, "control character %#02x in a string", c)
		case c != '\\':
			b.WriteByte(c)
			i++
			continue
		}
		if i+1 >= len(s.src) {
			break
		}
		if s.src[i+1] == 'u' {
			r, size, ok := s.unicodeEscape(i)
			if !ok {
				return "", s.ErrorAt(i, `bad \u escape`)
			}
			b.WriteRune(r)
			i += size
			continue
		}
		const escapes, meanings = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
		k := strings.IndexByte(escapes, s.src[i+1])
		if k < 0 {
			return "", s.ErrorAt(i, "bad escape in a string")
		}
		b.WriteByte(meanings[k])
		i += 2
	}
	return "", s.ErrorAt(len(s.src), "unexpected end of JSON in a string")
}

// unicodeEscape decodes the \uXXXX, or the pair of them that makes a surrogate pair, at byte i of the source. A lone
// surrogate is no character: ok is false.
func (s *Scanner) unicodeEscape(i int) (r rune, size int, ok bool) {
	high, ok := s.hex4(i + 2)
	if !ok {
		return 0, 0, false
	}
	if !utf16.IsSurrogate(high) {
		return high, 6, true
	}
	if i+7 >= len(s.src) || s.src[i+6] != '\\' || s.src[i+7] != 'u' {
		return 0, 0, false
	}
	low, ok := s.hex4(i + 8)
	r = utf16.DecodeRune(high, low)
	return r, 12, ok && r != utf8.RuneError
}

func (s *Scanner) hex4(i int) (rune, bool) {
	if i+4 > len(s.src) {
		return 0, false
	}
	var r rune
	for _, c := range []byte(s.src[i : i+4]) {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// number returns the text of the next number and steps over it.
func (s *Scanner) number() (string, error) {
	if err := s.want(Number); err != nil {
		return "", err
	}
	i := s.pos
	digits := func() bool {
		first := i
		for i < len(s.src) && s.src[i] >= '0' && s.src[i] <= '9' {
			i++
		}
		return i > first
	}
	if s.src[i] == '-' {
		i++
	}
	first := i
	ok := digits() && (s.src[first] != '0' || i == first+1)
	if ok && i < len(s.src) && s.src[i] == '.' {
		i++
		ok = digits()
	}
	if ok && i < len(s.src) && (s.src[i] == 'e' || s.src[i] == 'E') {
		i++
		if i < len(s.src) && (s.src[i] == '+' || s.src[i] == '-') {
			i++
		}
		ok = digits()
	}
	if !ok {
		return "", s.Errorf("bad number")
	}
	text := s.src[s.pos:i]
	s.pos = i
	return text, nil
}

// Int reads an integer that lies between low and high.
func (s *Scanner) Int(low, high int64) (int64, error) {
	start := s.pos
	if n, ok := s.smallInt(); ok && n >= low && n <= high {
		return n, nil
	}
	s.pos = start
	text, err := s.number()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < low || n > high {
		s.pos = start
		return 0, s.Errorf("want an integer between %d and %d, got %s", low, high, clip(text))
	}
	return n, nil
}

// smallInt reads the commonest numbers, one to nine digits with nothing after them, without the general grammar.
func (s *Scanner) smallInt() (int64, bool) {
	s.space()
	var n int64
	i := s.pos
	for ; i < len(s.src) && i < s.pos+9; i++ {
		c := s.src[i]
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + int64(c-'0')
	}
	if i == s.pos || i == len(s.src) || s.src[s.pos] == '0' && i > s.pos+1 {
		return 0, false
	}
	switch s.src[i] {
	case ',', '}', ']', ' ', '\n', '\r', '\t':
		s.pos = i
		return n, true
	}
	return 0, false
}

// Float reads a number.
func (s *Scanner) Float() (float64, error) { return s.float(64) }

// Float32 reads a number as the float32 that is nearest to it.
func (s *Scanner) Float32() (float32, error) {
	f, err := s.float(32)
	return float32(f), err
}

func (s *Scanner) float(bits int) (float64, error) {
	start := s.pos
	text, err := s.number()
	if err != nil {
		return 0, err
	}
	f, err := strconv.ParseFloat(text, bits)
	if err != nil {
		s.pos = start
		return 0, s.Errorf("number %s is out of range", clip(text))
	}
	return f, nil
}

// Bool reads true or false.
func (s *Scanner) Bool() (bool, error) {
	if err := s.want(Bool); err != nil {
		return false, err
	}
	if s.word("true") {
		return true, nil
	}
	if s.word("false") {
		return false, nil
	}
	return false, s.syntaxError()
}

// Null steps over null and reports whether it was there.
//
//go:noinline
func (s *Scanner) Null() bool {
	s.space()
	return s.word("null")
}

func (s *Scanner) word(w string) bool {
	if !strings.HasPrefix(s.src[s.pos:], w) {
		return false
	}
	s.pos += len(w)
	return true
}

// Skip reads the next value, checks its syntax and throws it away.
func (s *Scanner) Skip() error {
	switch s.Kind() {
	case Object:
		return s.Members(func(string) error { return s.Skip() })
	case Array:
		return s.Array(func(int) error { return s.Skip() })
	case String:
		_, err := s.String()
		return err
	case Number:
		_, err := s.number()
		return err
	case Bool:
		_, err := s.Bool()
		return err
	case Null:
		if s.Null() {
			return nil
		}
	}
	return s.syntaxError()
}

// Raw reads the next value, checks its syntax and returns its text.
func (s *Scanner) Raw() (string, error) {
	s.space()
	start := s.pos
	err := s.Skip()
	return s.src[start:s.pos], err
}

// Peek returns the string under a key of the object that comes next, without reading the object: what is needed to
// choose the reader of a value by its "type". found is false when the next value is no object or lacks the key. A value
// that is not a string is an error.
func (s *Scanner) Peek(key string) (value string, found bool, err error) {
	if s.Kind() != Object {
		return "", false, nil
	}
	look := s.Fork()
	err = look.Members(func(k string) error {
		if k != key {
			return look.Skip()
		}
		if value, err = look.String(); err == nil {
			found = true
			err = errFound
		}
		return err
	})
	if found {
		return value, true, nil
	}
	return "", false, err
}

// errFound ends the walk of Peek early.
var errFound = &Error{Msg: "found"}

// clip shortens what an error quotes.
func clip(text string) string {
	if len(text) > 40 {
		return text[:40] + "..."
	}
	return text
}

package jsonscan

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/format"
)

// maxDepth is how deeply objects and arrays may nest.
const maxDepth = 64

// Error says where a JSON text is wrong.
type Error struct {
	Path   string // keys and indices from the root, such as pre_tokenizer.pretokenizers[1].type; empty at the root
	Offset int    // in bytes from the start of the text
	Msg    string
}

// Error returns the message in one line: place first.
func (e *Error) Error() string {
	if e.Path == "" {
		return format.Sprintf("byte %d: %s", e.Offset, e.Msg)
	}
	return format.Sprintf("%s: byte %d: %s", e.Path, e.Offset, e.Msg)
}

// step is one step of the path from the root: an index, or a key when index is keyStep. It is noStep between members.
type step struct {
	key   string
	index int
}

const (
	keyStep = -1
	noStep  = -2
)

// Scanner walks over one JSON text. The zero value is not usable; New makes one.
type Scanner struct {
	src  string
	pos  int
	path []step
}

// New returns a Scanner at the start of src, or an *Error when src is not valid UTF-8.
func New(src string) (*Scanner, error) {
	if !utf8.ValidString(src) {
		offset := 0
		for offset < len(src) {
			r, size := utf8.DecodeRuneInString(src[offset:])
			if r == utf8.RuneError && size == 1 {
				break
			}
			offset += size
		}
		return nil, &Error{Offset: offset, Msg: "invalid UTF-8"}
	}
	return &Scanner{src: src}, nil
}

// Offset returns the byte offset of the next unread byte.
func (s *Scanner) Offset() int { return s.pos }

// Left returns how many bytes of the text are unread.
func (s *Scanner) Left() int { return len(s.src) - s.pos }

// Fork returns a Scanner that stands at the same place and goes its own way.
func (s *Scanner) Fork() *Scanner {
	return &Scanner{src: s.src, pos: s.pos, path: slices.Clone(s.path)}
}

// Errorf makes an *Error for the value at which the Scanner stands.
//
//go:noinline
func (s *Scanner) Errorf(text string, args ...any) error {
	return s.ErrorAt(s.pos, text, args...)
}

// ErrorAt is Errorf for another byte of the text.
func (s *Scanner) ErrorAt(offset int, text string, args ...any) error {
	return &Error{Path: s.Path(), Offset: offset, Msg: format.Sprintf(text, args...)}
}

// Path returns the keys and indices that lead from the root to the value at hand.
func (s *Scanner) Path() string {
	var b strings.Builder
	for _, p := range s.path {
		switch {
		case p.index == noStep:
		case p.index >= 0:
			b.WriteString("[" + strconv.Itoa(p.index) + "]")
		case plainKey(p.key):
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(p.key)
		default:
			key := p.key
			if len(key) > 40 {
				end := 40
				for !utf8.RuneStart(key[end]) {
					end--
				}
				key = key[:end] + "..."
			}
			b.WriteString("[" + strconv.Quote(key) + "]")
		}
	}
	return b.String()
}

// plainKey reports whether a key reads well without quotes.
func plainKey(key string) bool {
	for i := 0; i < len(key); i++ {
		c := key[i]
		if c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return len(key) > 0 && len(key) <= 40
}

// space skips white space and returns the byte that follows it, or 0 at the end of the text.
func (s *Scanner) space() byte {
	for s.pos < len(s.src) {
		switch c := s.src[s.pos]; c {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// Kind names the value that comes next.
type Kind string

// The kinds of values. Invalid stands for the end of the text and for bytes that begin no value.
const (
	Object  Kind = "an object"
	Array   Kind = "an array"
	String  Kind = "a string"
	Number  Kind = "a number"
	Bool    Kind = "true or false"
	Null    Kind = "null"
	Invalid Kind = "no value"
)

// Kind returns the kind of the next value without reading it.
func (s *Scanner) Kind() Kind {
	switch c := s.space(); {
	case c == '{':
		return Object
	case c == '[':
		return Array
	case c == '"':
		return String
	case c == '-' || c >= '0' && c <= '9':
		return Number
	case c == 't' || c == 'f':
		return Bool
	case c == 'n':
		return Null
	}
	return Invalid
}

// want returns an error unless a value of the kind comes next.
func (s *Scanner) want(kind Kind) error {
	if got := s.Kind(); got != kind {
		if got == Invalid {
			return s.syntaxError()
		}
		return s.Errorf("want %s, got %s", string(kind), string(got))
	}
	return nil
}

func (s *Scanner) syntaxError() error {
	if s.pos >= len(s.src) {
		return s.Errorf("unexpected end of JSON")
	}
	r, _ := utf8.DecodeRuneInString(s.src[s.pos:])
	return s.Errorf("unexpected %q", r)
}

// Object reads an object. It calls member for each key, in the order of the text; member must read the value. A key
// that comes twice, and a key of required that does not come, are errors. (Vocabularies, whose keys are many, go through
// Members, which leaves repeated keys to the caller.)
func (s *Scanner) Object(member func(key string) error, required ...string) error {
	start := s.pos
	var seen []string
	err := s.Members(func(key string) error {
		if slices.Contains(seen, key) {
			return s.Errorf("key occurs twice")
		}
		if len(seen) < 1000 {
			seen = append(seen, key)
		}
		return member(key)
	})
	if err != nil {
		return err
	}
	for _, key := range required {
		if !slices.Contains(seen, key) {
			return s.ErrorAt(start, "missing key %q", key)
		}
	}
	return nil
}

// Members reads an object and calls member for each key; member must read the value.
func (s *Scanner) Members(member func(key string) error) error {
	if err := s.enter(Object); err != nil {
		return err
	}
	if s.space() == '}' {
		return s.leave()
	}
	top := len(s.path) - 1
	for {
		s.path[top] = step{index: noStep}
		key, err := s.String()
		if err != nil {
			return err
		}
		if s.space() != ':' {
			return s.syntaxError()
		}
		s.pos++
		s.path[top] = step{key: key, index: keyStep}
		s.space()
		if err := member(key); err != nil {
			return err
		}
		switch s.space() {
		case ',':
			s.pos++
			s.space()
		case '}':
			return s.leave()
		default:
			return s.syntaxError()
		}
	}
}

// Array reads an array and calls element for each index; element must read the value.
func (s *Scanner) Array(element func(i int) error) error {
	if err := s.enter(Array); err != nil {
		return err
	}
	if s.space() == ']' {
		return s.leave()
	}
	top := len(s.path) - 1
	for i := 0; ; i++ {
		s.path[top] = step{index: i}
		s.space()
		if err := element(i); err != nil {
			return err
		}
		switch s.space() {
		case ',':
			s.pos++
		case ']':
			return s.leave()
		default:
			return s.syntaxError()
		}
	}
}

func (s *Scanner) enter(kind Kind) error {
	if err := s.want(kind); err != nil {
		return err
	}
	if len(s.path) == maxDepth {
		return s.Errorf("nested deeper than %d", maxDepth)
	}
	s.pos++
	s.path = append(s.path, step{index: noStep})
	return nil
}

func (s *Scanner) leave() error {
	s.pos++
	s.path = s.path[:len(s.path)-1]
	return nil
}

// End returns an error unless only white space is left.
func (s *Scanner) End() error {
	if s.space(); s.pos < len(s.src) {
		return s.syntaxError()
	}
	return nil
}

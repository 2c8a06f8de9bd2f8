package encoder

import (
	"math"

	"github.com/lorica-go/lorica/internal/jsonscan"
)

// RawJSON is a JSON text within another, kept as it is.
type RawJSON []byte

// MarshalJSON returns the text.
func (r RawJSON) MarshalJSON() ([]byte, error) {
	if r == nil {
		return []byte("null"), nil
	}
	return r, nil
}

// UnmarshalJSON keeps a copy of the text.
func (r *RawJSON) UnmarshalJSON(text []byte) error {
	*r = append((*r)[:0], text...)
	return nil
}

// reader reads the next value of a JSON text to where it belongs. As in encoding/json, null changes nothing.
type reader func(s *jsonscan.Scanner) error

// readJSON reads a whole JSON text.
func readJSON(text string, read reader) error {
	s, err := jsonscan.New(text)
	if err != nil {
		return err
	}
	if !s.Null() {
		if err := read(s); err != nil {
			return err
		}
	}
	return s.End()
}

// The types of values: how a value that is not null is read.
var (
	asText    = (*jsonscan.Scanner).String
	asFloat   = (*jsonscan.Scanner).Float
	asFloat32 = (*jsonscan.Scanner).Float32
)

func asInt(s *jsonscan.Scanner) (int, error) {
	n, err := s.Int(math.MinInt, math.MaxInt)
	return int(n), err
}

func asInt32(s *jsonscan.Scanner) (int32, error) {
	n, err := s.Int(math.MinInt32, math.MaxInt32)
	return int32(n), err
}

func asRawJSON(s *jsonscan.Scanner) (RawJSON, error) {
	text, err := s.Raw()
	return RawJSON(text), err
}

// readInto returns a reader of one value. It is not inlined, nor are the others, so that what they return exists once.
//
//go:noinline
func readInto[T any](to *T, as func(s *jsonscan.Scanner) (T, error)) reader {
	return func(s *jsonscan.Scanner) (err error) {
		if !s.Null() {
			*to, err = as(s)
		}
		return err
	}
}

// readList returns a reader of a list.
//
//go:noinline
func readList[T any](to *[]T, as func(s *jsonscan.Scanner) (T, error)) reader {
	return func(s *jsonscan.Scanner) error {
		*to = []T{}
		return s.Array(func(int) error {
			var v T
			err := readInto(&v, as)(s)
			*to = append(*to, v)
			return err
		})
	}
}

// readMap returns a reader of an object whose values are of one type.
//
//go:noinline
func readMap[T any](to *map[string]T, as func(s *jsonscan.Scanner) (T, error)) reader {
	return func(s *jsonscan.Scanner) error {
		*to = map[string]T{}
		return s.Members(func(key string) error {
			var v T
			err := readInto(&v, as)(s)
			(*to)[key] = v
			return err
		})
	}
}

// readFields returns a reader of an object with these keys; others are passed over.
//
//go:noinline
func readFields(fields map[string]reader) reader {
	return func(s *jsonscan.Scanner) error {
		return s.Members(func(key string) error {
			switch read := fields[key]; {
			case read == nil:
				return s.Skip()
			case s.Null():
				return nil
			default:
				return read(s)
			}
		})
	}
}

package tokenizer

import (
	"github.com/lorica-go/lorica/internal/jsonscan"
)

// Readers that set a variable, for the members of an object.

func readBool(s *jsonscan.Scanner, to *bool) (err error) {
	*to, err = s.Bool()
	return err
}

func readString(s *jsonscan.Scanner, to *string) (err error) {
	*to, err = s.String()
	return err
}

// readInt reads a count.
func readInt(s *jsonscan.Scanner, to *int) error {
	n, err := s.Int(0, 1<<31-1)
	*to = int(n)
	return err
}

func readID(s *jsonscan.Scanner, to *int32) error {
	n, err := s.Int(0, 1<<31-1)
	*to = int32(n)
	return err
}

// readChoice reads a string that is one of names, which are in the order of the alphabet, and returns which.
func readChoice(s *jsonscan.Scanner, names ...string) (int, error) {
	at := *s
	name, err := s.String()
	if err != nil {
		return 0, err
	}
	for i, known := range names {
		if name == known {
			return i, nil
		}
	}
	return 0, at.Errorf("unknown %.40q, want one of %q", name, names)
}

// readType returns the "type" of the object that comes next.
func readType(s *jsonscan.Scanner) (string, error) {
	kind, found, err := s.Peek("type")
	if err == nil && !found {
		if got := s.Kind(); got != jsonscan.Object {
			return "", s.Errorf("want an object, got %s", string(got))
		}
		err = s.Errorf(`missing key "type"`)
	}
	return kind, err
}

// readSequence reads an object that has an array under a key; element reads each of its elements.
func readSequence(s *jsonscan.Scanner, key string, element func() error) error {
	return s.Object(func(k string) error {
		if k != key {
			return s.Skip()
		}
		return s.Array(func(int) error { return element() })
	}, key)
}

// unsupported is the error for a type that this package does not know.
func unsupported(s *jsonscan.Scanner, what, kind string) error {
	return s.Errorf("unsupported %s type %.80q", what, kind)
}

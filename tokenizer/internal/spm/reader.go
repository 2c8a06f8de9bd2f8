package spm

import (
	"errors"
	"fmt"
	"io"

	"google.golang.org/protobuf/encoding/protowire"
)

// reader walks over a protocol buffer. end is where the message at hand ends.
type reader struct {
	data     []byte
	text     string // the same, for strings that are parts of it
	pos, end int
}

func (r *reader) errorf(format string, args ...any) error { return r.errorAt(r.pos, format, args...) }

func (r *reader) errorAt(pos int, format string, args ...any) error {
	return fmt.Errorf("byte %d: %s", pos, fmt.Sprintf(format, args...))
}

// took steps over what a function of protowire has read, whose result n is negative for an error.
func (r *reader) took(n int) error {
	if n < 0 {
		if errors.Is(protowire.ParseError(n), io.ErrUnexpectedEOF) {
			return r.errorf("unexpected end of a message")
		}
		return r.errorf("malformed field")
	}
	r.pos += n
	return nil
}

func (r *reader) rest() []byte { return r.data[r.pos:r.end] }

// message calls field for each field up to the end of the message; field must read the value.
func (r *reader) message(field func(number protowire.Number, kind protowire.Type) error) error {
	for r.pos < r.end {
		number, kind, n := protowire.ConsumeTag(r.rest())
		if err := r.took(n); err != nil {
			return err
		}
		if err := field(number, kind); err != nil {
			return err
		}
	}
	return nil
}

// sub reads a message within the message.
func (r *reader) sub(kind protowire.Type, read func() error) error {
	text, err := r.bytes(kind)
	if err != nil {
		return err
	}
	end, after := r.end, r.pos
	r.pos, r.end = after-len(text), after
	err = read()
	r.end = end
	return err
}

func (r *reader) skip(number protowire.Number, kind protowire.Type) error {
	return r.took(protowire.ConsumeFieldValue(number, kind, r.rest()))
}

func (r *reader) want(kind, wanted protowire.Type) error {
	if kind != wanted {
		return r.errorf("a field has wire type %d, want %d", kind, wanted)
	}
	return nil
}

// bytes returns a part of the data.
func (r *reader) bytes(kind protowire.Type) ([]byte, error) {
	if err := r.want(kind, protowire.BytesType); err != nil {
		return nil, err
	}
	text, n := protowire.ConsumeBytes(r.rest())
	return text, r.took(n)
}

// string returns a part of the text.
func (r *reader) string(kind protowire.Type) (string, error) {
	part, err := r.bytes(kind)
	return r.text[r.pos-len(part) : r.pos], err
}

func (r *reader) varint(kind protowire.Type) (uint64, error) {
	if err := r.want(kind, protowire.VarintType); err != nil {
		return 0, err
	}
	v, n := protowire.ConsumeVarint(r.rest())
	return v, r.took(n)
}

func (r *reader) fixed32(kind protowire.Type) (uint32, error) {
	if err := r.want(kind, protowire.Fixed32Type); err != nil {
		return 0, err
	}
	v, n := protowire.ConsumeFixed32(r.rest())
	return v, r.took(n)
}

func (r *reader) bool(kind protowire.Type, to *bool) error {
	v, err := r.varint(kind)
	*to = v != 0
	return err
}

// enum reads a number from 1 to last.
func (r *reader) enum(kind protowire.Type, last uint64, set func(uint64)) error {
	at := r.pos
	v, err := r.varint(kind)
	if err == nil && (v < 1 || v > last) {
		err = r.errorAt(at, "unknown value %d, want 1 to %d", v, last)
	}
	set(v)
	return err
}

package spm

import "github.com/lorica-go/lorica/internal/format"

// reader walks over a protocol buffer. end is where the message at hand ends.
type reader struct {
	data     []byte
	text     string // the same, for strings that are parts of it
	pos, end int
}

func (r *reader) errorf(text string, args ...any) error { return r.errorAt(r.pos, text, args...) }

func (r *reader) errorAt(pos int, text string, args ...any) error {
	return format.Errorf("byte %d: %s", pos, format.Sprintf(text, args...))
}

// took steps over what has been read, whose length n is cutOff or malformed for an error.
func (r *reader) took(n int) error {
	switch n {
	case cutOff:
		return r.errorf("unexpected end of a message")
	case malformed:
		return r.errorf("malformed field")
	}
	r.pos += n
	return nil
}

func (r *reader) rest() []byte { return r.data[r.pos:r.end] }

// message calls field for each field up to the end of the message; field must read the value.
func (r *reader) message(field func(number, kind int) error) error {
	for r.pos < r.end {
		number, kind, n := consumeTag(r.rest())
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
func (r *reader) sub(kind int, read func() error) error {
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

func (r *reader) skip(number, kind int) error {
	return r.took(valueLength(number, kind, r.rest()))
}

func (r *reader) want(kind, wanted int) error {
	if kind != wanted {
		return r.errorf("a field has wire type %d, want %d", kind, wanted)
	}
	return nil
}

// bytes returns a part of the data.
func (r *reader) bytes(kind int) ([]byte, error) {
	if err := r.want(kind, bytesType); err != nil {
		return nil, err
	}
	text, n := consumeBytes(r.rest())
	return text, r.took(n)
}

// string returns a part of the text.
func (r *reader) string(kind int) (string, error) {
	part, err := r.bytes(kind)
	return r.text[r.pos-len(part) : r.pos], err
}

func (r *reader) varint(kind int) (uint64, error) {
	if err := r.want(kind, varintType); err != nil {
		return 0, err
	}
	v, n := consumeVarint(r.rest())
	return v, r.took(n)
}

func (r *reader) fixed32(kind int) (uint32, error) {
	if err := r.want(kind, fixed32Type); err != nil {
		return 0, err
	}
	v, n := consumeFixed32(r.rest())
	return v, r.took(n)
}

func (r *reader) bool(kind int, to *bool) error {
	v, err := r.varint(kind)
	*to = v != 0
	return err
}

// enum reads a number from 1 to last.
func (r *reader) enum(kind int, last uint64, set func(uint64)) error {
	at := r.pos
	v, err := r.varint(kind)
	if err == nil && (v < 1 || v > last) {
		err = r.errorAt(at, "unknown value %d, want 1 to %d", v, last)
	}
	set(v)
	return err
}

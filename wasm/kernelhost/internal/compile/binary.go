package main

import "errors"

// reader reads the binary format of wasm; the first mistake stays in err, and everything after it reads as zero.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.rest = nil
}

func (r *reader) byte() byte {
	if len(r.rest) == 0 {
		r.fail(errors.New("the module is cut off"))
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

// number reads an unsigned LEB128 number.
func (r *reader) number() int {
	n := 0
	for shift := 0; shift < 35; shift += 7 {
		b := r.byte()
		n |= int(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
	r.fail(errors.New("a number of more than 32 bits"))
	return 0
}

// bytes reads a length and as many bytes.
func (r *reader) bytes() []byte {
	n := r.number()
	if n > len(r.rest) {
		r.fail(errors.New("the module is cut off"))
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

// functionType reads a function type and returns its encoding.
func (r *reader) functionType() []byte {
	begin := r.rest
	if r.byte() != 0x60 {
		r.fail(errors.New("a type that is no function's"))
	}
	r.bytes()
	r.bytes()
	return begin[:len(begin)-len(r.rest)]
}

// section calls each for every entry of a section's body, which r reads then. A section that is not there has none.
func (r *reader) section(body []byte, each func()) {
	if r.err != nil || body == nil {
		return
	}
	r.rest = body
	for range r.number() {
		if r.err != nil {
			return
		}
		each()
	}
}

// parameters returns how many parameters an encoded function type has.
func parameters(typ []byte) int {
	r := &reader{rest: typ[1:]}
	return len(r.bytes())
}

// writer writes the binary format.
type writer struct{ out []byte }

func newModule() *writer { return &writer{out: append([]byte{}, preamble...)} }

func (w *writer) raw(b []byte) { w.out = append(w.out, b...) }

func (w *writer) number(n int) {
	for ; n >= 0x80; n >>= 7 {
		w.out = append(w.out, byte(n)|0x80)
	}
	w.out = append(w.out, byte(n))
}

// signed writes a number n >= 0 as the instruction i32.const reads it.
func (w *writer) signed(n int) {
	for ; n >= 0x40; n >>= 7 {
		w.out = append(w.out, byte(n&0x7f)|0x80)
	}
	w.out = append(w.out, byte(n))
}

func (w *writer) bytes(b []byte) {
	w.number(len(b))
	w.raw(b)
}

func (w *writer) string(s string) { w.bytes([]byte(s)) }

func (w *writer) section(id byte, body []byte) {
	w.out = append(w.out, id)
	w.bytes(body)
}

func (w *writer) custom(name, text string) {
	body := new(writer)
	body.string(name)
	body.raw([]byte(text))
	w.section(sectionCustom, body.out)
}

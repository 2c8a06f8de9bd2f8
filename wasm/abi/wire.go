package abi

import (
	"math"

	"github.com/lorica-go/lorica/internal/format"
	"github.com/lorica-go/lorica/internal/little"
)

// writer appends to a message.
type writer []byte

func (w *writer) byte(v byte) { *w = append(*w, v) }

func (w *writer) bool(v bool) {
	if v {
		w.byte(1)
	} else {
		w.byte(0)
	}
}

func (w *writer) uint32(v int)       { *w = little.AppendUint32(*w, uint32(v)) }
func (w *writer) int64(v int64)      { *w = little.AppendUint64(*w, uint64(v)) }
func (w *writer) float64(v float64)  { w.int64(int64(math.Float64bits(v))) }
func (w *writer) string(v string)    { w.uint32(len(v)); *w = append(*w, v...) }
func (w *writer) int32s(v []int32)   { w.uint32(len(v)); *w = appendInt32s(*w, v) }
func (w *writer) logits(v []float32) { w.uint32(len(v)); *w = appendFloat32s(*w, v) }

func appendInt32s(b []byte, values []int32) []byte {
	for _, v := range values {
		b = little.AppendUint32(b, uint32(v))
	}
	return b
}

func appendFloat32s(b []byte, values []float32) []byte {
	for _, v := range values {
		b = little.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// reader takes a message apart. Its first error stays; after it everything reads as zero.
type reader struct {
	rest []byte
	at   int
	err  error
}

// take returns the next n bytes, nil when there are fewer.
func (r *reader) take(n int) []byte {
	if r.err != nil {
		return nil
	}
	if n > len(r.rest) {
		r.fail("%d bytes wanted, there are %d", n, len(r.rest))
		return nil
	}
	part := r.rest[:n:n]
	r.rest = r.rest[n:]
	r.at += n
	return part
}

//go:noinline
func (r *reader) fail(text string, args ...any) {
	if r.err == nil {
		r.err = format.Errorf("message: byte %d: %s", r.at, format.Sprintf(text, args...))
	}
	r.rest = nil
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) bool() bool {
	v := r.byte()
	if v > 1 {
		r.fail("%d is not a truth value", v)
	}
	return v == 1
}

func (r *reader) word() uint32 {
	if b := r.take(4); b != nil {
		return little.Uint32(b)
	}
	return 0
}

// uint32 reads a number below 2^31.
func (r *reader) uint32() int {
	v := r.word()
	if v > math.MaxInt32 {
		r.fail("%d is too large", v)
		return 0
	}
	return int(v)
}

func (r *reader) int64() int64 {
	if b := r.take(8); b != nil {
		return int64(little.Uint64(b))
	}
	return 0
}

func (r *reader) float64() float64 { return math.Float64frombits(uint64(r.int64())) }

// length reads the length of a list of at most most entries, each of which takes size bytes at least.
func (r *reader) length(most, size int) int {
	b := r.take(4)
	if b == nil {
		return 0
	}
	n := little.Uint32(b)
	if uint64(n) > uint64(most) {
		r.fail("a list of %d, the limit is %d", n, most)
		return 0
	}
	if uint64(n)*uint64(size) > uint64(len(r.rest)) {
		r.fail("a list of %d in %d bytes", n, len(r.rest))
		return 0
	}
	return int(n)
}

// bytes reads a string's bytes, which are the message's own.
func (r *reader) bytes() []byte { return r.take(r.length(MaxMessage, 1)) }

func (r *reader) string() string { return string(r.bytes()) }

func (r *reader) int32s() []int32 {
	values := make([]int32, r.length(MaxTokens, 4))
	for i := range values {
		values[i] = int32(r.word())
	}
	return values
}

func (r *reader) logits() []float32 {
	values := make([]float32, r.length(MaxLabels, 4))
	for i := range values {
		values[i] = math.Float32frombits(r.word())
	}
	return values
}

// end returns the first error, which may be that the message goes on.
func (r *reader) end() error {
	if r.err == nil && len(r.rest) > 0 {
		r.fail("%d bytes too many", len(r.rest))
	}
	return r.err
}

package spm

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// length is a length as this package tells it, of what protowire says.
func length(n int) int {
	switch {
	case n >= 0:
		return n
	case errors.Is(protowire.ParseError(n), io.ErrUnexpectedEOF):
		return cutOff
	}
	return malformed
}

// checkWire compares all that can be read at the start of data with what protowire reads there.
func checkWire(t *testing.T, data []byte) {
	t.Helper()
	v, n := consumeVarint(data)
	if want, m := protowire.ConsumeVarint(data); v != want && m > 0 || n != length(m) {
		t.Errorf("% x: number %d of %d bytes, want %d of %d", data, v, n, want, m)
	}
	part, n := consumeBytes(data)
	if want, m := protowire.ConsumeBytes(data); !bytes.Equal(part, want) || n != length(m) {
		t.Errorf("% x: bytes % x of %d bytes, want % x of %d", data, part, n, want, m)
	}
	bits, n := consumeFixed32(data)
	if want, m := protowire.ConsumeFixed32(data); bits != want || n != length(m) {
		t.Errorf("% x: bits %x of %d bytes, want %x of %d", data, bits, n, want, m)
	}
	number, kind, n := consumeTag(data)
	wantNumber, wantKind, m := protowire.ConsumeTag(data)
	if n != length(m) || n > 0 && (number != int(wantNumber) || kind != int(wantKind)) {
		t.Errorf("% x: tag %d, %d of %d bytes, want %d, %d of %d", data, number, kind, n, wantNumber, wantKind, m)
	}
	if n > 0 {
		got, want := valueLength(number, kind, data[n:]), protowire.ConsumeFieldValue(wantNumber, wantKind, data[n:])
		if got != length(want) {
			t.Errorf("% x: a value of %d bytes, want %d", data, got, want)
		}
	}
}

func wireSeeds() []string {
	return []string{
		"", "\x00", "\x08\x01", "\x08", "\x0a\x03abc", "\x0a\x04abc", "\x0d1234", "\x0d123", "\x0912345678", "\x091234567",
		"\x0b\x0c", "\x0b\x14", "\x0b\x08\x01\x0c", "\x0b\x0b\x0c\x0c", "\x0b\x0b\x0c", "\x0b\x0a\x01", "\x0b\x0e", "\x0c", "\x0e", "\x0f",
		strings.Repeat("\xff", 9) + "\x01", strings.Repeat("\xff", 9) + "\x02", strings.Repeat("\x80", 10), strings.Repeat("\xff", 9),
		"\x80\x80\x80\x80\x80\x01x", "\xf8\xff\xff\xff\x3f\x01", "\xf8\xff\xff\xff\x7f\x01", "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
		strings.Repeat("\x0b", 10001) + strings.Repeat("\x0c", 10001), strings.Repeat("\x0b", 10002) + strings.Repeat("\x0c", 10002),
	}
}

func TestTheWireIsReadAsProtowireReadsIt(t *testing.T) {
	for _, seed := range wireSeeds() {
		checkWire(t, []byte(seed))
	}
}

func FuzzWire(f *testing.F) {
	for _, seed := range wireSeeds() {
		f.Add([]byte(seed))
	}
	f.Fuzz(checkWire)
}

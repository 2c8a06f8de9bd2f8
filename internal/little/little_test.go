package little_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/lorica-go/lorica/internal/little"
)

func TestNumbersLieAsEncodingBinaryLaysThem(t *testing.T) {
	order := binary.LittleEndian
	for _, v := range []uint64{0, 1, 0x80, 0x0102030405060708, 0xfffefdfcfbfaf9f8, 1 << 63} {
		want := order.AppendUint64([]byte{9}, v)
		if got := little.AppendUint64([]byte{9}, v); !bytes.Equal(got, want) {
			t.Errorf("%#x appended in eight bytes: % x, want % x", v, got, want)
		}
		if got, want := little.AppendUint32(nil, uint32(v)), order.AppendUint32(nil, uint32(v)); !bytes.Equal(got, want) {
			t.Errorf("%#x appended in four bytes: % x, want % x", v, got, want)
		}
		var put, wanted [14]byte
		little.PutUint64(put[:], v)
		little.PutUint32(put[8:], uint32(v))
		little.PutUint16(put[12:], uint16(v))
		order.PutUint64(wanted[:], v)
		order.PutUint32(wanted[8:], uint32(v))
		order.PutUint16(wanted[12:], uint16(v))
		if put != wanted {
			t.Errorf("%#x put: % x, want % x", v, put, wanted)
		}
		if little.Uint64(put[:]) != v || little.Uint32(put[8:]) != uint32(v) || little.Uint16(put[12:]) != uint16(v) {
			t.Errorf("%#x is read as %#x, %#x, %#x", v, little.Uint64(put[:]), little.Uint32(put[8:]), little.Uint16(put[12:]))
		}
	}
}

func TestShortMemoryPanics(t *testing.T) {
	for name, use := range map[string]func(b []byte){
		"Uint16": func(b []byte) { little.Uint16(b[:1]) }, "Uint32": func(b []byte) { little.Uint32(b[:3]) },
		"Uint64": func(b []byte) { little.Uint64(b[:7]) }, "PutUint16": func(b []byte) { little.PutUint16(b[:1], 1) },
		"PutUint32": func(b []byte) { little.PutUint32(b[:3], 1) }, "PutUint64": func(b []byte) { little.PutUint64(b[:7], 1) },
	} {
		func() {
			var memory [8]byte
			defer func() {
				if recover() == nil {
					t.Errorf("%s goes beyond its memory", name)
				}
				if memory != [8]byte{} {
					t.Errorf("%s wrote % x before it panicked", name, memory)
				}
			}()
			use(memory[:])
		}()
	}
}

package spm

import "math"

// Wire types: how the value of a field is laid out.
const (
	varintType   = 0
	fixed64Type  = 1
	bytesType    = 2
	groupType    = 3
	groupEndType = 4
	fixed32Type  = 5
)

// maxGroups bounds how deeply groups may nest.
const maxGroups = 10001

// What stands in the place of a length where there is none.
const (
	cutOff    = -1 // the bytes end first
	malformed = -2
)

// consumeVarint reads a number, seven bits to a byte, the lowest first, and returns how many bytes it has.
func consumeVarint(b []byte) (v uint64, n int) {
	for i, c := range b {
		if i == 9 && c > 1 { // 64 bits are full
			return 0, malformed
		}
		v |= uint64(c&0x7F) << (7 * i)
		if c < 0x80 {
			return v, i + 1
		}
	}
	return 0, cutOff
}

// consumeTag reads what stands before a value: the number of its field and its wire type.
func consumeTag(b []byte) (number, kind, n int) {
	v, n := consumeVarint(b)
	if n > 0 && (v>>3 == 0 || v>>3 > math.MaxInt32) {
		return 0, 0, malformed
	}
	return int(v >> 3), int(v & 7), n
}

// consumeBytes reads a value of its own length.
func consumeBytes(b []byte) (value []byte, n int) {
	size, n := consumeVarint(b)
	switch {
	case n < 0:
		return nil, n
	case size > uint64(len(b)-n):
		return nil, cutOff
	}
	return b[n : n+int(size)], n + int(size)
}

// consumeFixed32 reads four bytes.
func consumeFixed32(b []byte) (v uint32, n int) {
	if len(b) < 4 {
		return 0, cutOff
	}
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24, 4
}

// valueLength returns how many bytes the value of a field has. That of a group goes on to its end.
func valueLength(number, kind int, b []byte) int {
	if kind != groupType {
		return plainLength(kind, b)
	}
	open := []int{number}
	at := 0
	for len(open) > 0 {
		number, kind, n := consumeTag(b[at:])
		if n < 0 {
			return n
		}
		at += n
		last := len(open) - 1
		switch kind {
		case groupType:
			if len(open) == maxGroups {
				return malformed
			}
			open = append(open, number)
		case groupEndType:
			if open[last] != number {
				return malformed
			}
			open = open[:last]
		default:
			n := plainLength(kind, b[at:])
			if n < 0 {
				return n
			}
			at += n
		}
	}
	return at
}

// plainLength is valueLength for what is no group.
func plainLength(kind int, b []byte) (n int) {
	switch kind {
	case varintType:
		_, n = consumeVarint(b)
		return n
	case bytesType:
		_, n = consumeBytes(b)
		return n
	case fixed32Type:
		n = 4
	case fixed64Type:
		n = 8
	default:
		return malformed
	}
	if len(b) < n {
		return cutOff
	}
	return n
}

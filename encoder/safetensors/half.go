package safetensors

import (
	"math"

	"github.com/lorica-go/lorica/internal/little"
)

// The 16-bit formats. F16 (IEEE 754 binary16) has 5 exponent bits with bias 15 and 10 fraction bits; BF16 is the upper half of a
// float32. Widening is exact; narrowing rounds to nearest, ties to even, and keeps NaNs (made quiet) and signed zeros.

const (
	signBit      = 1 << 31
	infinityBits = 0xff << 23 // float32
)

// bf16ToFloat32 widens a BF16.
func bf16ToFloat32(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }

// f16ToFloat32 widens an F16.
func f16ToFloat32(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	magnitude := uint32(h & 0x7fff)
	switch {
	case magnitude < 1<<10: // zero or subnormal: a multiple of 2^-24, which float32 holds exactly
		return math.Float32frombits(sign | math.Float32bits(float32(int32(magnitude))*0x1p-24))
	case magnitude >= 0x1f<<10: // infinity or NaN, its payload kept
		return math.Float32frombits(sign | infinityBits | magnitude<<13)
	}
	return math.Float32frombits(sign | (magnitude<<13 + (127-15)<<23))
}

// float32ToBF16 narrows to BF16; finite values above its largest become infinite.
func float32ToBF16(v float32) uint16 {
	b := math.Float32bits(v)
	if b&^signBit > infinityBits {
		return uint16(b>>16) | 0x40 // the fraction's upper bit makes the NaN quiet, whatever was cut off
	}
	// Adding just below half of the last kept place, and one more if that place is odd, carries exactly when rounding is up.
	return uint16((b + 0x7fff + b>>16&1) >> 16)
}

// float32ToF16 narrows to F16; finite values that round above 65504 become infinite.
func float32ToF16(v float32) uint16 {
	const (
		smallestNormal = (127 - 14) << 23 // 2^-14
		overflow       = (127 + 16) << 23 // 2^16
		rebias         = (127 - 15) << 23
	)
	b := math.Float32bits(v)
	sign, b := uint16(b>>16)&0x8000, b&^signBit
	switch {
	case b > infinityBits:
		return sign | 0x7e00 | uint16(b>>13)&0x3ff
	case b >= overflow:
		return sign | 0x7c00
	case b < smallestNormal:
		// Adding 1/2 lets the hardware round to a multiple of 2^-24, the step of F16's subnormals: the sum's last place. The
		// bits above those of 1/2 are the fraction; a carry into the exponent gives the smallest normal number, as it should.
		return sign | uint16(math.Float32bits(math.Float32frombits(b)+0.5)-math.Float32bits(0.5))
	}
	b -= rebias
	return sign | uint16((b+0xfff+b>>13&1)>>13)
}

// decodeBF16 widens little-endian BF16s, four a turn; src holds len(dst) of them.
func decodeBF16(dst []float32, src []byte) {
	for len(dst) >= 4 && len(src) >= 8 {
		four := little.Uint64(src)
		dst[0] = math.Float32frombits(uint32(four) << 16)
		dst[1] = math.Float32frombits(uint32(four) &^ 0xffff)
		dst[2] = math.Float32frombits(uint32(four>>16) &^ 0xffff)
		dst[3] = math.Float32frombits(uint32(four>>32) &^ 0xffff)
		dst, src = dst[4:], src[8:]
	}
	for i := range dst {
		dst[i] = bf16ToFloat32(little.Uint16(src[2*i:]))
	}
}

// decodeF16 widens little-endian F16s, four a turn; src holds len(dst) of them.
func decodeF16(dst []float32, src []byte) {
	for len(dst) >= 4 && len(src) >= 8 {
		four := little.Uint64(src)
		dst[0] = f16ToFloat32(uint16(four))
		dst[1] = f16ToFloat32(uint16(four >> 16))
		dst[2] = f16ToFloat32(uint16(four >> 32))
		dst[3] = f16ToFloat32(uint16(four >> 48))
		dst, src = dst[4:], src[8:]
	}
	for i := range dst {
		dst[i] = f16ToFloat32(little.Uint16(src[2*i:]))
	}
}

// encodeBF16 narrows values into dst, two bytes each, and returns the index of the first finite value that became infinite, or -1.
func encodeBF16(dst []byte, values []float32) int {
	const largest = infinityBits - 1<<15 // the first magnitude that rounds up to infinity
	misfit := -1
	for i, v := range values {
		if magnitude := math.Float32bits(v) &^ signBit; magnitude >= largest && magnitude < infinityBits && misfit < 0 {
			misfit = i
		}
		little.PutUint16(dst[2*i:], float32ToBF16(v))
	}
	return misfit
}

// encodeF16 is encodeBF16 for F16.
func encodeF16(dst []byte, values []float32) int {
	const largest = (127+16)<<23 - 1<<12 // 65520
	misfit := -1
	for i, v := range values {
		if magnitude := math.Float32bits(v) &^ signBit; magnitude >= largest && magnitude < infinityBits && misfit < 0 {
			misfit = i
		}
		little.PutUint16(dst[2*i:], float32ToF16(v))
	}
	return misfit
}

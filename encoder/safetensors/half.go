package safetensors

import "math"

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
	exponent, fraction := uint32(h>>10)&0x1f, uint32(h&0x3ff)
	switch exponent {
	case 0: // zero or subnormal: fraction * 2^-24, which float32 holds exactly
		return math.Float32frombits(sign | math.Float32bits(float32(int32(fraction))*0x1p-24))
	case 0x1f: // infinity or NaN, its payload kept
		return math.Float32frombits(sign | infinityBits | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
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

package kernels

import (
	"math"
	"unsafe"
)

// genericInt8 are the inner loops for weights of eight bits in Go.
var genericInt8 = int8Primitives{
	group:     2,
	tile:      []int8TileFunc{nil, int8TileGeneric(1), int8TileGeneric(2), int8TileGeneric(3), int8TileGeneric(4)},
	magnitude: magnitudeGeneric,
	quantise:  quantiseGeneric,
}

// int8TileGeneric returns the tile function for that many rows. The sums of one row fit the registers.
//
//go:noinline
func int8TileGeneric(rows int) int8TileFunc {
	const nr, group = 8, 2
	return func(steps int, a *byte, lda int, scales *float32, panel *float32, init *float32, ldi int, out *float32, ldo int) {
		header := unsafe.Slice(panel, 2*nr)
		right := unsafe.Slice((*int8)(unsafe.Pointer(advance(panel, 2*nr))), steps*int8Step*nr)
		for i := range rows {
			left := unsafe.Slice((*int16)(unsafe.Add(unsafe.Pointer(a), i*lda)), steps*int8Step)
			sums := int8Sums(left, right)
			begin, dst := unsafe.Slice(advance(init, i*ldi), nr), unsafe.Slice(advance(out, i*ldo), nr)
			scale := *advance(scales, i)
			for j, sum := range sums {
				dst[j] = float32(float32(sum)*float32(scale*header[j])) + begin[j]
			}
		}
	}
}

// int8Sums returns the products of one row and a panel's eight columns.
func int8Sums(left []int16, right []int8) [8]int32 {
	var s0, s1, s2, s3, s4, s5, s6, s7 int32
	for l := 0; l+1 < len(left); l += 2 {
		x, y := int32(left[l]), int32(left[l+1])
		r := (*[16]int8)(right[8*l:])
		s0 += x*int32(r[0]) + y*int32(r[1])
		s1 += x*int32(r[2]) + y*int32(r[3])
		s2 += x*int32(r[4]) + y*int32(r[5])
		s3 += x*int32(r[6]) + y*int32(r[7])
		s4 += x*int32(r[8]) + y*int32(r[9])
		s5 += x*int32(r[10]) + y*int32(r[11])
		s6 += x*int32(r[12]) + y*int32(r[13])
		s7 += x*int32(r[14]) + y*int32(r[15])
	}
	return [8]int32{s0, s1, s2, s3, s4, s5, s6, s7}
}

// magnitudeGeneric compares bits: without the sign they are in the order of the magnitudes, and infinity and NaN lie above all.
func magnitudeGeneric(x []float32) float32 {
	const magnitude = 0x7fffffff
	var largest uint32
	for _, v := range x {
		largest = max(largest, math.Float32bits(v)&magnitude)
	}
	return math.Float32frombits(largest)
}

func quantiseGeneric(dst *byte, x []float32, factor float32) {
	to := unsafe.Slice((*int16)(unsafe.Pointer(dst)), len(x))
	for i, v := range x {
		to[i] = nearest(v, factor)
	}
}

// nearest returns the integer next to factor v, ties to even. In float32, adding and subtracting 3 x 2^22 rounds to an integer.
func nearest(v, factor float32) int16 {
	const magic = 3 << 22
	return int16(float32(float32(float32(v*factor)+magic) - magic))
}

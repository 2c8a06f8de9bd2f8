//go:build wasm && !noasm

package kernels

import "unsafe"

var int8Wasm = int8Primitives{
	group:     2,
	tile:      []int8TileFunc{nil, wasmInt8Tile(1), wasmInt8Tile(2), wasmInt8Tile(3), wasmInt8Tile(4)},
	magnitude: magnitudeWasm,
	quantise:  quantiseWasm,
}

// wasmInt8Tile returns the tile function for that many rows.
//
//go:noinline
func wasmInt8Tile(rows int32) int8TileFunc {
	return func(steps int, a *byte, lda int, scales *float32, panel *float32, init *float32, ldi int, out *float32, ldo int) {
		wasmInt8Products(rows, int32(steps), a, int32(lda), scales, panel, init, int32(ldi), out, int32(ldo))
	}
}

func magnitudeWasm(x []float32) float32 {
	return wasmMagnitude(unsafe.SliceData(x), int32(len(x)))
}

func quantiseWasm(dst *byte, x []float32, factor float32) {
	wasmQuantise(dst, unsafe.SliceData(x), int32(len(x)), factor)
}

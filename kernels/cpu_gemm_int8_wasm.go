//go:build wasm && !noasm

package kernels

import "unsafe"

var int8Wasm = int8Primitives{
	group:     2,
	tile:      []int8TileFunc{nil, wasmInt8Tile(1), wasmInt8Tile(2), wasmInt8Tile(3), wasmInt8Tile(4), wasmInt8Tile(5), wasmInt8Tile(6)},
	block:     int8BlockWasm,
	magnitude: magnitudeWasm,
	quantise:  quantiseWasm,

	quantiseRows: quantiseRowsWasm,
}

// wasmInt8Tile returns the tile function for that many rows.
//
//go:noinline
func wasmInt8Tile(rows int32) int8TileFunc {
	return func(steps int, a *byte, lda int, scales *float32, panel *float32, init *float32, ldi int, out *float32, ldo int) {
		wasmInt8Products(rows, int32(steps), a, int32(lda), scales, panel, 0, init, int32(ldi), out, int32(ldo), 1)
	}
}

func int8BlockWasm(rows, steps int, a *byte, lda int, scales, panel *float32, panelStep int, init *float32, ldi int, out *float32, ldo, count int) {
	wasmInt8Products(int32(rows), int32(steps), a, int32(lda), scales, panel, int32(panelStep), init, int32(ldi), out, int32(ldo), int32(count))
}

func magnitudeWasm(x []float32) float32 {
	return wasmMagnitude(unsafe.SliceData(x), int32(len(x)))
}

func quantiseWasm(dst *byte, x []float32, factor float32) {
	wasmQuantise(dst, unsafe.SliceData(x), int32(len(x)), factor)
}

func quantiseRowsWasm(dst *float32, ldd int, x *float32, ldx, rows, n int, scales *float32, alpha float32) {
	wasmQuantiseRows(dst, int32(ldd), x, int32(ldx), int32(rows), int32(n), scales, alpha)
}

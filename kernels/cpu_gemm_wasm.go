//go:build wasm && !noasm

package kernels

import "unsafe"

var gemmWasm = gemmPrimitives{
	nr: 8, mr: 6,
	tile:      []tileFunc{nil, wasmTile(1), wasmTile(2), wasmTile(3), wasmTile(4), wasmTile(5), wasmTile(6)},
	block:     blockWasm,
	transpose: transposeRowsWasm,
	dots:      dotsWasm,
	peak:      peakWasm,
	peakFlops: 8 * 4 * 2,
}

// wasmTile returns the tile function for that many rows. Nothing is fetched ahead: wasm has no instruction for it.
//
//go:noinline
func wasmTile(rows int32) tileFunc {
	return func(k int, a *float32, lda int, b *float32, ldb int, init *float32, ldi int, out *float32, ldo, _, _ int) {
		wasmProducts(rows, int32(k), a, int32(lda), b, int32(ldb), 0, init, int32(ldi), out, int32(ldo), 1)
	}
}

func blockWasm(rows, k int, a *float32, lda int, b *float32, ldb, panelStep int, init *float32, ldi int, out *float32, ldo, count int) {
	wasmProducts(int32(rows), int32(k), a, int32(lda), b, int32(ldb), int32(panelStep), init, int32(ldi), out, int32(ldo), int32(count))
}

func spreadWasm(dst *float32, ldd int, src *float32, lds, rows, n int) {
	wasmSpread(dst, int32(ldd), src, int32(lds), int32(rows), int32(n))
}

func transposeRowsWasm(dst *float32, ldd int, rows *[16]*float32, n int) {
	wasmTransposeRows(dst, int32(ldd), unsafe.Pointer(rows), int32(n))
}

func dotsWasm(k int, x, y *[4]*float32, out *[16]float32) {
	wasmDots(int32(k), unsafe.Pointer(x), unsafe.Pointer(y), &out[0])
}

func peakWasm(n int) { wasmPeak(int32(n), 1e-3) }

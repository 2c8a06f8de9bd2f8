//go:build wasm && !noasm

package kernels

// init adds the tier of the kernels that the host linked; it links the best that it can run, or none.
func init() {
	tier := Generic
	switch wasmLevel() {
	case 1:
		tier = SIMD128
	case 2:
		tier = RelaxedSIMD
	default:
		return
	}
	simd := *implementations[0]
	simd.tier = tier
	simd.gemm = gemmWasm
	if tier == SIMD128 {
		simd.gemm.spread = spreadWasm // as the tiles of that module have it
	}
	simd.int8 = int8Wasm
	fillRowWasm(&simd.row)
	simd.attention.tile = 4
	simd.attention.tiles = attentionTilesWasm
	simd.attention.product = attentionProductWasm
	simd.attention.softmax = attentionSoftmaxWasm
	implementations = append(implementations, &simd)
}

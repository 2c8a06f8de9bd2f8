//go:build amd64 && !noasm

package kernels

var gemmAVX2 = gemmPrimitives{
	nr: 16, mr: 6,
	tile:      []tileFunc{nil, tile1AVX2, tile2AVX2, tile3AVX2, tile4AVX2, tile5AVX2, tile6AVX2},
	sweep:     []sweepFunc{nil, sweep1AVX2, sweep2AVX2, sweep3AVX2, sweep4AVX2},
	transpose: transposeRowsAVX2,
	dots:      dotsAVX2,
	peak:      peakAVX2,
	peakFlops: 24 * 8 * 2,
}

var gemmAVX512 = gemmPrimitives{
	nr: 32, mr: 14,
	tile: []tileFunc{nil, tile1AVX512, tile2AVX512, tile3AVX512, tile4AVX512, tile5AVX512, tile6AVX512, tile7AVX512,
		tile8AVX512, tile9AVX512, tile10AVX512, tile11AVX512, tile12AVX512, tile13AVX512, tile14AVX512},
	sweep:     []sweepFunc{nil, sweep1AVX512, sweep2AVX512, sweep3AVX512, sweep4AVX512},
	transpose: transposeRowsAVX2,
	dots:      dotsAVX512,
	peak:      peakAVX512,
	peakFlops: 24 * 16 * 2,
}

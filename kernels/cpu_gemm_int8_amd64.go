//go:build amd64 && !noasm

package kernels

var int8AVX2 = int8Primitives{
	group:     2,
	tile:      []int8TileFunc{nil, int8Tile1AVX2, int8Tile2AVX2, int8Tile3AVX2, int8Tile4AVX2, int8Tile5AVX2, int8Tile6AVX2},
	magnitude: magnitudeAVX2,
	quantise:  quantiseAVX2,
}

var int8AVX512 = int8Primitives{
	group: 2,
	tile: []int8TileFunc{nil, int8Tile1AVX512, int8Tile2AVX512, int8Tile3AVX512, int8Tile4AVX512, int8Tile5AVX512, int8Tile6AVX512,
		int8Tile7AVX512, int8Tile8AVX512, int8Tile9AVX512, int8Tile10AVX512, int8Tile11AVX512, int8Tile12AVX512, int8Tile13AVX512,
		int8Tile14AVX512},
	magnitude: magnitudeAVX512,
	quantise:  quantiseAVX512,
}

var int8VNNI = int8Primitives{
	group: 4, unsigned: true,
	tile: []int8TileFunc{nil, int8Tile1VNNI, int8Tile2VNNI, int8Tile3VNNI, int8Tile4VNNI, int8Tile5VNNI, int8Tile6VNNI, int8Tile7VNNI,
		int8Tile8VNNI, int8Tile9VNNI, int8Tile10VNNI, int8Tile11VNNI, int8Tile12VNNI, int8Tile13VNNI, int8Tile14VNNI},
	magnitude: magnitudeAVX512,
	quantise:  quantiseVNNI,
}

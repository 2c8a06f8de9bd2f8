package kernels

import (
	"math"

	"github.com/lorica-go/lorica/internal/format"
)

// The dropout generator. A mask is a function of (seed, step, site, row, column) alone, so the backward pass makes it again
// instead of storing it, and the split over threads does not matter.
//
// Seed, step, site and row are mixed one after the other by the splitmix64 finaliser; the last gives two 32-bit keys. Per
// column the generator computes
//
//	h = column*0x9e3779b9 + key0
//	h = (h ^ h>>16) * 0x21f0aaad ^ key1
//	h = (h ^ h>>15) * 0x735a2d97
//	h ^= h >> 15
//
// and drops the element when h, as a signed number, is below a threshold that cuts off the fraction p of all 2^32 values.
// The constants and shifts are those of Ettinger's and Wellons' low-bias search; key1 enters between the rounds so that two
// rows whose first keys happen to be near each other still have unrelated masks.

// maskKey is a Dropout, mixed.
type maskKey struct {
	key       uint64
	threshold int32
	scale     float32
}

// maskRow is the generator's state for one row of a mask: what dropout primitives take. (An alias, so that assembly stubs,
// which spell the struct out, have the primitives' types.)
type maskRow = struct {
	key0, key1 uint32
	threshold  int32   // columns whose hash is below are dropped
	scale      float32 // 1/(1-p)
}

// mask prepares the generator. The rate must be in [0, 1).
func (d Dropout) mask() maskKey {
	if !(d.Rate >= 0 && d.Rate < 1) {
		panic(format.Sprintf("kernels: dropout rate %v is not in [0, 1)", d.Rate))
	}
	cut := int64(math.Round(float64(d.Rate) * (1 << 32)))
	key := mix64(d.Seed + goldenGamma)
	key = mix64(key + d.Step*goldenGamma)
	key = mix64(key + uint64(d.Site)*goldenGamma)
	return maskKey{
		key:       key,
		threshold: int32(cut + math.MinInt32),
		scale:     float32(1 / (1 - float64(d.Rate))),
	}
}

// row returns the state for row r. Any number will do for r; operations with more dimensions combine theirs into one.
func (k maskKey) row(r uint64) maskRow {
	h := mix64(k.key + r*goldenGamma)
	return maskRow{key0: uint32(h), key1: uint32(h >> 32), threshold: k.threshold, scale: k.scale}
}

// goldenGamma is 2^64 divided by the golden ratio, made odd: the step of the splitmix64 sequence.
const goldenGamma = 0x9e3779b97f4a7c15

// mix64 is the splitmix64 finaliser (Steele, Lea and Flood 2014; constants: Stafford's variant 13).
func mix64(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// hashColumn returns the 32 bits that decide about a column; kept when at least the threshold.
func hashColumn(key0, key1, column uint32) int32 {
	h := column*0x9e3779b9 + key0
	h = (h^h>>16)*0x21f0aaad ^ key1
	h = (h ^ h>>15) * 0x735a2d97
	return int32(h ^ h>>15)
}

func dropoutGeneric(dst, x []float32, m maskRow, column int) {
	x = x[:len(dst)]
	for i, v := range x {
		if hashColumn(m.key0, m.key1, uint32(column+i)) < m.threshold {
			dst[i] = 0
		} else {
			dst[i] = v * m.scale
		}
	}
}

func dropoutAddGeneric(dst, x, y []float32, m maskRow, column int) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i, v := range x {
		if hashColumn(m.key0, m.key1, uint32(column+i)) < m.threshold {
			dst[i] = y[i]
		} else {
			dst[i] = float32(v*m.scale) + y[i]
		}
	}
}

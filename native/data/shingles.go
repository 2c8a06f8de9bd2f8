package data

import (
	"math/bits"
	"slices"
	"strings"
)

const (
	// shingleRunes is the length of the windows by which texts are compared: five characters, which also works for
	// scripts without spaces and for texts of a few words.
	shingleRunes = 5
	// shingleTokens is the same for rows that are token ids.
	shingleTokens = 3
)

// normalize is what makes two texts the same: letter case and white space do not count.
func normalize(row *Row) string {
	if row.InputIDs == nil {
		return strings.Join(strings.Fields(strings.ToLower(row.Text)), " ")
	}
	ids := make([]rune, len(row.InputIDs)) // only compared, never shown
	for i, id := range row.InputIDs {
		ids[i] = rune(id)
	}
	return tokenMark + runesKey(ids)
}

// tokenMark sets token ids apart from texts; no normalised text begins with white space.
const tokenMark = " "

// runesKey spells numbers as fixed-width bytes, so that equal keys mean equal numbers.
func runesKey(ids []rune) string {
	var b strings.Builder
	for _, id := range ids {
		b.Write([]byte{byte(id), byte(id >> 8), byte(id >> 16), byte(id >> 24)})
	}
	return b.String()
}

// shingles returns the hashes of a normalised text's shingles. A text shorter than one shingle is one.
func shingles(text string) []uint64 {
	var symbols []rune
	width := shingleRunes
	if ids, ok := strings.CutPrefix(text, tokenMark); ok {
		width = shingleTokens
		for i := 0; i+4 <= len(ids); i += 4 {
			symbols = append(symbols, rune(ids[i])|rune(ids[i+1])<<8|rune(ids[i+2])<<16|rune(ids[i+3])<<24)
		}
	} else {
		symbols = []rune(text)
	}
	width = min(width, len(symbols))
	hashes := make([]uint64, 0, len(symbols)-width+1)
	for i := 0; i+width <= len(symbols); i++ {
		h := uint64(width)
		for _, s := range symbols[i : i+width] {
			h = mix64(h ^ uint64(uint32(s)))
		}
		hashes = append(hashes, h)
	}
	return hashes
}

// mix64 scrambles: a multiplication by 2^64/phi folded onto itself.
func mix64(x uint64) uint64 {
	high, low := bits.Mul64(x+0x9e3779b97f4a7c15, 0xd1342543de82ef95)
	return high ^ low
}

// rarity orders shingles from rare to frequent. Counts are kept per bucket of hashes, so the order is near to that of true
// frequency; the search needs only that it is one and the same order everywhere.
type rarity struct{ counts []uint16 }

// hashBits is how much of a shingle's hash is kept below its frequency in the keys that rarity makes.
const hashBits = 48

func newRarity() *rarity { return &rarity{counts: make([]uint16, 1<<21)} }

func (r *rarity) count(hashes []uint64) {
	for _, h := range hashes {
		if c := &r.counts[h>>43]; *c != 0xffff {
			*c++
		}
	}
}

// keys turns a text's hashes, in place, into the set of keys that stand for them, sorted by rarity.
func (r *rarity) keys(hashes []uint64) []uint64 {
	for i, h := range hashes {
		hashes[i] = uint64(r.counts[h>>43])<<hashBits | h&(1<<hashBits-1)
	}
	slices.Sort(hashes)
	return slices.Compact(hashes)
}

package tokenizer

import "math/bits"

// Odd constants with well mixed bits, for multiplication.
const (
	mix1 = 0x9E3779B97F4A7C15
	mix2 = 0xD6E8FEB86659FD93
	mix3 = 0xA0761D6478BD642F
)

// mix hashes two words: both halves of a 128-bit product, as in the wyhash family.
func mix(a, b uint64) uint64 {
	high, low := bits.Mul64(a^mix1, b^mix2)
	return high ^ low
}

// hashBytes hashes b.
func hashBytes[T string | []byte](b T) uint64 {
	h := uint64(len(b)) * mix3
	for len(b) > 16 {
		h = mix(h^load8(b), load8(b[8:]))
		b = b[16:]
	}
	switch {
	case len(b) >= 8:
		return mix(h^load8(b), load8(b[len(b)-8:]))
	case len(b) >= 4:
		return mix(h^load4(b), load4(b[len(b)-4:]))
	case len(b) > 0:
		return mix(h^(uint64(b[0])|uint64(b[len(b)/2])<<8|uint64(b[len(b)-1])<<16), mix3)
	}
	return mix(h, mix3)
}

func load8[T string | []byte](b T) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

func load4[T string | []byte](b T) uint64 {
	_ = b[3]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24
}

// stringTable maps strings to the indices of a list that holds them, by open addressing with linear probing.
type stringTable struct {
	slots []stringSlot // a power of two
	shift uint
}

type stringSlot struct {
	check uint32 // low bits of the hash
	index int32  // of the string, plus 1; 0 is an empty slot
}

// newStringTable returns a table with room for n strings.
func newStringTable(n int) stringTable {
	size := bits.Len(uint(n*2 | 15))
	return stringTable{slots: make([]stringSlot, 1<<size), shift: uint(64 - size)}
}

// find returns the index whose string is key, or -1. list holds the strings.
func (t *stringTable) find(list []string, key []byte) int32 {
	if len(t.slots) == 0 {
		return -1
	}
	h := hashBytes(key)
	mask := len(t.slots) - 1
	for i := int(h >> t.shift); ; i = (i + 1) & mask {
		slot := t.slots[i]
		if slot.index == 0 {
			return -1
		}
		if slot.check == uint32(h) && list[slot.index-1] == string(key) {
			return slot.index - 1
		}
	}
}

// insert adds list[index] unless the same string is there; it returns the index of the one that is in the table then.
func (t *stringTable) insert(list []string, index int32) int32 {
	key := list[index]
	h := hashBytes(key)
	mask := len(t.slots) - 1
	for i := int(h >> t.shift); ; i = (i + 1) & mask {
		slot := t.slots[i]
		if slot.index == 0 {
			t.slots[i] = stringSlot{uint32(h), index + 1}
			return index
		}
		if slot.check == uint32(h) && list[slot.index-1] == key {
			return slot.index - 1
		}
	}
}

// pairTable maps pairs of token ids to a merge.
type pairTable struct {
	slots []pairSlot
	shift uint
}

// merge says that a pair of tokens becomes the token id, and at which rank: the lowest goes first.
type merge struct{ rank, id int32 }

type pairSlot struct {
	key   uint64 // left id above right id, plus 1; 0 is an empty slot
	merge merge
}

// pairKey packs a pair. Ids are below 2^31-1, so that the key is not 0.
func pairKey(left, right int32) uint64 { return (uint64(uint32(left))<<32 | uint64(uint32(right))) + 1 }

func newPairTable(n int) pairTable {
	size := bits.Len(uint(n*2 | 15))
	return pairTable{slots: make([]pairSlot, 1<<size), shift: uint(64 - size)}
}

func hashPair(key uint64) uint64 {
	key *= mix1
	return (key ^ key>>32) * mix2
}

// find returns the merge of a pair; ok is false when there is none.
func (t *pairTable) find(left, right int32) (m merge, ok bool) {
	key := pairKey(left, right)
	mask := len(t.slots) - 1
	for i := int(hashPair(key) >> t.shift); ; i = (i + 1) & mask {
		slot := &t.slots[i]
		if slot.key == key {
			return slot.merge, true
		}
		if slot.key == 0 {
			return merge{}, false
		}
	}
}

// insert sets the merge of a pair.
func (t *pairTable) insert(left, right int32, m merge) {
	key := pairKey(left, right)
	mask := len(t.slots) - 1
	i := int(hashPair(key) >> t.shift)
	for t.slots[i].key != 0 && t.slots[i].key != key {
		i = (i + 1) & mask
	}
	t.slots[i] = pairSlot{key, m}
}

// wordKey packs a word of up to maxCachedWord bytes, and its length, into two words. text must have room for 16 bytes from
// start on, whatever they hold.
func wordKey(text []byte, start, end int32) (low, high uint64) {
	room := text[start : start+16 : start+16]
	low, high = littleEndian64(room), littleEndian64(room[8:])
	n := uint(end - start)
	if n <= 8 {
		low &= 1<<(8*n) - 1 // a shift by 64 gives 0, less 1: all ones
		return low, uint64(n) << 56
	}
	return low, high&(1<<(8*(n-8))-1) | uint64(n)<<56
}

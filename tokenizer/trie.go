package tokenizer

import (
	"bytes"
	"slices"
)

// byteTrie finds the strings of a set that a text begins with, and the number of each. It is a double array: the child of a
// node by byte c is the unit at the node's base XOR c, if that unit bears the label c. No two nodes share a base, so that a
// label is proof enough. Where only one string goes on, its rest is kept as a string, which leaves about one unit and a half
// for each string. Strings and texts are valid UTF-8, so that the byte 0xFF can mark free units.
type byteTrie struct {
	root  uint32
	units []trieUnit // a multiple of 256 of them
	tails []byte     // for each rest its length, then its bytes
}

// trieUnit packs the base of a node's children (32 bits; 0 when there are none), the label by which the node is reached (8)
// and the number of the string that ends here, plus 1 (24; 0 when none does).
type trieUnit uint64

const (
	freeUnit trieUnit = 0xFF << 32 // bears a label that no text has

	// tailBase in a base tells that a rest follows: the string ends only behind it. The other bits are its place in tails.
	tailBase = 1 << 31
	maxTail  = 255

	maxTrieValue = 1<<24 - 2
)

func (u trieUnit) base() uint32 { return uint32(u) }
func (u trieUnit) label() byte  { return byte(u >> 32) }
func (u trieUnit) value() int32 { return int32(u>>40) - 1 }

func newTrieUnit(base uint32, label byte, value int32) trieUnit {
	return trieUnit(base) | trieUnit(label)<<32 | trieUnit(value+1)<<40
}

// find returns the number of a string, or -1.
func (t *byteTrie) find(key []byte) int32 {
	value := int32(-1)
	t.prefixes(key, func(length int, v int32) {
		if length == len(key) {
			value = v
		}
	})
	return value
}

// prefixes calls found with the length and the number of each string that text begins with, the shortest first. (unigram's
// search has this loop in itself, where it is most of the work.)
func (t *byteTrie) prefixes(text []byte, found func(length int, value int32)) {
	base := t.root
	for i, c := range text {
		if base == 0 {
			return
		}
		u := t.units[base^uint32(c)]
		if u.label() != c {
			return
		}
		base = u.base()
		length := i + 1
		if base&tailBase != 0 {
			tail := t.tail(base)
			if !bytes.HasPrefix(text[length:], tail) {
				return
			}
			length += len(tail)
			base = 0
		}
		if value := u.value(); value >= 0 {
			found(length, value)
		}
	}
}

// tail returns the rest to which a base points.
func (t *byteTrie) tail(base uint32) []byte {
	at := base &^ tailBase
	return t.tails[at+1 : at+1+uint32(t.tails[at])]
}

// trieBuilder makes a byteTrie. Strings are sorted and nodes made in one go, depth first.
type trieBuilder struct {
	byteTrie
	keys [][]byte
	used []uint64 // bit set of the bases that are taken

	// next and prev link the free units of the last blocks in a ring through unit 0, which is never used.
	next, prev []int32

	todo    []trieTask
	scratch []int32
}

// trieTask is a node whose children have yet to be made: the keys order[low:high], which share their first depth bytes. unit
// is where the node is; -1 stands for the root.
type trieTask struct {
	low, high, depth int32
	unit             int32
}

// trieWindow is how many blocks of 256 units are searched for free ones; older ones are full enough.
const trieWindow = 16

// trieTries bounds how many free units are tried for the first child of a node, before a new block is begun.
const trieTries = 256

// newByteTrie returns the trie of keys, whose indices are the numbers. Empty keys are left out, and of equal ones the last
// counts. There are at most maxTrieValue+1 keys.
func newByteTrie(keys [][]byte) byteTrie {
	b := &trieBuilder{keys: keys}
	room := len(keys)*3/2 + 1024 // about what it takes
	b.units = make([]trieUnit, 0, room)
	b.next, b.prev = make([]int32, 0, room), make([]int32, 0, room)
	b.addBlock()
	b.units[0] |= 1 // not free: the ring begins there
	order := make([]int32, 0, len(keys))
	for i, key := range keys {
		if len(key) > 0 {
			order = append(order, int32(i))
		}
	}
	b.scratch = make([]int32, len(order))
	if len(order) == 0 {
		b.root = 1
		return b.byteTrie
	}
	b.todo = append(b.todo, trieTask{0, int32(len(order)), 0, -1})
	for len(b.todo) > 0 {
		task := b.todo[len(b.todo)-1]
		b.todo = b.todo[:len(b.todo)-1]
		b.makeChildren(order, task)
	}
	return b.byteTrie
}

// makeChildren makes the children of a node.
func (b *trieBuilder) makeChildren(order []int32, task trieTask) {
	depth := task.depth
	part := order[task.low:task.high]
	ended := b.sortByByte(part, depth)
	if ended > 0 { // only below the root: there are no empty keys
		b.units[task.unit] |= trieUnit(slices.Max(part[:ended])+1) << 40
	}
	var labels [256]byte
	var ends [256]int32
	n := 0
	for i := ended; i < len(part); i++ {
		if label := b.keys[part[i]][depth]; n == 0 || labels[n-1] != label {
			labels[n] = label
			n++
		}
		ends[n-1] = int32(i + 1)
	}
	if n == 0 {
		return
	}
	base := b.findBase(labels[:n])
	b.used[base/64] |= 1 << (base % 64)
	if task.unit < 0 {
		b.root = base
	} else {
		b.units[task.unit] |= trieUnit(base)
	}
	for _, label := range labels[:n] {
		b.take(int32(base^uint32(label)), newTrieUnit(0, label, -1))
	}
	start := int32(ended)
	for i, label := range labels[:n] {
		unit := int32(base ^ uint32(label))
		end := ends[i]
		if key := b.keys[part[start]]; end == start+1 && len(key)-int(depth)-1 <= maxTail {
			b.units[unit] = b.leaf(label, key[depth+1:], part[start])
		} else {
			b.todo = append(b.todo, trieTask{task.low + start, task.low + end, depth + 1, unit})
		}
		start = end
	}
}

// leaf returns the unit of a string's end, or of where only one string goes on.
func (b *trieBuilder) leaf(label byte, rest []byte, value int32) trieUnit {
	base := uint32(0)
	if len(rest) > 0 {
		base = tailBase | uint32(len(b.tails))
		b.tails = append(append(b.tails, byte(len(rest))), rest...)
	}
	return newTrieUnit(base, label, value)
}

// sortByByte sorts keys by their byte at depth. Those that end there come first; it returns how many.
func (b *trieBuilder) sortByByte(part []int32, depth int32) (ended int) {
	at := func(key int32) int {
		if k := b.keys[key]; len(k) > int(depth) {
			return int(k[depth]) + 1
		}
		return 0
	}
	if len(part) <= 24 {
		for i := 1; i < len(part); i++ {
			key := part[i]
			c := at(key)
			j := i
			for ; j > 0 && at(part[j-1]) > c; j-- {
				part[j] = part[j-1]
			}
			part[j] = key
		}
		for ended < len(part) && at(part[ended]) == 0 {
			ended++
		}
		return ended
	}
	var ends [257]int32
	for _, key := range part {
		ends[at(key)]++
	}
	ended = int(ends[0])
	for i := 1; i < len(ends); i++ {
		ends[i] += ends[i-1]
	}
	copy(b.scratch, part)
	for i := len(part) - 1; i >= 0; i-- {
		key := b.scratch[i]
		c := at(key)
		ends[c]--
		part[ends[c]] = key
	}
	return ended
}

// findBase returns a base that no node has yet, with which the units of all labels are free.
func (b *trieBuilder) findBase(labels []byte) uint32 {
	tries := 0
	for unit := b.next[0]; unit != 0 && tries < trieTries; unit = b.next[unit] {
		base := uint32(unit) ^ uint32(labels[0])
		if b.fits(base, labels) {
			return base
		}
		tries++
	}
	block := uint32(len(b.units))
	b.addBlock()
	return block // no node has a base in a new block, and all of its units are free
}

func (b *trieBuilder) fits(base uint32, labels []byte) bool {
	if base == 0 || b.used[base/64]&(1<<(base%64)) != 0 {
		return false
	}
	for _, label := range labels[1:] {
		if b.units[base^uint32(label)] != freeUnit {
			return false
		}
	}
	return true
}

// take fills a free unit.
func (b *trieBuilder) take(unit int32, u trieUnit) {
	b.unlink(unit)
	b.units[unit] = u
}

// unlink takes a unit out of the ring, if it is there.
func (b *trieBuilder) unlink(unit int32) {
	next, prev := b.next[unit], b.prev[unit]
	b.next[prev], b.prev[next] = next, prev
	b.next[unit], b.prev[unit] = unit, unit
}

// addBlock adds 256 free units, and takes what is still free of an old block out of the ring.
func (b *trieBuilder) addBlock() {
	first := int32(len(b.units))
	var units [256]trieUnit
	var next, prev [256]int32
	for i := range units {
		units[i] = freeUnit
		next[i], prev[i] = first+int32(i)+1, first+int32(i)-1
	}
	b.units = append(b.units, units[:]...)
	b.next, b.prev = append(b.next, next[:]...), append(b.prev, prev[:]...)
	b.used = append(b.used, 0, 0, 0, 0)
	if last := first + 255; first == 0 {
		b.next[last], b.prev[0] = 0, last
	} else {
		before := b.prev[0]
		b.next[before], b.prev[first] = first, before
		b.next[last], b.prev[0] = 0, last
	}
	if old := first - trieWindow*256; old >= 0 {
		for unit := max(old, 1); unit < old+256; unit++ {
			b.unlink(unit)
		}
	}
}

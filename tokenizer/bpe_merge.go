package tokenizer

// smallWord is up to how many tokens a word is merged by searching all pairs for the best one each time, which is quadratic
// but needs no bookkeeping; longer words go through a heap.
const smallWord = 32

// keptMemory is how large a word's buffers may be, in tokens, to be kept for the next word.
const keptMemory = 1 << 16

// bpeMemory is the working memory of bpe: the tokens of a word and how many bytes each has.
type bpeMemory struct {
	ids, sizes []int32
	text       []byte

	merges     []uint64 // of small words: pairMerge of each token and the next
	prev, next []int32  // of long words: neighbours, -1 at the ends
	heap       []uint64 // of long words: rank above position, the smallest on top
}

func (mem *bpeMemory) add(id, size int32) {
	mem.ids = append(mem.ids, id)
	mem.sizes = append(mem.sizes, size)
}

// trim lets go of buffers that a very long word has made.
func (mem *bpeMemory) trim() {
	if cap(mem.ids) > keptMemory {
		*mem = bpeMemory{}
	}
}

// noMerge is the pairMerge of a pair that has none; it sorts last.
const noMerge = 1<<64 - 1

// pairMerge returns rank and id of a pair's merge, packed so that they compare by rank.
func (m *bpe) pairMerge(left, right int32) uint64 {
	found, ok := m.merges.find(left, right)
	if !ok {
		return noMerge
	}
	return uint64(uint32(found.rank))<<32 | uint64(uint32(found.id))
}

// mergeAll merges until no pair of neighbours has a merge.
func (m *bpe) mergeAll(mem *bpeMemory) {
	if len(mem.ids) <= smallWord {
		m.mergeSmall(mem)
	} else {
		m.mergeLong(mem)
	}
}

func (m *bpe) mergeSmall(mem *bpeMemory) {
	ids, sizes := mem.ids, mem.sizes
	merges := mem.merges[:0]
	for i := 0; i+1 < len(ids); i++ {
		merges = append(merges, m.pairMerge(ids[i], ids[i+1]))
	}
	mem.merges = merges
	for len(merges) > 0 {
		best := 0
		for i := 1; i < len(merges); i++ {
			if merges[i]>>32 < merges[best]>>32 {
				best = i
			}
		}
		if merges[best] == noMerge {
			break
		}
		ids[best] = int32(uint32(merges[best]))
		sizes[best] += sizes[best+1]
		ids = ids[:best+1+copy(ids[best+1:], ids[best+2:])]
		sizes = sizes[:best+1+copy(sizes[best+1:], sizes[best+2:])]
		merges = merges[:best+copy(merges[best:], merges[best+1:])]
		if best > 0 {
			merges[best-1] = m.pairMerge(ids[best-1], ids[best])
		}
		if best < len(merges) {
			merges[best] = m.pairMerge(ids[best], ids[best+1])
		}
	}
	mem.ids, mem.sizes = ids, sizes
}

// mergeLong keeps the pairs that have a merge in a heap. A pair's entry is not taken out when one of its tokens changes, but
// known to be stale by its rank when it comes up.
func (m *bpe) mergeLong(mem *bpeMemory) {
	ids, sizes := mem.ids, mem.sizes
	mem.prev, mem.next, mem.heap = mem.prev[:0], mem.next[:0], mem.heap[:0]
	for i := range ids {
		mem.prev = append(mem.prev, int32(i-1))
		mem.next = append(mem.next, int32(i+1))
	}
	mem.next[len(ids)-1] = -1
	for i := 0; i+1 < len(ids); i++ {
		if packed := m.pairMerge(ids[i], ids[i+1]); packed != noMerge {
			mem.heap = append(mem.heap, packed>>32<<32|uint64(i))
		}
	}
	for i := len(mem.heap)/2 - 1; i >= 0; i-- {
		mem.siftDown(i)
	}
	for len(mem.heap) > 0 {
		top := mem.pop()
		i := int32(uint32(top))
		if sizes[i] == 0 || mem.next[i] < 0 {
			continue
		}
		right := mem.next[i]
		packed := m.pairMerge(ids[i], ids[right])
		if packed>>32 != top>>32 {
			continue
		}
		ids[i] = int32(uint32(packed))
		sizes[i] += sizes[right]
		sizes[right] = 0
		after := mem.next[right]
		mem.next[i] = after
		if after >= 0 {
			mem.prev[after] = i
			m.pushPair(mem, i, after)
		}
		if before := mem.prev[i]; before >= 0 {
			m.pushPair(mem, before, i)
		}
	}
	n := 0
	for i := int32(0); i >= 0; i = mem.next[i] {
		ids[n], sizes[n] = ids[i], sizes[i]
		n++
	}
	mem.ids, mem.sizes = ids[:n], sizes[:n]
}

// pushPair puts the pair of tokens at positions i and j into the heap if it has a merge.
func (m *bpe) pushPair(mem *bpeMemory, i, j int32) {
	packed := m.pairMerge(mem.ids[i], mem.ids[j])
	if packed == noMerge {
		return
	}
	mem.heap = append(mem.heap, packed>>32<<32|uint64(i))
	heap := mem.heap
	for k := len(heap) - 1; k > 0; {
		parent := (k - 1) / 2
		if heap[parent] <= heap[k] {
			break
		}
		heap[parent], heap[k] = heap[k], heap[parent]
		k = parent
	}
}

// pop takes the smallest entry off the heap.
func (mem *bpeMemory) pop() uint64 {
	top := mem.heap[0]
	last := len(mem.heap) - 1
	mem.heap[0] = mem.heap[last]
	mem.heap = mem.heap[:last]
	mem.siftDown(0)
	return top
}

// siftDown moves entry i down to where it belongs.
func (mem *bpeMemory) siftDown(i int) {
	heap := mem.heap
	for {
		child := 2*i + 1
		if child >= len(heap) {
			return
		}
		if child+1 < len(heap) && heap[child+1] < heap[child] {
			child++
		}
		if heap[i] <= heap[child] {
			return
		}
		heap[i], heap[child] = heap[child], heap[i]
		i = child
	}
}

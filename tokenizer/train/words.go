package train

import (
	"cmp"
	"hash/maphash"
	"slices"
)

// Words counts words.
type Words struct {
	seed  maphash.Seed
	slots []int32 // a power of two; the index of a word plus 1, 0 for an empty slot
	text  []byte  // of all words
	list  []word

	// Forgotten is how many occurrences of words were forgotten for want of memory.
	Forgotten int64
}

// word is a word with its place in Words.text.
type word struct {
	start int64
	size  int32
	hash  uint32
	count int64
}

// wordBytes is about what a word takes besides its text.
const wordBytes = 40

// NewWords returns an empty count.
func NewWords() *Words { return &Words{seed: maphash.MakeSeed(), slots: make([]int32, 1<<10)} }

// Len is how many different words there are.
func (w *Words) Len() int { return len(w.list) }

// Occurrences is how many words there are in all.
func (w *Words) Occurrences() (n int64) {
	for i := range w.list {
		n += w.list[i].count
	}
	return n
}

// Add counts a word n times.
func (w *Words) Add(text []byte, n int64) { w.add(text, uint32(maphash.Bytes(w.seed, text)), n) }

func (w *Words) add(text []byte, hash uint32, n int64) {
	mask := uint32(len(w.slots) - 1)
	i := hash & mask
	for ; w.slots[i] != 0; i = (i + 1) & mask {
		entry := &w.list[w.slots[i]-1]
		if entry.hash == hash && string(w.of(entry)) == string(text) {
			entry.count += n
			return
		}
	}
	w.list = append(w.list, word{int64(len(w.text)), int32(len(text)), hash, n})
	w.text = append(w.text, text...)
	w.slots[i] = int32(len(w.list))
	if 2*len(w.list) > len(w.slots) {
		w.index(2 * len(w.slots))
	}
}

func (w *Words) of(entry *word) []byte { return w.text[entry.start : entry.start+int64(entry.size)] }

// index makes the slots anew.
func (w *Words) index(size int) {
	w.slots = make([]int32, size)
	mask := uint32(size - 1)
	for n := range w.list {
		i := w.list[n].hash & mask
		for w.slots[i] != 0 {
			i = (i + 1) & mask
		}
		w.slots[i] = int32(n + 1)
	}
}

// Merge adds the counts of another one and empties that.
func (w *Words) Merge(other *Words) {
	for i := range other.list {
		entry := &other.list[i]
		w.Add(other.of(entry), entry.count)
	}
	w.Forgotten += other.Forgotten
	clear(other.slots)
	other.text, other.list, other.Forgotten = other.text[:0], other.list[:0], 0
}

// Bound forgets the rarest words if all take more than limit bytes: those below the least count that leaves half of it or less.
// What stays depends on the counts alone.
func (w *Words) Bound(limit int64) {
	if int64(len(w.text))+wordBytes*int64(len(w.list)) <= limit {
		return
	}
	order := make([]int32, len(w.list))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(w.list[b].count, w.list[a].count) })
	least, total := int64(0), int64(0)
	for _, i := range order {
		if total += int64(w.list[i].size) + wordBytes; total > limit/2 {
			least = w.list[i].count + 1
			break
		}
	}
	kept := w.list[:0]
	text := w.text[:0] // what stays moves to the front
	for _, entry := range w.list {
		if entry.count < least {
			w.Forgotten += entry.count
			continue
		}
		start := int64(len(text))
		text = append(text, w.of(&entry)...)
		entry.start = start
		kept = append(kept, entry)
	}
	w.list, w.text = kept, text
	w.index(len(w.slots))
}

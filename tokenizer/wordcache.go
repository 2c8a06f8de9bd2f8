package tokenizer

const (
	maxCachedWord   = 15 // bytes
	maxCachedTokens = 4
	wordSetBits     = 14
)

// wordCache remembers what the model made of short words: tokens depend on the word alone. It is a table of fixed size, in
// sets of two words that share a cache line; a new word takes the place of the one of its set that was met longer ago. In all
// it has 1 MB. (On the 12 MB of reviews of the benchmarks, 4 of 100 words are not there; with one word a set, 6.)
type wordCache struct {
	sets [][2]wordEntry
}

// wordEntry is a word and its tokens. A token is packed: where it ends, in bytes from the start of the word, above its id,
// which is below 1<<24. 0 stands for no token.
type wordEntry struct {
	low, high uint64 // wordKey; high is never 0 for a word
	tokens    [maxCachedTokens]uint32
}

// find returns the entry of a word. When the word is not there, found is false and the entry is one to be overwritten.
func (c *wordCache) find(low, high uint64) (entry *wordEntry, found bool) {
	if c.sets == nil {
		c.sets = make([][2]wordEntry, 1<<wordSetBits)
	}
	set := &c.sets[mix(low, high)>>(64-wordSetBits)]
	if set[0].low == low && set[0].high == high {
		return &set[0], true
	}
	if set[1].low != low || set[1].high != high {
		set[1] = set[0]
		return &set[0], false
	}
	set[0], set[1] = set[1], set[0]
	return &set[0], true
}

// store makes the entry that of a word and reports whether the word's tokens fit; when not, the entry is empty.
func (e *wordEntry) store(low, high uint64, tokens *wordTokens) bool {
	n := len(tokens.ids)
	*e = wordEntry{}
	if n == 0 || n > maxCachedTokens {
		return false
	}
	for i := 1; i < n; i++ {
		if tokens.ends[i] == tokens.ends[i-1] {
			return false // bytes of an unknown character, which an entry cannot tell from tokens of their own
		}
	}
	e.low, e.high = low, high
	for i := range n {
		e.tokens[i] = uint32(tokens.ends[i])<<24 | uint32(tokens.ids[i])
	}
	return true
}

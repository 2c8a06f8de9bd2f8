package tokenizer

const (
	maxCachedWord   = 15 // bytes
	maxCachedTokens = 4
	wordCacheBits   = 14
)

// wordCache remembers what the model made of short words: tokens depend on the word alone. It is a table of fixed size; a
// word takes the place of the one that was there. It holds 650 KB, which the second-level cache of today's processors does.
type wordCache struct {
	entries []wordEntry
}

type wordEntry struct {
	low, high uint64 // wordKey; high is never 0
	ids       [maxCachedTokens]int32
	ends      [maxCachedTokens]uint8 // of the tokens, in bytes from the start of the word
	count     uint8
}

// entry returns the place of a word, which may hold another one.
func (c *wordCache) entry(low, high uint64) *wordEntry {
	if c.entries == nil {
		c.entries = make([]wordEntry, 1<<wordCacheBits)
	}
	return &c.entries[mix(low, high)>>(64-wordCacheBits)]
}

// store puts a word's tokens into its place and reports whether they fit.
func (e *wordEntry) store(low, high uint64, tokens *wordTokens) bool {
	n := len(tokens.ids)
	if n == 0 || n > maxCachedTokens {
		return false
	}
	e.low, e.high, e.count = low, high, uint8(n)
	for i := range n {
		e.ids[i], e.ends[i] = tokens.ids[i], uint8(tokens.ends[i])
	}
	return true
}

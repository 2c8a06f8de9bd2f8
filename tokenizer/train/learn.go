package train

import (
	"context"
	"slices"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/tokenizer"
)

// Learned is a vocabulary and how it came to be.
type Learned struct {
	tokenizer.Vocabulary
	// Alphabet is how many of the tokens are bytes or characters, with and without ##.
	Alphabet int
	// LastCount is how often the pair that was merged last occurred; 0 if none was.
	LastCount int64
}

// checkEvery is how many merges pass between two looks at the context.
const checkEvery = 64

// Learn finds the vocabulary of the words. progress, which may be nil, is told now and then how many tokens there are. Errors are
// those of Config.Validate, an input error if there are no words or more characters than tokens, and the cause of the context.
func Learn(ctx context.Context, c Config, words *Words, progress func(tokens int)) (*Learned, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if words.Len() == 0 {
		return nil, badinput.Errorf("there is not one word to learn from")
	}
	v := newVocabulary(&c)
	s, err := spell(&c, v, words)
	if err != nil {
		return nil, err
	}
	l := &Learned{Vocabulary: tokenizer.Vocabulary{Kind: c.Kind, Special: slices.Clone(c.Special), Lowercase: c.Lowercase, AddPrefixSpace: c.AddPrefixSpace}}
	l.Alphabet = len(v.tokens) - len(c.Special)
	m := &merger{words: s, pairs: pairs{index: map[pair]int32{}}}
	m.count()
	var merges []pair
	for len(v.tokens) < c.VocabSize {
		if len(merges)%checkEvery == 0 {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			if progress != nil {
				progress(len(v.tokens))
			}
		}
		top, ok := m.next(int64(c.MinFrequency))
		if !ok {
			break
		}
		left, right := top.pair.tokens()
		rest := v.tokens[right]
		if c.Kind == tokenizer.WordPiece {
			rest = strings.TrimPrefix(rest, continuing)
		}
		m.merge(&top, v.add(v.tokens[left]+rest), int32(len(merges)+1))
		merges = append(merges, top.pair)
		l.LastCount = top.count
	}
	l.Tokens = v.tokens
	if c.Kind == tokenizer.BPE {
		l.Merges = spellMerges(merges, v.tokens)
	}
	return l, nil
}

// spellMerges writes merges as tokens. One that was done twice stands where it was done last.
func spellMerges(merges []pair, tokens []string) [][2]string {
	last := make(map[pair]int, len(merges))
	for i, m := range merges {
		last[m] = i
	}
	list := make([][2]string, 0, len(last))
	for i, m := range merges {
		if last[m] == i {
			left, right := m.tokens()
			list = append(list, [2]string{tokens[left], tokens[right]})
		}
	}
	return list
}

// merger does the merges.
type merger struct {
	words *spelled
	pairs pairs
	queue queue
}

// count counts the pairs of all words and queues them.
func (m *merger) count() {
	for w := range m.words.size {
		ids := m.words.of(int32(w))
		for i := 1; i < len(ids); i++ {
			m.pairs.appear(pairOf(ids[i-1], ids[i]), m.words.count[w], int32(w))
		}
	}
	m.pairs.enqueue(&m.queue, 0)
}

// next returns the pair to merge next; ok is false when none is frequent enough. Counts in the queue may be out of date: an entry
// that comes out with a wrong one goes back with the right one.
func (m *merger) next(least int64) (top queued, ok bool) {
	for len(m.queue) > 0 {
		first := &m.queue[0]
		if count := m.pairs.list[first.index].count; count != first.count {
			e := *first
			e.count = count
			m.queue.sink(e)
			continue
		}
		if first.count < max(least, 1) {
			return queued{}, false
		}
		return m.queue.pop(), true
	}
	return queued{}, false
}

// merge replaces the pair by token in the words that came with it.
func (m *merger) merge(top *queued, token, turn int32) {
	left, right := top.pair.tokens()
	for _, w := range top.words {
		ids, count := m.words.of(w), m.words.count[w]
		kept := 0
		for i := 0; i < len(ids); i++ {
			if ids[i] != left || i+1 == len(ids) || ids[i+1] != right {
				ids[kept] = ids[i]
				kept++
				continue
			}
			if kept > 0 {
				m.pairs.change(pairOf(ids[kept-1], left), -count)
				m.pairs.appear(pairOf(ids[kept-1], token), count, w)
			}
			i++
			if i+1 < len(ids) {
				m.pairs.change(pairOf(right, ids[i+1]), -count)
				m.pairs.appear(pairOf(token, ids[i+1]), count, w)
			}
			ids[kept] = token
			kept++
		}
		m.words.size[w] = int32(kept)
	}
	m.pairs.enqueue(&m.queue, turn)
}

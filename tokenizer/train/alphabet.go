package train

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/tokenizer"
)

// continuing is what WordPiece writes before a token that does not begin a word.
const continuing = "##"

// vocabulary is a vocabulary that grows.
type vocabulary struct {
	tokens []string
	ids    map[string]int32
}

// newVocabulary returns the special tokens and, for a byte-level BPE, the bytes in the order of the characters that stand for
// them.
func newVocabulary(c *Config) *vocabulary {
	v := &vocabulary{ids: map[string]int32{}}
	for _, token := range c.Special {
		v.add(token)
	}
	if c.Kind == tokenizer.BPE {
		var bytes []string
		for b := range 256 {
			bytes = append(bytes, tokenizer.ByteToken(byte(b)))
		}
		slices.Sort(bytes) // UTF-8 has the order of the code points
		for _, token := range bytes {
			v.add(token)
		}
	}
	return v
}

// add returns the id of a token, which it gives one if it has none.
func (v *vocabulary) add(token string) int32 {
	id, ok := v.ids[token]
	if !ok {
		id = int32(len(v.tokens))
		v.tokens = append(v.tokens, token)
		v.ids[token] = id
	}
	return id
}

// spelled are words as ids of tokens, end to end.
type spelled struct {
	ids   []int32
	start []int   // of each word in ids
	size  []int32 // of each word, which shrinks with every merge
	count []int64 // of each word
}

func (s *spelled) of(word int32) []int32 { return s.ids[s.start[word]:][:s.size[word]] }

// spell writes all words with the alphabet, which goes into v.
func spell(c *Config, v *vocabulary, words *Words) (*spelled, error) {
	s := &spelled{ids: make([]int32, 0, len(words.text))}
	var write func(text []byte)
	if c.Kind == tokenizer.BPE {
		var ids [256]int32
		for b := range ids {
			ids[b] = v.ids[tokenizer.ByteToken(byte(b))]
		}
		write = func(text []byte) {
			for _, b := range text {
				s.ids = append(s.ids, ids[b])
			}
		}
	} else {
		first, inner := alphabet(c, v, words)
		write = func(text []byte) {
			ids := first
			for _, r := range string(text) {
				if id, ok := ids[r]; ok {
					s.ids = append(s.ids, id)
				}
				ids = inner // also behind a first character that is not in the alphabet
			}
		}
	}
	if len(v.tokens) > c.VocabSize {
		return nil, badinput.Errorf("a vocabulary of %d is too small: the special tokens and the characters of the texts are %d; ask for more, or limit the alphabet",
			c.VocabSize, len(v.tokens))
	}
	for i := range words.list {
		entry := &words.list[i]
		start := len(s.ids)
		write(words.of(entry))
		if len(s.ids)-start < 2 { // no pair in it
			s.ids = s.ids[:start]
			continue
		}
		s.start, s.size, s.count = append(s.start, start), append(s.size, int32(len(s.ids)-start)), append(s.count, entry.count)
	}
	return s, nil
}

// alphabet gives ids to the characters of the words, or the most frequent of them, and then to those that occur within words.
func alphabet(c *Config, v *vocabulary, words *Words) (first, inner map[rune]int32) {
	type char struct {
		r      rune
		count  int64
		within bool
	}
	found := map[rune]*char{}
	for i := range words.list {
		entry := &words.list[i]
		for at, r := range string(words.of(entry)) {
			if found[r] == nil {
				found[r] = &char{r: r}
			}
			found[r].count += entry.count
			found[r].within = found[r].within || at > 0
		}
	}
	kept := make([]*char, 0, len(found))
	for _, f := range found {
		kept = append(kept, f)
	}
	byRune := func(a, b *char) int { return cmp.Compare(a.r, b.r) }
	if n := c.LimitAlphabet; n > 0 && n < len(kept) {
		slices.SortFunc(kept, func(a, b *char) int { return cmp.Or(cmp.Compare(b.count, a.count), byRune(a, b)) })
		kept = kept[:n]
	}
	slices.SortFunc(kept, byRune)
	first, inner = map[rune]int32{}, map[rune]int32{}
	for _, k := range kept {
		first[k.r] = v.add(string(utf8.AppendRune(nil, k.r)))
	}
	for _, k := range kept {
		if k.within {
			inner[k.r] = v.add(continuing + string(utf8.AppendRune(nil, k.r)))
		}
	}
	return first, inner
}

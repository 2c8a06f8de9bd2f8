package tokenizer

import (
	"bytes"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/jsonscan"
)

// unigram is SentencePiece's unigram language model: of all ways to cut a word into tokens, the one with the highest sum of
// scores. A character of which no token is made alone may be the unknown token, at a score below all others; unknown tokens
// that stand side by side are one.
type unigram struct {
	vocab        *vocab
	scores       []float64 // by id
	unknown      int32
	unknownScore float64
	bytes        *[256]int32 // ids of <0x00> and so on for unknown characters, -1 where there is none; nil without byte_fallback
	trie         byteTrie

	// rawSpaces tells that words have a space where the tokens have ▁, which a Metaspace before the model need then not write.
	rawSpaces bool
}

// metaspaceChar is the character by which SentencePiece writes a space.
const metaspaceChar = "▁"

// unknownPenalty is how much less than the lowest score an unknown character has.
const unknownPenalty = 10

func readUnigram(s *jsonscan.Scanner) (model, error) {
	m := &unigram{unknown: -1}
	byteFallback := false
	err := s.Object(func(key string) error {
		switch key {
		case "vocab":
			return m.readPieces(s)
		case "unk_id":
			if s.Null() {
				return nil
			}
			return readID(s, &m.unknown)
		case "byte_fallback":
			return readBool(s, &byteFallback)
		}
		return s.Skip()
	}, "vocab")
	switch {
	case err != nil:
		return nil, err
	case m.unknown < 0:
		return nil, s.Errorf("a Unigram without unk_id is not supported")
	case int(m.unknown) >= len(m.vocab.tokens):
		return nil, s.Errorf("unk_id %d is not below %d, the size of the vocabulary", m.unknown, len(m.vocab.tokens))
	}
	if byteFallback {
		m.bytes = byteTokens(m.vocab)
	}
	return m, nil
}

// readPieces reads a vocabulary: an array of tokens with their scores.
func (m *unigram) readPieces(s *jsonscan.Scanner) error {
	m.vocab = &vocab{tokens: make([]string, 0, s.Left()/32), known: make([]bool, 0, s.Left()/32)}
	m.scores = make([]float64, 0, s.Left()/32)
	lowest := math.Inf(1)
	err := s.Array(func(id int) error {
		if id > maxTrieValue {
			return s.Errorf("more than %d tokens", maxTrieValue+1)
		}
		at := s.Offset()
		parts := 0
		err := s.Array(func(i int) (err error) {
			parts++
			switch i {
			case 0:
				token, err := s.String()
				m.vocab.add(token, int32(id))
				return err
			case 1:
				score, err := s.SerdeFloat()
				m.scores = append(m.scores, score)
				lowest = min(lowest, score)
				return err
			}
			return s.Errorf("want a token and its score")
		})
		if err == nil && parts != 2 {
			err = s.ErrorAt(at, "want a token and its score")
		}
		return err
	})
	if err != nil {
		return err
	}
	m.unknownScore = lowest - unknownPenalty
	m.vocab.indexLast()
	return nil
}

// byteTokens returns the ids of the tokens that stand for a byte, <0x00> to <0xFF>, -1 where there is none.
func byteTokens(v *vocab) *[256]int32 {
	const digits = "0123456789ABCDEF"
	var ids [256]int32
	for b := range ids {
		ids[b] = v.id([]byte{'<', '0', 'x', digits[b>>4], digits[b&15], '>'})
	}
	return &ids
}

func (m *unigram) vocabulary() *vocab { return m.vocab }

// prepare makes the trie, once it is known how words spell a space.
func (m *unigram) prepare(rawSpaces bool) {
	m.rawSpaces = rawSpaces
	m.trie = newByteTrie(trieKeys(m.vocab.tokens, rawSpaces))
}

// trieKeys returns the tokens as words spell them. With raw spaces those are left out that hold a space, since no word that
// has gone through a Metaspace does.
func trieKeys(tokens []string, rawSpaces bool) [][]byte {
	size := 0
	for _, token := range tokens {
		size += len(token)
	}
	text := make([]byte, 0, size)
	keys := make([][]byte, len(tokens))
	for i, token := range tokens {
		start := len(text)
		text = append(text, token...)
		key := text[start:]
		if rawSpaces {
			if bytes.IndexByte(key, ' ') >= 0 {
				continue
			}
			key = shortenSpaces(key)
			text = text[:start+len(key)]
		}
		keys[i] = key[:len(key):len(key)]
	}
	return keys
}

// shortenSpaces writes a space for each ▁, in place.
func shortenSpaces(text []byte) []byte {
	i := bytes.Index(text, []byte(metaspaceChar))
	if i < 0 {
		return text
	}
	out := text[:i]
	for rest := text[i:]; len(rest) > 0; {
		if bytes.HasPrefix(rest, []byte(metaspaceChar)) {
			out = append(out, ' ')
			rest = rest[len(metaspaceChar):]
		} else {
			out = append(out, rest[0])
			rest = rest[1:]
		}
	}
	return out
}

// pathNode is the end of the best way to cut what comes before a byte: its score, and the last token with where it begins.
type pathNode struct {
	score     float64
	start, id int32
}

func (m *unigram) tokenize(word []byte, out *wordTokens) {
	m.findPath(word, out)
	first := len(out.ids)
	path := out.path
	for end := int32(len(word)); end > 0; { // from the last token to the first
		node := path[end]
		if node.id != m.unknown {
			out.add(node.id, end)
			end = node.start
			continue
		}
		start := node.start
		for start > 0 && path[start].id == m.unknown {
			start = path[start].start
		}
		m.addUnknown(word[start:end], end, out)
		end = start
	}
	slices.Reverse(out.ids[first:])
	slices.Reverse(out.ends[first:])
	out.trim()
}

// startPath returns the path of a word of n bytes, of which nothing is known yet.
func (t *wordTokens) startPath(n int) []pathNode {
	if n++; n <= cap(t.path) {
		t.path = t.path[:n]
	} else {
		t.path = make([]pathNode, n, n+n/2)
	}
	for i := range t.path {
		t.path[i].start = -1
	}
	t.path[0] = pathNode{id: -1}
	return t.path
}

// findPath fills out.path: for the end of each character the best way to get there. Sums go from left to right, and of
// equal ones the first that is met counts.
func (m *unigram) findPath(word []byte, out *wordTokens) {
	path := out.startPath(len(word))
	scores, units, root := m.scores, m.trie.units, m.trie.root
	for start := 0; start < len(word); {
		here := path[start].score
		size := charSize(word[start])
		alone := false // whether a token is made of the first character alone
		base := root
		for i := start; i < len(word); {
			c := word[i]
			u := units[base^uint32(c)]
			if u.label() != c {
				break
			}
			i++
			base = u.base()
			if id := u.value(); id >= 0 {
				end := i
				if base&tailBase != 0 {
					tail := m.trie.tail(base)
					end += len(tail)
					if end > len(word) || string(word[i:end]) != string(tail) {
						break
					}
					base = 0
				}
				if score := here + scores[id]; path[end].start < 0 || score > path[end].score {
					path[end] = pathNode{score, int32(start), id}
				}
				alone = alone || end-start == size
			}
			if base == 0 {
				break
			}
		}
		if !alone {
			end := start + size
			if score := here + m.unknownScore; path[end].start < 0 || score > path[end].score {
				path[end] = pathNode{score, int32(start), m.unknown}
			}
		}
		start += size
	}
}

// charSize returns the size of the character that begins with a byte of valid UTF-8.
func charSize(c byte) int {
	switch {
	case c < utf8.RuneSelf:
		return 1
	case c < 0xE0:
		return 2
	case c < 0xF0:
		return 3
	}
	return 4
}

// addUnknown adds, last first, the tokens for unknown characters that end at end: the token that they happen to be together,
// their bytes, or the unknown token.
func (m *unigram) addUnknown(text []byte, end int32, out *wordTokens) {
	if id := m.trie.find(text); id >= 0 {
		out.add(id, end)
		return
	}
	if m.bytes == nil || !m.addBytes(text, end, out) {
		out.add(m.unknown, end)
	}
}

// addBytes adds, last first, the token of each byte, if all are in the vocabulary. All of them stand for the whole text.
func (m *unigram) addBytes(text []byte, end int32, out *wordTokens) bool {
	first := len(out.ids)
	add := func(b byte) bool {
		id := m.bytes[b]
		out.add(id, end)
		return id >= 0
	}
	ok := true
	for i := len(text) - 1; i >= 0 && ok; i-- {
		if c := text[i]; c != ' ' || !m.rawSpaces {
			ok = add(c)
			continue
		}
		for j := len(metaspaceChar) - 1; j >= 0 && ok; j-- {
			ok = add(metaspaceChar[j])
		}
	}
	if !ok {
		out.ids, out.ends = out.ids[:first], out.ends[:first]
	}
	return ok
}

package tokenizer

import (
	"strings"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/jsonscan"
)

// wordPiece takes, again and again, the longest token that the rest of the word begins with; a word of which a part is in no
// token is unknown as a whole.
type wordPiece struct {
	vocab    *vocab
	unknown  int32
	maxChars int // longer words are unknown, in code points
	longest  int // token, in bytes

	// Tokens that go on within a word, without their prefix ("##").
	inside   []string
	insideID []int32
	table    stringTable
}

func readWordPiece(s *jsonscan.Scanner) (model, error) {
	m := &wordPiece{}
	var unknown, prefix string
	err := s.Object(func(key string) (err error) {
		switch key {
		case "vocab":
			m.vocab, err = readVocab(s)
			return err
		case "unk_token":
			return readString(s, &unknown)
		case "continuing_subword_prefix":
			return readString(s, &prefix)
		case "max_input_chars_per_word":
			n, err := s.Int(0, 1<<31-1)
			m.maxChars = int(n)
			return err
		}
		return s.Skip()
	}, "vocab", "unk_token", "continuing_subword_prefix", "max_input_chars_per_word")
	if err != nil {
		return nil, err
	}
	if m.unknown, err = unknownToken(s, m.vocab, unknown); err != nil {
		return nil, err
	}
	m.longest = m.vocab.longest()
	for id, token := range m.vocab.tokens {
		if rest, ok := strings.CutPrefix(token, prefix); ok && m.vocab.known[id] {
			m.inside = append(m.inside, rest)
			m.insideID = append(m.insideID, int32(id))
		}
	}
	m.table = newStringTable(len(m.inside))
	for i := range m.inside {
		m.table.insert(m.inside, int32(i))
	}
	return m, nil
}

func (m *wordPiece) vocabulary() *vocab { return m.vocab }

func (m *wordPiece) tokenize(word []byte, out *wordTokens) {
	if len(word) > m.maxChars && countChars(word) > m.maxChars {
		out.add(m.unknown, int32(len(word)))
		return
	}
	first := len(out.ids)
	for start := 0; start < len(word); {
		id, end := m.match(word, start)
		if id < 0 {
			out.ids, out.ends = out.ids[:first], out.ends[:first]
			out.add(m.unknown, int32(len(word)))
			return
		}
		out.add(id, int32(end))
		start = end
	}
}

// countChars counts the code points of valid UTF-8. (utf8.RuneCount converts to a string, which allocates.)
func countChars(word []byte) int {
	n := 0
	for _, b := range word {
		if utf8.RuneStart(b) {
			n++
		}
	}
	return n
}

// match returns the longest token at byte start of word and where it ends, or -1. Tokens are valid UTF-8, so that none ends
// within a character.
func (m *wordPiece) match(word []byte, start int) (id int32, end int) {
	for end := min(len(word), start+m.longest); end > start; end-- {
		if start == 0 {
			if id := m.vocab.id(word[:end]); id >= 0 {
				return id, end
			}
		} else if i := m.table.find(m.inside, word[start:end]); i >= 0 {
			return m.insideID[i], end
		}
	}
	return -1, 0
}

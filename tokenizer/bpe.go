package tokenizer

import (
	"strings"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/format"
	"github.com/lorica-go/lorica/internal/jsonscan"
)

// bpe is byte-pair encoding: a word begins as its characters, and of the pairs of neighbours that have a merge the one of the
// lowest rank, the leftmost first, becomes one token, until none has.
type bpe struct {
	vocab        *vocab
	merges       pairTable
	unknown      int32 // -1: characters that are no token vanish
	fuseUnknown  bool
	byteFallback bool
	ignoreMerges bool   // a word that is a token is that token
	prefix       string // of the characters after a word's first
	suffix       string // of a word's last character

	// bytes has the tokens of single bytes (-1: none) where the words are raw bytes rather than GPT-2's characters for them.
	bytes     [256]int32
	readBytes bool
}

func readBPE(s *jsonscan.Scanner) (model, error) {
	m := &bpe{unknown: -1}
	var unknown string
	var pairs []tokenPair
	var early *jsonscan.Scanner // stands at the merges, when they come before the vocabulary
	err := s.Object(func(key string) (err error) {
		switch key {
		case "vocab":
			m.vocab, err = readVocab(s)
			return err
		case "merges":
			if m.vocab == nil {
				early = s.Fork()
				return s.Skip()
			}
			pairs, err = readMerges(s, m.vocab)
			return err
		case "dropout":
			return refuseDropout(s)
		}
		if s.Null() {
			return nil
		}
		switch key {
		case "unk_token":
			return readString(s, &unknown)
		case "continuing_subword_prefix":
			return readString(s, &m.prefix)
		case "end_of_word_suffix":
			return readString(s, &m.suffix)
		case "fuse_unk":
			return readBool(s, &m.fuseUnknown)
		case "byte_fallback":
			return readBool(s, &m.byteFallback)
		case "ignore_merges":
			return readBool(s, &m.ignoreMerges)
		}
		return s.Skip()
	}, "vocab", "merges")
	if err == nil && early != nil {
		pairs, err = readMerges(early, m.vocab)
	}
	if err != nil {
		return nil, err
	}
	if unknown != "" {
		if m.unknown, err = unknownToken(s, m.vocab, unknown); err != nil {
			return nil, err
		}
	}
	if err := m.setMerges(pairs); err != nil {
		return nil, s.Errorf("merges%v", err)
	}
	return m, nil
}

// tokenPair is the two tokens of a merge, by id.
type tokenPair struct{ left, right int32 }

// readMerges reads merges as pairs, ["a", "b"], or in the older form, "a b".
func readMerges(s *jsonscan.Scanner, v *vocab) (pairs []tokenPair, err error) {
	pairs = make([]tokenPair, 0, s.Left()/14)
	known := func(token string, at int) (int32, error) {
		id := v.idOf(token)
		if id < 0 {
			return id, s.ErrorAt(at, "token %.80q is not in the vocabulary", token)
		}
		return id, nil
	}
	err = s.Array(func(int) error {
		at := s.Offset()
		var text [2]string
		if s.Kind() == jsonscan.String {
			both, err := s.String()
			if err != nil {
				return err
			}
			var ok bool
			if text[0], text[1], ok = cutMerge(both); !ok {
				return s.ErrorAt(at, "want two tokens with a space between, got %.80q", both)
			}
		} else {
			n := 0
			err := s.Array(func(i int) (err error) {
				if n++; i < len(text) {
					text[i], err = s.String()
					return err
				}
				return s.Errorf("want two tokens")
			})
			if err == nil && n != len(text) {
				err = s.ErrorAt(at, "want two tokens")
			}
			if err != nil {
				return err
			}
		}
		var p tokenPair
		var err error
		if p.left, err = known(text[0], at); err == nil {
			p.right, err = known(text[1], at)
		}
		pairs = append(pairs, p)
		return err
	})
	return pairs, err
}

// cutMerge splits "a b".
func cutMerge(text string) (left, right string, ok bool) {
	left, right, ok = strings.Cut(text, " ")
	return left, right, ok && !strings.Contains(right, " ")
}

// refuseDropout reads a dropout, which has to be none: it makes the same text different tokens each time.
func refuseDropout(s *jsonscan.Scanner) error {
	if s.Null() {
		return nil
	}
	at := *s
	p, err := s.Float()
	if err == nil && p != 0 {
		return at.Errorf("dropout %v is not supported", p)
	}
	return err
}

// setMerges finds what the merges make; errors begin with the index.
func (m *bpe) setMerges(pairs []tokenPair) error {
	m.merges = newPairTable(len(pairs))
	var joined []byte
	for rank, p := range pairs {
		left, right := m.vocab.tokens[p.left], m.vocab.tokens[p.right]
		if len(right) < len(m.prefix) {
			return format.Errorf("[%d]: token %.80q lacks the prefix %.80q", rank, right, m.prefix)
		}
		joined = append(append(joined[:0], left...), right[len(m.prefix):]...)
		id := m.vocab.id(joined)
		if id < 0 {
			return format.Errorf("[%d]: token %.80q is not in the vocabulary", rank, joined)
		}
		m.merges.insert(p.left, p.right, merge{int32(rank), id})
	}
	return nil
}

// takeBytes makes the model read raw bytes in the place of GPT-2's characters for them, where that gives the same tokens; it
// reports whether it does.
func (m *bpe) takeBytes() bool {
	if m.prefix != "" || m.suffix != "" || m.byteFallback {
		return false
	}
	for b := range m.bytes {
		m.bytes[b] = m.vocab.id([]byte(string(byteChar[b])))
	}
	m.readBytes = true
	return true
}

func (m *bpe) vocabulary() *vocab { return m.vocab }

func (m *bpe) tokenize(word []byte, out *wordTokens) {
	mem := &out.bpe
	if m.ignoreMerges {
		key := word
		if m.readBytes {
			mem.text = mem.text[:0]
			for _, b := range word {
				mem.text = utf8.AppendRune(mem.text, byteChar[b])
			}
			key = mem.text
		}
		if id := m.vocab.id(key); id >= 0 {
			out.add(id, int32(len(word)))
			return
		}
	}
	mem.ids, mem.sizes = mem.ids[:0], mem.sizes[:0]
	if m.readBytes {
		m.addBytes(word, mem)
	} else {
		m.addChars(word, mem)
	}
	m.mergeAll(mem)
	end := int32(0)
	for i, id := range mem.ids {
		end += mem.sizes[i]
		out.add(id, end)
	}
	mem.trim()
}

// addBytes begins a word as its bytes.
func (m *bpe) addBytes(word []byte, mem *bpeMemory) {
	unknown := int32(0)
	for _, b := range word {
		if id := m.bytes[b]; id >= 0 {
			unknown = m.flushUnknown(mem, unknown)
			mem.add(id, 1)
		} else {
			unknown = m.addUnknown(mem, unknown, 1)
		}
	}
	m.flushUnknown(mem, unknown)
}

// addChars begins a word as its characters, with the prefix and the suffix where they belong.
func (m *bpe) addChars(word []byte, mem *bpeMemory) {
	unknown := int32(0)
	for i := 0; i < len(word); {
		_, size := decode(word[i:])
		mem.text = mem.text[:0]
		if i > 0 {
			mem.text = append(mem.text, m.prefix...)
		}
		mem.text = append(mem.text, word[i:i+size]...)
		if i += size; i == len(word) {
			mem.text = append(mem.text, m.suffix...)
		}
		if id := m.vocab.id(mem.text); id >= 0 {
			unknown = m.flushUnknown(mem, unknown)
			mem.add(id, int32(size))
		} else if !m.byteFallback || !m.addFallback(mem) {
			unknown = m.addUnknown(mem, unknown, int32(size))
		}
	}
	m.flushUnknown(mem, unknown)
}

// addUnknown takes note of size bytes that are in no token, after as many as unknown says that wait to be added; it returns
// how many wait now. They wait so that neighbours can be fused. (Tokens of byteFallback overtake them, as they do in Hugging
// Face's library; that takes a vocabulary with some of the 256 byte tokens but not all.)
func (m *bpe) addUnknown(mem *bpeMemory, unknown, size int32) int32 {
	if m.fuseUnknown {
		return unknown + size
	}
	m.flushUnknown(mem, unknown)
	return size
}

// flushUnknown adds the unknown token for what waits.
func (m *bpe) flushUnknown(mem *bpeMemory, unknown int32) int32 {
	if unknown > 0 && m.unknown >= 0 {
		mem.add(m.unknown, unknown)
	}
	return 0
}

// addFallback adds a token such as <0x0A> for each byte of mem.text, if all are in the vocabulary.
func (m *bpe) addFallback(mem *bpeMemory) bool {
	const digits = "0123456789ABCDEF"
	first := len(mem.ids)
	for _, b := range mem.text {
		name := [6]byte{'<', '0', 'x', digits[b>>4], digits[b&15], '>'}
		id := m.vocab.id(name[:])
		if id < 0 {
			mem.ids, mem.sizes = mem.ids[:first], mem.sizes[:first]
			return false
		}
		mem.add(id, 1)
	}
	return true
}

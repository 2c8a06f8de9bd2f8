package tokenizer

import (
	"github.com/lorica-go/lorica/internal/jsonscan"
)

// model cuts a piece into tokens. What it makes of a piece depends on the piece alone.
type model interface {
	// tokenize appends the tokens of a non-empty word to out.
	tokenize(word []byte, out *wordTokens)

	// vocabulary returns the tokens that the model knows.
	vocabulary() *vocab
}

// wordTokens are the tokens of one word, and the model's working memory.
type wordTokens struct {
	ids  []int32
	ends []int32 // where each token ends, in bytes from the start of the word

	bpe  bpeMemory
	path []pathNode // of unigram

	pieces []cutPiece // of slowUnigram
}

// cutPiece is slowUnigram's piece of a word; unknown ones that stand side by side are one, unless they become bytes.
type cutPiece struct{ start, end, id int32 }

// A token begins where the one before it ends. Tokens that end at the same place share all that they stand for: they are the
// bytes of an unknown character.

func (t *wordTokens) reset() { t.ids, t.ends = t.ids[:0], t.ends[:0] }

func (t *wordTokens) add(id, end int32) {
	t.ids = append(t.ids, id)
	t.ends = append(t.ends, end)
}

// trim lets go of buffers that a very long word has made.
func (t *wordTokens) trim() {
	if cap(t.path) > keptMemory {
		t.path, t.pieces = nil, nil
	}
	t.bpe.trim()
}

// readModel reads the "model" section.
func readModel(s *jsonscan.Scanner) (model, error) {
	kind, err := readType(s)
	if err != nil {
		return nil, err
	}
	switch kind {
	case "BPE":
		return readBPE(s)
	case "WordPiece":
		return readWordPiece(s)
	case "WordLevel":
		return readWordLevel(s)
	case "Unigram":
		return readUnigram(s)
	}
	return nil, unsupported(s, "model", kind)
}

// unknownToken returns the id of a model's unk_token.
func unknownToken(s *jsonscan.Scanner, v *vocab, token string) (int32, error) {
	id := v.idOf(token)
	if id < 0 {
		return -1, s.Errorf("unk_token %.80q is not in the vocabulary", token)
	}
	return id, nil
}

// wordLevel takes each word as one token.
type wordLevel struct {
	vocab   *vocab
	unknown int32
}

func readWordLevel(s *jsonscan.Scanner) (model, error) {
	m := &wordLevel{}
	var unknown string
	err := s.Object(func(key string) (err error) {
		switch key {
		case "vocab":
			m.vocab, err = readVocab(s)
			return err
		case "unk_token":
			return readString(s, &unknown)
		}
		return s.Skip()
	}, "vocab", "unk_token")
	if err == nil {
		m.unknown, err = unknownToken(s, m.vocab, unknown)
	}
	return m, err
}

func (m *wordLevel) vocabulary() *vocab { return m.vocab }

func (m *wordLevel) tokenize(word []byte, out *wordTokens) {
	id := m.vocab.id(word)
	if id < 0 {
		id = m.unknown
	}
	out.add(id, int32(len(word)))
}

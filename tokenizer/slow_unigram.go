//go:build !wasm

package tokenizer

import (
	"math"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/tokenizer/internal/spm"
)

// slowUnigram is SentencePiece's own Viterbi search. It differs from unigram: sums are kept in float32, over all of the text
// between two added tokens; control and byte pieces are not found in texts; a user-defined symbol scores by its length; an unknown
// character becomes its bytes, if the model has them, one character at a time.
type slowUnigram struct {
	vocab        *vocab
	trie         byteTrie
	scores       []float32 // by id
	unknown      int32
	unknownScore float32
	bytes        *[256]int32 // nil without byte fallback

	// text normalizes texts. For ALBERT, which cuts the digits of a piece such as "9," once more, cuts marks those pieces by id.
	text *pieceText
	cuts []bool
}

// userDefinedBonus is the score of a user-defined symbol for each byte beyond the first. It is what SentencePiece 0.2.3 does;
// older versions took the highest score of all for each byte.
const userDefinedBonus = 0.1

// newSlowUnigram makes the model; tokens are its vocabulary.
func (m *pieceModel) newSlowUnigram(tokens []scoredToken, unknown int32) (*slowUnigram, error) {
	s := &slowUnigram{vocab: &vocab{}, unknown: unknown, scores: make([]float32, len(tokens)), text: &pieceText{
		dummyPrefix: m.AddDummyPrefix, suffix: m.WhitespaceAsSuffix, removeSpaces: m.RemoveExtraWhitespaces, escape: m.EscapeWhitespaces,
	}}
	for id, t := range tokens {
		s.vocab.add(t.text, int32(id))
	}
	s.vocab.indexLast()
	if m.CharsMap != nil {
		var err error
		if s.text.chars, err = newCharsMap(m.CharsMap); err != nil {
			return nil, badinput.Errorf("%s: %w", m.file, err)
		}
	}
	lowest := float32(math.MaxFloat32)
	for _, p := range m.Pieces {
		if p.Kind == spm.Normal {
			lowest = min(lowest, p.Score)
		}
	}
	s.unknownScore = lowest - unknownPenalty
	keys := make([][]byte, len(tokens))
	for i, p := range m.Pieces {
		id := m.pieceID(i)
		if int(id) >= len(tokens) || tokens[id].text != p.Text {
			continue // one of fairseq's
		}
		switch p.Kind {
		case spm.Normal:
			s.scores[id] = p.Score
			keys[id] = []byte(p.Text)
		case spm.UserDefined:
			s.scores[id] = userDefinedBonus * float32(len(p.Text)-1)
			keys[id] = []byte(p.Text)
			s.text.user.insert([]byte(p.Text), 0)
		}
	}
	s.trie = newByteTrie(keys)
	if m.ByteFallback {
		s.bytes = byteTokens(s.vocab)
	}
	if m.family == albertPieces {
		s.cuts = make([]bool, len(tokens))
		for id, t := range tokens {
			s.cuts[id] = endsWithDigitComma(t.text)
		}
	}
	return s, nil
}

// pieceID returns the id of a piece.
func (m *pieceModel) pieceID(piece int) int32 {
	if m.family == xlmRobertaPieces && piece >= 3 { // fairseq has one more token before the first
		return int32(piece) + 1
	}
	return int32(piece)
}

func (m *slowUnigram) vocabulary() *vocab { return m.vocab }

// unknownToken is the token that tokens are shown as which the vocabulary does not have.
func (m *slowUnigram) unknownToken() int32 { return m.unknown }

func (m *slowUnigram) tokenize(word []byte, out *wordTokens) {
	for _, p := range m.cut(word, out) {
		text := word[p.start:p.end]
		switch {
		case p.id == m.unknown && m.bytes != nil:
			for _, b := range text {
				out.add(m.bytes[b], p.end)
			}
		case m.cuts != nil && (p.id == m.unknown && endsWithDigitComma(string(text)) || m.cuts[p.id]):
			m.cutDigits(string(text), p, out)
		default:
			out.add(m.idOf(text, p.id), p.end)
		}
	}
	out.trim()
}

// idOf returns the id by which the Python tokenizer knows a piece: it looks its text up once more, and that of unknown
// characters may be a piece that is never chosen.
func (m *slowUnigram) idOf(text []byte, id int32) int32 {
	if id == m.unknown {
		if known := m.vocab.id(text); known >= 0 {
			return known
		}
	}
	return id
}

// cut cuts a word. The result is valid until the next call.
func (m *slowUnigram) cut(word []byte, out *wordTokens) []cutPiece {
	m.findPath(word, out)
	pieces := out.pieces[:0]
	for end := int32(len(word)); end > 0; end = out.path[end].start {
		node := out.path[end]
		if n := len(pieces); n > 0 && node.id == m.unknown && pieces[n-1].id == m.unknown && m.bytes == nil {
			pieces[n-1].start = node.start
			continue
		}
		pieces = append(pieces, cutPiece{node.start, end, node.id})
	}
	for i, j := 0, len(pieces)-1; i < j; i, j = i+1, j-1 {
		pieces[i], pieces[j] = pieces[j], pieces[i]
	}
	out.pieces = pieces
	return pieces
}

// findPath is unigram.findPath with sums in float32, which path holds exactly.
func (m *slowUnigram) findPath(word []byte, out *wordTokens) {
	path := out.startPath(len(word))
	for start := 0; start < len(word); {
		here := float32(path[start].score)
		size := charSize(word[start])
		alone := false
		m.trie.prefixes(word[start:], func(length int, id int32) {
			end := start + length
			if score := float64(here + m.scores[id]); path[end].start < 0 || score > path[end].score {
				path[end] = pathNode{score, int32(start), id}
			}
			alone = alone || length == size
		})
		if !alone {
			end := start + size
			if score := float64(here + m.unknownScore); path[end].start < 0 || score > path[end].score {
				path[end] = pathNode{score, int32(start), m.unknown}
			}
		}
		start += size
	}
}

// cutDigits adds the tokens of a piece that ends in a digit and a comma: those of what stands before the comma, which is
// normalized and cut anew, and the comma.
func (m *slowUnigram) cutDigits(piece string, p cutPiece, out *wordTokens) {
	digits := strings.ReplaceAll(strings.TrimSuffix(piece, ","), metaspaceChar, "")
	var w work
	w.reset([]byte(digits), 0)
	w.begin()
	m.text.rewrite(&w, 0, len(digits))
	var again wordTokens
	text := w.newText
	pieces := m.cut(text, &again)
	start := p.start
	for i, part := range pieces {
		of := text[part.start:part.end]
		if i == 0 && !strings.HasPrefix(piece, metaspaceChar) && strings.HasPrefix(string(of), metaspaceChar) {
			if of = of[len(metaspaceChar):]; len(of) == 0 {
				continue
			}
			part.id = m.unknown // unless it is a piece without the space, too
		}
		start = min(start+int32(len(of)), p.end-1)
		out.add(m.idOf(of, part.id), start)
	}
	out.add(m.idOf([]byte(","), m.unknown), p.end)
}

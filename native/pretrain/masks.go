package pretrain

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"

	"github.com/lorica-go/lorica/internal/badinput"
)

// Masking says what a masked language model has to find. Of the tokens that stand for text, Share are chosen; of these MaskShare
// become the mask token, RandomShare any other token, and the rest stay as they are.
type Masking struct {
	Share       float64 `json:"mask_share"`
	MaskShare   float64 `json:"masked_as_mask"`
	RandomShare float64 `json:"masked_as_random"`
}

// DefaultMasking is BERT's and RoBERTa's.
func DefaultMasking() Masking { return Masking{Share: 0.15, MaskShare: 0.8, RandomShare: 0.1} }

// Validate returns an input error for shares that make no sense.
func (m Masking) Validate() error {
	switch {
	case !(m.Share > 0 && m.Share <= 1):
		return badinput.Errorf("masked share %g: want above 0 and at most 1", m.Share)
	case !(m.MaskShare >= 0 && m.RandomShare >= 0 && m.MaskShare+m.RandomShare <= 1):
		return badinput.Errorf("shares of mask and random tokens %g and %g: want at least 0 and together at most 1", m.MaskShare, m.RandomShare)
	}
	return nil
}

// vocabulary is what masking has to know of a tokenizer.
type vocabulary struct {
	mask    int32
	words   []int32 // all tokens that stand for text, ascending
	special []bool  // by id: it does not
}

// isWord reports whether a token stands for text.
func (v *vocabulary) isWord(id int32) bool { return int(id) >= len(v.special) || !v.special[id] }

// validationEpoch keys the masks of held-out texts: the same at every evaluation.
const validationEpoch = 1<<64 - 1

// masker draws masks. They come from ChaCha8 keyed by seed, epoch and text, of which every token takes three numbers: so a mask
// depends on nothing that a resumed run would have to remember, and not on how texts are put into batches.
type masker struct {
	Masking
	vocabulary *vocabulary
	seed       uint64
	stream     *rand.ChaCha8
}

func newMasker(m Masking, v *vocabulary, seed uint64) *masker {
	return &masker{Masking: m, vocabulary: v, seed: seed, stream: rand.NewChaCha8([32]byte{})}
}

// masked is a text, or several end to end, with what has been hidden.
type masked struct {
	ids     []int32
	rows    []int32 // of ids, ascending, whose tokens are to be found
	targets []int32 // what stood there

	nearest   int // the row that came nearest to being chosen; -1: no token may be
	threshold float64
}

func (m *masked) reset() {
	m.ids, m.rows, m.targets = m.ids[:0], m.rows[:0], m.targets[:0]
	m.nearest, m.threshold = -1, 2
}

// append adds a text, whose number keys its masks.
func (k *masker) append(to *masked, ids []int32, epoch uint64, text int) {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[0:], k.seed)
	binary.LittleEndian.PutUint64(key[8:], epoch)
	binary.LittleEndian.PutUint64(key[16:], uint64(text))
	k.stream.Seed(key)
	for _, id := range ids {
		choice, kind, word := uniform(k.stream), uniform(k.stream), k.stream.Uint64()
		row := len(to.ids)
		to.ids = append(to.ids, id)
		if !k.vocabulary.isWord(id) {
			continue
		}
		if choice < to.threshold {
			to.nearest, to.threshold = row, choice
		}
		if choice >= k.Share {
			continue
		}
		to.rows, to.targets = append(to.rows, int32(row)), append(to.targets, id)
		switch {
		case kind < k.MaskShare:
			to.ids[row] = k.vocabulary.mask
		case kind < k.MaskShare+k.RandomShare:
			place, _ := bits.Mul64(word, uint64(len(k.vocabulary.words)))
			to.ids[row] = k.vocabulary.words[place]
		}
	}
}

// finish hides the token that came nearest to being chosen where none was: a loss needs one.
func (k *masker) finish(m *masked) {
	if len(m.rows) == 0 && m.nearest >= 0 {
		m.rows, m.targets = append(m.rows, int32(m.nearest)), append(m.targets, m.ids[m.nearest])
		m.ids[m.nearest] = k.vocabulary.mask
	}
}

// uniform returns a number in [0, 1).
func uniform(stream *rand.ChaCha8) float64 { return float64(stream.Uint64()>>11) * 0x1p-53 }

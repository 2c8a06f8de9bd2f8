package pretrain

import (
	"sort"

	"github.com/lorica-go/lorica/native/train"
)

// batches parts the epochs into batches of whole texts with as many tokens as each other, but for the length of a text: an epoch's texts
// in their order are a line of tokens that is cut into equal pieces, and a batch has the texts that begin in its piece. So every epoch
// has the same number of batches.
type batches struct {
	corpus   *corpus
	perEpoch int
	order    train.Order
	epoch    int   // that starts is of; -1: none yet
	starts   []int // where each text of the order begins
}

// newBatches parts a corpus into batches of about that many tokens, but no fewer. A text may not be longer, so no batch is empty.
func newBatches(c *corpus, tokens int, seed uint64, shuffle bool) *batches {
	return &batches{corpus: c, perEpoch: max(1, c.tokens()/tokens), epoch: -1, order: train.Order{N: c.len(), Seed: seed, Shuffle: shuffle}}
}

// of returns the numbers of the texts of a batch, valid until the next call.
func (b *batches) of(epoch, within int) []int {
	order := b.order.Of(epoch)
	if b.epoch != epoch {
		b.epoch, b.starts = epoch, b.starts[:0]
		at := 0
		for _, text := range order {
			b.starts = append(b.starts, at)
			at += len(b.corpus.text(text))
		}
	}
	return order[b.first(within):b.first(within+1)]
}

// first returns the place in the order of the first text of a batch.
func (b *batches) first(batch int) int {
	return sort.SearchInts(b.starts, b.corpus.tokens()*batch/b.perEpoch)
}

package encoder

import (
	"slices"

	"github.com/lorica-go/lorica/internal/badinput"
)

// Batch is a ragged batch: the token ids of its sequences laid end to end. The zero Batch is empty and ready for Append.
type Batch struct {
	// IDs are the token ids, special tokens included, [tokens].
	IDs []int32
	// TypeIDs are the token types (0 for a first text, 1 for a second), [tokens].
	TypeIDs []int32
	// Offsets says where sequence s lies: from Offsets[s] to Offsets[s+1]. It has one entry more than there are sequences.
	Offsets []int32
}

// Append adds a sequence. A nil typeIDs means type 0 throughout.
func (b *Batch) Append(ids, typeIDs []int32) {
	if len(b.Offsets) == 0 {
		b.Offsets = append(b.Offsets, 0)
	}
	b.IDs = append(b.IDs, ids...)
	if typeIDs == nil {
		for range ids {
			b.TypeIDs = append(b.TypeIDs, 0)
		}
	} else {
		b.TypeIDs = append(b.TypeIDs, typeIDs...)
	}
	b.Offsets = append(b.Offsets, int32(len(b.IDs)))
}

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() {
	b.IDs, b.TypeIDs, b.Offsets = b.IDs[:0], b.TypeIDs[:0], b.Offsets[:0]
}

// Len returns the number of sequences.
func (b *Batch) Len() int { return max(0, len(b.Offsets)-1) }

// Tokens returns the number of tokens.
func (b *Batch) Tokens() int { return len(b.IDs) }

// check returns an input error if there are no sequences, the offsets do not part the ids into sequences, a sequence is empty
// or too long for the model, or an id is outside its tables.
func (b *Batch) check(c *Config) error {
	if len(b.TypeIDs) != len(b.IDs) {
		return badinput.Errorf("batch: %d token types for %d ids", len(b.TypeIDs), len(b.IDs))
	}
	if b.Len() == 0 {
		return badinput.Errorf("batch: no sequences")
	}
	if first, last := b.Offsets[0], b.Offsets[b.Len()]; first != 0 || int(last) != len(b.IDs) || !slices.IsSorted(b.Offsets) {
		return badinput.Errorf("batch: offsets from %d to %d do not ascend from 0 to the %d ids", first, last, len(b.IDs))
	}
	for s := range b.Len() {
		if err := checkSequence(c, b.IDs[b.Offsets[s]:b.Offsets[s+1]], b.TypeIDs[b.Offsets[s]:b.Offsets[s+1]]); err != nil {
			return badinput.Errorf("sequence %d: %w", s, err)
		}
	}
	return nil
}

// checkSequence checks one sequence of a batch.
func checkSequence(c *Config, ids, typeIDs []int32) error {
	switch {
	case len(ids) == 0:
		return badinput.Errorf("no tokens")
	case len(ids) > c.MaxTokens():
		return badinput.Errorf("%d tokens, the model takes at most %d", len(ids), c.MaxTokens())
	}
	for i, id := range ids {
		if id < 0 || int(id) >= c.VocabSize {
			return badinput.Errorf("token id %d at place %d is not below the vocabulary size %d", id, i, c.VocabSize)
		}
	}
	types := max(1, c.TypeVocabSize) // a model without token types ignores them
	for i, t := range typeIDs {
		if (t < 0 || int(t) >= types) && c.TypeVocabSize > 0 {
			return badinput.Errorf("token type %d at place %d, the model knows %d", t, i, types)
		}
	}
	return nil
}

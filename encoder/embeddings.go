package encoder

import (
	"slices"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/kernels"
)

// embeddings are the first stage: x = LayerNorm(word + position + type), projected to the width of the blocks when that differs.
type embeddings struct {
	word, position, tokenType *Parameter // position and tokenType are nil when the model has none
	norm                      norm
	projection                *linear // nil when the widths agree
}

// newEmbeddings declares the embeddings.
func newEmbeddings(b *builder) (embeddings, error) {
	f, c := b.m.family, b.m.Config
	e := embeddings{word: b.table(f.prefix+f.wordEmbeddings, c.VocabSize, c.EmbeddingSize)}
	if !c.NoPositions {
		e.position = b.table(f.prefix+f.positionEmbeddings, c.MaxPositions, c.EmbeddingSize)
	}
	e.norm = b.norm(f.prefix+f.embeddingNorm, c.EmbeddingSize)
	if f.typeEmbeddings != "" && c.TypeVocabSize > 0 {
		e.tokenType = b.table(f.prefix+f.typeEmbeddings, c.TypeVocabSize, c.EmbeddingSize)
	}
	if c.EmbeddingSize != c.HiddenSize {
		if f.embeddingProjection == "" {
			return e, badinput.Errorf("config.json: embedding_size %d is not hidden_size %d", c.EmbeddingSize, c.HiddenSize)
		}
		e.projection = b.linear(f.prefix+f.embeddingProjection, c.EmbeddingSize, c.HiddenSize)
	}
	return e, nil
}

// trains reports whether a parameter of the embeddings is trainable.
func (e *embeddings) trains() bool {
	return e.word.Trainable || e.position != nil && e.position.Trainable || e.tokenType != nil && e.tokenType.Trainable ||
		e.norm.trains() || e.projection != nil && e.projection.trains()
}

// embeddingState is what the embeddings' backward reads.
type embeddingState struct {
	sum, stats kernels.Tensor // [tokens, embedding size], [tokens, 2]
	normed     kernels.Tensor // [tokens, embedding size]: the projection's input
	projection [1]linearUse
}

// forwardEmbeddings computes x [tokens, width].
func (p *Pass) forwardEmbeddings(x kernels.Tensor, keep bool) {
	keep = keep && canTrain
	e, c, st := &p.model.embeddings, p.model.Config, &p.embedded
	p.terms = append(p.terms[:0], kernels.EmbeddingTerm{Table: e.word.value, Int8: e.word.table, IDs: p.batch.IDs})
	if e.position != nil {
		p.terms = append(p.terms, kernels.EmbeddingTerm{Table: e.position.value, IDs: p.positions})
	}
	if e.tokenType != nil {
		p.terms = append(p.terms, kernels.EmbeddingTerm{Table: e.tokenType.value, IDs: p.types()})
	}
	*st = embeddingState{}
	normed := x
	if e.projection != nil {
		normed = p.keep.Tensor(x.Rows, c.EmbeddingSize)
		st.normed = normed
	}
	sum := normed
	if keep {
		sum = p.keep.Tensor(x.Rows, c.EmbeddingSize)
		st.sum, st.stats = sum, p.keep.Tensor(x.Rows, 2)
	}
	p.dev.EmbeddingSum(sum, p.terms)
	p.forwardNorm(e.norm, kernels.LayerNorm{Dst: normed, X: sum, Stats: st.stats})
	if d := p.dropoutAt(siteEmbeddings, c.EmbeddingDropout); d.Rate > 0 {
		p.dev.Dropout(normed, normed, d, false)
	}
	if e.projection != nil {
		st.projection[0] = linearUse{layer: e.projection, dst: x}
		p.forwardLinears(normed, st.projection[:])
	}
}

// backwardEmbeddings takes the gradient of x, whose memory it uses, to the tables.
func (p *Pass) backwardEmbeddings(dx kernels.Tensor) {
	e, c, st := &p.model.embeddings, p.model.Config, &p.embedded
	mark := p.temp.Mark()
	defer p.temp.Release(mark)
	if e.projection != nil {
		dnormed := p.temp.Tensor(dx.Rows, c.EmbeddingSize)
		st.projection[0].dy = dx
		p.backwardLinears(dnormed, st.normed, st.projection[:], false)
		dx = dnormed
	}
	if d := p.dropoutAt(siteEmbeddings, c.EmbeddingDropout); d.Rate > 0 {
		p.dev.Dropout(dx, dx, d, false)
	}
	p.backwardNorm(dx, st.sum, st.stats, e.norm)
	// torch gives the row of the padding id no gradient, in whichever table has one
	p.scatter(e.word, dx, p.batch.IDs, c.PadTokenID)
	if e.position != nil {
		padPosition := int32(-1)
		if p.model.family.positionsFollowPad {
			padPosition = c.PadTokenID
		}
		p.scatter(e.position, dx, p.positions, padPosition)
	}
	if e.tokenType != nil {
		p.scatter(e.tokenType, dx, p.types(), -1)
	}
}

// scatter adds the rows of dx to the rows of the table's gradient that ids name, but for the id skip.
func (p *Pass) scatter(table *Parameter, dx kernels.Tensor, ids []int32, skip int32) {
	if !table.Trainable {
		return
	}
	mark := p.temp.Mark()
	defer p.temp.Release(mark)
	if slices.Contains(ids, skip) {
		p.rows, p.kept = p.rows[:0], p.kept[:0]
		for i, id := range ids {
			if id != skip {
				p.rows, p.kept = append(p.rows, int32(i)), append(p.kept, id)
			}
		}
		some := p.temp.Tensor(len(p.rows), dx.Cols)
		p.dev.GatherRows(some, dx, p.rows)
		dx, ids = some, p.kept
	}
	p.dev.ScatterAddRows(table.grad, dx, ids)
}

// types returns the token types; roberta has one type for everything.
func (p *Pass) types() []int32 { return p.batch.TypeIDs }

// setPositions fills the position of every token: 0, 1, 2 ... in a sequence, or for RoBERTa pad+1, pad+2 ... counting only
// tokens that are not the padding id, which themselves stand at pad.
func (p *Pass) setPositions() {
	c := p.model.Config
	p.positions = p.positions[:0]
	for s := range p.batch.Len() {
		from, to := p.batch.Offsets[s], p.batch.Offsets[s+1]
		next := int32(0)
		if p.model.family.positionsFollowPad {
			next = c.PadTokenID + 1
		}
		for _, id := range p.batch.IDs[from:to] {
			if p.model.family.positionsFollowPad && id == c.PadTokenID {
				p.positions = append(p.positions, c.PadTokenID)
				continue
			}
			p.positions = append(p.positions, next)
			next++
		}
	}
}

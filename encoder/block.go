package encoder

import (
	"github.com/lorica-go/lorica/internal/format"
	"github.com/lorica-go/lorica/kernels"
)

// block is one transformer layer with the norms behind the residual sums (Vaswani et al. 2017, Devlin et al. 2019):
//
//	h = LayerNorm(x + dropout(Attention(x Wq, x Wk, x Wv) Wo))
//	y = LayerNorm(h + dropout(f(h W1) W2))
//
// In DeBERTa the attention is disentangled: relative.go has what that adds.
type block struct {
	query, key, value, attentionOutput *linear
	attentionNorm                      norm
	intermediate, output               *linear
	outputNorm                         norm
	positionKey, positionQuery         *linear // of disentangled attention; often key and query themselves
}

// inLayer returns the name of a module of layer i.
//
//go:noinline
func (f *family) inLayer(pattern string, i int) string { return f.prefix + format.Sprintf(pattern, i) }

// newBlock declares layer i of a model.
func newBlock(b *builder, i int) layer {
	f, c := b.m.family, b.m.Config
	name := func(pattern string) string { return f.inLayer(pattern, i) }
	l := &block{
		query:           b.linear(name(f.query), c.HiddenSize, c.HiddenSize),
		key:             b.linear(name(f.key), c.HiddenSize, c.HiddenSize),
		value:           b.linear(name(f.value), c.HiddenSize, c.HiddenSize),
		attentionOutput: b.linear(name(f.attentionOutput), c.HiddenSize, c.HiddenSize),
		attentionNorm:   b.norm(name(f.attentionNorm), c.HiddenSize),
		intermediate:    b.linear(name(f.intermediate), c.HiddenSize, c.IntermediateSize),
		output:          b.linear(name(f.output), c.IntermediateSize, c.HiddenSize),
		outputNorm:      b.norm(name(f.outputNorm), c.HiddenSize),
	}
	l.positionKey, l.positionQuery = l.key, l.query
	if r := c.Relative; r != nil && !r.Shared {
		l.positionKey, l.positionQuery = nil, nil
		if r.Keys {
			l.positionKey = b.linear(name(f.positionKey), c.HiddenSize, c.HiddenSize)
		}
		if r.Queries {
			l.positionQuery = b.linear(name(f.positionQuery), c.HiddenSize, c.HiddenSize)
		}
	}
	return l
}

func (b *block) linears() []*linear {
	all := []*linear{b.query, b.key, b.value}
	for _, l := range []*linear{b.positionKey, b.positionQuery} {
		if l != nil && l != b.key && l != b.query {
			all = append(all, l)
		}
	}
	return append(all, b.attentionOutput, b.intermediate, b.output)
}

func (b *block) norms() []norm { return []norm{b.attentionNorm, b.outputNorm} }

func (b *block) entry() []*linear { return []*linear{b.query, b.key, b.value} }

func (b *block) newState() layerState { return &blockState{} }

// blockState is what a block's backward reads of its forward. Rows are tokens, but in a last block of which only some rows
// are read: there those of xq and everything behind the attention are the rows that are read.
type blockState struct {
	x, xq             kernels.Tensor // [tokens, width], [rows, width]
	attention         kernels.Attention
	positions         positionState
	context           kernels.Tensor // [rows, width]
	whole             bool           // the attention was computed for all tokens, of which rows were picked
	sum1, stats1, mid kernels.Tensor // [rows, width], [rows, 2], [rows, width]
	pre, act          kernels.Tensor // [rows, intermediate]: before and after the activation
	sum2, stats2      kernels.Tensor
	uses              [6]linearUse // query, key, value, attention output, intermediate, output
}

func (b *block) forward(p *Pass, i int, y, x kernels.Tensor, keep bool) {
	keep = keep && canTrain
	c, st := p.model.Config, p.states[i].(*blockState)
	*st = blockState{x: x, xq: x, positions: st.positions}
	mark := p.temp.Mark()
	defer p.temp.Release(mark)
	arena := p.arena(keep)
	width, tokens, rows := c.HiddenSize, x.Rows, y.Rows
	queries, queryOffsets := rows, p.batch.Offsets
	if i == c.Layers-1 {
		st.xq = p.pick(arena, x)
		if st.whole = c.Relative != nil && !p.readsFirstRows(); st.whole {
			queries = tokens
		} else {
			queryOffsets = p.readOffsets
		}
	}
	qkv := arena.Tensor(tokens, 3*width)
	q := qkv.RowRange(0, queries).ColRange(0, width)
	k, v := qkv.ColRange(width, 2*width), qkv.ColRange(2*width, 3*width)
	st.uses = [6]linearUse{{layer: b.query, dst: q}, {layer: b.key, dst: k}, {layer: b.value, dst: v}}
	if queries == tokens {
		p.forwardLinears(x, st.uses[:3])
	} else {
		p.forwardLinears(st.xq, st.uses[:1])
		p.forwardLinears(x, st.uses[1:3])
	}
	st.context = arena.Tensor(queries, width)
	st.attention = kernels.Attention{
		Dst: st.context, Q: q, K: k, V: v, QueryOffsets: queryOffsets, KeyOffsets: p.batch.Offsets, Heads: c.Heads,
		Scale: c.attentionScale(), Dropout: p.dropoutAt(blockSite(i, siteAttention), c.AttentionDropout),
	}
	if c.Relative != nil {
		st.attention.Relative = p.forwardPositions(i, b, &st.positions, keep)
	}
	if keep {
		st.attention.LogSumExp = arena.Tensor(queries, c.Heads)
		st.sum1, st.stats1 = arena.Tensor(rows, width), arena.Tensor(rows, 2)
		st.sum2, st.stats2 = arena.Tensor(rows, width), arena.Tensor(rows, 2)
		st.pre = arena.Tensor(rows, c.IntermediateSize)
	}
	p.dev.Attention(st.attention)
	if st.whole {
		st.context = p.pick(arena, st.context)
	}

	branch := p.temp.Tensor(rows, width)
	st.uses[3] = linearUse{layer: b.attentionOutput, dst: branch}
	p.forwardLinears(st.context, st.uses[3:4])
	st.mid = p.arena(keep && b.intermediate.readsInput()).Tensor(rows, width)
	p.forwardNorm(b.attentionNorm, kernels.LayerNorm{Dst: st.mid, X: branch, Residual: st.xq, Sum: st.sum1, Stats: st.stats1,
		Dropout: p.dropoutAt(blockSite(i, siteAttentionOutput), c.HiddenDropout)})

	st.act = p.arena(keep && b.output.readsInput()).Tensor(rows, c.IntermediateSize)
	st.uses[4] = linearUse{layer: b.intermediate, dst: st.act, activation: c.Activation, pre: st.pre}
	p.forwardLinears(st.mid, st.uses[4:5])
	st.uses[5] = linearUse{layer: b.output, dst: branch}
	p.forwardLinears(st.act, st.uses[5:6])
	p.forwardNorm(b.outputNorm, kernels.LayerNorm{Dst: y, X: branch, Residual: st.mid, Sum: st.sum2, Stats: st.stats2,
		Dropout: p.dropoutAt(blockSite(i, siteOutput), c.HiddenDropout)})
}

// backward is forward read from the end.
func (b *block) backward(p *Pass, i int, dy kernels.Tensor, needInput bool) kernels.Tensor {
	c, st := p.model.Config, p.states[i].(*blockState)
	rows, width, tokens := dy.Rows, c.HiddenSize, st.x.Rows
	var dx kernels.Tensor
	if !st.xq.Same(st.x) && needInput {
		dx = p.temp.Tensor(tokens, width)
	}
	mark := p.temp.Mark()
	defer p.temp.Release(mark)

	// y = LayerNorm(mid + dropout(act W2)): g is the gradient of the sum, and stays that of mid
	g := dy
	p.backwardNorm(g, st.sum2, st.stats2, b.outputNorm)
	dact := p.temp.Tensor(rows, c.IntermediateSize)
	st.uses[5].dy = p.throughDropout(g, blockSite(i, siteOutput), c.HiddenDropout)
	p.backwardLinears(dact, st.act, st.uses[5:6], false)
	p.dev.ActivateBackward(dact, dact, st.pre, c.Activation)
	st.uses[4].dy = dact
	p.backwardLinears(g, st.mid, st.uses[4:5], true)

	// mid = LayerNorm(xq + dropout(context Wo))
	p.backwardNorm(g, st.sum1, st.stats1, b.attentionNorm)
	dcontext := p.temp.Tensor(rows, width)
	st.uses[3].dy = p.throughDropout(g, blockSite(i, siteAttentionOutput), c.HiddenDropout)
	p.backwardLinears(dcontext, st.context, st.uses[3:4], false)
	if st.whole {
		drows := dcontext
		dcontext = p.temp.Tensor(tokens, width)
		p.unpick(dcontext, drows)
	}

	qkv := p.temp.Tensor(tokens, 3*width)
	dq := qkv.RowRange(0, st.attention.Q.Rows).ColRange(0, width)
	dk, dv := qkv.ColRange(width, 2*width), qkv.ColRange(2*width, 3*width)
	op := kernels.AttentionBackward{Attention: st.attention, DOut: dcontext, DQ: dq, DK: dk, DV: dv}
	if c.Relative != nil {
		p.positionGradients(b, &op)
	}
	p.dev.AttentionBackward(op)
	if c.Relative != nil {
		p.backwardPositions(i, &st.positions, &op)
	}
	st.uses[0].dy, st.uses[1].dy, st.uses[2].dy = dq, dk, dv
	into := g
	if !needInput {
		into = kernels.Tensor{}
	}
	switch {
	case st.xq.Same(st.x):
		p.backwardLinears(into, st.x, st.uses[:3], true)
		return into
	case st.whole:
		if needInput {
			p.unpick(dx, g)
		}
		p.backwardLinears(dx, st.x, st.uses[:3], true)
	default:
		p.backwardLinears(into, st.xq, st.uses[:1], true)
		if needInput {
			p.unpick(dx, g)
		}
		p.backwardLinears(dx, st.x, st.uses[1:3], true)
	}
	return dx
}

// throughDropout returns the gradient in front of a dropout whose output has gradient g: a copy, or g when nothing is dropped.
func (p *Pass) throughDropout(g kernels.Tensor, site uint32, rate float32) kernels.Tensor {
	d := p.dropoutAt(site, rate)
	if d.Rate == 0 {
		return g
	}
	branch := p.temp.Tensor(g.Rows, g.Cols)
	p.dev.Dropout(branch, g, d, false)
	return branch
}

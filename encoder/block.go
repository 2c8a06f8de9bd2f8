package encoder

import "github.com/lorica-go/lorica/kernels"

// block is one transformer layer with the norms behind the residual sums (Vaswani et al. 2017, Devlin et al. 2019):
//
//	h = LayerNorm(x + dropout(Attention(x Wq, x Wk, x Wv) Wo))
//	y = LayerNorm(h + dropout(f(h W1) W2))
type block struct {
	query, key, value, attentionOutput *linear
	attentionNorm                      norm
	intermediate, output               *linear
	outputNorm                         norm
}

// linears lists the block's linear layers.
func (b *block) linears() []*linear {
	return []*linear{b.query, b.key, b.value, b.attentionOutput, b.intermediate, b.output}
}

// trains reports whether a parameter of the block is trainable.
func (b *block) trains() bool {
	for _, l := range b.linears() {
		if l.trains() {
			return true
		}
	}
	return b.attentionNorm.trains() || b.outputNorm.trains()
}

// blockState is what a block's backward reads of its forward. Rows are tokens, but in a last block of which only some rows
// are read: there those of xq and everything behind the attention are the rows that are read.
type blockState struct {
	x, xq             kernels.Tensor // [tokens, width], [rows, width]
	attention         kernels.Attention
	context           kernels.Tensor // [rows, width]
	sum1, stats1, mid kernels.Tensor // [rows, width], [rows, 2], [rows, width]
	pre, act          kernels.Tensor // [rows, intermediate]: before and after the activation
	sum2, stats2      kernels.Tensor
	uses              [6]linearUse // query, key, value, attention output, intermediate, output
}

// forwardBlock computes y [rows, width] from x [tokens, width]. With keep, what the backward reads stays in p.keep.
func (p *Pass) forwardBlock(i int, y, x kernels.Tensor, keep bool) {
	b, c, st := &p.model.blocks[i], p.model.Config, &p.states[i]
	*st = blockState{x: x, xq: x}
	mark := p.temp.Mark()
	defer p.temp.Release(mark)
	arena := p.temp
	if keep {
		arena = p.keep
	}
	keptIf := func(needed bool) *kernels.Arena {
		if needed {
			return arena
		}
		return p.temp
	}
	width, tokens, rows := c.HiddenSize, x.Rows, y.Rows
	queryOffsets := p.batch.Offsets
	if i == c.Layers-1 {
		queryOffsets = p.readOffsets
		st.xq = arena.Tensor(rows, width)
		p.dev.GatherRows(st.xq, x, p.reading)
	}
	qkv := arena.Tensor(tokens, 3*width)
	q := qkv.RowRange(0, rows).ColRange(0, width)
	k, v := qkv.ColRange(width, 2*width), qkv.ColRange(2*width, 3*width)
	st.uses = [6]linearUse{{layer: b.query, dst: q}, {layer: b.key, dst: k}, {layer: b.value, dst: v}}
	if st.xq == x {
		p.forwardLinears(x, st.uses[:3])
	} else {
		p.forwardLinears(st.xq, st.uses[:1])
		p.forwardLinears(x, st.uses[1:3])
	}
	st.context = arena.Tensor(rows, width)
	st.attention = kernels.Attention{
		Dst: st.context, Q: q, K: k, V: v, QueryOffsets: queryOffsets, KeyOffsets: p.batch.Offsets, Heads: c.Heads,
		Scale: attentionScale(c.headSize()), Dropout: p.dropoutAt(blockSite(i, siteAttention), c.AttentionDropout),
	}
	if keep {
		st.attention.LogSumExp = arena.Tensor(rows, c.Heads)
		st.sum1, st.stats1 = arena.Tensor(rows, width), arena.Tensor(rows, 2)
		st.sum2, st.stats2 = arena.Tensor(rows, width), arena.Tensor(rows, 2)
		st.pre = arena.Tensor(rows, c.IntermediateSize)
	}
	p.dev.Attention(st.attention)

	branch := p.temp.Tensor(rows, width)
	st.uses[3] = linearUse{layer: b.attentionOutput, dst: branch}
	p.forwardLinears(st.context, st.uses[3:4])
	st.mid = keptIf(b.intermediate.readsInput()).Tensor(rows, width)
	p.dev.LayerNorm(kernels.LayerNorm{
		Dst: st.mid, X: branch, Residual: st.xq, Sum: st.sum1, Stats: st.stats1, Gamma: b.attentionNorm.gamma.value, Beta: b.attentionNorm.beta.value,
		Eps: c.LayerNormEps, Dropout: p.dropoutAt(blockSite(i, siteAttentionOutput), c.HiddenDropout),
	})

	st.act = keptIf(b.output.readsInput()).Tensor(rows, c.IntermediateSize)
	st.uses[4] = linearUse{layer: b.intermediate, dst: st.act, activation: c.Activation, pre: st.pre}
	p.forwardLinears(st.mid, st.uses[4:5])
	st.uses[5] = linearUse{layer: b.output, dst: branch}
	p.forwardLinears(st.act, st.uses[5:6])
	p.dev.LayerNorm(kernels.LayerNorm{
		Dst: y, X: branch, Residual: st.mid, Sum: st.sum2, Stats: st.stats2, Gamma: b.outputNorm.gamma.value, Beta: b.outputNorm.beta.value,
		Eps: c.LayerNormEps, Dropout: p.dropoutAt(blockSite(i, siteOutput), c.HiddenDropout),
	})
}

// backwardBlock is forwardBlock read from the end. dy [rows, width] is used up. It returns the gradient of x [tokens, width],
// or the zero Tensor when nothing below needs it; the result may be dy's memory.
func (p *Pass) backwardBlock(i int, dy kernels.Tensor, needInput bool) kernels.Tensor {
	b, c, st := &p.model.blocks[i], p.model.Config, &p.states[i]
	rows, width, tokens := dy.Rows, c.HiddenSize, st.x.Rows
	var dx kernels.Tensor
	if st.xq != st.x && needInput {
		dx = p.temp.Tensor(tokens, width)
	}
	mark := p.temp.Mark()
	defer p.temp.Release(mark)

	// y = LayerNorm(mid + dropout(act W2)): g is the gradient of the sum, and stays that of mid
	g := dy
	p.backwardNorm(g, st.sum2, st.stats2, b.outputNorm)
	dact := p.temp.Tensor(rows, c.IntermediateSize)
	st.uses[5].dy = p.throughDropout(g, blockSite(i, siteOutput))
	p.backwardLinears(dact, st.act, st.uses[5:6], false)
	p.dev.ActivateBackward(dact, dact, st.pre, c.Activation)
	st.uses[4].dy = dact
	p.backwardLinears(g, st.mid, st.uses[4:5], true)

	// mid = LayerNorm(xq + dropout(context Wo))
	p.backwardNorm(g, st.sum1, st.stats1, b.attentionNorm)
	dcontext := p.temp.Tensor(rows, width)
	st.uses[3].dy = p.throughDropout(g, blockSite(i, siteAttentionOutput))
	p.backwardLinears(dcontext, st.context, st.uses[3:4], false)

	qkv := p.temp.Tensor(tokens, 3*width)
	dq := qkv.RowRange(0, rows).ColRange(0, width)
	dk, dv := qkv.ColRange(width, 2*width), qkv.ColRange(2*width, 3*width)
	p.dev.AttentionBackward(kernels.AttentionBackward{Attention: st.attention, DOut: dcontext, DQ: dq, DK: dk, DV: dv})
	st.uses[0].dy, st.uses[1].dy, st.uses[2].dy = dq, dk, dv
	into := g
	if !needInput {
		into = kernels.Tensor{}
	}
	if st.xq == st.x {
		p.backwardLinears(into, st.x, st.uses[:3], true)
		return into
	}
	p.backwardLinears(into, st.xq, st.uses[:1], true)
	if needInput {
		p.dev.Zero(dx)
		p.dev.ScatterAddRows(dx, g, p.reading)
	}
	p.backwardLinears(dx, st.x, st.uses[1:3], true)
	return dx
}

// throughDropout returns the gradient in front of a dropout whose output has gradient g: a copy, or g when nothing is dropped.
func (p *Pass) throughDropout(g kernels.Tensor, site uint32) kernels.Tensor {
	d := p.dropoutAt(site, p.model.Config.HiddenDropout)
	if d.Rate == 0 {
		return g
	}
	branch := p.temp.Tensor(g.Rows, g.Cols)
	p.dev.Dropout(branch, g, d, false)
	return branch
}

package encoder

import "github.com/lorica-go/lorica/kernels"

// head is the classification head over the first token's hidden state x, or over the mean of all tokens' states:
//
//	logits = output(dropout(LayerNorm(f(dense(dropout x)))))
type head struct {
	dense, output *linear
	activation    kernels.Activation
	norm          norm // gamma is nil when there is none
}

// trainsInside reports whether a backward through the output layer reaches a trainable parameter of the head.
func (h *head) trainsInside() bool { return h.dense.trains() || h.norm.trains() }

// headState is what the head's backward reads.
type headState struct {
	x, pre, act, features kernels.Tensor // [sequences, width]; features is the input of the output layer
	stats                 kernels.Tensor // of the norm
	dense, output         [1]linearUse
}

// forwardHead computes the logits [sequences, labels] from the hidden states [rows, width] that it reads.
func (p *Pass) forwardHead(x kernels.Tensor) kernels.Tensor {
	h, c, st := &p.model.head, p.model.Config, &p.headState
	if c.MeanPooling {
		mean := p.keep.Tensor(p.batch.Len(), x.Cols)
		p.dev.MeanRows(mean, x, p.readOffsets)
		x = mean
	}
	*st = headState{x: x}
	if d := p.dropoutAt(siteHeadInput, c.headInputDropout()); d.Rate > 0 {
		st.x = p.keep.Tensor(x.Rows, x.Cols)
		p.dev.Dropout(st.x, x, d, false)
	}
	st.pre = p.keep.Tensor(x.Rows, x.Cols)
	st.act = p.keep.Tensor(x.Rows, x.Cols)
	st.dense[0] = linearUse{layer: h.dense, dst: st.act, activation: h.activation, pre: st.pre}
	p.forwardLinears(st.x, st.dense[:])
	st.features = st.act
	if h.norm.gamma != nil {
		st.features, st.stats = p.keep.Tensor(x.Rows, x.Cols), p.keep.Tensor(x.Rows, 2)
		p.forwardNorm(h.norm, kernels.LayerNorm{Dst: st.features, X: st.act, Stats: st.stats})
	}
	if d := p.dropoutAt(siteHeadOutput, c.ClassifierDropout); d.Rate > 0 {
		dropped := p.keep.Tensor(x.Rows, x.Cols)
		p.dev.Dropout(dropped, st.features, d, false)
		st.features = dropped
	}
	logits := p.keep.Tensor(x.Rows, h.output.out)
	st.output[0] = linearUse{layer: h.output, dst: logits}
	p.forwardLinears(st.features, st.output[:])
	return logits
}

// backwardHead takes the gradient of the logits to that of the hidden states, or to the zero Tensor when nothing below is trainable.
func (p *Pass) backwardHead(dlogits kernels.Tensor) kernels.Tensor {
	h, c, st := &p.model.head, p.model.Config, &p.headState
	below := p.model.trainsBelowHead()
	var dfeatures, dx kernels.Tensor
	if below || h.trainsInside() {
		dfeatures = p.temp.Tensor(st.x.Rows, st.x.Cols)
	}
	st.output[0].dy = dlogits
	p.backwardLinears(dfeatures, st.features, st.output[:], false)
	if dfeatures.IsZero() {
		return dx
	}
	if d := p.dropoutAt(siteHeadOutput, c.ClassifierDropout); d.Rate > 0 {
		p.dev.Dropout(dfeatures, dfeatures, d, false)
	}
	if h.norm.gamma != nil {
		p.backwardNorm(dfeatures, st.act, st.stats, h.norm)
	}
	p.dev.ActivateBackward(dfeatures, dfeatures, st.pre, h.activation)
	if below {
		dx = p.temp.Tensor(st.x.Rows, st.x.Cols)
	}
	st.dense[0].dy = dfeatures
	p.backwardLinears(dx, st.x, st.dense[:], false)
	if d := p.dropoutAt(siteHeadInput, c.headInputDropout()); below && d.Rate > 0 {
		p.dev.Dropout(dx, dx, d, false)
	}
	if below && c.MeanPooling {
		dmean := dx
		dx = p.temp.Tensor(len(p.reading), dmean.Cols)
		p.dev.MeanRowsBackward(dx, dmean, p.readOffsets)
	}
	return dx
}

// maskedLM is the masked-LM head over hidden states x: scores = LayerNorm(f(dense x)) E^T + bias, E being the word embeddings.
type maskedLM struct {
	dense, decoder *linear
	activation     kernels.Activation
	norm           norm
}

// maskedLMState is what the masked-LM head's backward reads.
type maskedLMState struct {
	x, pre, act, stats, normed kernels.Tensor
	dense, decoder             [1]linearUse
}

// forwardMaskedLM computes the scores [rows, vocabulary] from x [rows, width].
func (p *Pass) forwardMaskedLM(x kernels.Tensor) kernels.Tensor {
	h, c, st := &p.model.lm, p.model.Config, &p.lmState
	width := h.dense.out
	*st = maskedLMState{x: x, pre: p.keep.Tensor(x.Rows, width), act: p.keep.Tensor(x.Rows, width),
		stats: p.keep.Tensor(x.Rows, 2), normed: p.keep.Tensor(x.Rows, width)}
	st.dense[0] = linearUse{layer: h.dense, dst: st.act, activation: h.activation, pre: st.pre}
	p.forwardLinears(x, st.dense[:])
	p.forwardNorm(h.norm, kernels.LayerNorm{Dst: st.normed, X: st.act, Stats: st.stats})
	scores := p.keep.Tensor(x.Rows, c.VocabSize)
	st.decoder[0] = linearUse{layer: h.decoder, dst: scores}
	p.forwardLinears(st.normed, st.decoder[:])
	return scores
}

// backwardMaskedLM takes the gradient of the scores to that of x.
func (p *Pass) backwardMaskedLM(dscores kernels.Tensor) kernels.Tensor {
	h, st := &p.model.lm, &p.lmState
	dnormed := p.temp.Tensor(st.x.Rows, h.dense.out)
	st.decoder[0].dy = dscores
	p.backwardLinears(dnormed, st.normed, st.decoder[:], false)
	p.backwardNorm(dnormed, st.act, st.stats, h.norm)
	p.dev.ActivateBackward(dnormed, dnormed, st.pre, h.activation)
	dx := p.temp.Tensor(st.x.Rows, st.x.Cols)
	st.dense[0].dy = dnormed
	p.backwardLinears(dx, st.x, st.dense[:], false)
	return dx
}

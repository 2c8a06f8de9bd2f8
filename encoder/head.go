package encoder

import "github.com/lorica-go/lorica/kernels"

// head is the classification head over the first token's hidden state x:
//
//	logits = output(dropout(f(dense(dropout x))))
type head struct {
	dense, output *linear
	activation    kernels.Activation
}

// headState is what the head's backward reads.
type headState struct {
	x, pre, act, features kernels.Tensor // [sequences, width]; features is the input of the output layer
	dense, output         [1]linearUse
}

// forwardHead computes the logits [sequences, labels] from x [sequences, width].
func (p *Pass) forwardHead(x kernels.Tensor) kernels.Tensor {
	h, c, st := &p.model.head, p.model.Config, &p.headState
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
	if d := p.dropoutAt(siteHeadOutput, c.ClassifierDropout); d.Rate > 0 {
		st.features = p.keep.Tensor(x.Rows, x.Cols)
		p.dev.Dropout(st.features, st.act, d, false)
	}
	logits := p.keep.Tensor(x.Rows, h.output.out)
	st.output[0] = linearUse{layer: h.output, dst: logits}
	p.forwardLinears(st.features, st.output[:])
	return logits
}

// backwardHead takes the gradient of the logits to that of x, or to the zero Tensor when nothing below is trainable.
func (p *Pass) backwardHead(dlogits kernels.Tensor) kernels.Tensor {
	h, c, st := &p.model.head, p.model.Config, &p.headState
	below := p.model.lowest < len(p.model.layers)
	var dfeatures, dx kernels.Tensor
	if below || h.dense.trains() {
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
	p.dev.ActivateBackward(dfeatures, dfeatures, st.pre, h.activation)
	if below {
		dx = p.temp.Tensor(st.x.Rows, st.x.Cols)
	}
	st.dense[0].dy = dfeatures
	p.backwardLinears(dx, st.x, st.dense[:], false)
	if d := p.dropoutAt(siteHeadInput, c.headInputDropout()); below && d.Rate > 0 {
		p.dev.Dropout(dx, dx, d, false)
	}
	return dx
}

// maskedLM is the masked-LM head over hidden states x: scores = LayerNorm(f(dense x)) E^T + bias, E being the word embeddings.
type maskedLM struct {
	dense, decoder *linear
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
	st.dense[0] = linearUse{layer: h.dense, dst: st.act, activation: c.maskedLMActivation(), pre: st.pre}
	p.forwardLinears(x, st.dense[:])
	p.forwardNorm(h.norm, kernels.LayerNorm{Dst: st.normed, X: st.act, Stats: st.stats})
	scores := p.keep.Tensor(x.Rows, c.VocabSize)
	st.decoder[0] = linearUse{layer: h.decoder, dst: scores}
	p.forwardLinears(st.normed, st.decoder[:])
	return scores
}

// backwardMaskedLM takes the gradient of the scores to that of x.
func (p *Pass) backwardMaskedLM(dscores kernels.Tensor) kernels.Tensor {
	h, c, st := &p.model.lm, p.model.Config, &p.lmState
	dnormed := p.temp.Tensor(st.x.Rows, h.dense.out)
	st.decoder[0].dy = dscores
	p.backwardLinears(dnormed, st.normed, st.decoder[:], false)
	p.backwardNorm(dnormed, st.act, st.stats, h.norm)
	p.dev.ActivateBackward(dnormed, dnormed, st.pre, c.maskedLMActivation())
	dx := p.temp.Tensor(st.x.Rows, st.x.Cols)
	st.dense[0].dy = dnormed
	p.backwardLinears(dx, st.x, st.dense[:], false)
	return dx
}

// maskedLMActivation: RoBERTa's and ELECTRA's head has GELU whatever the blocks have; the others follow the configuration.
func (c *Config) maskedLMActivation() kernels.Activation {
	switch c.ModelType {
	case "roberta", "xlm-roberta", "electra":
		return kernels.GELU
	}
	return c.Activation
}

package encoder

import (
	"math"
	"strings"

	"github.com/lorica-go/lorica/internal/format"
	"github.com/lorica-go/lorica/kernels"
)

// ModernBERT is what only a ModernBERT configuration says of the layers (Warner et al. 2024).
type ModernBERT struct {
	GlobalEvery             int     // layers 0, GlobalEvery, 2 GlobalEvery ... attend to all tokens, the others to near ones
	Window                  int     // how many tokens away a local layer sees
	GlobalTheta, LocalTheta float64 // bases of the rotary angles of the two kinds of layers
	AttentionBias, MLPBias  bool    // linear layers have a bias
}

// modernbertFamily: positions are rotations of queries and keys, layers have their norms in front, the feed-forward is gated,
// and the head reads the first token or the mean of all.
func modernbertFamily() *family {
	return &family{
		prefix:         "model.",
		wordEmbeddings: "embeddings.tok_embeddings",
		embeddingNorm:  "embeddings.norm",
		finalNorm:      "final_norm",
		classifier:     headNames{dense: "head.dense", norm: "head.norm", output: "classifier"},

		padTokenID:      50283,
		configure:       modernbertKeys,
		newLayer:        newModernLayer,
		stddev:          modernbertStddev,
		defaultTargets:  []string{"Wqkv"},
		classifierClass: "ModernBertForSequenceClassification",
		maskedLMClass:   "ModernBertForMaskedLM",
	}
}

// modernbertKeys reads the keys of a modernbert configuration.
func modernbertKeys(c *Config, k *keys) {
	sizeKeys(c, k)
	c.MaxPositions = k.integer("max_position_embeddings", 8192, 1, maxPositions)
	c.NoPositions = true
	c.LayerNormEps = float32(k.number("norm_eps", 1e-5, 0, 1))
	c.NoNormBias = !k.boolean("norm_bias", false)
	c.Activation = k.activation("hidden_activation")
	c.EmbeddingDropout = k.rate("embedding_dropout", 0)
	c.HiddenDropout = k.rate("mlp_dropout", 0)
	c.AttentionDropout = k.rate("attention_dropout", 0)
	c.InitializerCutoff = k.nullable("initializer_cutoff_factor", 2, 3, 0.1, 100)

	c.HeadActivation = k.activation("classifier_activation")
	c.maskedLM = &maskedLMNames{dense: "head.dense", norm: "head.norm", decoder: "decoder", bias: "decoder.bias", activation: c.HeadActivation}
	c.NoHeadBias = !k.boolean("classifier_bias", false)
	c.NoDecoderBias = !k.boolean("decoder_bias", true)
	c.untied = !k.boolean("tie_word_embeddings", true)
	c.ClassifierDropout = k.rate("classifier_dropout", 0)
	switch pooling := k.text("classifier_pooling", "cls"); pooling {
	case "cls", "mean":
		c.MeanPooling = pooling == "mean"
	default:
		k.fail("classifier_pooling", "want \"cls\" or \"mean\", got %q", pooling)
	}

	m := &ModernBERT{
		GlobalEvery:   k.integer("global_attn_every_n_layers", 3, 1, maxLayers),
		Window:        k.integer("local_attention", 128, 2, maxPositions) / 2,
		GlobalTheta:   k.number("global_rope_theta", 160000, 1, 1e12),
		AttentionBias: k.boolean("attention_bias", false), MLPBias: k.boolean("mlp_bias", false),
	}
	m.LocalTheta = k.nullable("local_rope_theta", 10000, m.GlobalTheta, 1, 1e12)
	c.ModernBERT = m
	if c.HiddenSize/c.Heads%2 != 0 {
		k.fail("num_attention_heads", "heads of %d values, which do not come in pairs to be rotated", c.HiddenSize/c.Heads)
	}
	for _, key := range []string{"rope_scaling", "rope_parameters", "layer_types"} {
		if _, ok := k.value(key); ok {
			k.fail(key, "not supported; global_rope_theta, local_rope_theta and global_attn_every_n_layers say how layers attend")
		}
	}
}

// modernbertStddev is transformers' rule: what a residual sum receives begins smaller the more of them there are.
func modernbertStddev(c *Config, name string) float64 {
	switch {
	case name == "classifier.weight":
		return 1 / math.Sqrt(float64(c.HiddenSize))
	case name == "head.dense.weight" || strings.HasSuffix(name, ".Wo.weight"):
		return c.InitializerRange / math.Sqrt(float64(2*c.Layers))
	}
	return c.InitializerRange
}

// modernLayer is one ModernBERT layer:
//
//	h = x + dropout(Attention(rotate(n Wq), rotate(n Wk), n Wv) Wo)   with n = LayerNorm(x), in the first layer x itself
//	y = h + dropout(f(m Wa) * (m Wg)) W2                              with m = LayerNorm(h)
//
// Wq, Wk and Wv are one matrix, Wa and Wg, the gate, another.
type modernLayer struct {
	attentionNorm        norm
	qkv, attentionOutput *linear
	mlpNorm              norm
	intermediate, output *linear
	theta                float64
	window               int // 0: attends to all tokens
}

// newModernLayer declares layer i of a model.
func newModernLayer(b *builder, i int) layer {
	c := b.m.Config
	m, width := c.ModernBERT, c.HiddenSize
	name := format.Sprintf("%slayers.%d.", b.m.family.prefix, i)
	l := &modernLayer{theta: m.GlobalTheta}
	if i%m.GlobalEvery != 0 {
		l.theta, l.window = m.LocalTheta, m.Window
	}
	if i > 0 {
		l.attentionNorm = b.norm(name+"attn_norm", width)
	}
	l.qkv = b.linearOf(m.AttentionBias, name+"attn.Wqkv", width, 3*width)
	l.attentionOutput = b.linearOf(m.AttentionBias, name+"attn.Wo", width, width)
	l.mlpNorm = b.norm(name+"mlp_norm", width)
	l.intermediate = b.linearOf(m.MLPBias, name+"mlp.Wi", width, 2*c.IntermediateSize)
	l.output = b.linearOf(m.MLPBias, name+"mlp.Wo", c.IntermediateSize, width)
	return l
}

func (l *modernLayer) linears() []*linear {
	return []*linear{l.qkv, l.attentionOutput, l.intermediate, l.output}
}

func (l *modernLayer) norms() []norm { return []norm{l.attentionNorm, l.mlpNorm} }

func (l *modernLayer) entry() []*linear {
	if l.attentionNorm.trains() {
		return nil
	}
	return []*linear{l.qkv}
}

func (l *modernLayer) newState() layerState { return &modernState{} }

// modernState is what a layer's backward reads of its forward. Rows are tokens, but in a last layer of which only some rows
// are read: there everything behind the attention has the rows that are read.
type modernState struct {
	x, normed, stats1    kernels.Tensor // [tokens, width], [tokens, width], [tokens, 2]
	attention            kernels.Attention
	some, whole          bool           // rows were picked; the attention was computed for all tokens all the same
	context              kernels.Tensor // [rows, width]
	mid, stats2, normed2 kernels.Tensor // [rows, width], [rows, 2], [rows, width]
	pre, act             kernels.Tensor // [rows, 2 intermediate], [rows, intermediate]: before and after the gate
	uses                 [4]linearUse   // in the order of linears
}

func (l *modernLayer) forward(p *Pass, i int, y, x kernels.Tensor, keep bool) {
	keep = keep && canTrain
	c, st := p.model.Config, p.states[i].(*modernState)
	*st = modernState{x: x, normed: x}
	mark := p.temp.Mark()
	defer p.temp.Release(mark)
	arena := p.arena(keep)
	width, tokens, rows := c.HiddenSize, x.Rows, y.Rows

	if l.attentionNorm.gamma != nil {
		st.normed, st.stats1 = p.arena(keep && l.qkv.readsInput()).Tensor(tokens, width), arena.Tensor(tokens, 2)
		p.forwardNorm(l.attentionNorm, kernels.LayerNorm{Dst: st.normed, X: x, Stats: st.stats1})
	}
	qkv := arena.Tensor(tokens, 3*width) // one product: in the last layer, queries that are not read come with the keys and values
	st.uses[0] = linearUse{layer: l.qkv, dst: qkv}
	p.forwardLinears(st.normed, st.uses[:1])
	p.rotate(qkv, l.theta, false)
	q, k, v := qkv.ColRange(0, width), qkv.ColRange(width, 2*width), qkv.ColRange(2*width, 3*width)
	xq, queryOffsets := x, p.batch.Offsets
	if i == c.Layers-1 && !p.readsAllRows() {
		st.some, xq = true, p.pick(p.temp, x)
		if st.whole = l.window != 0 && !p.readsFirstRows(); !st.whole {
			q, queryOffsets = p.pick(arena, q), p.readOffsets
		}
	}
	st.attention = kernels.Attention{
		Dst: arena.Tensor(q.Rows, width), Q: q, K: k, V: v, QueryOffsets: queryOffsets, KeyOffsets: p.batch.Offsets, Heads: c.Heads,
		Scale: c.attentionScale(), Window: l.window, Dropout: p.dropoutAt(blockSite(i, siteAttention), c.AttentionDropout),
	}
	if keep {
		st.attention.LogSumExp = arena.Tensor(q.Rows, c.Heads)
	}
	p.dev.Attention(st.attention)
	if st.context = st.attention.Dst; st.whole {
		st.context = p.pick(arena, st.context)
	}

	branch := p.temp.Tensor(rows, width)
	st.uses[1] = linearUse{layer: l.attentionOutput, dst: branch}
	p.forwardLinears(st.context, st.uses[1:2])
	st.mid = y // which the second branch is added to
	if keep {
		st.mid = arena.Tensor(rows, width)
	}
	st.stats2, st.normed2 = arena.Tensor(rows, 2), p.arena(keep && l.intermediate.readsInput()).Tensor(rows, width)
	p.forwardNorm(l.mlpNorm, kernels.LayerNorm{Dst: st.normed2, X: branch, Residual: xq, Sum: st.mid, Stats: st.stats2,
		Dropout: p.dropoutAt(blockSite(i, siteAttentionOutput), c.AttentionDropout)})

	st.pre = arena.Tensor(rows, 2*c.IntermediateSize)
	st.uses[2] = linearUse{layer: l.intermediate, dst: st.pre}
	p.forwardLinears(st.normed2, st.uses[2:3])
	if st.act = st.pre.ColRange(0, c.IntermediateSize); keep {
		st.act = p.arena(l.output.readsInput()).Tensor(rows, c.IntermediateSize)
		p.dev.Copy(y, st.mid)
	}
	p.dev.Gate(st.act, st.pre, c.Activation)
	if d := p.dropoutAt(blockSite(i, siteGate), c.HiddenDropout); d.Rate > 0 {
		p.dev.Dropout(st.act, st.act, d, false)
	}
	st.uses[3] = linearUse{layer: l.output, dst: y, accumulate: true}
	p.forwardLinears(st.act, st.uses[3:4])
}

// backward is forward read from the end. The gradient of a residual sum stays where it is, and that of the branch beside it
// is added.
func (l *modernLayer) backward(p *Pass, i int, dy kernels.Tensor, needInput bool) kernels.Tensor {
	c, st := p.model.Config, p.states[i].(*modernState)
	rows, width, tokens := dy.Rows, c.HiddenSize, st.x.Rows
	dx := dy
	if st.some && needInput {
		dx = p.temp.Tensor(tokens, width)
	}
	mark := p.temp.Mark()
	defer p.temp.Release(mark)

	// y = mid + dropout(gate(normed2 Wi)) Wo: dy, and what is added to it, becomes the gradient of mid
	dact := p.temp.Tensor(rows, c.IntermediateSize)
	st.uses[3].dy = dy
	p.backwardLinears(dact, st.act, st.uses[3:4], false)
	if d := p.dropoutAt(blockSite(i, siteGate), c.HiddenDropout); d.Rate > 0 {
		p.dev.Dropout(dact, dact, d, false)
	}
	dpre, dnormed := p.temp.Tensor(rows, 2*c.IntermediateSize), p.temp.Tensor(rows, width)
	p.dev.GateBackward(dpre, dact, st.pre, c.Activation)
	st.uses[2].dy = dpre
	p.backwardLinears(dnormed, st.normed2, st.uses[2:3], false)
	p.backwardNormBeside(dy, dnormed, st.mid, st.stats2, l.mlpNorm)

	// mid = x + dropout(context Wo): and now that of x, of the rows that are read
	dcontext := p.temp.Tensor(rows, width)
	st.uses[1].dy = p.throughDropout(dy, blockSite(i, siteAttentionOutput), c.AttentionDropout)
	p.backwardLinears(dcontext, st.context, st.uses[1:2], false)
	if st.whole {
		drows := dcontext
		dcontext = p.temp.Tensor(tokens, width)
		p.unpick(dcontext, drows)
	}
	dqkv := p.temp.Tensor(tokens, 3*width)
	allQueries := dqkv.ColRange(0, width)
	op := kernels.AttentionBackward{Attention: st.attention, DOut: dcontext,
		DQ: allQueries, DK: dqkv.ColRange(width, 2*width), DV: dqkv.ColRange(2*width, 3*width)}
	picked := st.some && !st.whole
	if picked {
		op.DQ = p.temp.Tensor(rows, width)
	}
	p.dev.AttentionBackward(op)
	if picked {
		p.unpick(allQueries, op.DQ)
	}
	p.rotate(dqkv, l.theta, true)

	if !needInput {
		dx = kernels.Tensor{}
	} else if st.some {
		p.unpick(dx, dy)
	}
	st.uses[0].dy = dqkv
	if l.attentionNorm.gamma == nil {
		p.backwardLinears(dx, st.x, st.uses[:1], true)
		return dx
	}
	var dn kernels.Tensor
	if needInput || l.attentionNorm.trains() {
		dn = p.temp.Tensor(tokens, width)
	}
	p.backwardLinears(dn, st.normed, st.uses[:1], false)
	if !dn.IsZero() {
		p.backwardNormBeside(dx, dn, st.x, st.stats1, l.attentionNorm)
	}
	return dx
}

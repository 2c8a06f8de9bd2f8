package encoder

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Relative says how a DeBERTa model's attention depends on the distance of query and key (He et al. 2021, "DeBERTa", and the
// logarithmic buckets of its second version).
type Relative struct {
	Keys, Queries bool // the content-to-position and the position-to-content term; c2p and p2c in pos_att_type
	Shared        bool // positions go through the layer's own key and query projections
	Normed        bool // the position embeddings go through a layer norm
	MaxDistance   int  // from which on distances are alike
	Buckets       int  // distances of half as many tokens have an embedding each, longer ones share; 0: all have their own
}

// span returns half the rows of the table of position embeddings: those of distances on one side.
func (r *Relative) span() int {
	if r.Buckets > 0 {
		return r.Buckets
	}
	return r.MaxDistance
}

// row returns the row of the table for a distance, query position minus key position. As in the original, the logarithm is
// taken in float32.
func (r *Relative) row(distance int) int32 {
	bucket, span := distance, r.span()
	if away, mid := max(distance, -distance), r.Buckets/2; r.Buckets > 0 && away > mid {
		far := float32(math.Log(float64(float32(away) / float32(mid))))
		all := float32(math.Log(float64(float32(float64(r.MaxDistance-1) / float64(mid)))))
		bucket = mid + int(math.Ceil(float64(far/all*float32(mid-1))))
		if distance < 0 {
			bucket = -bucket
		}
	}
	return int32(min(max(bucket+span, 0), 2*span-1))
}

// debertaFamily: DeBERTa v2 and v3 (He et al. 2021 and 2023), which share model_type "deberta-v2". Blocks are BERT's with
// disentangled attention; there are no absolute positions as a rule; the head pools the first token through a dense layer.
func debertaFamily() *family {
	f := bertNames("deberta.")
	f.query, f.key, f.value = selfAttention("query_proj"), selfAttention("key_proj"), selfAttention("value_proj")
	f.positionQuery, f.positionKey = selfAttention("pos_query_proj"), selfAttention("pos_key_proj")
	f.classifier = headNames{dense: "pooler.dense", output: "classifier"}
	f.maskedLM = maskedLMNames{
		dense: "cls.predictions.transform.dense", norm: "cls.predictions.transform.LayerNorm",
		decoder: "cls.predictions.decoder", bias: "cls.predictions.bias",
	}
	f.configure = debertaKeys
	f.defaultTargets = []string{"query_proj", "value_proj"}
	f.classifierClass, f.maskedLMClass = "DebertaV2ForSequenceClassification", "DebertaV2ForMaskedLM"
	return &f
}

func selfAttention(module string) string { return "encoder.layer.%d.attention.self." + module }

// debertaKeys reads the keys of a deberta-v2 configuration.
func debertaKeys(c *Config, k *keys) {
	bertKeys(c, k)
	c.untied = false // legacy: false, which goes with it in v3, names a head that uses the word embeddings all the same
	c.EmbeddingSize = k.integer("embedding_size", c.HiddenSize, 1, maxWidth)
	c.TypeVocabSize = k.integer("type_vocab_size", 0, 0, maxWidth)
	c.LayerNormEps = float32(k.number("layer_norm_eps", 1e-7, 0, 1))
	c.ClassifierDropout = k.rate("cls_dropout", c.HiddenDropout)
	c.PoolerDropout = k.rate("pooler_dropout", 0)
	c.HeadActivation = k.activation("pooler_hidden_act")
	c.NoPositions = !k.boolean("position_biased_input", true)
	if !k.boolean("legacy", true) { // the masked-LM head that v3 was published with
		c.maskedLM = &maskedLMNames{dense: "lm_predictions.lm_head.dense", norm: "lm_predictions.lm_head.LayerNorm", bias: "lm_predictions.lm_head.bias"}
	}
	r := Relative{
		Shared: k.boolean("share_att_key", false), MaxDistance: k.integer("max_relative_positions", -1, -1, maxPositions),
		Buckets: max(0, k.integer("position_buckets", -1, -1, maxPositions)),
		Normed:  slices.Contains(k.words("norm_rel_ebd", "none"), "layer_norm"),
	}
	for _, term := range k.words("pos_att_type", "") {
		switch term {
		case "c2p":
			r.Keys = true
		case "p2c":
			r.Queries = true
		default:
			k.fail("pos_att_type", "want c2p and p2c, got %q", term)
		}
	}
	c.ScoreTerms = 1
	for _, present := range []bool{r.Keys, r.Queries} {
		if present {
			c.ScoreTerms++
		}
	}
	if r.MaxDistance < 1 {
		r.MaxDistance = c.MaxPositions
	}
	if r.Buckets == 1 || r.Buckets > 0 && r.MaxDistance-1 <= r.Buckets/2 {
		k.fail("position_buckets", "%d buckets for distances below %d", r.Buckets, r.MaxDistance)
	}
	if k.boolean("relative_attention", false) && (r.Keys || r.Queries) {
		c.Relative = &r
	}
	for _, width := range []string{"pooler_hidden_size", "embedding_size"} {
		if n := k.integer(width, c.HiddenSize, 1, maxWidth); n != c.HiddenSize {
			k.fail(width, "%d is not hidden_size %d, which is not supported", n, c.HiddenSize)
		}
	}
	if n := k.integer("attention_head_size", c.HiddenSize/max(1, c.Heads), 1, maxWidth); n != c.HiddenSize/max(1, c.Heads) {
		k.fail("attention_head_size", "%d is not hidden_size / num_attention_heads, which is not supported", n)
	}
	if n := k.integer("conv_kernel_size", 0, 0, maxWidth); n != 0 {
		k.fail("conv_kernel_size", "a convolution of %d tokens is not supported (v2-xlarge and v2-xxlarge have one)", n)
	}
}

// words reads a list of words, given as such or as one string with bars in between.
func (k *keys) words(key, missing string) []string {
	text, list := missing, []string(nil)
	if _, ok := k.value(key); ok {
		text, list = k.patternOrList(key)
	}
	var small []byte
	for _, r := range text {
		small = utf8.AppendRune(small, unicode.ToLower(r))
	}
	for word := range strings.SplitSeq(string(small), "|") {
		if word = strings.TrimSpace(word); word != "" {
			list = append(list, word)
		}
	}
	return list
}

// attentionScale is what scores are multiplied by: 1/sqrt(head size), and as much smaller as disentangled attention has terms.
func (c *Config) attentionScale() float32 {
	return float32(1 / math.Sqrt(float64(c.headSize()*max(1, c.ScoreTerms))))
}

package encoder

import (
	"strconv"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/internal/format"
	"github.com/lorica-go/lorica/internal/order"
	"github.com/lorica-go/lorica/kernels"
)

// Config describes a model. It is what config.json of a Hugging Face folder says, in one vocabulary for all families.
type Config struct {
	ModelType         string // one of ModelTypes
	VocabSize         int
	HiddenSize        int // width of the residual stream
	EmbeddingSize     int // width of the embedding tables; HiddenSize but for some electra models
	Layers            int
	Heads             int
	IntermediateSize  int // width of the feed-forward layer
	MaxPositions      int // rows of the position table, or how long sequences may be where there is none
	TypeVocabSize     int // rows of the token type table; 0 when there is none
	PadTokenID        int32
	LayerNormEps      float32
	Activation        kernels.Activation
	HiddenDropout     float32
	EmbeddingDropout  float32 // HiddenDropout, but for ModernBERT
	AttentionDropout  float32
	ClassifierDropout float32
	PoolerDropout     float32 // of what a DeBERTa head's dense layer reads
	InitializerRange  float64

	// NoPositions says that there is no table of absolute positions.
	NoPositions bool
	// Relative says how attention depends on distances, nil when it does not. ScoreTerms is how many terms the scale of the
	// scores reckons with; 0 means 1.
	Relative   *Relative
	ScoreTerms int
	// ModernBERT is what only that architecture's layers have, nil for others.
	ModernBERT *ModernBERT
	// NoNormBias, NoHeadBias and NoDecoderBias say that the layer norms, the head's dense layer and the masked-LM scores go
	// without a bias.
	NoNormBias, NoHeadBias, NoDecoderBias bool
	// HeadActivation is that of the classification head's dense layer. With MeanPooling the head reads the mean of a sequence's
	// hidden states, and not the first.
	HeadActivation kernels.Activation
	MeanPooling    bool
	// InitializerCutoff is at how many standard deviations the distribution of initial weights is cut; 0: not at all.
	InitializerCutoff float64

	// Labels are the class names in order of their ids.
	Labels []string
	// Named says that the configuration names the labels; otherwise they are LABEL_0, LABEL_1.
	Named bool

	maskedLM *maskedLMNames    // when they are not the family's
	untied   bool              // the masked-LM decoder has a weight of its own
	raw      map[string]string // the text of each value
}

// Limits on what a configuration may ask for: larger values are mistakes or attacks, not models.
const (
	maxWidth     = 1 << 16
	maxLayers    = 1 << 10
	maxVocab     = 1 << 24
	maxPositions = 1 << 20
	maxLabels    = 1 << 16
	maxConfig    = 16 << 20 // bytes of config.json
)

// ParseConfig reads config.json. Errors name the key.
func ParseConfig(data []byte) (*Config, error) {
	c, err := parseConfig(data)
	if err != nil {
		return nil, badinput.Errorf("config.json: %w", err)
	}
	return c, nil
}

func parseConfig(data []byte) (*Config, error) {
	if len(data) > maxConfig {
		return nil, format.Errorf("%d bytes, more than the limit of %d", len(data), maxConfig)
	}
	raw, err := readKeys(data)
	if err != nil {
		return nil, err
	}
	k := keys{raw: raw}
	c := &Config{raw: raw, ModelType: k.text("model_type", "")}
	if k.err != nil {
		return nil, k.err
	}
	if c.ModelType == "" {
		return nil, format.Errorf("model_type is missing")
	}
	f, err := familyOf(c.ModelType)
	if err != nil {
		return nil, err
	}
	c.HeadActivation = f.classifier.activation
	f.configure(c, &k)
	c.InitializerRange = k.number("initializer_range", 0.02, 0, 1e3)
	c.PadTokenID = int32(k.integer("pad_token_id", f.padTokenID, 0, maxVocab))
	c.labels(&k)
	if k.err != nil {
		return nil, k.err
	}
	return c, c.validate()
}

// sizeKeys reads the sizes that most architectures have under the same keys.
func sizeKeys(c *Config, k *keys) {
	c.VocabSize = k.integer("vocab_size", required, 1, maxVocab)
	c.HiddenSize = k.integer("hidden_size", required, 1, maxWidth)
	c.EmbeddingSize = c.HiddenSize
	c.Layers = k.integer("num_hidden_layers", required, 1, maxLayers)
	c.Heads = k.integer("num_attention_heads", required, 1, maxWidth)
	c.IntermediateSize = k.integer("intermediate_size", required, 1, maxWidth)
}

// bertKeys reads the keys that bert, roberta, xlm-roberta and electra share.
func bertKeys(c *Config, k *keys) {
	sizeKeys(c, k)
	c.MaxPositions = k.integer("max_position_embeddings", 512, 1, maxPositions)
	c.TypeVocabSize = k.integer("type_vocab_size", 2, 0, maxWidth)
	c.LayerNormEps = float32(k.number("layer_norm_eps", 1e-12, 0, 1))
	c.Activation = k.activation("hidden_act")
	c.HiddenDropout = k.rate("hidden_dropout_prob", 0.1)
	c.EmbeddingDropout = c.HiddenDropout
	c.AttentionDropout = k.rate("attention_probs_dropout_prob", 0.1)
	c.ClassifierDropout = k.rate("classifier_dropout", c.HiddenDropout)
	if p := k.text("position_embedding_type", "absolute"); p != "absolute" && k.err == nil {
		k.fail("position_embedding_type", "want \"absolute\", got %q", p)
	}
	c.untied = !k.boolean("tie_word_embeddings", true)
	if k.boolean("is_decoder", false) && k.err == nil {
		k.fail("is_decoder", "a decoder is not an encoder classifier")
	}
}

// labels reads id2label or num_labels.
func (c *Config) labels(k *keys) {
	if problem := k.text("problem_type", ""); problem != "" && problem != "single_label_classification" && k.err == nil {
		k.fail("problem_type", "want \"single_label_classification\", got %q", problem)
		return
	}
	var byID map[string]string
	if value, ok := k.value("id2label"); ok {
		if err := readJSON(value, readMap(&byID, asText)); err != nil {
			k.fail("id2label", "want an object of strings")
			return
		}
	}
	n := len(byID)
	if n == 0 {
		n = k.integer("num_labels", 2, 1, maxLabels)
	}
	if k.err != nil {
		return
	}
	if n > maxLabels {
		k.fail("id2label", "%d labels, more than the limit of %d", n, maxLabels)
		return
	}
	c.Labels = DefaultLabels(n)
	ids := make([]string, 0, len(byID))
	for id := range byID {
		ids = append(ids, id)
	}
	order.Strings(ids) // so that of several mistakes the same one is reported every time
	for _, id := range ids {
		i, err := strconv.Atoi(id)
		if err != nil || i < 0 || i >= n || strconv.Itoa(i) != id {
			k.fail("id2label", "id %q is not one of 0 to %d", id, n-1)
			return
		}
		c.Named = c.Named || byID[id] != c.Labels[i]
		c.Labels[i] = byID[id]
	}
}

// DefaultLabels returns the names that transformers gives to n classes without names: LABEL_0, LABEL_1 and so on.
func DefaultLabels(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = "LABEL_" + strconv.Itoa(i)
	}
	return names
}

// SetLabels replaces the class names.
func (c *Config) SetLabels(names []string) {
	c.Labels, c.Named = append([]string(nil), names...), true
}

// SetDropout replaces the dropout probabilities of the hidden states and of the attention, where not nil. The head follows the
// hidden states unless its own probability was another.
func (c *Config) SetDropout(hidden, attention *float64) {
	if hidden != nil {
		if c.ClassifierDropout == c.HiddenDropout {
			c.ClassifierDropout = float32(*hidden)
		}
		c.HiddenDropout, c.EmbeddingDropout = float32(*hidden), float32(*hidden)
	}
	if attention != nil {
		c.AttentionDropout = float32(*attention)
	}
}

// validate checks what no single key can tell.
func (c *Config) validate() error {
	if c.HiddenSize%c.Heads != 0 {
		return format.Errorf("hidden_size: %d is not a multiple of num_attention_heads %d", c.HiddenSize, c.Heads)
	}
	if int(c.PadTokenID) >= c.VocabSize {
		return format.Errorf("pad_token_id: %d is not below vocab_size %d", c.PadTokenID, c.VocabSize)
	}
	if c.MaxTokens() < 1 {
		return format.Errorf("max_position_embeddings: %d leaves no room for a token", c.MaxPositions)
	}
	return nil
}

// MaxTokens returns the longest sequence, in tokens, that the position table has room for.
func (c *Config) MaxTokens() int {
	if f, err := familyOf(c.ModelType); err == nil && f.positionsFollowPad {
		return c.MaxPositions - int(c.PadTokenID) - 1
	}
	return c.MaxPositions
}

// headInputDropout is the rate of the dropout in front of the classification head.
func (c *Config) headInputDropout() float32 {
	if f, err := familyOf(c.ModelType); err == nil && f.classifier.dropoutFirst {
		return c.ClassifierDropout
	}
	return c.PoolerDropout
}

// headSize is the width of one attention head.
func (c *Config) headSize() int { return c.HiddenSize / c.Heads }

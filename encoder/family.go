package encoder

import (
	"strings"

	"github.com/lorica-go/lorica/internal/format"
	"github.com/lorica-go/lorica/internal/order"
	"github.com/lorica-go/lorica/kernels"
)

// family is what tells one architecture from another: the names of its tensors, its embeddings, its layers and its heads. The
// layers of the BERT line are all the same block (Devlin et al. 2019).
type family struct {
	prefix string // of the encoder's tensors, such as "bert."
	// names of the modules, below prefix; "%d" stands for the layer
	wordEmbeddings, positionEmbeddings, typeEmbeddings, embeddingNorm string
	embeddingProjection                                               string
	query, key, value, attentionOutput, attentionNorm                 string
	positionQuery, positionKey                                        string
	intermediate, output, outputNorm                                  string
	finalNorm                                                         string // behind the last layer; "" when there is none

	classifier headNames
	maskedLM   maskedLMNames

	padTokenID         int
	newLayer           func(b *builder, i int) layer
	positionsFollowPad bool // positions count from pad+1, and padding tokens stand at the pad position (RoBERTa)
	configure          func(c *Config, k *keys)
	defaultTargets     []string // ends of the names of the query and value projections
	classifierClass    string   // transformers' class with the classification head
	maskedLMClass      string
	// stddev is the standard deviation of a weight that no file has; nil: initializer_range for all.
	stddev func(c *Config, name string) float64
}

// maskedLMNames returns the names of the masked-LM head's modules.
func (m *Model) maskedLMNames() *maskedLMNames {
	if m.Config.maskedLM != nil {
		return m.Config.maskedLM
	}
	return &m.family.maskedLM
}

// headNames are the modules of a classification head, which reads the first token or the mean of all: [dropout], dense,
// activation, [norm], dropout, output. Names are full.
type headNames struct {
	dense, norm, output string // norm is "" when there is none
	activation          kernels.Activation
	dropoutFirst        bool // a dropout stands before dense as well
}

// maskedLMNames are the modules of a masked-LM head: dense, activation, layer norm, and the word embeddings as output layer.
type maskedLMNames struct {
	dense, norm, decoder, bias string
	activation                 kernels.Activation // Identity: that of the blocks
}

// bertNames are the names that bert, roberta, xlm-roberta and electra share.
func bertNames(prefix string) family {
	return family{
		prefix:             prefix,
		wordEmbeddings:     "embeddings.word_embeddings",
		positionEmbeddings: "embeddings.position_embeddings",
		typeEmbeddings:     "embeddings.token_type_embeddings",
		embeddingNorm:      "embeddings.LayerNorm",
		query:              "encoder.layer.%d.attention.self.query",
		key:                "encoder.layer.%d.attention.self.key",
		value:              "encoder.layer.%d.attention.self.value",
		attentionOutput:    "encoder.layer.%d.attention.output.dense",
		attentionNorm:      "encoder.layer.%d.attention.output.LayerNorm",
		intermediate:       "encoder.layer.%d.intermediate.dense",
		output:             "encoder.layer.%d.output.dense",
		outputNorm:         "encoder.layer.%d.output.LayerNorm",
		configure:          bertKeys,
		newLayer:           newBlock,
		defaultTargets:     []string{"query", "value"},
	}
}

// families by model_type.
var families = map[string]*family{
	"bert":        bertFamily(),
	"roberta":     robertaFamily("Roberta"),
	"xlm-roberta": robertaFamily("XLMRoberta"),
	"electra":     electraFamily(),
	"distilbert":  distilbertFamily(),
	"deberta-v2":  debertaFamily(),
	"modernbert":  modernbertFamily(),
}

// ModelTypes returns the supported values of model_type, sorted.
func ModelTypes() []string {
	var names []string
	for name := range families {
		names = append(names, name)
	}
	order.Strings(names)
	return names
}

func familyOf(modelType string) (*family, error) {
	f, ok := families[modelType]
	if !ok {
		return nil, format.Errorf("model_type: %q is not supported; there are %s", modelType, strings.Join(ModelTypes(), ", "))
	}
	return f, nil
}

func bertFamily() *family {
	f := bertNames("bert.")
	f.classifier = headNames{dense: "bert.pooler.dense", output: "classifier", activation: kernels.Tanh}
	f.maskedLM = maskedLMNames{
		dense: "cls.predictions.transform.dense", norm: "cls.predictions.transform.LayerNorm",
		decoder: "cls.predictions.decoder", bias: "cls.predictions.bias",
	}
	f.classifierClass, f.maskedLMClass = "BertForSequenceClassification", "BertForMaskedLM"
	return &f
}

// robertaFamily: Liu et al. 2019. Positions begin after the padding id, and the head is a dense layer of its own.
func robertaFamily(class string) *family {
	f := bertNames("roberta.")
	f.classifier = headNames{dense: "classifier.dense", output: "classifier.out_proj", activation: kernels.Tanh, dropoutFirst: true}
	f.maskedLM = maskedLMNames{dense: "lm_head.dense", norm: "lm_head.layer_norm", decoder: "lm_head.decoder", bias: "lm_head.bias", activation: kernels.GELU}
	f.padTokenID, f.positionsFollowPad = 1, true
	f.classifierClass, f.maskedLMClass = class+"ForSequenceClassification", class+"ForMaskedLM"
	return &f
}

// electraFamily: Clark et al. 2020, the discriminator. Embeddings may be narrower than the blocks, a projection then stands between.
func electraFamily() *family {
	f := bertNames("electra.")
	f.embeddingProjection = "embeddings_project"
	f.classifier = headNames{dense: "classifier.dense", output: "classifier.out_proj", activation: kernels.GELU, dropoutFirst: true}
	f.maskedLM = maskedLMNames{
		dense: "generator_predictions.dense", norm: "generator_predictions.LayerNorm",
		decoder: "generator_lm_head", bias: "generator_lm_head.bias", activation: kernels.GELU,
	}
	f.configure = func(c *Config, k *keys) {
		bertKeys(c, k)
		c.EmbeddingSize = k.integer("embedding_size", c.HiddenSize, 1, maxWidth)
	}
	f.classifierClass, f.maskedLMClass = "ElectraForSequenceClassification", "ElectraForMaskedLM"
	return &f
}

// distilbertFamily: Sanh et al. 2019. No token types, other names, other configuration keys, ReLU in the head.
func distilbertFamily() *family {
	return &family{
		prefix:             "distilbert.",
		wordEmbeddings:     "embeddings.word_embeddings",
		positionEmbeddings: "embeddings.position_embeddings",
		embeddingNorm:      "embeddings.LayerNorm",
		query:              "transformer.layer.%d.attention.q_lin",
		key:                "transformer.layer.%d.attention.k_lin",
		value:              "transformer.layer.%d.attention.v_lin",
		attentionOutput:    "transformer.layer.%d.attention.out_lin",
		attentionNorm:      "transformer.layer.%d.sa_layer_norm",
		intermediate:       "transformer.layer.%d.ffn.lin1",
		output:             "transformer.layer.%d.ffn.lin2",
		outputNorm:         "transformer.layer.%d.output_layer_norm",
		classifier:         headNames{dense: "pre_classifier", output: "classifier", activation: kernels.ReLU},
		maskedLM:           maskedLMNames{dense: "vocab_transform", norm: "vocab_layer_norm", decoder: "vocab_projector", bias: "vocab_projector.bias"},
		configure:          distilbertKeys,
		newLayer:           newBlock,
		defaultTargets:     []string{"q_lin", "v_lin"},
		classifierClass:    "DistilBertForSequenceClassification",
		maskedLMClass:      "DistilBertForMaskedLM",
	}
}

// distilbertKeys reads the keys of a distilbert configuration. The sinusoidal positions, when asked for, are stored as a table.
func distilbertKeys(c *Config, k *keys) {
	c.VocabSize = k.integer("vocab_size", required, 1, maxVocab)
	c.HiddenSize = k.integer("dim", required, 1, maxWidth)
	c.EmbeddingSize = c.HiddenSize
	c.Layers = k.integer("n_layers", required, 1, maxLayers)
	c.Heads = k.integer("n_heads", required, 1, maxWidth)
	c.IntermediateSize = k.integer("hidden_dim", required, 1, maxWidth)
	c.MaxPositions = k.integer("max_position_embeddings", 512, 1, maxPositions)
	c.LayerNormEps = 1e-12
	c.Activation = k.activation("activation")
	c.HiddenDropout = k.rate("dropout", 0.1)
	c.EmbeddingDropout = c.HiddenDropout
	c.AttentionDropout = k.rate("attention_dropout", 0.1)
	c.ClassifierDropout = k.rate("seq_classif_dropout", 0.2)
	c.untied = !k.boolean("tie_word_embeddings", true)
}

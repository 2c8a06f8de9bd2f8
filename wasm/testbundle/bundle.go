package testbundle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/kernels"
	"github.com/lorica-go/lorica/tokenizer"
)

// Options say what a bundle is like. The zero value is a bert of two layers, 32 units wide.
type Options struct {
	Type      string            // model_type; "" is bert
	Width     int               // 0 is 32
	Layers    int               // 0 is 2
	Positions int               // 0 is 64
	DType     safetensors.DType // 0 is F32, which has probes
	Seed      uint64
}

// Words is the vocabulary besides the special tokens; every other word becomes [UNK].
var Words = strings.Fields("good bad great awful game the a is was not very fun boring story bugs play again refund love hate . , !")

// Labels are the classes of every bundle.
var Labels = []string{"negative", "positive"}

// New returns a bundle, with three probes if its weights are F32.
func New(tb testing.TB, o Options) []byte {
	tb.Helper()
	if o.Type == "" {
		o.Type = "bert"
	}
	if o.DType == 0 {
		o.DType = safetensors.F32
	}
	for value, standard := range map[*int]int{&o.Width: 32, &o.Layers: 2, &o.Positions: 64} {
		if *value == 0 {
			*value = standard
		}
	}
	tokenizerJSON := tokenizerJSON()
	tok, err := tokenizer.Parse(tokenizerJSON)
	must(tb, err)
	config, err := encoder.ParseConfig(configJSON(tb, o, tok.VocabSize()))
	must(tb, err)
	config.SetLabels(slices.Clone(Labels))
	m, err := encoder.NewModel(config, encoder.Classification, true)
	must(tb, err)
	dev, err := kernels.NewCPU(kernels.Generic, 1)
	must(tb, err)
	defer dev.Close()
	must(tb, m.Prepare(dev, encoder.Frozen, o.Seed))
	c, err := encoder.NewClassifier(m, tok, encoder.ClassifierOptions{})
	must(tb, err)
	var probes []encoder.Probe
	if o.DType == safetensors.F32 {
		for _, text := range []string{"a very good game", "boring, the story was bad!", "refund"} {
			e, err := c.Encode(encoder.Input{Text: text})
			must(tb, err)
			p, err := c.Classify(tb.Context(), []encoder.Input{{Text: text}})
			must(tb, err)
			probes = append(probes, encoder.Probe{Text: text, IDs: e.IDs, Logits: p[0].Logits})
		}
	}
	var b bytes.Buffer
	must(tb, m.WriteBundle(&b, o.DType, tokenizerJSON, encoder.Provenance{Base: "example/tiny"}, probes))
	return b.Bytes()
}

func configJSON(tb testing.TB, o Options, vocabulary int) []byte {
	tb.Helper()
	config := map[string]any{
		"model_type": o.Type, "vocab_size": vocabulary, "pad_token_id": 0, "initializer_range": 0.2, "max_position_embeddings": o.Positions,
		"hidden_size": o.Width, "num_hidden_layers": o.Layers, "num_attention_heads": 2, "intermediate_size": 4 * o.Width, "type_vocab_size": 2,
	}
	switch o.Type {
	case "roberta":
		config["max_position_embeddings"] = o.Positions + 1
	case "deberta-v2":
		config["relative_attention"], config["position_buckets"], config["pos_att_type"], config["share_att_key"] = true, 8, "p2c|c2p", true
		config["norm_rel_ebd"], config["position_biased_input"], config["type_vocab_size"] = "layer_norm", false, 0
	case "modernbert":
		config["global_attn_every_n_layers"], config["local_attention"], config["classifier_pooling"] = 2, 8, "mean"
	}
	text, err := json.Marshal(config)
	must(tb, err)
	return text
}

// tokenizerJSON returns a WordPiece tokenizer with bert's normalizer.
func tokenizerJSON() []byte {
	vocabulary := map[string]int{}
	var added []string
	for i, special := range []string{"[PAD]", "[UNK]", "[CLS]", "[SEP]"} {
		vocabulary[special] = i
		added = append(added, fmt.Sprintf(`{"id":%d,"content":%q,"single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}`, i, special))
	}
	for i, word := range Words {
		vocabulary[word] = 4 + i
	}
	vocab, err := json.Marshal(vocabulary)
	if err != nil {
		panic(err)
	}
	return []byte(`{"version":"1.0","truncation":null,"padding":null,"added_tokens":[` + strings.Join(added, ",") + `],` +
		`"normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},` +
		`"pre_tokenizer":{"type":"BertPreTokenizer"},` +
		`"post_processor":{"type":"BertProcessing","sep":["[SEP]",3],"cls":["[CLS]",2]},"decoder":null,` +
		`"model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":` + string(vocab) + `}}`)
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

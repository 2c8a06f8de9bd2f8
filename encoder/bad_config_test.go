//go:build !wasm

package encoder

import (
	"fmt"
	"maps"
	"strings"
	"testing"
)

// absent stands for a key that is taken away.
type absent struct{}

func TestConfigurationMistakesNameTheKey(t *testing.T) {
	type mistake struct {
		key   string
		value any
		want  string
	}
	counts := func(keys ...string) (all []mistake) {
		for _, key := range keys {
			for _, value := range []any{absent{}, nil, 0, -3, 1.5, "8", true, []int{8}, map[string]int{}, 1e300, 1 << 30} {
				all = append(all, mistake{key, value, key + ": "})
			}
		}
		return all
	}
	rates := func(keys ...string) (all []mistake) {
		for _, key := range keys {
			for _, value := range []any{-0.1, 1.0, 2, "0.1", false, []int{}} {
				all = append(all, mistake{key, value, key + ": "})
			}
		}
		return all
	}
	common := []mistake{
		{"vocab_size", 0, "vocab_size: want an integer from 1"},
		{"initializer_range", "x", "initializer_range: want a number"},
		{"initializer_range", -1, "initializer_range: want a number from 0"},
		{"pad_token_id", 12, "pad_token_id: 12 is not below vocab_size 12"},
		{"pad_token_id", -1, "pad_token_id: want an integer from 0"},
		{"pad_token_id", "0", "pad_token_id: want an integer"},
		{"problem_type", "regression", "problem_type: want \"single_label_classification\", got \"regression\""},
		{"problem_type", 3, "problem_type: want a string"},
		{"id2label", []string{"a"}, "id2label: want an object of strings"},
		{"id2label", map[string]any{"0": 1}, "id2label: want an object of strings"},
		{"id2label", map[string]any{"0": "a", "2": "b"}, "id2label: id \"2\" is not one of 0 to 1"},
		{"id2label", map[string]any{"0": "a", "01": "b"}, "id2label: id \"01\" is not one of 0 to 1"},
		{"id2label", map[string]any{"0": "a", "x": "b"}, "id2label: id \"x\" is not one of 0 to 1"},
		{"max_position_embeddings", 0, "max_position_embeddings: want an integer from 1"},
		{"max_position_embeddings", "512", "max_position_embeddings: want an integer"},
		{"model_type", absent{}, "model_type is missing"},
		{"model_type", 7, "model_type: want a string, got 7"},
		{"model_type", "gpt2", "model_type: \"gpt2\" is not supported; there are " + strings.Join(ModelTypes(), ", ")},
	}
	cases := map[string][]mistake{
		"bert": append(append(counts("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size"),
			rates("hidden_dropout_prob", "attention_probs_dropout_prob", "classifier_dropout")...),
			mistake{"hidden_size", 9, "hidden_size: 9 is not a multiple of num_attention_heads 2"},
			mistake{"num_attention_heads", 3, "hidden_size: 8 is not a multiple of num_attention_heads 3"},
			mistake{"type_vocab_size", -1, "type_vocab_size: want an integer from 0"},
			mistake{"layer_norm_eps", "1e-12", "layer_norm_eps: want a number"},
			mistake{"layer_norm_eps", 2, "layer_norm_eps: want a number from 0 to 1"},
			mistake{"hidden_act", "swish", "hidden_act: unknown activation \"swish\"; there are gelu, "},
			mistake{"hidden_act", 3, "hidden_act: want a string, got 3"},
			mistake{"position_embedding_type", "relative_key", "position_embedding_type: want \"absolute\", got \"relative_key\""},
			mistake{"is_decoder", true, "is_decoder: "},
			mistake{"is_decoder", "no", "is_decoder: want true or false"}),
		"roberta": {
			{"max_position_embeddings", 2, "max_position_embeddings: 2 leaves no room for a token"},
			{"vocab_size", 1, "pad_token_id: 1 is not below vocab_size 1"},
		},
		"xlm-roberta": {{"hidden_act", "mish", "hidden_act: unknown activation \"mish\""}},
		"electra":     {{"embedding_size", 0, "embedding_size: want an integer from 1"}, {"embedding_size", "6", "embedding_size: want an integer"}},
		"distilbert": append(append(counts("vocab_size", "dim", "n_layers", "n_heads", "hidden_dim"),
			rates("dropout", "attention_dropout", "seq_classif_dropout")...), mistake{"activation", "swish", "activation: unknown activation \"swish\""}),
	}
	for modelType, mistakes := range cases {
		for _, m := range append(mistakes, common...) {
			config := maps.Clone(tinyConfig(modelType))
			if config[m.key] = m.value; m.value == any(absent{}) {
				delete(config, m.key)
			}
			t.Run(fmt.Sprintf("%s/%s=%v", modelType, m.key, m.value), func(t *testing.T) {
				_, err := ParseConfig(marshal(t, config))
				wantBadInput(t, err, "config.json: ", m.want)
			})
		}
	}
}

func TestConfigurationThatIsNoJSONObject(t *testing.T) {
	for _, text := range []string{"", "null", "[]", "3", `"bert"`, "{", `{"model_type":"bert"`, `{"model_type":"bert"}x`, "\xff\xfe", "{\"model_type\":\"b\xffert\"}"} {
		_, err := ParseConfig([]byte(text))
		wantBadInput(t, err, "config.json: ")
	}
	_, err := ParseConfig([]byte("{\"model_type\":\"bert\",\"vocab_size\":[\n1,\n2]}"))
	wantBadInput(t, err, "config.json: vocab_size: ", "got [ 1, 2]")
	_, err = ParseConfig([]byte(`{"model_type":"bert","x":"` + strings.Repeat("x", maxConfig) + `"}`))
	wantBadInput(t, err, "config.json: ", "more than the limit")
}

func TestUnusualButValidConfigurationsAreRead(t *testing.T) {
	for _, c := range []struct {
		key   string
		value any
		check func(c *Config) bool
	}{
		{"classifier_dropout", nil, func(c *Config) bool { return c.ClassifierDropout == c.HiddenDropout }},
		{"id2label", absent{}, func(c *Config) bool { return len(c.Labels) == 2 && c.Labels[1] == "LABEL_1" && !c.Named }},
		{"id2label", map[string]string{"0": "LABEL_0", "1": "LABEL_1"}, func(c *Config) bool { return !c.Named }},
		{"hidden_act", absent{}, func(c *Config) bool { return c.Activation == activations["gelu"] }},
		{"max_position_embeddings", absent{}, func(c *Config) bool { return c.MaxTokens() == 512 }},
		{"type_vocab_size", 0, func(c *Config) bool { return c.TypeVocabSize == 0 }},
		{"problem_type", "single_label_classification", func(c *Config) bool { return true }},
		{"an_unknown_key", []any{1, map[string]any{}}, func(c *Config) bool { return true }},
	} {
		config := tinyConfig("bert")
		if config[c.key] = c.value; c.value == any(absent{}) {
			delete(config, c.key)
		}
		if parsed, err := ParseConfig(marshal(t, config)); err != nil || !c.check(parsed) {
			t.Errorf("%s=%v: %+v, %v", c.key, c.value, parsed, err)
		}
	}
}

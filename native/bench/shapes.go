package bench

import (
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/badinput"
)

// shapes are the configurations of well-known models: what a model costs depends on its shape alone, so that it can be timed
// with random weights.
var shapes = map[string]string{
	"bert-base": `{"model_type": "bert", "vocab_size": 30522, "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12,
		"intermediate_size": 3072, "max_position_embeddings": 512, "type_vocab_size": 2, "hidden_act": "gelu", "layer_norm_eps": 1e-12}`,
	"deberta-v3-base": `{"model_type": "deberta-v2", "vocab_size": 128100, "hidden_size": 768, "num_hidden_layers": 12,
		"num_attention_heads": 12, "intermediate_size": 3072, "max_position_embeddings": 512, "type_vocab_size": 0, "hidden_act": "gelu",
		"layer_norm_eps": 1e-7, "relative_attention": true, "position_buckets": 256, "max_relative_positions": -1, "pos_att_type": "p2c|c2p",
		"share_att_key": true, "norm_rel_ebd": "layer_norm", "position_biased_input": false}`,
	"distilbert-base": `{"model_type": "distilbert", "vocab_size": 30522, "dim": 768, "n_layers": 6, "n_heads": 12,
		"hidden_dim": 3072, "max_position_embeddings": 512, "activation": "gelu"}`,
	"minilm-l6": `{"model_type": "bert", "vocab_size": 30522, "hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12,
		"intermediate_size": 1536, "max_position_embeddings": 512, "type_vocab_size": 2, "hidden_act": "gelu", "layer_norm_eps": 1e-12}`,
	"modernbert-base": `{"model_type": "modernbert", "vocab_size": 50368, "hidden_size": 768, "num_hidden_layers": 22,
		"num_attention_heads": 12, "intermediate_size": 1152, "max_position_embeddings": 8192, "global_attn_every_n_layers": 3,
		"local_attention": 128, "global_rope_theta": 160000, "local_rope_theta": 10000, "classifier_pooling": "mean"}`,
	"roberta-base": `{"model_type": "roberta", "vocab_size": 50265, "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12,
		"intermediate_size": 3072, "max_position_embeddings": 514, "type_vocab_size": 1, "hidden_act": "gelu", "layer_norm_eps": 1e-5,
		"pad_token_id": 1}`,
	"roberta-large": `{"model_type": "roberta", "vocab_size": 50265, "hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16,
		"intermediate_size": 4096, "max_position_embeddings": 514, "type_vocab_size": 1, "hidden_act": "gelu", "layer_norm_eps": 1e-5,
		"pad_token_id": 1}`,
}

// Shapes lists the names that WriteShape takes.
func Shapes() []string { return slices.Sorted(maps.Keys(shapes)) }

// WriteShape makes a model folder of that shape in dir: config.json, and a model.safetensors of random float32 weights, which is
// written piece by piece and never in memory as a whole.
func WriteShape(dir, shape string) error {
	text, ok := shapes[shape]
	if !ok {
		return badinput.Errorf("shape %q: want one of %s", shape, strings.Join(Shapes(), ", "))
	}
	config, err := encoder.ParseConfig([]byte(text))
	if err != nil {
		return err
	}
	model, err := encoder.NewModel(config, encoder.Classification, true)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(text), 0o666); err != nil {
		return err
	}
	var specs []safetensors.TensorSpec
	for i, p := range model.Parameters() {
		specs = append(specs, safetensors.TensorSpec{Name: p.Name, DType: safetensors.F32, Shape: p.Shape, ReadFloat32: values(p, uint64(i))})
	}
	f, err := os.Create(filepath.Join(dir, "model.safetensors"))
	if err != nil {
		return err
	}
	if err := write(f, specs); err != nil {
		_ = f.Close() // the first error is what counts
		return err
	}
	return f.Close()
}

func write(w io.Writer, specs []safetensors.TensorSpec) error {
	return safetensors.Write(w, specs, nil)
}

// values returns a source of a parameter's values: uniform with the standard deviation 0.02 for weights, 0 for biases, 1 for the
// scales of layer norms.
func values(p *encoder.Parameter, seed uint64) func(dst []float32, from int) error {
	if !p.Decays() {
		value := float32(0)
		if strings.HasSuffix(p.Name, ".weight") {
			value = 1
		}
		return func(dst []float32, _ int) error {
			for i := range dst {
				dst[i] = value
			}
			return nil
		}
	}
	scale := float32(0.02 * math.Sqrt(12) / (1 << 32))
	return func(dst []float32, from int) error {
		for i := range dst {
			dst[i] = scale * float32(int32(mix(seed<<40+uint64(from+i))))
		}
		return nil
	}
}

// mix is the finaliser of splitmix64 (Steele, Lea and Flood 2014): random bits of a counter.
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

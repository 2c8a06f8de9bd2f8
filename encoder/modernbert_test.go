//go:build !wasm

package encoder

import (
	"fmt"
	"math"
	"runtime"
	"testing"

	"github.com/lorica-go/lorica/kernels"
)

func TestModernBERTsSettingsMatchTransformers(t *testing.T) {
	testVariants(t, "testdata/modernbert_variants.safetensors")
}

func TestModernBERTsKeysThatAreNotSupportedAreRefusedByName(t *testing.T) {
	for key, c := range map[string]struct {
		value any
		want  string
	}{
		"classifier_pooling":         {"max", `classifier_pooling: want "cls" or "mean", got "max"`},
		"rope_scaling":               {map[string]any{"rope_type": "yarn", "factor": 4}, "rope_scaling: not supported"},
		"rope_parameters":            {map[string]any{"full_attention": map[string]any{"rope_theta": 1}}, "rope_parameters: not supported"},
		"layer_types":                {[]string{"full_attention", "sliding_attention"}, "layer_types: not supported"},
		"num_attention_heads":        {8, "num_attention_heads: heads of 1 values"},
		"global_attn_every_n_layers": {0, "global_attn_every_n_layers: want an integer from 1"},
		"local_attention":            {1, "local_attention: want an integer from 2"},
		"global_rope_theta":          {0, "global_rope_theta: want a number from 1"},
		"local_rope_theta":           {"1e4", "local_rope_theta: want a number"},
		"norm_eps":                   {2, "norm_eps: want a number from 0 to 1"},
		"norm_bias":                  {0, "norm_bias: want true or false"},
		"attention_bias":             {"no", "attention_bias: want true or false"},
		"mlp_bias":                   {1, "mlp_bias: want true or false"},
		"classifier_bias":            {"", "classifier_bias: want true or false"},
		"decoder_bias":               {3, "decoder_bias: want true or false"},
		"tie_word_embeddings":        {3, "tie_word_embeddings: want true or false"},
		"embedding_dropout":          {1, "embedding_dropout: want a probability below 1"},
		"mlp_dropout":                {-1, "mlp_dropout: want a number from 0 to 1"},
		"attention_dropout":          {"x", "attention_dropout: want a number"},
		"classifier_dropout":         {2, "classifier_dropout: want a number from 0 to 1"},
		"hidden_activation":          {"silu", `hidden_activation: unknown activation "silu"`},
		"classifier_activation":      {"mish", `classifier_activation: unknown activation "mish"`},
		"initializer_cutoff_factor":  {0, "initializer_cutoff_factor: want a number from 0.1"},
		"hidden_size":                {absent{}, "hidden_size: missing"},
		"num_hidden_layers":          {1 << 20, "num_hidden_layers: want an integer from 1"},
	} {
		config := tinyConfig("modernbert")
		if config[key] = c.value; c.value == any(absent{}) {
			delete(config, key)
		}
		_, err := ParseConfig(marshal(t, config))
		wantBadInput(t, err, "config.json: ", c.want)
	}
}

func TestNullIsAnotherThingThanAKeyThatIsAbsent(t *testing.T) {
	for _, c := range []struct {
		key   string
		value any
		want  float64
		got   func(c *Config) float64
	}{
		{"local_rope_theta", absent{}, 10000, func(c *Config) float64 { return c.ModernBERT.LocalTheta }},
		{"local_rope_theta", nil, 160000, func(c *Config) float64 { return c.ModernBERT.LocalTheta }},
		{"local_rope_theta", 77.5, 77.5, func(c *Config) float64 { return c.ModernBERT.LocalTheta }},
		{"initializer_cutoff_factor", absent{}, 2, func(c *Config) float64 { return c.InitializerCutoff }},
		{"initializer_cutoff_factor", nil, 3, func(c *Config) float64 { return c.InitializerCutoff }},
	} {
		config := tinyConfig("modernbert")
		if config[c.key] = c.value; c.value == any(absent{}) {
			delete(config, c.key)
		}
		parsed, err := ParseConfig(marshal(t, config))
		if err != nil {
			t.Fatal(err)
		}
		if got := c.got(parsed); got != c.want {
			t.Errorf("%s %v is read as %g, want %g", c.key, c.value, got, c.want)
		}
	}
}

func TestAMaskedLMDecoderOfItsOwnIsRefused(t *testing.T) {
	config := tinyConfig("modernbert")
	config["tie_word_embeddings"] = false
	c, err := ParseConfig(marshal(t, config))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewModel(c, Classification, true); err != nil {
		t.Errorf("a classifier has no decoder: %v", err)
	}
	_, err = NewModel(c, MaskedLM, true)
	wantBadInput(t, err, "config.json: tie_word_embeddings: ")
}

// TestNormsThatAreTrainedGetTheirGradient: a norm may be the lowest module that is trained, also where the linear layers beside
// it have no gradient of their own.
func TestNormsThatAreTrainedGetTheirGradient(t *testing.T) {
	f := tinyFolder(t, "modernbert", Classification)
	for _, pooling := range []string{"mean", "cls"} {
		for _, save := range []string{"layers.1.attn_norm", "layers.0.mlp_norm", "layers.1.mlp_norm", "final_norm", "head.norm"} {
			for _, target := range []string{"0.attn.Wqkv", "1.attn.Wqkv", "1.mlp.Wo", "head.dense", "classifier"} {
				t.Run(fmt.Sprintf("%s/%s/%s", pooling, save, target), func(t *testing.T) {
					dev := newCPU(t, kernels.BestTier(), 2)
					m, err := OpenFolder(f, Classification, nil) // frozen weights from a file exist in packed form only
					if err != nil {
						t.Fatal(err)
					}
					m.Config.MeanPooling = pooling == "mean"
					l := LoRA{Rank: 2, Alpha: 2, Dropout: 0.2, Targets: []string{target}, ModulesToSave: []string{save}}
					if err := m.AddLoRA(l); err != nil {
						t.Fatal(err)
					}
					if err := m.Prepare(dev, Adapters, 3); err != nil {
						t.Fatal(err)
					}
					stirTrained(dev, m)
					checkGradients(t, dev, m)
					b, labels := tinyBatch(m.Config)
					p := newPass(t, m, dev)
					p.Training = true
					step(t, p, b, labels, true)
					for _, param := range m.Parameters() {
						if !param.Trainable {
							continue
						}
						sum := 0.0
						for _, v := range read(dev, param.Gradient()) {
							sum += float64(v) * float64(v)
						}
						if sum == 0 {
							t.Errorf("%s has no gradient", param.Name)
						}
					}
				})
			}
		}
	}
}

// TestLongTextsTakeMemoryThatGrowsWithTheirLength and not with its square: in a text of 8192 tokens, one score for every pair would be 256 MB a head.
func TestLongTextsTakeMemoryThatGrowsWithTheirLength(t *testing.T) {
	config := tinyConfig("modernbert")
	config["max_position_embeddings"], config["local_attention"] = 8192, 128
	m := modelOf(t, config, Classification)
	dev := newCPU(t, kernels.BestTier(), 2)
	if err := m.Prepare(dev, Frozen, 1); err != nil {
		t.Fatal(err)
	}
	bytes := func(tokens int) uint64 {
		ids := make([]int32, tokens)
		for i := range ids {
			ids[i] = int32(2 + i%10)
		}
		b := &Batch{}
		b.Append(ids, nil)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := newPass(t, m, dev).Forward(b); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	if short, long := bytes(1024), bytes(8192); long > 10*short {
		t.Errorf("8192 tokens take %d bytes, 1024 %d", long, short)
	}
}

func TestInitialWeightsHaveTransformersSpread(t *testing.T) {
	const width, layers = 64, 8
	config := tinyConfig("modernbert")
	config["hidden_size"], config["intermediate_size"], config["num_hidden_layers"], config["initializer_range"] = width, 96, layers, 0.02
	m := modelOf(t, config, Classification)
	dev := newCPU(t, kernels.BestTier(), 1)
	if err := m.Prepare(dev, Full, 1); err != nil {
		t.Fatal(err)
	}
	const residual, cut = 0.02 / 4, 0.88 // 1/sqrt(2 layers); a normal distribution that is cut at two deviations is narrower
	for name, want := range map[string]float64{
		"model.layers.3.attn.Wqkv.weight": 0.02, "model.layers.3.mlp.Wi.weight": 0.02, "model.layers.3.attn.Wo.weight": residual,
		"model.layers.3.mlp.Wo.weight": residual, "head.dense.weight": residual, "classifier.weight": 1. / 8,
	} {
		sum, most := 0.0, 0.0
		values := read(dev, m.Parameter(name).Value())
		for _, v := range values {
			sum += float64(v) * float64(v)
			most = max(most, math.Abs(float64(v)))
		}
		got := math.Sqrt(sum / float64(len(values)))
		if math.Abs(got/(cut*want)-1) > 0.1 || most > 2*want*1.000001 {
			t.Errorf("%s: deviation %.4f, largest %.4f, want %.4f and at most %.4f", name, got, most, cut*want, 2*want)
		}
	}
	for _, name := range []string{"model.final_norm.weight", "model.layers.0.mlp_norm.weight"} {
		for _, v := range read(dev, m.Parameter(name).Value()) {
			if v != 1 {
				t.Fatalf("%s begins at %g", name, v)
			}
		}
	}
}

package tiny

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/kernels"
)

// Families are the model types that Model can make.
var Families = []string{"bert", "roberta", "xlm-roberta", "distilbert", "electra", "deberta-v2", "modernbert"}

// Options say what a model is like. The zero value is a bert of width 32 without a head.
type Options struct {
	Type   string // one of Families; "" is bert
	Width  int    // 0 is 32
	Layers int    // 0 is 2
	Seed   uint64 // of the weights
	Head   bool   // keep the random classification head; otherwise it begins afresh in training
	// NoTokenizer leaves vocab.txt out.
	NoTokenizer bool
}

// maxTokens is what every model takes at most.
const maxTokens = 64

// Model writes a Hugging Face folder into a temporary folder of the test and returns its path.
func Model(tb testing.TB, o Options) string {
	tb.Helper()
	if o.Type == "" {
		o.Type = "bert"
	}
	if o.Width == 0 {
		o.Width = 32
	}
	if o.Layers == 0 {
		o.Layers = 2
	}
	dir := tb.TempDir()
	c, err := encoder.ParseConfig(configJSON(tb, o))
	must(tb, err)
	m, err := encoder.NewModel(c, encoder.Classification, true)
	must(tb, err)
	dev, err := kernels.NewCPU(kernels.Generic, 1)
	must(tb, err)
	defer dev.Close()
	must(tb, m.Prepare(dev, encoder.Frozen, o.Seed))
	must(tb, m.SaveFolder(sink(dir), safetensors.F32))
	if !o.Head {
		dropHead(tb, filepath.Join(dir, "model.safetensors"))
	}
	if !o.NoTokenizer {
		Write(tb, filepath.Join(dir, "vocab.txt"), strings.Join(vocabulary(), "\n")+"\n")
		Write(tb, filepath.Join(dir, "tokenizer_config.json"), `{"do_lower_case": true, "model_max_length": 64}`+"\n")
	}
	return dir
}

// configJSON returns config.json in the words of the family.
func configJSON(tb testing.TB, o Options) []byte {
	tb.Helper()
	config := map[string]any{
		"model_type": o.Type, "vocab_size": len(vocabulary()), "pad_token_id": padID, "initializer_range": 0.1, "max_position_embeddings": maxTokens,
		"hidden_size": o.Width, "num_hidden_layers": o.Layers, "num_attention_heads": 2, "intermediate_size": 2 * o.Width, "type_vocab_size": 2,
	}
	switch o.Type {
	case "roberta", "xlm-roberta": // positions begin behind the padding id
		config["max_position_embeddings"] = maxTokens + padID + 1
	case "electra":
		config["embedding_size"] = o.Width / 2
	case "deberta-v2":
		config["relative_attention"], config["position_buckets"], config["pos_att_type"], config["share_att_key"] = true, 8, "p2c|c2p", true
		config["norm_rel_ebd"], config["position_biased_input"], config["type_vocab_size"] = "layer_norm", false, 0
	case "modernbert": // a layer that sees near tokens behind one that sees all
		config["global_attn_every_n_layers"], config["local_attention"], config["classifier_pooling"] = 2, 8, "mean"
	case "distilbert":
		config["dim"], config["n_layers"], config["n_heads"], config["hidden_dim"] = o.Width, o.Layers, 2, 2*o.Width
	}
	text, err := json.Marshal(config)
	must(tb, err)
	return text
}

// dropHead rewrites a weights file without the tensors of the classification head.
func dropHead(tb testing.TB, path string) {
	tb.Helper()
	content, err := os.ReadFile(path)
	must(tb, err)
	file, err := safetensors.Parse(content)
	must(tb, err)
	var specs []safetensors.TensorSpec
	for _, name := range file.Names() {
		if strings.Contains(name, "classifier") || strings.Contains(name, "pooler") || strings.HasPrefix(name, "head.") {
			continue
		}
		tensor, _ := file.Tensor(name)
		values, err := tensor.LoadFloat32()
		must(tb, err)
		specs = append(specs, safetensors.TensorSpec{Name: name, DType: safetensors.F32, Shape: tensor.Shape, Float32: values})
	}
	var b bytes.Buffer
	must(tb, safetensors.Write(&b, specs, map[string]string{"format": "pt"}))
	Write(tb, path, b.String())
}

// sink is an encoder.Sink: a folder on disk.
type sink string

func (s sink) Write(name string, fill func(w io.Writer) error) error {
	f, err := os.Create(filepath.Join(string(s), name))
	if err != nil {
		return err
	}
	if err := fill(f); err != nil {
		return err
	}
	return f.Close()
}

// Write writes a file.
func Write(tb testing.TB, path, content string) {
	tb.Helper()
	must(tb, os.WriteFile(path, []byte(content), 0o666))
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

//go:build !wasm

package encoder

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/kernels"
	"github.com/lorica-go/lorica/tokenizer"
)

// tinyConfig returns the configuration of a model of a few units, with dropout everywhere.
func tinyConfig(modelType string) map[string]any {
	c := map[string]any{
		"model_type": modelType, "vocab_size": 12, "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2,
		"intermediate_size": 12, "max_position_embeddings": 16, "type_vocab_size": 2, "initializer_range": 0.3, "hidden_act": "gelu",
		"hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.2, "classifier_dropout": 0.3,
		"id2label": map[string]any{"0": "bad", "1": "fair", "2": "good"},
	}
	switch modelType {
	case "electra":
		c["embedding_size"] = 6
	case "deberta-v2": // buckets that distances of a few tokens share
		c["type_vocab_size"], c["relative_attention"], c["position_buckets"], c["pos_att_type"] = 0, true, 4, "p2c|c2p"
		c["share_att_key"], c["norm_rel_ebd"], c["position_biased_input"], c["cls_dropout"], c["pooler_dropout"] = true, "layer_norm", false, 0.3, 0.2
	case "modernbert": // a global and a local layer; the head reads the mean
		c["global_attn_every_n_layers"], c["local_attention"], c["classifier_pooling"] = 2, 4, "mean"
		c["embedding_dropout"], c["mlp_dropout"], c["attention_dropout"] = 0.1, 0.1, 0.2
		c["pad_token_id"] = 0
	case "distilbert":
		for from, to := range map[string]string{
			"hidden_size": "dim", "num_hidden_layers": "n_layers", "num_attention_heads": "n_heads", "intermediate_size": "hidden_dim",
			"hidden_act": "activation", "hidden_dropout_prob": "dropout", "attention_probs_dropout_prob": "attention_dropout",
			"classifier_dropout": "seq_classif_dropout",
		} {
			c[to] = c[from]
			delete(c, from)
		}
		delete(c, "type_vocab_size")
	}
	return c
}

// tinyTokenizer knows twelve tokens: words of one letter.
const tinyTokenizer = `{"version":"1.0","added_tokens":[` +
	`{"id":0,"content":"[PAD]","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},{"id":1,"content":"[UNK]","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},` +
	`{"id":2,"content":"[CLS]","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},{"id":3,"content":"[SEP]","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],` +
	`"normalizer":null,"pre_tokenizer":{"type":"WhitespaceSplit"},` +
	`"post_processor":{"type":"BertProcessing","sep":["[SEP]",3],"cls":["[CLS]",2]},"decoder":null,` +
	`"model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,` +
	`"vocab":{"[PAD]":0,"[UNK]":1,"[CLS]":2,"[SEP]":3,"a":4,"b":5,"c":6,"d":7,"e":8,"f":9,"g":10,"h":11}}}`

func marshal(t testing.TB, value any) []byte {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// tinyModel returns a model of random weights, not yet prepared.
func tinyModel(t testing.TB, modelType string, task Task) *Model {
	t.Helper()
	return modelOf(t, tinyConfig(modelType), task)
}

// modelOf returns a model of that configuration, of random weights, not yet prepared.
func modelOf(t testing.TB, config map[string]any, task Task) *Model {
	t.Helper()
	c, err := ParseConfig(marshal(t, config))
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewModel(c, task, true)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// tinyFolder returns a model folder in memory: configuration, weights and tokenizer.
func tinyFolder(t testing.TB, modelType string, task Task) folder {
	t.Helper()
	m := tinyModel(t, modelType, task)
	if err := m.Prepare(newCPU(t, kernels.Generic, 1), Frozen, 7); err != nil {
		t.Fatal(err)
	}
	f := folder{fstest.MapFS{}}
	if err := m.SaveFolder(f, safetensors.F32); err != nil {
		t.Fatal(err)
	}
	f.MapFS["tokenizer.json"] = &fstest.MapFile{Data: []byte(tinyTokenizer)}
	return f
}

// tinyAdapter returns the folder of an adapter for a tiny model.
func tinyAdapter(t testing.TB, modelType string, l LoRA) folder {
	t.Helper()
	m := tinyModel(t, modelType, Classification)
	if err := m.AddLoRA(l); err != nil {
		t.Fatal(err)
	}
	if err := m.Prepare(newCPU(t, kernels.Generic, 1), Adapters, 7); err != nil {
		t.Fatal(err)
	}
	f := folder{fstest.MapFS{}}
	if err := m.SaveAdapter(f, "tiny", ""); err != nil {
		t.Fatal(err)
	}
	return f
}

// probesOf returns texts with the answers that a classifier gives now.
func probesOf(t testing.TB, c *Classifier, texts ...string) (probes []Probe) {
	t.Helper()
	for _, text := range texts {
		e, err := c.Encode(Input{Text: text})
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.Classify(t.Context(), []Input{{Text: text}})
		if err != nil {
			t.Fatal(err)
		}
		probes = append(probes, Probe{Text: text, IDs: e.IDs, Logits: p[0].Logits})
	}
	return probes
}

// tinyBundle returns a bundle's tensors and metadata.
func tinyBundle(t testing.TB, modelType string) []byte {
	t.Helper()
	m := tinyModel(t, modelType, Classification)
	dev := newCPU(t, kernels.Generic, 1)
	if err := m.Prepare(dev, Frozen, 7); err != nil {
		t.Fatal(err)
	}
	tok, err := tokenizer.Parse([]byte(tinyTokenizer))
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewClassifier(m, tok, ClassifierOptions{})
	if err != nil {
		t.Fatal(err)
	}
	probes := probesOf(t, c, "a b c", "h g f e z")
	var b bytes.Buffer
	if err := m.WriteBundle(&b, safetensors.F32, []byte(tinyTokenizer), Provenance{Base: "tiny", MaxTokens: 10}, probes); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// rewrite changes the tensors and the metadata of a safetensors file in memory.
func rewrite(t testing.TB, data []byte, change func(tensors map[string]*safetensors.TensorSpec, metadata map[string]string)) []byte {
	t.Helper()
	file, err := safetensors.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	tensors := map[string]*safetensors.TensorSpec{}
	for _, tensor := range file.Tensors() {
		content, _ := tensor.Bytes()
		tensors[tensor.Name] = &safetensors.TensorSpec{Name: tensor.Name, DType: tensor.DType, Shape: slices.Clone(tensor.Shape), Bytes: bytes.Clone(content)}
	}
	metadata := file.Metadata()
	change(tensors, metadata)
	return writeTensors(t, tensors, metadata)
}

func writeTensors(t testing.TB, tensors map[string]*safetensors.TensorSpec, metadata map[string]string) []byte {
	t.Helper()
	var specs []safetensors.TensorSpec
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		spec := *tensors[name]
		spec.Name = name
		specs = append(specs, spec)
	}
	var b bytes.Buffer
	if err := safetensors.Write(&b, specs, metadata); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// change rewrites the tensors of a file of the folder.
func (f folder) change(t testing.TB, name string, change func(tensors map[string]*safetensors.TensorSpec)) {
	t.Helper()
	data := rewrite(t, f.MapFS[name].Data, func(tensors map[string]*safetensors.TensorSpec, _ map[string]string) { change(tensors) })
	f.MapFS[name] = &fstest.MapFile{Data: data}
}

// changeJSON rewrites a JSON object of the folder.
func (f folder) changeJSON(t testing.TB, name string, change func(object map[string]any)) {
	t.Helper()
	object := map[string]any{}
	if err := json.Unmarshal(f.MapFS[name].Data, &object); err != nil {
		t.Fatal(err)
	}
	change(object)
	f.MapFS[name] = &fstest.MapFile{Data: marshal(t, object)}
}

// open opens and prepares the folder's model.
func (f folder) open(dev kernels.Device) (*Model, error) {
	m, err := OpenFolder(f, Classification, nil)
	if err != nil {
		return nil, err
	}
	return m, m.Prepare(dev, Frozen, 1)
}

// wantBadInput fails unless err is a bad input error of one line that has all the parts.
func wantBadInput(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want one with %q", parts)
		return
	}
	if !badinput.Is(err) {
		t.Errorf("not marked as bad input: %v", err)
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("more than one line: %v", err)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("no %q in: %v", part, err)
		}
	}
}

//go:build !wasm

package encoder

import (
	"encoding/json"
	"math"
	"testing"
	"testing/fstest"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/kernels"
)

// FuzzParseConfig: whatever config.json holds, there is a configuration that a model can be declared from, or a bad input
// error.
func FuzzParseConfig(f *testing.F) {
	for _, arch := range goldenArchitectures {
		f.Add(marshal(f, tinyConfig(arch)))
	}
	f.Add([]byte(`{"model_type":"roberta","pad_token_id":9,"max_position_embeddings":11,"vocab_size":10,"hidden_size":1,"num_hidden_layers":1,"num_attention_heads":1,"intermediate_size":1}`))
	f.Add([]byte(`{"model_type":"bert","id2label":{"0":"a","1":"b"},"num_labels":3}`))
	f.Add([]byte(`{"model_type":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ParseConfig(data)
		if err != nil {
			if !badinput.Is(err) {
				t.Fatalf("not bad input: %v", err)
			}
			return
		}
		if c.MaxTokens() < 1 || len(c.Labels) < 1 || c.HiddenSize%c.Heads != 0 || int(c.PadTokenID) >= c.VocabSize {
			t.Fatalf("%+v", c)
		}
		for _, task := range []Task{Classification, MaskedLM} {
			m, err := NewModel(c, task, false) // declares, takes no memory for weights
			if err != nil {
				if !badinput.Is(err) {
					t.Fatalf("not bad input: %v", err)
				}
				continue
			}
			if _, total := m.Counts(); total < 1 {
				t.Fatalf("%d parameters of %+v", total, c)
			}
		}
	})
}

// FuzzAdapterConfig: an adapter_config.json is refused, or can be attached or refused, and means the same when written anew.
func FuzzAdapterConfig(f *testing.F) {
	for _, spec := range []string{
		`{"r":2,"target_modules":["query","value"],"task_type":"SEQ_CLS"}`,
		`{"r":2,"target_modules":"all-linear","exclude_modules":["key"],"modules_to_save":["pooler"]}`,
		`{"r":2,"target_modules":".*\\.(query|value)","exclude_modules":".*\\.0\\..*","use_rslora":true}`,
		`{"r":2,"target_modules":["query"],"layers_to_transform":[1],"layers_pattern":"layer"}`,
		`{"r":2,"target_modules":["dense"],"rank_pattern":{"output.dense":3},"alpha_pattern":{".*":0.5},"layers_to_transform":0}`,
		`{"r":1e9,"target_modules":"((((","init_lora_weights":"pissa"}`,
	} {
		f.Add([]byte(spec))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l, base, err := parseAdapterConfig(data)
		if err != nil {
			return
		}
		m := declare(t, "bert")
		if err := m.AddLoRA(l); err != nil {
			if !badinput.Is(err) {
				t.Fatalf("not bad input: %v", err)
			}
			return
		}
		text, err := json.Marshal(m.peftConfig(base))
		if err != nil {
			t.Fatal(err)
		}
		again, _, err := parseAdapterConfig(text)
		if err != nil {
			t.Fatalf("%s\nwritten as\n%s\n%v", data, text, err)
		}
		n := declare(t, "bert")
		if err := n.AddLoRA(again); err != nil {
			t.Fatalf("%s\nwritten as\n%s\n%v", data, text, err)
		}
		compareAdapters(t, string(data), m, n)
	})
}

// declare returns a tiny model without weights.
func declare(t testing.TB, modelType string) *Model {
	t.Helper()
	return tinyModel(t, modelType, Classification)
}

// FuzzOpenBundle: a file is no bundle, or one that a classifier can be made of; the memory it takes is bounded by the file.
func FuzzOpenBundle(f *testing.F) {
	whole := tinyBundle(f, "bert")
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add(tinyBundle(f, "distilbert"))
	f.Add(tinyBundle(f, "deberta-v2"))
	f.Add(tinyBundle(f, "modernbert"))
	f.Add(rewrite(f, whole, func(_ specs, m map[string]string) { m[bundleVersionKey] = "3" }))
	eight := eightBitBundle(f, "bert")
	f.Add(eight)
	f.Add(eightBitBundle(f, "modernbert"))
	f.Add(rewrite(f, eight, func(_ specs, m map[string]string) { m[bundleVersionKey] = "1" }))
	f.Add(rewrite(f, eight, func(s specs, _ map[string]string) { setValue(s[tinyQuery+".weight"+scaleSuffix], 1, math.Inf(1)) }))
	f.Add(rewrite(f, eight, func(s specs, _ map[string]string) { delete(s, tinyQuery+".weight"+scaleSuffix) }))
	f.Add(rewrite(f, whole, func(_ specs, m map[string]string) {
		m[bundleProbesKey] = `[{"text":"a","ids":[2,-7,3],"logits":[1,2,3]}]`
	}))
	f.Add(rewrite(f, whole, func(s specs, _ map[string]string) { s[tinyQuery+".bias"].Shape = []int{4, 2} }))
	f.Add(rewrite(f, whole, func(_ specs, m map[string]string) {
		m[bundleConfigKey] = `{"model_type":"bert","vocab_size":16777216,"hidden_size":65536,"num_hidden_layers":1024,"num_attention_heads":1,"intermediate_size":65536}`
	}))
	dev := newCPU(f, kernels.Generic, 1)
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := safetensors.Parse(data)
		if err != nil {
			return
		}
		b, err := OpenBundle(file, nil)
		if err != nil {
			if !badinput.Is(err) {
				t.Fatalf("not bad input: %v", err)
			}
			return
		}
		values := 0
		for _, p := range b.Model.Parameters() {
			values += p.Len()
		}
		if values > len(data) { // every value takes a byte at least
			t.Fatalf("%d values in %d bytes", values, len(data))
		}
		if err := b.Model.Prepare(dev, Frozen, 0); err != nil {
			return
		}
		if _, err := b.CheckProbes(dev); err != nil && !badinput.Is(err) {
			t.Fatalf("not bad input: %v", err)
		}
		_ = b.CheckDigests()
	})
}

// FuzzOpenFolder: a configuration and weights that need not belong together.
func FuzzOpenFolder(f *testing.F) {
	for _, arch := range goldenArchitectures {
		folder := tinyFolder(f, arch, Classification)
		f.Add(folder.MapFS[configFile].Data, folder.MapFS[weightsFile].Data, []byte(nil))
	}
	sharded := tinyFolder(f, "bert", Classification)
	sharded.shard(f)
	f.Add(sharded.MapFS[configFile].Data, []byte(nil), sharded.MapFS[indexFile].Data)
	dev := newCPU(f, kernels.Generic, 1)
	f.Fuzz(func(t *testing.T, config, weights, index []byte) {
		files := folder{fstest.MapFS{configFile: &fstest.MapFile{Data: config}}}
		if len(weights) > 0 {
			files.MapFS[weightsFile] = &fstest.MapFile{Data: weights}
		}
		if len(index) > 0 {
			files.MapFS[indexFile] = &fstest.MapFile{Data: index}
		}
		if _, err := files.open(dev); err != nil && !badinput.Is(err) {
			t.Fatalf("not bad input: %v", err)
		}
	})
}

//go:build !wasm

package encoder

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/kernels"
	"github.com/lorica-go/lorica/tokenizer"
)

// specs are the tensors of a file by name.
type specs = map[string]*safetensors.TensorSpec

// setValue overwrites element i of an F32 tensor.
func setValue(s *safetensors.TensorSpec, i int, value float64) {
	binary.LittleEndian.PutUint32(s.Bytes[4*i:], math.Float32bits(float32(value)))
}

const (
	tinyQuery = "bert.encoder.layer.1.attention.self.query"
	tinyWords = "bert.embeddings.word_embeddings.weight"
)

func TestBrokenModelFoldersNameFileAndTensor(t *testing.T) {
	dev := newCPU(t, kernels.Generic, 2)
	weights := func(change func(s specs)) func(t *testing.T, f folder) {
		return func(t *testing.T, f folder) { f.change(t, weightsFile, change) }
	}
	raw := func(change func(data []byte) []byte) func(t *testing.T, f folder) {
		return func(t *testing.T, f folder) {
			f.MapFS[weightsFile] = &fstest.MapFile{Data: change(slices.Clone(f.MapFS[weightsFile].Data))}
		}
	}
	for name, c := range map[string]struct {
		change func(t *testing.T, f folder)
		want   []string
	}{
		"no config.json":               {func(t *testing.T, f folder) { delete(f.MapFS, configFile) }, []string{"config.json"}},
		"no weights":                   {func(t *testing.T, f folder) { delete(f.MapFS, weightsFile) }, []string{"no model.safetensors and no model.safetensors.index.json"}},
		"a pickle in place of weights": {func(t *testing.T, f folder) { f.MapFS[pickleFile] = f.MapFS[weightsFile]; delete(f.MapFS, weightsFile) }, []string{"pytorch_model.bin is a Python pickle", "save_pretrained"}},
		"empty file":                   {raw(func([]byte) []byte { return nil }), []string{"model.safetensors: "}},
		"truncated header":             {raw(func(d []byte) []byte { return d[:100] }), []string{"model.safetensors: "}},
		"truncated data":               {raw(func(d []byte) []byte { return d[:len(d)-4] }), []string{"model.safetensors: ", "tensor"}},
		"trailing data":                {raw(func(d []byte) []byte { return append(d, 0, 0, 0, 0) }), []string{"model.safetensors: "}},
		"header longer than the file":  {raw(func(d []byte) []byte { binary.LittleEndian.PutUint64(d, 1<<40); return d }), []string{"model.safetensors: "}},
		"overlapping tensors": {raw(func([]byte) []byte {
			header := `{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}`
			return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), make([]byte, 12)...)
		}), []string{"model.safetensors: ", `"b"`}},
		"I64 weights": {weights(func(s specs) {
			w := s[tinyQuery+".weight"]
			w.DType, w.Bytes = safetensors.I64, make([]byte, 8*64)
		}), []string{"model.safetensors: tensor " + tinyQuery + ".weight: dtype I64, want F32, F16, BF16 or F64"}},
		"I32 embeddings":    {weights(func(s specs) { s[tinyWords].DType = safetensors.I32 }), []string{"tensor " + tinyWords + ": dtype I32"}},
		"transposed weight": {weights(func(s specs) { slices.Reverse(s["bert.encoder.layer.0.output.dense.weight"].Shape) }), []string{"model.safetensors: tensor bert.encoder.layer.0.output.dense.weight: shape [12 8], the configuration asks for [8 12]"}},
		"flat weight":       {weights(func(s specs) { s[tinyQuery+".weight"].Shape = []int{64} }), []string{"tensor " + tinyQuery + ".weight: shape [64], the configuration asks for [8 8]"}},
		"a scalar":          {weights(func(s specs) { b := s[tinyQuery+".bias"]; b.Shape, b.Bytes = nil, b.Bytes[:4] }), []string{"tensor " + tinyQuery + ".bias: shape []"}},
		"other label count": {func(t *testing.T, f folder) {
			f.changeJSON(t, configFile, func(o map[string]any) { o["id2label"] = map[string]string{"0": "x", "1": "y"} })
		}, []string{"tensor classifier.weight: shape [3 8], the configuration asks for [2 8] (2 labels asked for)"}},
		"other vocabulary": {func(t *testing.T, f folder) {
			f.changeJSON(t, configFile, func(o map[string]any) { o["vocab_size"] = 13 })
		}, []string{"tensor " + tinyWords + ": shape [12 8], the configuration asks for [13 8]"}},
		"more layers": {func(t *testing.T, f folder) {
			f.changeJSON(t, configFile, func(o map[string]any) { o["num_hidden_layers"] = 3 })
		}, []string{"model.safetensors: tensor bert.encoder.layer.2.attention.self.query.weight is missing, and 15 more"}},
		"a huge model": {func(t *testing.T, f folder) {
			f.changeJSON(t, configFile, func(o map[string]any) { o["hidden_size"], o["intermediate_size"] = 1<<16, 1<<16 })
		}, []string{"model.safetensors: tensor"}},
		"another model type": {func(t *testing.T, f folder) {
			f.changeJSON(t, configFile, func(o map[string]any) { o["model_type"] = "roberta" })
		}, []string{"model.safetensors: tensor roberta."}},
		"missing bias":        {weights(func(s specs) { delete(s, tinyQuery+".bias") }), []string{"model.safetensors: tensor " + tinyQuery + ".bias is missing"}},
		"missing embeddings":  {weights(func(s specs) { delete(s, tinyWords) }), []string{"tensor " + tinyWords + " is missing"}},
		"NaN in a linear":     {weights(func(s specs) { setValue(s[tinyQuery+".weight"], 19, math.NaN()) }), []string{"model.safetensors: tensor " + tinyQuery + ".weight: row 2 has a value that is not a finite number"}},
		"Inf in a linear":     {weights(func(s specs) { setValue(s["bert.pooler.dense.weight"], 0, math.Inf(-1)) }), []string{"model.safetensors: tensor bert.pooler.dense.weight: row 0"}},
		"NaN in a bias":       {weights(func(s specs) { setValue(s[tinyQuery+".bias"], 7, math.NaN()) }), []string{"model.safetensors: tensor " + tinyQuery + ".bias: row 0 has a value that is not a finite number"}},
		"Inf in a norm":       {weights(func(s specs) { setValue(s["bert.embeddings.LayerNorm.weight"], 1, math.Inf(1)) }), []string{"model.safetensors: tensor bert.embeddings.LayerNorm.weight: row 0"}},
		"NaN in an embedding": {weights(func(s specs) { setValue(s[tinyWords], 8*5+3, math.NaN()) }), []string{"model.safetensors: tensor " + tinyWords + ": row 5 has a value"}},
		"NaN in bf16": {weights(func(s specs) {
			w := s[tinyQuery+".weight"]
			w.DType, w.Bytes = safetensors.BF16, make([]byte, 2*64)
			binary.LittleEndian.PutUint16(w.Bytes[2*60:], 0x7fc0)
		}), []string{"model.safetensors: tensor " + tinyQuery + ".weight: row 7"}},
		"F64 beyond float32": {weights(func(s specs) {
			w := s[tinyQuery+".weight"]
			w.DType, w.Bytes = safetensors.F64, make([]byte, 8*64)
			binary.LittleEndian.PutUint64(w.Bytes[8*30:], math.Float64bits(1e60))
		}), []string{"model.safetensors: tensor " + tinyQuery + ".weight: row 3"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := tinyFolder(t, "bert", Classification)
			c.change(t, f)
			_, err := f.open(dev)
			wantBadInput(t, err, c.want...)
			// training reads the same weights another way
			m, err := OpenFolder(f, Classification, nil)
			if err == nil {
				err = m.Prepare(dev, Full, 1)
			}
			wantBadInput(t, err, c.want...)
		})
	}
}

// shard splits the folder's weights over two files and an index.
func (f folder) shard(t testing.TB) {
	t.Helper()
	weightMap := map[string]string{}
	parts := map[string]specs{"model-00001-of-00002.safetensors": {}, "model-00002-of-00002.safetensors": {}}
	rewrite(t, f.MapFS[weightsFile].Data, func(tensors specs, _ map[string]string) {
		for i, name := range slices.Sorted(maps.Keys(tensors)) {
			part := slices.Sorted(maps.Keys(parts))[i%2]
			weightMap[name] = part
			parts[part][name] = tensors[name]
		}
	})
	for name, tensors := range parts {
		f.MapFS[name] = &fstest.MapFile{Data: writeTensors(t, tensors, nil)}
	}
	f.MapFS[indexFile] = &fstest.MapFile{Data: marshal(t, map[string]any{"metadata": map[string]any{"total_size": 1}, "weight_map": weightMap})}
	delete(f.MapFS, weightsFile)
}

func TestBrokenShardedFoldersNameThePart(t *testing.T) {
	dev := newCPU(t, kernels.Generic, 1)
	const second = "model-00002-of-00002.safetensors"
	for name, c := range map[string]struct {
		change func(t *testing.T, f folder)
		want   []string
	}{
		"missing part":     {func(t *testing.T, f folder) { delete(f.MapFS, second) }, []string{indexFile, second}},
		"truncated part":   {func(t *testing.T, f folder) { f.MapFS[second].Data = f.MapFS[second].Data[:50] }, []string{indexFile, second}},
		"index is no JSON": {func(t *testing.T, f folder) { f.MapFS[indexFile].Data = []byte("{") }, []string{indexFile}},
		"index names a path": {func(t *testing.T, f folder) {
			f.changeJSON(t, indexFile, func(o map[string]any) { o["weight_map"].(map[string]any)[tinyWords] = "../secret.safetensors" })
		}, []string{indexFile, "secret"}},
		"index places a tensor elsewhere": {func(t *testing.T, f folder) {
			f.changeJSON(t, indexFile, func(o map[string]any) {
				m := o["weight_map"].(map[string]any)
				m["classifier.bias"], m["classifier.weight"] = m["classifier.weight"], m["classifier.bias"]
			})
		}, []string{indexFile, "classifier."}},
		"NaN in a part": {func(t *testing.T, f folder) {
			f.change(t, second, func(s specs) {
				for _, name := range slices.Sorted(maps.Keys(s)) {
					setValue(s[name], 0, math.NaN())
				}
			})
		}, []string{second + ": tensor", "row 0 has a value that is not a finite number"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := tinyFolder(t, "bert", Classification)
			f.shard(t)
			c.change(t, f)
			_, err := f.open(dev)
			wantBadInput(t, err, c.want...)
		})
	}
}

func TestMissingTokenizerIsToldWhenTextIsToBeClassified(t *testing.T) {
	f := tinyFolder(t, "bert", Classification)
	delete(f.MapFS, "tokenizer.json")
	_, err := tokenizer.Load(f)
	wantBadInput(t, err, "tokenizer")
	m, err := f.open(newCPU(t, kernels.Generic, 1))
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewClassifier(m, nil, ClassifierOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Classify(t.Context(), []Input{{IDs: []int32{2, 3}}, {Text: "a"}})
	wantBadInput(t, err, "input 1: ", "no tokenizer")
}

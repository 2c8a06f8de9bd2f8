//go:build !wasm

package encoder

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/kernels"
)

// openBundle opens, prepares and checks a bundle.
func openBundle(data []byte, dev kernels.Device) error {
	file, err := safetensors.Parse(data)
	if err != nil {
		return err
	}
	b, err := OpenBundle(file, nil)
	if err != nil {
		return err
	}
	if err := b.Model.Prepare(dev, Frozen, 0); err != nil {
		return err
	}
	_, err = b.CheckProbes(dev)
	return err
}

func TestBundlesAreReadBackOnEveryTierAndArchitecture(t *testing.T) {
	for _, arch := range goldenArchitectures {
		data := tinyBundle(t, arch)
		eachTier(t, func(t *testing.T, dev *kernels.CPU) {
			if err := openBundle(data, dev); err != nil {
				t.Errorf("%s: %v", arch, err)
			}
		})
	}
}

func TestBrokenBundlesNameTheEntry(t *testing.T) {
	dev := newCPU(t, kernels.Generic, 1)
	meta := func(key, value string) func(specs, map[string]string) {
		return func(_ specs, m map[string]string) { m[key] = value }
	}
	without := func(key string) func(specs, map[string]string) {
		return func(_ specs, m map[string]string) { delete(m, key) }
	}
	probes := func(change func(p []Probe) []Probe) func(specs, map[string]string) {
		return func(_ specs, m map[string]string) {
			var p []Probe
			if err := json.Unmarshal([]byte(m[bundleProbesKey]), &p); err != nil {
				t.Fatal(err)
			}
			m[bundleProbesKey] = string(marshal(t, change(p)))
		}
	}
	for name, c := range map[string]struct {
		change func(tensors specs, metadata map[string]string)
		want   []string
	}{
		"no version":             {without(bundleVersionKey), []string{"not a bundle", bundleVersionKey}},
		"version of the future":  {meta(bundleVersionKey, "3"), []string{`bundle version "3", this program reads versions 1 and 2`}},
		"version with a newline": {meta(bundleVersionKey, "1\n"), []string{`bundle version "1\n"`}},
		"no configuration":       {without(bundleConfigKey), []string{bundleConfigKey, "config.json"}},
		"broken configuration":   {meta(bundleConfigKey, `{"model_type":"bert"}`), []string{bundleConfigKey, "vocab_size: missing"}},
		"other labels": {func(_ specs, m map[string]string) {
			m[bundleConfigKey] = strings.Replace(m[bundleConfigKey], `"2": "good"`, `"2": "good", "3": "x"`, 1)
		}, []string{bundleProbesKey, "probe 0 has 3 logits for 4 labels"}},
		"no tokenizer":     {without(bundleTokenizerKey), []string{bundleTokenizerKey}},
		"broken tokenizer": {meta(bundleTokenizerKey, `{"model":{"type":"Magic"}}`), []string{bundleTokenizerKey}},
		"larger tokenizer": {func(_ specs, m map[string]string) {
			m[bundleTokenizerKey] = strings.Replace(m[bundleTokenizerKey], `"h":11`, `"h":11,"i":12`, 1)
		}, []string{"the tokenizer has 13 tokens, the model's vocabulary 12"}},
		"other tokenizer": {func(_ specs, m map[string]string) {
			m[bundleTokenizerKey] = strings.Replace(m[bundleTokenizerKey], `"a":4,"b":5`, `"a":5,"b":4`, 1)
		}, []string{"probe 0: the tokenizer gives other ids"}},
		"no provenance":           {without(bundleProvenanceKey), []string{bundleProvenanceKey}},
		"broken provenance":       {meta(bundleProvenanceKey, `{"rows":"many"}`), []string{bundleProvenanceKey}},
		"negative maximum length": {meta(bundleProvenanceKey, `{"lorica":"x","dtype":"float32","max_tokens":-4}`), []string{bundleProvenanceKey, "max_tokens"}},
		"no probes":               {without(bundleProbesKey), []string{bundleProbesKey}},
		"broken probes":           {meta(bundleProbesKey, `[{"text":3}]`), []string{bundleProbesKey}},
		"too many probes": {probes(func(p []Probe) []Probe {
			for len(p) <= maxProbes {
				p = append(p, p[0])
			}
			return p
		}), []string{bundleProbesKey, "257 probes, the limit is 256"}},
		"probe without logits":    {probes(func(p []Probe) []Probe { p[1].Logits = nil; return p }), []string{bundleProbesKey, "probe 1 has 0 logits for 3 labels"}},
		"probe with other ids":    {probes(func(p []Probe) []Probe { p[1].IDs[1]++; return p }), []string{"probe 1: the tokenizer gives other ids than the exporting machine's"}},
		"probe with other logits": {probes(func(p []Probe) []Probe { p[1].Logits[2] += 0.01; return p }), []string{"probe 1: logits differ by 0.01 from the exporting machine's"}},
		"missing tensor":          {func(s specs, _ map[string]string) { delete(s, tinyQuery+".bias") }, []string{"tensor " + tinyQuery + ".bias is missing"}},
		"missing head":            {func(s specs, _ map[string]string) { delete(s, "classifier.bias") }, []string{"tensor classifier.bias is missing"}},
		"other shape":             {func(s specs, _ map[string]string) { s[tinyQuery+".bias"].Shape = []int{2, 4} }, []string{"tensor " + tinyQuery + ".bias: shape [2 4], the configuration asks for [8]"}},
		"integers":                {func(s specs, _ map[string]string) { s[tinyQuery+".bias"].DType = safetensors.U32 }, []string{"tensor " + tinyQuery + ".bias: dtype U32"}},
		"NaN":                     {func(s specs, _ map[string]string) { setValue(s[tinyQuery+".weight"], 8, math.NaN()) }, []string{"tensor " + tinyQuery + ".weight: row 1 has a value that is not a finite number"}},
		"a bit flipped":           {func(s specs, _ map[string]string) { setValue(s["classifier.weight"], 3, 1.5) }, []string{"probe 0: logits differ by "}},
	} {
		t.Run(name, func(t *testing.T) {
			wantBadInput(t, openBundle(rewrite(t, tinyBundle(t, "bert"), c.change), dev), c.want...)
		})
	}
}

func TestWeightsOfAFolderAreNoBundle(t *testing.T) {
	data := tinyFolder(t, "bert", Classification).MapFS[weightsFile].Data
	wantBadInput(t, openBundle(data, newCPU(t, kernels.Generic, 1)), "not a bundle", "name the folder")
}

func TestSequencesThatDoNotFitTheModel(t *testing.T) {
	dev := newCPU(t, kernels.Generic, 1)
	for _, arch := range goldenArchitectures {
		m, err := tinyFolder(t, arch, Classification).open(dev)
		if err != nil {
			t.Fatal(err)
		}
		p := newPass(t, m, dev)
		limit := 16
		if strings.Contains(arch, "roberta") {
			limit = 14 // positions begin behind the padding id, which is 1
		}
		long := make([]int32, limit+1)
		ok := []int32{2, 4, 3}
		for name, c := range map[string]struct {
			batch Batch
			want  string
		}{
			"no sequences":      {Batch{}, "batch: no sequences"},
			"empty sequence":    {Batch{IDs: ok, TypeIDs: make([]int32, 3), Offsets: []int32{0, 3, 3}}, "sequence 1: no tokens"},
			"negative id":       {Batch{IDs: []int32{2, -1}, TypeIDs: make([]int32, 2), Offsets: []int32{0, 2}}, "sequence 0: token id -1 at place 1 is not below the vocabulary size 12"},
			"id too large":      {Batch{IDs: []int32{2, 3, 12}, TypeIDs: make([]int32, 3), Offsets: []int32{0, 1, 3}}, "sequence 1: token id 12 at place 1"},
			"too long":          {Batch{IDs: long, TypeIDs: make([]int32, limit+1), Offsets: []int32{0, int32(limit) + 1}}, "tokens, the model takes at most "},
			"few types":         {Batch{IDs: ok, TypeIDs: nil, Offsets: []int32{0, 3}}, "batch: 0 token types for 3 ids"},
			"one offset":        {Batch{IDs: ok, TypeIDs: make([]int32, 3), Offsets: []int32{0}}, "batch: "},
			"offsets from 1":    {Batch{IDs: ok, TypeIDs: make([]int32, 3), Offsets: []int32{1, 3}}, "batch: offsets"},
			"offsets end early": {Batch{IDs: ok, TypeIDs: make([]int32, 3), Offsets: []int32{0, 2}}, "batch: offsets"},
			"offsets too far":   {Batch{IDs: ok, TypeIDs: make([]int32, 3), Offsets: []int32{0, 7, 3}}, "batch: offsets"},
			"offsets fall":      {Batch{IDs: ok, TypeIDs: make([]int32, 3), Offsets: []int32{0, 2, 1, 3}}, "batch: offsets"},
			"negative offset":   {Batch{IDs: ok, TypeIDs: make([]int32, 3), Offsets: []int32{0, -1, 3}}, "batch: offsets"},
		} {
			t.Run(arch+"/"+name, func(t *testing.T) {
				_, err := p.Forward(&c.batch)
				wantBadInput(t, err, c.want)
			})
		}
		if m.Config.TypeVocabSize > 0 {
			_, err = p.Forward(&Batch{IDs: ok, TypeIDs: []int32{0, 2, 0}, Offsets: []int32{0, 3}})
			wantBadInput(t, err, "sequence 0: token type 2 at place 1, the model knows 2")
		}
		if _, err := p.Forward(&Batch{IDs: long[:limit], TypeIDs: make([]int32, limit), Offsets: []int32{0, int32(limit)}}); err != nil {
			t.Errorf("%s: the longest sequence: %v", arch, err)
		}
	}
}

func TestClassifierRefusesWhatDoesNotFit(t *testing.T) {
	m, err := tinyFolder(t, "bert", Classification).open(newCPU(t, kernels.Generic, 1))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{-1, 17} {
		_, err := NewClassifier(m, nil, ClassifierOptions{MaxTokens: n})
		wantBadInput(t, err, "maximum length", "the model takes 1 to 16 tokens")
	}
	c, err := NewClassifier(m, nil, ClassifierOptions{MaxTokens: 4})
	if err != nil {
		t.Fatal(err)
	}
	for want, in := range map[string]Input{
		"input 0: no tokens":                  {IDs: []int32{}},
		"input 0: 1 token types for 2 ids":    {IDs: []int32{2, 3}, TypeIDs: []int32{0}},
		"input 0: token id 12 at place 1":     {IDs: []int32{2, 12}},
		"input 0: token type -1 at place 0":   {IDs: []int32{2, 3}, TypeIDs: []int32{-1, 0}},
		"input 0: the model has no tokenizer": {Text: "a"},
	} {
		_, err := c.Classify(t.Context(), []Input{in})
		wantBadInput(t, err, want)
	}
	// the classifier works on after an error, and cuts what is too long
	p, err := c.Classify(t.Context(), []Input{{IDs: []int32{2, 4, 5, 6, 99}}})
	if err != nil || !p[0].Truncated || p[0].Tokens != 4 {
		t.Errorf("%+v, %v", p, err)
	}
}

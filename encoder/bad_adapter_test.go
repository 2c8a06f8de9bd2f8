//go:build !wasm

package encoder

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/kernels"
)

func tinyLoRA() LoRA {
	l := DefaultLoRA()
	l.Rank = 2
	return l
}

// applyAdapter opens the adapter on a tiny model and prepares it.
func applyAdapter(t *testing.T, modelType string, f folder) error {
	t.Helper()
	a, err := OpenAdapter(f)
	if err != nil {
		return err
	}
	m, err := OpenFolder(tinyFolder(t, modelType, Classification), Classification, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.ApplyAdapter(a); err != nil {
		return err
	}
	return m.Prepare(newCPU(t, kernels.Generic, 1), Frozen, 1)
}

func TestBrokenAdaptersNameFileAndPlace(t *testing.T) {
	const loraA = adapterPrefix + "bert.encoder.layer.1.attention.self.query.lora_A.weight"
	setting := func(key string, value any) func(t *testing.T, f folder) {
		return func(t *testing.T, f folder) {
			f.changeJSON(t, adapterConfigFile, func(o map[string]any) {
				if o[key] = value; value == any(absent{}) {
					delete(o, key)
				}
			})
		}
	}
	weights := func(change func(s specs)) func(t *testing.T, f folder) {
		return func(t *testing.T, f folder) { f.change(t, adapterWeightsFile, change) }
	}
	file := func(name, content string) func(t *testing.T, f folder) {
		return func(t *testing.T, f folder) { f.MapFS[name] = &fstest.MapFile{Data: []byte(content)} }
	}
	const config, tensors = adapterConfigFile + ": ", adapterWeightsFile + ": "
	for name, c := range map[string]struct {
		change func(t *testing.T, f folder)
		want   []string
	}{
		"no configuration": {func(t *testing.T, f folder) { delete(f.MapFS, adapterConfigFile) }, []string{adapterConfigFile}},
		"no weights":       {func(t *testing.T, f folder) { delete(f.MapFS, adapterWeightsFile) }, []string{adapterWeightsFile}},
		"a pickle": {func(t *testing.T, f folder) {
			delete(f.MapFS, adapterWeightsFile)
			f.MapFS["adapter_model.bin"] = &fstest.MapFile{}
		}, []string{"adapter_model.bin is a Python pickle", "safe_serialization"}},
		"configuration is no object": {file(adapterConfigFile, "[1]"), []string{config, "want a JSON object"}},
		"configuration is cut":       {file(adapterConfigFile, `{"r":4`), []string{config}},
		"weights are cut":            {file(adapterWeightsFile, "\x10\x00\x00\x00\x00\x00\x00\x00{"), []string{tensors}},
		"labels are no list":         {file(adapterLabelsFile, `{"a":1}`), []string{adapterLabelsFile + ": want a list of names"}},
		"labels are empty":           {file(adapterLabelsFile, `[]`), []string{adapterLabelsFile + ": want a list of names"}},
		"no rank":                    {setting("r", absent{}), []string{config + "r: missing"}},
		"rank 0":                     {setting("r", 0), []string{config + "r: want an integer from 1"}},
		"rank of a million":          {setting("r", 1000000), []string{config + "r: want an integer from 1 to 4096"}},
		"rank as text":               {setting("r", "4"), []string{config + "r: want an integer"}},
		"alpha as text":              {setting("lora_alpha", "x"), []string{config + "lora_alpha: want a number"}},
		"dropout 1":                  {setting("lora_dropout", 1), []string{config + "lora_dropout: want a probability below 1"}},
		"another method":             {setting("peft_type", "IA3"), []string{config + `peft_type: want "LORA", got "IA3"`}},
		"bias trained":               {setting("bias", "all"), []string{config + `bias: "all" is not supported`}},
		"dora":                       {setting("use_dora", true), []string{config + "use_dora: true is not supported"}},
		"fan in fan out":             {setting("fan_in_fan_out", true), []string{config + "fan_in_fan_out: true is not supported"}},
		"lora bias":                  {setting("lora_bias", true), []string{config + "lora_bias: true is not supported"}},
		"block diagonal":             {setting("use_bdlora", map[string]int{"x": 1}), []string{config + "use_bdlora: want true or false"}},
		"rslora as text":             {setting("use_rslora", "yes"), []string{config + "use_rslora: want true or false"}},
		"replicated layers":          {setting("layer_replication", [][]int{{0, 2}}), []string{config + "layer_replication: not supported"}},
		"target parameters":          {setting("target_parameters", []string{"x"}), []string{config + "target_parameters: not supported"}},
		"trainable tokens":           {setting("trainable_token_indices", []int{3}), []string{config + "trainable_token_indices: not supported"}},
		"kasa":                       {setting("kasa_config", map[string]any{"beta": 1}), []string{config + "kasa_config: not supported"}},
		"pissa":                      {setting("init_lora_weights", "pissa_niter_4"), []string{config + `init_lora_weights: "pissa_niter_4" changes the base model's weights`}},
		"loftq":                      {setting("init_lora_weights", "loftq"), []string{config + "init_lora_weights: "}},
		"initialisation is a number": {setting("init_lora_weights", 4), []string{config + "init_lora_weights: want a string"}},
		"no targets":                 {setting("target_modules", absent{}), []string{config + "no target modules"}},
		"targets are numbers":        {setting("target_modules", []int{1}), []string{config + "target_modules: "}},
		"target pattern is broken":   {setting("target_modules", ".*(query"), []string{config + `target pattern ".*(query"`}},
		"exclude pattern is broken":  {setting("exclude_modules", "*"), []string{config + `exclude pattern "*"`}},
		"targets match nothing":      {setting("target_modules", []string{"q_lin"}), []string{config, "no linear layer matches the targets q_lin; layers end in query, key, value, dense, classifier"}},
		"targets name embeddings":    {setting("target_modules", []string{"query", "word_embeddings"}), []string{config, "bert.embeddings.word_embeddings, which is not a linear layer"}},
		"rank pattern is broken":     {setting("rank_pattern", map[string]int{"(query": 3}), []string{config + `rank_pattern "(query"`}},
		"rank pattern of rank 0":     {setting("rank_pattern", map[string]int{"query": 0}), []string{config + `rank_pattern "query": rank 0`}},
		"rank pattern is a list":     {setting("rank_pattern", []int{1}), []string{config + "rank_pattern: "}},
		"alpha pattern is text":      {setting("alpha_pattern", "x"), []string{config + "alpha_pattern: "}},
		"layers as text":             {setting("layers_to_transform", "one"), []string{config + "layers_to_transform: "}},
		"layers with a pattern of targets": {func(t *testing.T, f folder) {
			setting("target_modules", ".*query")(t, f)
			setting("layers_to_transform", []int{1})(t, f)
		}, []string{config, "layers_to_transform goes with a list"}},
		"modules to save are broken": {setting("modules_to_save", []string{"(classifier"}), []string{config + `modules to save`}},
		"other rank":                 {setting("r", 3), []string{tensors + "tensor " + adapterPrefix, "lora_A.weight: shape [2 8], the configuration asks for [3 8]"}},
		"fewer targets":              {setting("target_modules", []string{"query"}), []string{tensors + "tensor " + adapterPrefix, "value.lora_A.weight has no place in a bert model with targets query"}},
		"more targets":               {setting("target_modules", []string{"query", "value", "key"}), []string{tensors + "tensor " + adapterPrefix, "key.lora_A.weight is missing"}},
		"missing tensor":             {weights(func(s specs) { delete(s, loraA) }), []string{tensors + "tensor " + loraA + " is missing"}},
		"missing classifier":         {weights(func(s specs) { delete(s, adapterPrefix+"classifier.bias") }), []string{tensors + "tensor " + adapterPrefix + "classifier.bias is missing"}},
		"tensor too many":            {weights(func(s specs) { s["base_model.model.extra"] = s[loraA] }), []string{tensors + "tensor base_model.model.extra has no place"}},
		"transposed tensor":          {weights(func(s specs) { slices.Reverse(s[loraA].Shape) }), []string{tensors + "tensor " + loraA + ": shape [8 2], the configuration asks for [2 8]"}},
		"tensor of integers":         {weights(func(s specs) { s[loraA].DType = safetensors.I32 }), []string{tensors + "tensor " + loraA + ": dtype I32, want F32"}},
		"NaN":                        {weights(func(s specs) { setValue(s[loraA], 9, math.NaN()) }), []string{tensors + "tensor " + loraA + ": row 1 has a value that is not a finite number"}},
		"other label count": {weights(func(s specs) {
			w := s[adapterPrefix+"classifier.weight"]
			w.Shape[0], w.Bytes = 2, w.Bytes[:64]
		}), []string{tensors + "tensor " + adapterPrefix + "classifier.weight: shape [2 8], the configuration asks for [3 8]"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := tinyAdapter(t, "bert", tinyLoRA())
			c.change(t, f)
			wantBadInput(t, applyAdapter(t, "bert", f), c.want...)
		})
	}
}

func TestAdapterOfAnotherArchitecture(t *testing.T) {
	wantBadInput(t, applyAdapter(t, "electra", tinyAdapter(t, "bert", tinyLoRA())), adapterWeightsFile, "base_model.model.classifier.dense.weight is missing")
	wantBadInput(t, applyAdapter(t, "distilbert", tinyAdapter(t, "bert", tinyLoRA())), adapterConfigFile, "no linear layer matches the targets query,value; layers end in q_lin")
	if err := applyAdapter(t, "xlm-roberta", tinyAdapter(t, "roberta", tinyLoRA())); err != nil {
		t.Errorf("their names are the same, but: %v", err)
	}
}

// TestSettingsThatChangeNothingAreAccepted: what PEFT writes beside the settings that count.
func TestSettingsThatChangeNothingAreAccepted(t *testing.T) {
	f := tinyAdapter(t, "bert", tinyLoRA())
	f.changeJSON(t, adapterConfigFile, func(o map[string]any) {
		var more map[string]any
		if err := json.Unmarshal([]byte(`{"layer_replication":null,"target_parameters":null,"trainable_token_indices":[],"loftq_config":{},
			"eva_config":{"rho":2},"use_dora":false,"use_qalora":false,"qalora_group_size":16,"arrow_config":null,"megatron_core":"megatron.core",
			"init_lora_weights":"gaussian","peft_version":"0.21.2","inference_mode":true,"layers_to_transform":[],"layers_pattern":[],
			"modules_to_save":null,"exclude_modules":null,"bias":"none","auto_mapping":{"a":"b"},"revision":"main"}`), &more); err != nil {
			t.Fatal(err)
		}
		for key, value := range more {
			o[key] = value
		}
	})
	if err := applyAdapter(t, "bert", f); err != nil {
		t.Error(err)
	}
}

func TestLoRASettingsAreChecked(t *testing.T) {
	for want, change := range map[string]func(l *LoRA){
		"rank 0: want 1":                   func(l *LoRA) { l.Rank = 0 },
		"alpha NaN: want a finite number":  func(l *LoRA) { l.Alpha = math.NaN() },
		"dropout 1: want at least 0":       func(l *LoRA) { l.Dropout = 1 },
		"dropout NaN: want at least 0":     func(l *LoRA) { l.Dropout = math.NaN() },
		"no target modules":                func(l *LoRA) { l.Targets = nil },
		`alpha_pattern "x": alpha +Inf`:    func(l *LoRA) { l.AlphaPattern = map[string]float64{"x": math.Inf(1)} },
		"layers_pattern without":           func(l *LoRA) { l.LayersPattern = []string{"layer"} },
		`layers pattern "("`:               func(l *LoRA) { l.LayersToTransform, l.LayersPattern = []int{1}, []string{"("} },
		"goes with a list":                 func(l *LoRA) { l.Targets, l.LayersToTransform = []string{allLinear}, []int{0} },
		"classifier, which is not":         func(l *LoRA) { l.TargetPattern, l.ModulesToSave = "classifier|classifier\\.dense", nil },
		"cannot have an adapter as well":   func(l *LoRA) { l.Targets, l.ModulesToSave = []string{"query"}, []string{"uery"} },
		"no linear layer matches the targ": func(l *LoRA) { l.Targets = []string{"classifier.dense"} },
	} {
		l := tinyLoRA()
		change(&l)
		wantBadInput(t, tinyModel(t, "roberta", Classification).AddLoRA(l), "LoRA: ", want)
	}
	l := tinyLoRA()
	l.Targets = []string{"decoder"}
	wantBadInput(t, tinyModel(t, "bert", MaskedLM).AddLoRA(l), "shares its weight with the word embeddings")
}

func TestModelsAreSavedOnceTheyArePrepared(t *testing.T) {
	m := tinyModel(t, "bert", Classification)
	if err := m.SaveAdapter(folder{fstest.MapFS{}}, "", ""); err == nil || !strings.Contains(err.Error(), "no prepared adapter") {
		t.Errorf("saving an adapter that is not there: %v", err)
	}
	if err := m.SaveFolder(folder{fstest.MapFS{}}, safetensors.F32); err == nil || !strings.Contains(err.Error(), "not prepared") {
		t.Errorf("saving a model without values: %v", err)
	}
}

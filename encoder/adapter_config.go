//go:build !wasm

package encoder

import (
	"slices"
	"strconv"
	"strings"
)

// parseAdapterConfig reads adapter_config.json.
func parseAdapterConfig(data []byte) (LoRA, string, error) {
	raw, err := readKeys(data)
	if err != nil {
		return LoRA{}, "", err
	}
	k := keys{raw: raw}
	l := LoRA{
		Rank:          k.integer("r", required, 1, maxRank),
		Alpha:         k.number("lora_alpha", 8, -1e9, 1e9),
		RSLoRA:        k.boolean("use_rslora", false),
		Dropout:       float64(k.rate("lora_dropout", 0)),
		ModulesToSave: k.list("modules_to_save"),
		LayersPattern: k.listOrOne("layers_pattern"),
	}
	if kind := k.text("peft_type", "LORA"); kind != "LORA" {
		k.fail("peft_type", "want \"LORA\", got %q", kind)
	}
	if bias := k.text("bias", "none"); bias != "none" {
		k.fail("bias", "%q is not supported, only \"none\" is", bias)
	}
	for _, key := range []string{"fan_in_fan_out", "use_dora", "lora_bias", "use_qalora", "use_bdlora"} {
		if k.boolean(key, false) {
			k.fail(key, "true is not supported")
		}
	}
	for _, key := range []string{"layer_replication", "target_parameters", "trainable_token_indices", "alora_invocation_tokens", "arrow_config",
		"kasa_config", "monteclora_config"} {
		if v, ok := k.value(key); ok && v != "[]" && v != "{}" {
			k.fail(key, "not supported")
		}
	}
	k.initialisation()
	if l.TargetPattern, l.Targets = k.patternOrList("target_modules"); strings.EqualFold(l.TargetPattern, allLinear) {
		l.TargetPattern, l.Targets = "", []string{allLinear}
	}
	l.ExcludePattern, l.Exclude = k.patternOrList("exclude_modules")
	if k.text("task_type", "") == "SEQ_CLS" && !l.savesHeads() { // PEFT adds them whatever the list says
		l.ModulesToSave = append(l.ModulesToSave, peftHeads...)
	}
	k.decode("rank_pattern", readMap(&l.RankPattern, asInt))
	k.decode("alpha_pattern", readMap(&l.AlphaPattern, asFloat))
	if v, ok := k.value("layers_to_transform"); ok {
		if one, err := strconv.Atoi(v); err == nil {
			l.LayersToTransform = []int{one}
		} else {
			k.decode("layers_to_transform", readList(&l.LayersToTransform, asInt))
		}
	}
	base := k.text("base_model_name_or_path", "")
	if k.err != nil {
		return LoRA{}, "", k.err
	}
	return l, base, l.Validate()
}

// initialisation refuses adapters that began by changing the base model's weights (PiSSA, OLoRA, CorDA, LoftQ and others):
// they only make sense on top of those.
func (k *keys) initialisation() {
	v, ok := k.value("init_lora_weights")
	if !ok || v == "true" || v == "false" {
		return
	}
	switch name := k.text("init_lora_weights", ""); name {
	case "gaussian", "eva", "orthogonal", "mica":
	default:
		k.fail("init_lora_weights", "%q changes the base model's weights, which is not supported", name)
	}
}

// listOrOne reads a list of strings, or one of them alone.
func (k *keys) listOrOne(key string) []string {
	if one, list := k.patternOrList(key); one == "" {
		return list
	} else {
		return []string{one}
	}
}

// savesHeads reports whether the adapter saves what PEFT saves for the task SEQ_CLS. An adapter without that task leaves the
// head as it is, or adapts it.
func (l *LoRA) savesHeads() bool {
	return !slices.ContainsFunc(peftHeads, func(head string) bool { return !slices.Contains(l.ModulesToSave, head) })
}

// peftConfig is adapter_config.json as PEFT's LoraConfig writes it, in the order of its names.
type peftConfig struct {
	AlphaPattern        map[string]float64 `json:"alpha_pattern"`
	AutoMapping         any                `json:"auto_mapping"`
	BaseModelNameOrPath *string            `json:"base_model_name_or_path"`
	Bias                string             `json:"bias"`
	ExcludeModules      any                `json:"exclude_modules"`
	FanInFanOut         bool               `json:"fan_in_fan_out"`
	InferenceMode       bool               `json:"inference_mode"`
	InitLoRAWeights     bool               `json:"init_lora_weights"`
	LayersPattern       []string           `json:"layers_pattern"`
	LayersToTransform   []int              `json:"layers_to_transform"`
	LoRAAlpha           float64            `json:"lora_alpha"`
	LoRADropout         float64            `json:"lora_dropout"`
	ModulesToSave       []string           `json:"modules_to_save"`
	PEFTType            string             `json:"peft_type"`
	Rank                int                `json:"r"`
	RankPattern         map[string]int     `json:"rank_pattern"`
	Revision            *string            `json:"revision"`
	TargetModules       any                `json:"target_modules"`
	TaskType            *string            `json:"task_type"`
	UseDoRA             bool               `json:"use_dora"`
	UseRSLoRA           bool               `json:"use_rslora"`
}

// peftConfig returns the adapter's configuration. For all-linear it lists the layers, as PEFT does: PEFT itself has no such
// adapter for distilbert, whose head it would save whole and adapt at once.
func (m *Model) peftConfig(base string) peftConfig {
	l := m.lora
	c := peftConfig{
		AlphaPattern: l.AlphaPattern, Bias: "none", InferenceMode: true, InitLoRAWeights: true, LayersPattern: l.LayersPattern,
		LayersToTransform: l.LayersToTransform, LoRAAlpha: l.Alpha, LoRADropout: l.Dropout, ModulesToSave: l.ModulesToSave,
		PEFTType: "LORA", Rank: l.Rank, RankPattern: l.RankPattern, TargetModules: slices.Sorted(slices.Values(l.Targets)),
		UseRSLoRA: l.RSLoRA,
	}
	if kind := "SEQ_CLS"; l.savesHeads() {
		c.TaskType = &kind
	}
	if c.AlphaPattern == nil {
		c.AlphaPattern = map[string]float64{}
	}
	if c.RankPattern == nil {
		c.RankPattern = map[string]int{}
	}
	if l.ExcludePattern != "" {
		c.ExcludeModules = l.ExcludePattern
	} else if l.Exclude != nil {
		c.ExcludeModules = l.Exclude
	}
	if l.TargetPattern != "" {
		c.TargetModules = l.TargetPattern
	} else if l.allLinears() {
		var names []string
		for _, layer := range m.linears() {
			if layer.adapter != nil {
				names = append(names, layer.name)
			}
		}
		slices.Sort(names)
		c.TargetModules = names
	}
	if base != "" {
		c.BaseModelNameOrPath = &base
	}
	return c
}

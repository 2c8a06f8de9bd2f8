package encoder

import (
	"slices"
	"strings"
)

// LoRA is an adapter's configuration, in PEFT's terms (LoraConfig). Its JSON form is that of a run's saved settings, not PEFT's.
type LoRA struct {
	// Rank is the width r of the low-rank product.
	Rank int `json:"rank"`
	// Alpha scales the product by Alpha/Rank, or with RSLoRA by Alpha/sqrt(Rank) (Kalajdzievski 2023).
	Alpha  float64 `json:"alpha"`
	RSLoRA bool    `json:"rslora,omitempty"`
	// Dropout is the probability with which an adapter's input is dropped in training.
	Dropout float64 `json:"dropout"`
	// Targets names the linear layers that get an adapter: the module's full name, or its end behind a dot. The single
	// entry "all-linear" means every linear layer that is not saved whole.
	Targets []string `json:"targets,omitempty"`
	// TargetPattern, when set, is used in place of Targets: a regular expression that matches the whole module name.
	TargetPattern string `json:"target_pattern,omitempty"`
	// Exclude takes modules out again, by the rule of Targets; ExcludePattern by that of TargetPattern.
	Exclude        []string `json:"exclude,omitempty"`
	ExcludePattern string   `json:"exclude_pattern,omitempty"`
	// ModulesToSave are the ends of the names of modules that are trained and saved whole. They get no adapter.
	ModulesToSave []string `json:"modules_to_save,omitempty"`
	// RankPattern and AlphaPattern give modules a rank and alpha of their own. Their keys are regular expressions for the end
	// of the name behind a dot, or for the whole of it; of several that match, the first in sorted order counts.
	RankPattern  map[string]int     `json:"rank_pattern,omitempty"`
	AlphaPattern map[string]float64 `json:"alpha_pattern,omitempty"`
	// LayersToTransform, when not empty, keeps adapters out of all other layers, but for modules that Targets names in full.
	// LayersPattern are regular expressions for the list of layers in a module's name; none means any.
	LayersToTransform []int    `json:"layers_to_transform,omitempty"`
	LayersPattern     []string `json:"layers_pattern,omitempty"`
}

// loraPair is the adapter of one linear layer: A [rank, in] and B [out, rank].
type loraPair struct {
	a, b    *Parameter
	rank    int
	scale   float32
	dropout float32
	site    uint32
}

// Adapter returns the adapter's configuration, or nil when the model has none.
func (m *Model) Adapter() *LoRA { return m.lora }

// isAdapter reports whether a parameter belongs to an adapter.
func isAdapter(name string) bool {
	return strings.HasSuffix(name, ".lora_A.weight") || strings.HasSuffix(name, ".lora_B.weight")
}

// saves reports whether a module or one that contains it is trained and saved whole. PEFT compares the plain end of the name:
// "classifier" takes distilbert's pre_classifier as well.
func (l *LoRA) saves(module string) bool {
	for {
		if slices.ContainsFunc(l.ModulesToSave, func(end string) bool { return strings.HasSuffix(module, end) }) {
			return true
		}
		dot := strings.LastIndexByte(module, '.')
		if dot < 0 {
			return false
		}
		module = module[:dot]
	}
}

// moduleOf returns the name of the module that a parameter or a module belongs to.
func moduleOf(name string) string {
	return name[:max(0, strings.LastIndexByte(name, '.'))]
}

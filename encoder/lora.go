package encoder

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/kernels"
)

// LoRA is an adapter's configuration, in PEFT's terms (LoraConfig).
type LoRA struct {
	// Rank is the width r of the low-rank product.
	Rank int
	// Alpha scales the product by Alpha/Rank, or with RSLoRA by Alpha/sqrt(Rank) (Kalajdzievski 2023).
	Alpha  float64
	RSLoRA bool
	// Dropout is the probability with which an adapter's input is dropped in training.
	Dropout float64
	// Targets names the linear layers that get an adapter: the module's full name, or its end behind a dot. The single
	// entry "all-linear" means every linear layer but the classification head's.
	Targets []string
	// TargetPattern, when set, is used in place of Targets: a regular expression that matches the whole module name.
	TargetPattern string
	// Exclude takes modules out again, by the rule of Targets.
	Exclude []string
	// ModulesToSave are the ends of the names of modules that are trained and saved whole.
	ModulesToSave []string
	// RankPattern and AlphaPattern give modules whose name ends so a rank and alpha of their own.
	RankPattern  map[string]int
	AlphaPattern map[string]float64
	// LayersToTransform, when not nil, keeps adapters out of all other layers.
	LayersToTransform []int
}

// DefaultLoRA returns the settings that the command line begins with: rank 4, alpha 32, dropout 0.1 on query and value.
func DefaultLoRA() LoRA {
	return LoRA{Rank: 4, Alpha: 32, Dropout: 0.1, Targets: []string{"query", "value"}, ModulesToSave: slices.Clone(peftHeads)}
}

// peftHeads are the modules that PEFT always trains and saves for sequence classification.
var peftHeads = []string{"classifier", "score"}

// allLinear is the target that stands for every linear layer outside the classification head.
const allLinear = "all-linear"

const maxRank = 1 << 12

// Validate checks the settings, apart from whether the targets exist.
func (l *LoRA) Validate() error {
	if l.Rank < 1 || l.Rank > maxRank {
		return badinput.Errorf("rank %d: want 1 to %d", l.Rank, maxRank)
	}
	if math.IsNaN(l.Alpha) || math.IsInf(l.Alpha, 0) {
		return badinput.Errorf("alpha %g: want a finite number", l.Alpha)
	}
	if !(l.Dropout >= 0 && l.Dropout < 1) {
		return badinput.Errorf("dropout %g: want at least 0 and below 1", l.Dropout)
	}
	for name, rank := range l.RankPattern {
		if rank < 1 || rank > maxRank {
			return badinput.Errorf("rank_pattern %q: rank %d: want 1 to %d", name, rank, maxRank)
		}
	}
	if len(l.Targets) == 0 && l.TargetPattern == "" {
		return badinput.Errorf("no target modules")
	}
	return nil
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

// AddLoRA gives the target modules an adapter that changes nothing yet (B is 0). It has to come before Prepare. Targets that
// match no linear layer are an input error that lists what there is.
func (m *Model) AddLoRA(l LoRA) error {
	if m.prepared || m.lora != nil {
		return fmt.Errorf("an adapter can be added once, before the model is prepared")
	}
	if err := l.Validate(); err != nil {
		return badinput.Errorf("LoRA: %w", err)
	}
	match, err := l.matcher()
	if err != nil {
		return badinput.Errorf("LoRA: %w", err)
	}
	found := 0
	for i, module := range m.linears() {
		if !match(module.name) || m.excluded(&l, module) {
			continue
		}
		m.attach(module, &l, uint32(i))
		found++
	}
	if found == 0 {
		return badinput.Errorf("LoRA: no linear layer matches the targets %s; layers end in %s", l.targetText(), strings.Join(m.targetNames(), ", "))
	}
	m.lora = &l
	return nil
}

// attach gives a linear layer its pair of matrices.
func (m *Model) attach(module *linear, l *LoRA, number uint32) {
	rank, alpha := l.Rank, l.Alpha
	if r, ok := byEnd(l.RankPattern, module.name); ok {
		rank = r
	}
	if a, ok := byEnd(l.AlphaPattern, module.name); ok {
		alpha = a
	}
	scale := alpha / float64(rank)
	if l.RSLoRA {
		scale = alpha / math.Sqrt(float64(rank))
	}
	b := builder{m: m}
	module.adapter = &loraPair{
		a:    b.parameter(module.name+".lora_A.weight", loraNormal, rank, module.in),
		b:    b.parameter(module.name+".lora_B.weight", zeros, module.out, rank),
		rank: rank, scale: float32(scale), dropout: float32(l.Dropout), site: siteLoRA + number,
	}
}

// isAdapter reports whether a parameter belongs to an adapter.
func isAdapter(name string) bool {
	return strings.HasSuffix(name, ".lora_A.weight") || strings.HasSuffix(name, ".lora_B.weight")
}

// excluded says which modules get no adapter though the target matches: those that all-linear and Exclude leave out, and
// layers that are not to be transformed.
func (m *Model) excluded(l *LoRA, module *linear) bool {
	if endsIn(module.name, l.Exclude) {
		return true
	}
	if l.TargetPattern == "" && slices.Equal(l.Targets, []string{allLinear}) && m.Task == Classification && m.ofHead(module.name+".") && l.saves(module.name) {
		return true
	}
	if l.LayersToTransform == nil {
		return false
	}
	layer, ok := layerOf(module.name)
	return !ok || !slices.Contains(l.LayersToTransform, layer)
}

// matcher returns PEFT's rule: a pattern matches the whole name, a target equals the name or its end behind a dot.
func (l *LoRA) matcher() (func(name string) bool, error) {
	if l.TargetPattern != "" {
		pattern, err := regexp.Compile(`^(?:` + l.TargetPattern + `)$`)
		if err != nil {
			return nil, fmt.Errorf("target pattern %q: %w", l.TargetPattern, err)
		}
		return pattern.MatchString, nil
	}
	if slices.Equal(l.Targets, []string{allLinear}) {
		return func(string) bool { return true }, nil
	}
	return func(name string) bool { return endsIn(name, l.Targets) }, nil
}

func (l *LoRA) targetText() string {
	if l.TargetPattern != "" {
		return strconv.Quote(l.TargetPattern)
	}
	return strings.Join(l.Targets, ",")
}

// endsIn reports whether name is one of the ends or ends in a dot and one of them.
func endsIn(name string, ends []string) bool {
	return slices.ContainsFunc(ends, func(end string) bool { return name == end || strings.HasSuffix(name, "."+end) })
}

// byEnd looks a module up in a pattern map: its keys are regular expressions for the end of the name, or the whole of it.
func byEnd[T any](patterns map[string]T, name string) (T, bool) {
	keys := make([]string, 0, len(patterns))
	for key := range patterns {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		if re, err := regexp.Compile(`(?:^|\.)(?:` + key + `)$`); err == nil && re.MatchString(name) {
			return patterns[key], true
		}
	}
	var none T
	return none, false
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

// layerOf returns the number of the block in a module's name.
func layerOf(name string) (int, bool) {
	for _, part := range strings.Split(name, ".") {
		if n, err := strconv.Atoi(part); err == nil {
			return n, true
		}
	}
	return 0, false
}

// targetNames lists the last parts of the names of all linear layers, each once.
func (m *Model) targetNames() []string {
	var names []string
	for _, l := range m.linears() {
		name := l.name[strings.LastIndexByte(l.name, '.')+1:]
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// module returns the name of the module that a parameter belongs to.
func moduleOf(parameter string) string {
	return parameter[:max(0, strings.LastIndexByte(parameter, '.'))]
}

// merged computes W + scale B A in float32 for a linear layer with an adapter, [out, in].
func (l *linear) merged(dev kernels.Device) ([]float32, error) {
	weight, err := l.weight.Float32s(dev)
	if err != nil {
		return nil, err
	}
	sum := kernels.NewTensor(dev.NewBuffer(len(weight)), 0, l.out, l.in)
	dev.Write(sum, weight)
	dev.Gemm([]kernels.GemmJob{{Dst: sum, A: l.adapter.b.value, B: l.adapter.a.value, Alpha: l.adapter.scale, Accumulate: true}})
	dev.Read(weight, sum)
	return weight, nil
}

// DefaultTargets returns the layers that get an adapter when nobody says otherwise: the query and value projections, under
// the names that the architecture has for them.
func DefaultTargets(modelType string) []string {
	if modelType == "distilbert" {
		return []string{"q_lin", "v_lin"}
	}
	return []string{"query", "value"}
}

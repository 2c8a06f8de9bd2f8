//go:build !wasm

package encoder

import (
	"errors"
	"math"
	"slices"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/kernels"
)

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
	for name, alpha := range l.AlphaPattern {
		if math.IsNaN(alpha) || math.IsInf(alpha, 0) {
			return badinput.Errorf("alpha_pattern %q: alpha %g: want a finite number", name, alpha)
		}
	}
	if len(l.Targets) == 0 && l.TargetPattern == "" {
		return badinput.Errorf("no target modules")
	}
	if len(l.LayersPattern) > 0 && l.LayersToTransform == nil {
		return badinput.Errorf("layers_pattern without layers_to_transform")
	}
	if l.LayersToTransform != nil && (l.TargetPattern != "" || l.allLinears()) {
		return badinput.Errorf("layers_to_transform goes with a list of target modules, not with %s", l.targetText())
	}
	_, err := l.compile()
	return err
}

// SetAdapterDropout replaces the dropout of the adapter's inputs, in training from then on and in its configuration.
func (m *Model) SetAdapterDropout(rate float64) error {
	if m.lora == nil {
		return errors.New("no adapter whose dropout could be set")
	}
	changed := *m.lora
	changed.Dropout = rate
	if err := changed.Validate(); err != nil {
		return badinput.Errorf("LoRA: %w", err)
	}
	m.lora = &changed
	for _, l := range m.linears() {
		if l.adapter != nil {
			l.adapter.dropout = float32(rate)
		}
	}
	return nil
}

// AddLoRA gives the target modules an adapter that changes nothing yet (B is 0). It has to come before Prepare. Targets that
// match no linear layer are an input error that lists what there is.
func (m *Model) AddLoRA(l LoRA) error {
	if m.prepared || m.lora != nil {
		return errors.New("an adapter can be added once, before the model is prepared")
	}
	if err := l.Validate(); err != nil {
		return badinput.Errorf("LoRA: %w", err)
	}
	rules, err := l.compile()
	if err != nil {
		return badinput.Errorf("LoRA: %w", err)
	}
	found, err := m.targets(rules)
	if err != nil {
		return err
	}
	for i, module := range m.linears() {
		if slices.Contains(found, module) {
			m.attach(module, rules, uint32(i))
		}
	}
	l.ModulesToSave = slices.Clone(l.ModulesToSave)
	m.lora = &l
	return nil
}

// attach gives a linear layer its pair of matrices.
func (m *Model) attach(module *linear, r *targetRules, number uint32) {
	rank, alpha := r.rankAndAlpha(module.name)
	scale := alpha / float64(rank)
	if r.RSLoRA {
		scale = alpha / math.Sqrt(float64(rank))
	}
	b := builder{m: m}
	module.adapter = &loraPair{
		a:    b.parameter(module.name+".lora_A.weight", loraNormal, rank, module.in),
		b:    b.parameter(module.name+".lora_B.weight", zeros, module.out, rank),
		rank: rank, scale: float32(scale), dropout: float32(r.Dropout), site: siteLoRA + number,
	}
}

// detach takes a linear layer's adapter away.
func (m *Model) detach(module *linear) {
	pair := module.adapter
	m.params = slices.DeleteFunc(m.params, func(p *Parameter) bool { return p == pair.a || p == pair.b })
	delete(m.byName, pair.a.Name)
	delete(m.byName, pair.b.Name)
	module.adapter = nil
}

// merged computes W + scale B A in float32 for a linear layer with an adapter, [out, in], in the memory of work, which is made
// when it is nil or too small.
func (l *linear) merged(dev kernels.Device, work **kernels.Buffer) ([]float32, error) {
	weight, err := l.weight.Float32s(dev)
	if err != nil {
		return nil, err
	}
	if *work == nil || (*work).Len() < len(weight) {
		*work = dev.NewBuffer(len(weight))
	}
	sum := kernels.NewTensor(*work, 0, l.out, l.in)
	dev.Write(sum, weight)
	dev.Gemm([]kernels.GemmJob{{Dst: sum, A: l.adapter.b.value, B: l.adapter.a.value, Alpha: l.adapter.scale, Accumulate: true}})
	dev.Read(weight, sum)
	return weight, nil
}

// DefaultTargets returns the layers that get an adapter when nobody says otherwise: the query and value projections, under
// the names that the architecture has for them.
func DefaultTargets(modelType string) []string {
	f, err := familyOf(modelType)
	if err != nil {
		return DefaultLoRA().Targets
	}
	return slices.Clone(f.defaultTargets)
}

package encoder

import (
	"errors"
	"slices"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/kernels"
)

// Training says what a model is prepared for.
type Training uint8

// What may be trained.
const (
	Frozen   Training = iota // nothing: inference
	Adapters                 // the adapters and the modules that the adapter saves whole
	Full                     // every parameter
)

// Prepare brings the weights to dev: frozen linear weights are packed, trainable parameters get a place in one flat vector
// each for values and gradients, and parameters that no file has are initialised from the seed. It is called once, after
// Bind and AddLoRA. A weight that is not a finite number is an input error.
func (m *Model) Prepare(dev kernels.Device, training Training, seed uint64) error {
	if m.prepared {
		return errors.New("the model is prepared already")
	}
	if training == Full && m.lora != nil {
		return errors.New("a model with an adapter cannot be trained in full")
	}
	if training == Adapters && m.lora == nil {
		return errors.New("no adapter to train")
	}
	if training != Frozen && m.EightBits() {
		return badinput.Errorf("weights of eight bits cannot be trained: begin with the model that they were made from")
	}
	if training != Frozen && !canTrain {
		return errors.New("this build does not train")
	}
	m.dev = dev
	if canTrain {
		for _, p := range m.params {
			p.Trainable = training == Full || training == Adapters && m.adapts(p)
		}
		if err := m.placeTrainable(dev, seed); err != nil {
			return err
		}
		m.findLowest()
	}
	packed := map[*Parameter]bool{}
	for _, l := range m.linears() {
		packed[l.weight] = !l.weight.Trainable && l.weight != m.embeddings.word
	}
	for _, p := range m.params {
		if p.Trainable || packed[p] && p.stored {
			continue
		}
		if err := p.materialise(dev, kernels.Tensor{}, m.initRand(seed, p)); err != nil {
			return err
		}
	}
	for _, l := range m.linears() {
		if err := l.prepare(dev, canTrain && training != Frozen && m.backwardPasses(l)); err != nil {
			return err
		}
	}
	m.prepared = true
	return nil
}

// placeTrainable gives every trainable parameter its part of the flat vectors, those that weight decay acts on first.
func (m *Model) placeTrainable(dev kernels.Device, seed uint64) error {
	const line = 16 // values of a cache line, on which every part begins
	total := 0
	for _, decay := range []bool{true, false} {
		for _, p := range m.params {
			if p.Trainable && p.Decays() == decay {
				total += (p.Len() + line - 1) / line * line
			}
		}
		if decay {
			m.decaying = total
		}
	}
	values, gradients := dev.NewBuffer(total), dev.NewBuffer(total)
	m.values, m.gradients = kernels.NewTensor(values, 0, 1, total), kernels.NewTensor(gradients, 0, 1, total)
	at := 0
	for _, decay := range []bool{true, false} {
		for _, p := range m.params {
			if !p.Trainable || p.Decays() != decay {
				continue
			}
			place := kernels.NewTensor(values, at, p.rows(), p.cols())
			if err := p.materialise(dev, place, m.initRand(seed, p)); err != nil {
				return err
			}
			p.grad = kernels.NewTensor(gradients, at, p.rows(), p.cols())
			at += (p.Len() + line - 1) / line * line
		}
	}
	return nil
}

// initRand returns the source of a parameter's values when no file has it.
func (m *Model) initRand(seed uint64, p *Parameter) *initRand {
	rng := newInitRand(seed, p.Name)
	rng.stddev, rng.cutoff = m.Config.InitializerRange, m.Config.InitializerCutoff
	if m.family.stddev != nil {
		rng.stddev = m.family.stddev(m.Config, p.Name)
	}
	return rng
}

// decays reports whether the optimiser's weight decay acts on a parameter. It spares biases and layer norms, as transformers' Trainer
// has it: what matches (?i)bias|layer_?norm|(?:^|[._])norm(?:$|\.).
func decays(name string) bool {
	name = strings.ToLower(name)
	for _, part := range []string{"bias", "layernorm", "layer_norm"} {
		if strings.Contains(name, part) {
			return false
		}
	}
	for part := range strings.SplitSeq(name, ".") { // norm itself, or what ends in _norm
		if part == "norm" || strings.HasSuffix(part, "_norm") {
			return false
		}
	}
	return true
}

// findLowest finds the lowest layer that a backward has to reach.
func (m *Model) findLowest() {
	m.lowest = len(m.layers)
	for i, l := range slices.Backward(m.layers) {
		if trains(l) {
			m.lowest = i
		}
	}
	if m.relative.trains() {
		m.lowest = 0
	}
	if m.embeddings.trains() {
		m.lowest = -1
	}
}

// trainsBelowHead reports whether a backward has to go further than the head.
func (m *Model) trainsBelowHead() bool { return m.lowest < len(m.layers) || m.finalNorm.trains() }

// backwardPasses reports whether a backward goes through the layer to something below it.
func (m *Model) backwardPasses(l *linear) bool {
	if !m.trainsBelowHead() {
		return m.Task == Classification && l == m.head.output && m.head.trainsInside()
	}
	for i, layer := range m.layers {
		switch {
		case i < m.lowest && slices.Contains(layer.linears(), l):
			return false
		case i == m.lowest && slices.Contains(layer.entry(), l):
			return m.relative.trains()
		}
	}
	return m.embeddings.projection != l || m.lowest < 0
}

// Trainable is the flat view of all trainable parameters that an optimiser works on.
type Trainable struct {
	Values, Gradients kernels.Tensor // [1, n]
	Decaying          int            // the first values, as many as weight decay acts on
}

// Trainable returns the flat vectors of values and gradients. Between parameters lie unused values, which are 0 in both.
func (m *Model) Trainable() Trainable { return Trainable{m.values, m.gradients, m.decaying} }

// adapts reports whether training the adapter trains a parameter.
func (m *Model) adapts(p *Parameter) bool { return isAdapter(p.Name) || m.lora.saves(moduleOf(p.Name)) }

// Size returns how many parameters the model itself has, without adapters.
func (m *Model) Size() int {
	size := 0
	for _, p := range m.params {
		if !isAdapter(p.Name) {
			size += p.Len()
		}
	}
	return size
}

// Counts returns how many parameters are trainable and how many there are in all, as PEFT counts them: its totals count the
// frozen original of a module that is saved whole as well. Before Prepare, a model with an adapter is counted as if the adapter
// were to be trained.
func (m *Model) Counts() (trainable, total int) {
	for _, p := range m.params {
		total += p.Len()
		if p.Trainable || !m.prepared && m.lora != nil && m.adapts(p) {
			trainable += p.Len()
			if m.lora != nil && !isAdapter(p.Name) {
				total += p.Len()
			}
		}
	}
	return trainable, total
}

// Prepared reports whether Prepare has been called.
func (m *Model) Prepared() bool { return m.prepared }

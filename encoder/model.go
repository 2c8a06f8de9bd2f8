package encoder

import (
	"errors"
	"slices"
	"strings"

	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/internal/format"
	"github.com/lorica-go/lorica/internal/order"
	"github.com/lorica-go/lorica/kernels"
)

// Task says which head a model has.
type Task uint8

// The tasks.
const (
	Classification Task = iota // a label for the sequence
	MaskedLM                   // the token behind a mask
)

// Model is an encoder with a head. After Prepare its frozen weights do not change and may be shared by any number of passes.
type Model struct {
	Config *Config
	Task   Task
	// Unused lists the tensors of the files that the model has no place for, such as another head's.
	Unused []string

	family     *family
	params     []*Parameter
	byName     map[string]*Parameter
	embeddings embeddings
	layers     []layer
	relative   relativePositions
	finalNorm  norm // behind the last layer; gamma is nil when there is none
	head       head
	lm         maskedLM
	lora       *LoRA

	dev       kernels.Device
	prepared  bool
	lowest    int // lowest layer with a trainable parameter; -1: the embeddings have one; Config.Layers: only the head has
	values    kernels.Tensor
	gradients kernels.Tensor
	decaying  int // of values and gradients, as many at the front take weight decay
}

// NewModel returns a model of that configuration whose parameters have no values yet: Bind gives them values from files, and
// Prepare initialises those of a head that no file has. Parameters outside the head must come from a file, unless
// fromScratch, when all of them begin as transformers would initialise them.
func NewModel(c *Config, task Task, fromScratch bool) (*Model, error) {
	f, err := familyOf(c.ModelType)
	if err != nil {
		return nil, err
	}
	m := &Model{Config: c, Task: task, family: f, byName: map[string]*Parameter{}}
	m.lowest = c.Layers
	weight, bias, one := mustExist, mustExist, mustExist
	if fromScratch {
		weight, bias, one = normal, zeros, ones
	}
	b := builder{m: m, weight: weight, bias: bias, one: one}
	if m.embeddings, err = newEmbeddings(&b); err != nil {
		return nil, err
	}
	for i := range c.Layers {
		m.layers = append(m.layers, f.newLayer(&b, i))
	}
	if c.Relative != nil {
		m.relative = newRelativePositions(&b)
	}
	if f.finalNorm != "" {
		m.finalNorm = b.norm(f.prefix+f.finalNorm, c.HiddenSize)
	}
	b.weight, b.bias, b.one = normal, zeros, ones
	if task == MaskedLM && !canTrain {
		return nil, errors.New("this build only classifies")
	}
	if canTrain && task == MaskedLM {
		if c.untied {
			return nil, badinput.Errorf("config.json: tie_word_embeddings: a masked-LM decoder with a weight of its own is not supported")
		}
		b.maskedLM()
	} else {
		h := f.classifier
		m.head = head{
			dense: b.linearOf(!c.NoHeadBias, h.dense, c.HiddenSize, c.HiddenSize), activation: c.HeadActivation,
		}
		if h.norm != "" {
			m.head.norm = b.norm(h.norm, c.HiddenSize)
		}
		m.head.output = b.linear(h.output, c.HiddenSize, len(c.Labels))
	}
	return m, nil
}

// builder declares parameters and modules.
type builder struct {
	m                 *Model
	weight, bias, one initialiser
}

//go:noinline
func (b *builder) parameter(name string, initial initialiser, shape ...int) *Parameter {
	p := &Parameter{Name: name, Shape: shape, initial: initial, Fresh: true}
	b.m.params = append(b.m.params, p)
	b.m.byName[name] = p
	return p
}

//go:noinline
func (b *builder) table(name string, rows, cols int) *Parameter {
	return b.parameter(name+".weight", b.weight, rows, cols)
}

func (b *builder) norm(name string, width int) norm {
	n := norm{gamma: b.parameter(name+".weight", b.one, width)}
	if !b.m.Config.NoNormBias {
		n.beta = b.parameter(name+".bias", b.bias, width)
	}
	return n
}

//go:noinline
func (b *builder) linear(name string, in, out int) *linear {
	return b.linearOf(true, name, in, out)
}

// linearOf declares a linear layer with or without a bias.
func (b *builder) linearOf(bias bool, name string, in, out int) *linear {
	l := &linear{name: name, in: in, out: out, weight: b.parameter(name+".weight", b.weight, out, in)}
	if bias {
		l.bias = b.parameter(name+".bias", b.bias, out)
	}
	return l
}

// maskedLM declares the masked-LM head. Its decoder's weight is the word embeddings' own.
func (b *builder) maskedLM() {
	m, c, names := b.m, b.m.Config, b.m.maskedLMNames()
	m.lm = maskedLM{
		dense: b.linearOf(!c.NoHeadBias, names.dense, c.HiddenSize, c.EmbeddingSize),
		norm:  b.norm(names.norm, c.EmbeddingSize), activation: names.activation,
		decoder: &linear{name: names.decoder, in: c.EmbeddingSize, out: c.VocabSize, weight: m.embeddings.word},
	}
	if m.lm.activation == kernels.Identity {
		m.lm.activation = c.Activation
	}
	if !c.NoDecoderBias {
		m.lm.decoder.bias = b.parameter(names.bias, zeros, c.VocabSize)
	}
}

// Parameters returns all parameters, adapters included, in the order of the data's way.
func (m *Model) Parameters() []*Parameter { return m.params }

// Parameter returns the parameter of that name, or nil.
func (m *Model) Parameter(name string) *Parameter { return m.byName[name] }

// linears lists all linear layers of the encoder and the classification head, in order.
func (m *Model) linears() []*linear {
	var all []*linear
	if m.embeddings.projection != nil {
		all = append(all, m.embeddings.projection)
	}
	for _, l := range m.layers {
		all = append(all, l.linears()...)
	}
	if canTrain && m.Task == MaskedLM {
		return append(all, m.lm.dense, m.lm.decoder)
	}
	return append(all, m.head.dense, m.head.output)
}

// Bind gives the parameters their values from a file or a set of files. Names may lack the encoder's prefix, as in files that
// hold the bare encoder, and layer norms may have their old names gamma and beta. release, when not nil, is told of each
// tensor whose memory will not be read again soon. A tensor of another shape or dtype, or one that is missing though the
// model cannot initialise it, is an input error.
func (m *Model) Bind(tensors safetensors.Tensors, release func(safetensors.Tensor)) error {
	used := map[string]bool{}
	var missing []string
	for _, p := range m.params {
		if p.stored {
			continue
		}
		found := false
		for _, name := range m.aliases(p.Name) {
			t, ok := tensors.Tensor(name)
			if !ok {
				continue
			}
			if err := p.bind(t, release); err != nil {
				if m.ofHead(p.Name) && strings.Contains(p.Name, "classifier") {
					return badinput.Errorf("%w (%d labels asked for)", err, len(m.Config.Labels))
				}
				return err
			}
			if t.DType == safetensors.I8 {
				if err := p.bindScales(tensors, name); err != nil {
					return err
				}
				used[name+scaleSuffix] = true
			}
			used[name], found = true, true
			break
		}
		if !found && p.initial == mustExist {
			missing = append(missing, p.Name)
		}
	}
	if len(missing) > 0 {
		return badinput.Errorf("tensor %s is missing%s", missing[0], andMore(len(missing)-1))
	}
	m.Unused = m.Unused[:0]
	for _, name := range tensors.Names() {
		if !used[name] {
			m.Unused = append(m.Unused, name)
		}
	}
	return nil
}

func andMore(n int) string {
	if n == 0 {
		return ""
	}
	return format.Sprintf(", and %d more", n)
}

// aliases lists the names that a parameter may have in files, its own first.
func (m *Model) aliases(name string) []string {
	names := []string{name}
	if bare, ok := strings.CutPrefix(name, m.family.prefix); ok {
		names = append(names, bare)
	}
	for _, n := range names {
		if stem, ok := strings.CutSuffix(n, "LayerNorm.weight"); ok {
			names = append(names, stem+"LayerNorm.gamma")
		} else if stem, ok := strings.CutSuffix(n, "LayerNorm.bias"); ok {
			names = append(names, stem+"LayerNorm.beta")
		}
	}
	if decoder, ok := strings.CutSuffix(name, ".bias"); ok && name == m.maskedLMNames().bias {
		names = append(names, decoder+".decoder.bias")
	}
	return names
}

// ForgetFiles drops what a frozen, prepared model knows of the files that its weights came from, so that their memory may go: it
// can still be run, but neither written nor trained.
func (m *Model) ForgetFiles() {
	for _, p := range m.params {
		p.source, p.release = safetensors.Tensor{}, nil
	}
}

// ofHead reports whether a parameter belongs to a head, which may begin at random.
func (m *Model) ofHead(name string) bool {
	f := m.family
	return slices.Contains([]string{f.classifier.dense, f.classifier.norm, f.classifier.output}, moduleOf(name))
}

// Fresh returns the names of the parameters that no file has, adapters excluded, sorted.
func (m *Model) Fresh() []string {
	var names []string
	for _, p := range m.params {
		if p.Fresh && p.initial != loraNormal && !isAdapter(p.Name) {
			names = append(names, p.Name)
		}
	}
	order.Strings(names)
	return names
}

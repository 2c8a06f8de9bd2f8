package encoder

import (
	"slices"

	"github.com/lorica-go/lorica/internal/format"
	"github.com/lorica-go/lorica/kernels"
)

// Pass is the working memory of a forward pass and, in training, of the backward that follows it. It is used again and
// again without allocating. A Pass belongs to one goroutine; several passes may share a Model.
type Pass struct {
	model *Model
	dev   kernels.Device

	// Training keeps what the backward reads and switches dropout on, keyed by Seed and Step.
	Training bool
	Seed     uint64
	Step     uint64
	// NoDropout switches every dropout off in training.
	NoDropout bool

	keep, temp  *kernels.Arena // keep: until the next forward; temp: within a stage
	batch       *Batch
	positions   []int32
	reading     []int32 // rows of the last block that the head reads, ascending
	readOffsets []int32 // where each sequence's rows begin in reading
	embedded    embeddingState
	states      []layerState
	relative    relativeState
	rotary      []rotaryTable
	finalStats  kernels.Tensor   // of the norm behind the last layer
	hidden      []kernels.Tensor // input of every block, then the last one's output
	headState   headState
	lmState     maskedLMState
	jobs        []kernels.GemmJob
	terms       []kernels.EmbeddingTerm
	rows, kept  []int32
	losses      []float64
	lossRows    kernels.Tensor
}

// NewPass returns a pass on dev, which must have the name of the device that the model was prepared on.
func (m *Model) NewPass(dev kernels.Device) (*Pass, error) {
	if !m.prepared {
		return nil, format.Errorf("a pass over a model that is not prepared")
	}
	if dev.Name() != m.dev.Name() {
		return nil, format.Errorf("a pass on %s over a model prepared on %s", dev.Name(), m.dev.Name())
	}
	p := &Pass{model: m, dev: dev, keep: kernels.NewArena(dev), temp: kernels.NewArena(dev)}
	for _, l := range m.layers {
		p.states = append(p.states, l.newState())
	}
	return p, nil
}

// Free gives the memory of the pass back. Its tensors may not be used afterwards; the pass itself may be.
func (p *Pass) Free() {
	p.keep.Free()
	p.temp.Free()
	if p.relative.fixed != nil {
		p.relative.fixed.Free()
	}
	p.relative, p.rotary = relativeState{}, nil
}

// The places where dropout acts. A block has sixteen numbers of its own, and LoRA's come after all blocks.
const (
	siteEmbeddings uint32 = iota
	siteHeadInput
	siteHeadOutput
)

const (
	siteAttention uint32 = iota
	siteAttentionOutput
	siteOutput
	sitePositions
	siteGate
)

const (
	sitesPerBlock = 16
	siteLoRA      = sitesPerBlock * (maxLayers + 1)
	siteSecondUse = 1 << 31 // added to a LoRA site where the layer acts on the position embeddings
)

func blockSite(block int, site uint32) uint32 { return uint32(sitesPerBlock*(block+1)) + site }

// dropoutAt returns the dropout of a place, which outside training does nothing.
func (p *Pass) dropoutAt(site uint32, rate float32) kernels.Dropout {
	if !canTrain || !p.Training || p.NoDropout {
		rate = 0
	}
	return kernels.Dropout{Rate: rate, Seed: p.Seed, Step: p.Step, Site: site}
}

// arena returns the one for what the backward reads, or for what only the present stage does.
func (p *Pass) arena(keep bool) *kernels.Arena {
	if keep {
		return p.keep
	}
	return p.temp
}

func (p *Pass) gemm(job kernels.GemmJob) {
	p.jobs = append(p.jobs[:0], job)
	p.dev.Gemm(p.jobs)
}

// Forward computes the class scores before softmax, [sequences, labels]. The tensor is valid until the next call. The batch
// must stay as it is until Backward is done. A batch that does not fit the model is an input error.
func (p *Pass) Forward(b *Batch) (kernels.Tensor, error) {
	if err := p.begin(b); err != nil {
		return kernels.Tensor{}, err
	}
	p.readOffsets = append(p.readOffsets[:0], 0)
	p.reading = p.reading[:0]
	for s := range b.Len() {
		end := b.Offsets[s] + 1
		if p.model.Config.MeanPooling {
			end = b.Offsets[s+1]
		}
		for row := b.Offsets[s]; row < end; row++ {
			p.reading = append(p.reading, row)
		}
		p.readOffsets = append(p.readOffsets, int32(len(p.reading)))
	}
	return p.forwardHead(p.encode()), nil
}

// ForwardMaskedLM computes the vocabulary scores, [len(rows), vocabulary], of the tokens that stand at rows of the batch, which
// have to be in ascending order. Otherwise it is like Forward.
func (p *Pass) ForwardMaskedLM(b *Batch, rows []int32) (kernels.Tensor, error) {
	if err := p.begin(b); err != nil {
		return kernels.Tensor{}, err
	}
	p.reading = append(p.reading[:0], rows...)
	p.readOffsets = append(p.readOffsets[:0], 0)
	next := 0
	for s := range b.Len() {
		for next < len(rows) && rows[next] < b.Offsets[s+1] {
			next++
		}
		p.readOffsets = append(p.readOffsets, int32(next))
	}
	if next != len(rows) || !slices.IsSorted(rows) || len(rows) > 0 && rows[0] < 0 {
		wanted := make([]int, len(rows))
		for i, row := range rows {
			wanted[i] = int(row)
		}
		return kernels.Tensor{}, format.Errorf("masked rows %v are not ascending rows of a batch of %d tokens", wanted, b.Tokens())
	}
	return p.forwardMaskedLM(p.encode()), nil
}

// begin checks the batch and takes all memory back.
func (p *Pass) begin(b *Batch) error {
	if err := b.check(p.model.Config); err != nil {
		return err
	}
	p.batch = b
	p.keep.Reset()
	p.temp.Reset()
	p.setPositions()
	return nil
}

// encode runs the embeddings, the layers and the norm behind them and returns the last hidden state of the rows that are read.
func (p *Pass) encode() kernels.Tensor {
	m, c := p.model, p.model.Config
	tokens := p.batch.Tokens()
	x := p.keep.Tensor(tokens, c.HiddenSize)
	p.hidden = append(p.hidden[:0], x)
	p.forwardEmbeddings(x, canTrain && p.Training && m.lowest < 0)
	if c.Relative != nil {
		p.beginPositions()
	}
	var other kernels.Tensor // outside training two tensors take turns
	for i, l := range m.layers {
		rows := tokens
		if i == len(m.layers)-1 {
			rows = len(p.reading)
		}
		keep := canTrain && p.Training && i >= m.lowest
		y := other
		if p.Training || y.IsZero() || rows != tokens {
			y = p.keep.Tensor(rows, c.HiddenSize)
		}
		l.forward(p, i, y, x, keep)
		p.hidden = append(p.hidden, y)
		x, other = y, x
	}
	if m.finalNorm.gamma == nil {
		return x
	}
	y := p.keep.Tensor(x.Rows, x.Cols)
	p.finalStats = p.keep.Tensor(x.Rows, 2)
	p.forwardNorm(m.finalNorm, kernels.LayerNorm{Dst: y, X: x, Stats: p.finalStats})
	return y
}

// backwardEncode takes the gradient of encode's result down to the lowest trainable parameter.
func (p *Pass) backwardEncode(dy kernels.Tensor) {
	lowest := p.model.lowest
	if p.model.finalNorm.gamma != nil {
		p.backwardNorm(dy, p.hidden[len(p.hidden)-1], p.finalStats, p.model.finalNorm)
	}
	for i := len(p.model.layers) - 1; i >= max(lowest, 0); i-- {
		dy = p.model.layers[i].backward(p, i, dy, i > lowest)
	}
	if p.model.Config.Relative != nil {
		p.finishPositions()
	}
	if lowest < 0 {
		p.backwardEmbeddings(dy)
	}
}

// ZeroGradients sets the gradients of all trainable parameters to 0. Backward adds to them.
func (p *Pass) ZeroGradients() { p.dev.Zero(p.model.gradients) }

// Loss computes the mean cross-entropy of the logits that a forward returned, weighted by class when weights is not nil as
// torch does it (divided by the sum of the weights), and prepares the gradient for Backward. Labels below 0 are left out. The
// logits stay as they are.
func (p *Pass) Loss(logits kernels.Tensor, labels []int32, weights []float32) float64 {
	total := 0.0
	for _, y := range labels {
		switch {
		case y < 0:
		case weights != nil:
			total += float64(weights[y])
		default:
			total++
		}
	}
	scale := 0.0
	if total > 0 {
		scale = 1 / total
	}
	return p.ScaledLoss(logits, labels, weights, scale)
}

// ScaledLoss is Loss with another scale than that of the mean: what a part of a batch adds to the mean over the whole, whose parts
// go through one after the other.
func (p *Pass) ScaledLoss(logits kernels.Tensor, labels []int32, weights []float32, scale float64) float64 {
	if cap(p.losses) < len(labels) {
		p.losses = make([]float64, len(labels))
	}
	p.losses = p.losses[:len(labels)]
	p.lossRows = p.keep.Tensor(logits.Rows, logits.Cols)
	p.dev.CrossEntropy(kernels.CrossEntropy{Logits: logits, Labels: labels, ClassWeights: weights, Scale: float32(scale), Loss: p.losses, DLogits: p.lossRows})
	sum := 0.0
	for _, l := range p.losses {
		sum += l
	}
	return sum * scale
}

// Backward adds the gradient of the last Loss with respect to every trainable parameter to Parameter.Gradient. It follows a
// Forward with Training set and a Loss.
func (p *Pass) Backward() {
	if dy := p.backwardHead(p.lossRows); !dy.IsZero() {
		p.backwardEncode(dy)
	}
}

// BackwardMaskedLM is Backward after ForwardMaskedLM.
func (p *Pass) BackwardMaskedLM() {
	p.backwardEncode(p.backwardMaskedLM(p.lossRows))
}

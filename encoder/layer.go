package encoder

import "github.com/lorica-go/lorica/kernels"

// layer is one transformer layer. An architecture that does not compute what block computes has a layer of its own, in one
// file with its configuration: forward and backward side by side.
type layer interface {
	// linears lists the linear layers in the order of the data's way.
	linears() []*linear
	// norms lists the layer norms.
	norms() []norm
	// entry lists the linear layers with nothing trainable in front of them within the layer: in the lowest layer that is
	// trained no gradient goes through them.
	entry() []*linear
	// newState returns what a pass keeps of a forward for the backward.
	newState() layerState
	// forward computes y [rows, width] from x [tokens, width]; i is the layer's number. rows is tokens, but in the last layer,
	// of which only the rows p.reading are wanted. With keep, what the backward reads stays in p.keep.
	forward(p *Pass, i int, y, x kernels.Tensor, keep bool)
	// backward takes dy [rows, width], which it uses up, to the gradients of the layer's parameters. It returns the gradient of
	// x [tokens, width], or the zero Tensor when nothing below needs it; the result may be dy's memory.
	backward(p *Pass, i int, dy kernels.Tensor, needInput bool) kernels.Tensor
}

// layerState is the state of one layer in a pass. Each kind of layer knows its own.
type layerState any

// trains reports whether a parameter of a layer is trainable.
func trains(l layer) bool {
	for _, linear := range l.linears() {
		if linear.trains() {
			return true
		}
	}
	for _, n := range l.norms() {
		if n.trains() {
			return true
		}
	}
	return false
}

// norm is a layer norm's parameters. beta is nil when the norm has no bias, gamma when there is no norm.
type norm struct{ gamma, beta *Parameter }

func (n norm) trains() bool {
	return n.gamma != nil && n.gamma.Trainable || n.beta != nil && n.beta.Trainable
}

// values returns the parameters' handles, the zero Tensor for a bias that is not there.
func (n norm) values() (gamma, beta kernels.Tensor) {
	if n.beta != nil {
		beta = n.beta.value
	}
	return n.gamma.value, beta
}

// forwardNorm computes a layer norm; op has its operands apart from the parameters and epsilon.
func (p *Pass) forwardNorm(n norm, op kernels.LayerNorm) {
	op.Gamma, op.Beta = n.values()
	op.Eps = p.model.Config.LayerNormEps
	p.dev.LayerNorm(op)
}

// backwardNorm turns dy into the gradient of the layer norm's input, in place, and adds to its parameters' gradients.
func (p *Pass) backwardNorm(dy, sum, stats kernels.Tensor, n norm) {
	p.normGradients(n, kernels.LayerNormBackward{DX: dy, DY: dy, Sum: sum, Stats: stats})
}

// backwardNormBeside is backwardNorm where the layer norm's input goes on beside it: dx, when there, already has the gradient
// from there and is added to.
func (p *Pass) backwardNormBeside(dx, dy, sum, stats kernels.Tensor, n norm) {
	p.normGradients(n, kernels.LayerNormBackward{DX: dx, DY: dy, Sum: sum, Stats: stats, Accumulate: true})
}

func (p *Pass) normGradients(n norm, op kernels.LayerNormBackward) {
	op.Gamma, op.DGamma = n.gamma.value, n.gamma.grad
	if n.beta != nil {
		op.DBeta = n.beta.grad
	}
	p.dev.LayerNormBackward(op)
}

// The last layer computes only the rows that the head reads, p.reading. Attention that knows distances wants the query rows of
// a sequence to be its first tokens; when others are read, it is computed for all tokens and the rows are picked behind it.

// readsFirstRows reports whether the rows that are read of every sequence are its first ones.
func (p *Pass) readsFirstRows() bool {
	for s := range p.batch.Len() {
		first := p.readOffsets[s]
		for i, row := range p.reading[first:p.readOffsets[s+1]] {
			if row != p.batch.Offsets[s]+int32(i) {
				return false
			}
		}
	}
	return true
}

// readsAllRows reports whether every row is read.
func (p *Pass) readsAllRows() bool {
	return len(p.reading) == p.batch.Tokens() && p.readsFirstRows()
}

// pick returns the rows of x that are read, in arena.
func (p *Pass) pick(arena *kernels.Arena, x kernels.Tensor) kernels.Tensor {
	rows := arena.Tensor(len(p.reading), x.Cols)
	p.dev.GatherRows(rows, x, p.reading)
	return rows
}

// unpick is pick's backward: it sets dx, the gradient of all tokens, from that of the rows.
func (p *Pass) unpick(dx, drows kernels.Tensor) {
	p.dev.Zero(dx)
	p.dev.ScatterAddRows(dx, drows, p.reading)
}

package train

import (
	"context"

	"github.com/lorica-go/lorica/native/data"
)

// Objective is what a run learns: it holds the examples, computes the loss of a batch of them with its gradient, and measures
// what has been learnt on others.
type Objective interface {
	// StepsPerEpoch returns how many batches an epoch has, at least 1 and the same for every epoch.
	StepsPerEpoch() int
	// Examples identifies the examples to train on, in their order: a digest.
	Examples() string
	// Settings are what else a resumed run must have in common with the one before, a struct whose fields go by their JSON
	// names; or nil.
	Settings() any
	// Step adds the gradient of a batch's loss to the parameters' gradients. It depends on nothing but the place, the examples, the
	// settings and the parameters.
	Step(at Place) (Batch, error)
	// Evaluate sets the fields of an entry that say what the held-out examples say of the present parameters; none when there are no such
	// examples. When ctx ends it returns its error.
	Evaluate(ctx context.Context, e *Entry) error
}

// Place says which batch a step is for.
type Place struct {
	Step          int // steps done before, which key dropout
	Epoch, Within int // the number of the batch within its epoch
}

// Batch is what a step has seen.
type Batch struct {
	Loss            float64 // mean
	Samples, Tokens int
}

// Order is the order of the examples in an epoch. It is drawn when an epoch is first asked for.
type Order struct {
	// N is the number of examples.
	N int
	// Seed draws the orders, unless Shuffle is off: examples then come as they stand.
	Seed    uint64
	Shuffle bool

	rows  []int
	drawn int // one more than the epoch of rows
}

// Of returns the examples' numbers in the order of an epoch, valid until another is asked for.
func (o *Order) Of(epoch int) []int {
	switch {
	case o.drawn == epoch+1:
	case o.Shuffle:
		o.rows = data.Permutation(o.N, o.Seed, uint64(epoch))
	case o.rows == nil:
		for i := range o.N {
			o.rows = append(o.rows, i)
		}
	}
	o.drawn = epoch + 1
	return o.rows
}

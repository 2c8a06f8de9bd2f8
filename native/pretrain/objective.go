package pretrain

import (
	"context"
	"math"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/kernels"
	"github.com/lorica-go/lorica/native/train"
)

// objective is the masked language model's: the cross-entropy of the tokens behind the masks. It is a train.Objective.
type objective struct {
	dev        kernels.Device
	pass       *encoder.Pass
	batches    *batches
	validation *corpus
	masker     *masker
	most       int // tokens that go through the model at once

	masked masked
	ends   []int // of the texts of masked
	batch  encoder.Batch
	rows   []int32
	scores []float32
}

func newObjective(m *encoder.Model, dev kernels.Device, b *batches, validation *corpus, k *masker, most int) (*objective, error) {
	pass, err := m.NewPass(dev)
	if err != nil {
		return nil, err
	}
	pass.Seed = k.seed
	return &objective{dev: dev, pass: pass, batches: b, validation: validation, masker: k, most: most}, nil
}

// StepsPerEpoch returns how many batches there are.
func (o *objective) StepsPerEpoch() int { return o.batches.perEpoch }

// Examples returns the digest of the texts.
func (o *objective) Examples() string { return o.batches.corpus.digest() }

// settings of the objective that decide about the result.
type settings struct {
	Masking
	// MicroTokens is one: dropout is keyed by the part of a batch, and sums depend on how it is parted.
	MicroTokens int `json:"micro_tokens"`
}

// Settings returns what a resumed run must have in common with the one before.
func (o *objective) Settings() any { return settings{o.masker.Masking, o.most} }

// Step computes the gradient of a batch, part by part where it has more tokens than go through at once.
func (o *objective) Step(at train.Place) (train.Batch, error) {
	texts := o.batches.of(at.Epoch, at.Within)
	o.begin()
	for _, text := range texts {
		o.append(o.batches.corpus, uint64(at.Epoch), text)
	}
	o.masker.finish(&o.masked)
	o.pass.Training = true
	did := train.Batch{Samples: len(texts), Tokens: len(o.masked.ids)}
	scale := 1 / float64(len(o.masked.rows))
	part := uint64(0)
	err := o.parts(func(targets []int32) error {
		o.pass.Step = uint64(at.Step)<<partBits | part
		part++
		if len(targets) == 0 {
			return nil
		}
		scores, err := o.pass.ForwardMaskedLM(&o.batch, o.rows)
		if err != nil {
			return err
		}
		did.Loss += o.pass.ScaledLoss(scores, targets, nil, scale)
		o.pass.BackwardMaskedLM()
		return nil
	})
	return did, err
}

// partBits is how many bits of the number that keys dropout say which part of a step it is for.
const partBits = 24

// begin empties the texts at hand.
func (o *objective) begin() {
	o.masked.reset()
	o.ends = o.ends[:0]
}

// append adds a text of a corpus, masked.
func (o *objective) append(c *corpus, epoch uint64, text int) {
	o.masker.append(&o.masked, c.text(text), epoch, text)
	o.ends = append(o.ends, len(o.masked.ids))
}

// parts calls use for parts of the texts at hand, each of as many whole texts as may go through at once: o.batch is the part, o.rows
// are its masked rows and targets what stood there.
func (o *objective) parts(use func(targets []int32) error) error {
	row := 0
	for i, from := 0, 0; i < len(o.ends); {
		o.batch.Reset()
		start := from
		for ; i < len(o.ends) && (o.batch.Len() == 0 || o.ends[i]-start <= o.most); i++ {
			o.batch.Append(o.masked.ids[from:o.ends[i]], nil)
			from = o.ends[i]
		}
		o.rows = o.rows[:0]
		first := row
		for ; row < len(o.masked.rows) && int(o.masked.rows[row]) < from; row++ {
			o.rows = append(o.rows, o.masked.rows[row]-int32(start))
		}
		if err := use(o.masked.targets[first:row]); err != nil {
			return err
		}
	}
	return nil
}

// Evaluate measures the held-out texts under masks that are always the same: loss, accuracy at the masked tokens and perplexity.
func (o *objective) Evaluate(ctx context.Context, e *train.Entry) error {
	if o.validation.len() == 0 {
		return nil
	}
	o.pass.Training = false
	var loss float64
	var total, correct int
	for text := 0; text < o.validation.len(); {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		o.begin()
		for ; text < o.validation.len() && (len(o.ends) == 0 || len(o.masked.ids)+len(o.validation.text(text)) <= o.most); text++ {
			o.append(o.validation, validationEpoch, text)
		}
		o.masker.finish(&o.masked)
		err := o.parts(func(targets []int32) error {
			scores, err := o.pass.ForwardMaskedLM(&o.batch, o.rows)
			if err != nil {
				return err
			}
			loss += o.pass.ScaledLoss(scores, targets, nil, 1)
			total += len(targets)
			correct += o.correct(scores, targets)
			return nil
		})
		if err != nil {
			return err
		}
	}
	loss /= float64(total)
	accuracy, perplexity := float64(correct)/float64(total), math.Exp(min(loss, 700)) // beyond, JSON has no number for it
	e.EvalLoss, e.EvalAccuracy, e.EvalPerplexity = &loss, &accuracy, &perplexity
	return nil
}

// correct counts the rows whose target has the highest score.
func (o *objective) correct(scores kernels.Tensor, targets []int32) int {
	if cap(o.scores) < scores.Len() {
		o.scores = make([]float32, scores.Len())
	}
	all := o.scores[:scores.Len()]
	o.dev.Read(all, scores)
	n := 0
	for i, target := range targets {
		row := all[i*scores.Cols : (i+1)*scores.Cols]
		best := 0
		for j, score := range row {
			if score > row[best] {
				best = j
			}
		}
		if best == int(target) {
			n++
		}
	}
	return n
}

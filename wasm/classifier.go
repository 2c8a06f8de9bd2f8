package wasm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/wasm/abi"
	"github.com/lorica-go/lorica/wasm/guestbuild"
)

// Classifier turns texts into labels with scores, in sandboxes. It is safe for concurrent use, and has to be closed.
type Classifier struct {
	pool   *pool
	engine *engine
	facts  *abi.Facts
	file   io.Closer // nil for a bundle of somebody else's

	once   sync.Once
	failed error // of closing
}

var _ encoder.TextClassifier = (*Classifier)(nil)

// Open opens a bundle file, as `lorica train` and `lorica export` write it, in a sandbox. Nothing of it is read outside. The file
// stays open: later sandboxes read it again.
func Open(ctx context.Context, path string, l Limits) (*Classifier, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, inputError("%s: %v", path, errors.Unwrap(err))
	}
	info, err := file.Stat()
	switch {
	case err != nil:
	case info.IsDir():
		err = inputError("a folder: a sandbox opens bundles, which `lorica export` makes")
	case !info.Mode().IsRegular():
		err = inputError("not a regular file")
	}
	var c *Classifier
	if err == nil {
		c, err = OpenBundle(ctx, file, info.Size(), l)
	}
	if err != nil {
		return nil, errors.Join(named(path, err), file.Close())
	}
	c.file = file
	return c, nil
}

// named puts a path in front of what is wrong with a model.
func named(path string, err error) error {
	if badinput.Is(err) {
		return badinput.Errorf("%s: %w", path, err)
	}
	return fmt.Errorf("%s: %w", path, err)
}

// OpenBundle opens a bundle of size bytes, which has to stay readable, by several goroutines at a time, until the classifier is
// closed. A bytes.Reader over a bundle that is embedded in the program is one.
func OpenBundle(ctx context.Context, bundle io.ReaderAt, size int64, l Limits) (*Classifier, error) {
	guest, err := guestbuild.WASIP1()
	if err != nil {
		return nil, err
	}
	return openGuest(ctx, guest, bundle, size, l)
}

func openGuest(ctx context.Context, guest []byte, bundle io.ReaderAt, size int64, l Limits) (*Classifier, error) {
	l, err := l.withDefaults()
	if err != nil {
		return nil, err
	}
	if size > l.ModelBytes {
		return nil, inputError("a bundle of %d bytes, the limit is %d", size, l.ModelBytes)
	}
	e, err := newEngine(ctx, guest, l)
	if err != nil {
		return nil, err
	}
	c := &Classifier{engine: e, pool: newPool(e, bundle, size)}
	first, err := c.pool.take(ctx)
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	c.facts = first.facts
	return c, c.pool.give(first, true)
}

// Close waits for calls that run, and frees all memory. Calls that wait fail with ErrClosed.
func (c *Classifier) Close() error {
	c.once.Do(func() {
		c.failed = errors.Join(c.pool.close(), c.engine.close())
		if c.file != nil {
			c.failed = errors.Join(c.failed, c.file.Close())
		}
	})
	return c.failed
}

// Labels returns the class names in the order of Prediction.Scores.
func (c *Classifier) Labels() []string { return slices.Clone(c.facts.Labels) }

// Facts returns what the model says of itself.
func (c *Classifier) Facts() abi.Facts { return *c.facts }

// Classify returns a prediction for every input, in order. All inputs of a call are one ragged batch. An input that does not
// fit the model is an ErrInput that names its place, and badinput.Is it.
func (c *Classifier) Classify(ctx context.Context, inputs []encoder.Input) ([]encoder.Prediction, error) {
	if err := c.check(inputs); err != nil {
		return nil, err
	}
	var predictions []encoder.Prediction
	err := c.do(ctx, abi.Classify, abi.AppendInputs(nil, inputs), func(answer []byte) (err error) {
		predictions, err = abi.ReadPredictions(answer, c.facts.Labels)
		return count(err, len(predictions), len(inputs))
	})
	if err != nil {
		return nil, err
	}
	return predictions, nil
}

// Encode tokenises an input, cut to the classifier's limit.
func (c *Classifier) Encode(in encoder.Input) (encoder.Encoded, error) {
	inputs := []encoder.Input{in}
	if err := c.check(inputs); err != nil {
		return encoder.Encoded{}, err
	}
	var encoded []encoder.Encoded
	err := c.do(context.Background(), abi.Encode, abi.AppendInputs(nil, inputs), func(answer []byte) (err error) {
		encoded, err = abi.ReadEncoded(answer)
		return count(err, len(encoded), 1)
	})
	if err != nil {
		return encoder.Encoded{}, err
	}
	return encoded[0], nil
}

// Explain returns the effect of every word of a text, as encoder.Classifier does.
func (c *Classifier) Explain(ctx context.Context, text string, o encoder.ExplainOptions) (*encoder.Explanation, error) {
	if err := c.check([]encoder.Input{{Text: text}}); err != nil {
		return nil, err
	}
	if o.MaxSpans < 0 {
		return nil, inputError("%d spans to explain", o.MaxSpans)
	}
	var e *encoder.Explanation
	err := c.do(ctx, abi.Explain, abi.AppendExplain(nil, text, o), func(answer []byte) (err error) {
		e, err = abi.ReadExplanation(answer, text, c.facts.Labels)
		return err
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}

// check compares inputs with the limits.
func (c *Classifier) check(inputs []encoder.Input) error {
	l := c.engine.limits
	if len(inputs) > l.Inputs {
		return &sandboxError{ErrLimit, fmt.Sprintf("%d inputs in a call, the limit is %d", len(inputs), l.Inputs), nil}
	}
	total := 0
	for i := range inputs {
		in := &inputs[i]
		if in.IDs != nil && in.TypeIDs != nil && len(in.IDs) != len(in.TypeIDs) {
			return inputError("input %d: %d token types for %d ids", i, len(in.TypeIDs), len(in.IDs))
		}
		total += len(in.Text) + len(in.Pair) + 4*len(in.IDs)
		if total > l.InputBytes {
			return &sandboxError{ErrLimit, fmt.Sprintf("more than %d bytes of input in a call", l.InputBytes), nil}
		}
	}
	return nil
}

// count checks how many answers there are.
func count(err error, have, want int) error {
	if err == nil && have != want {
		err = fmt.Errorf("%d answers to %d inputs", have, want)
	}
	return err
}

// do makes a call in a sandbox that is free.
func (c *Classifier) do(parent context.Context, op abi.Op, request []byte, read func(answer []byte) error) error {
	s, err := c.pool.take(parent)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(parent, c.engine.limits.Call)
	defer cancel()
	err, usable := s.ask(ctx, op, request, read), true
	if err != nil {
		err, usable = failed(ctx, parent, err, s.words.String())
	}
	if closing := c.pool.give(s, usable); err == nil {
		err = closing
	}
	return err
}

package session

import (
	"errors"
	"io"
	"runtime"
	"strings"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/internal/format"
	"github.com/lorica-go/lorica/kernels"
	"github.com/lorica-go/lorica/wasm/abi"
)

// Session is a model, or the lack of one. Its methods may not be called concurrently.
type Session struct {
	dev        kernels.Device
	classifier *encoder.Classifier
}

// New returns a session without a model that computes on dev.
func New(dev kernels.Device) *Session { return &Session{dev: dev} }

// NewCPU returns a device of one thread with the best kernels that are linked to this program.
func NewCPU() (*kernels.CPU, error) { return kernels.NewCPU(kernels.BestTier(), 1) }

// Kernels returns the name of the kernels in use.
func (s *Session) Kernels() string { return strings.TrimPrefix(s.dev.Name(), "cpu/") }

// Open opens a bundle in place of the present model. The bundle is read once, about from front to back, and not needed
// afterwards: what stays in memory are its weights as the kernels want them.
func (s *Session) Open(bundle io.ReaderAt, o abi.OpenRequest) (facts *abi.Facts, err error) {
	s.Close()
	err = s.guard(func() error {
		facts, err = s.open(&blockReader{under: bundle, size: o.Size}, o)
		return err
	})
	if err != nil {
		s.Close()
		return nil, err
	}
	return facts, nil
}

func (s *Session) open(bundle io.ReaderAt, o abi.OpenRequest) (*abi.Facts, error) {
	file, err := safetensors.ParseReaderAt(bundle, o.Size)
	if err != nil {
		return nil, err
	}
	b, err := encoder.OpenBundle(file, nil)
	if err != nil {
		return nil, err
	}
	limit := b.Model.Config.MaxTokens()
	if o.MaxTokens < 0 || o.MaxTokens > limit {
		return nil, badinput.Errorf("maximum length %d: the model takes 1 to %d tokens", o.MaxTokens, limit)
	}
	if o.MaxTokens == 0 {
		o.MaxTokens = b.MaxTokens()
	}
	if err := b.Model.Prepare(s.dev, encoder.Frozen, 0); err != nil {
		return nil, err
	}
	facts := &abi.Facts{
		Kernels: s.Kernels(), ModelType: b.Model.Config.ModelType, DType: b.Provenance.DType, Name: b.Provenance.Base, Provenance: b.ProvenanceJSON(),
		Labels: b.Model.Config.Labels, Parameters: int64(b.Model.Size()), Bytes: o.Size, Vocabulary: b.Model.Config.VocabSize,
		Limit: limit, MaxTokens: o.MaxTokens, Probes: len(b.Probes), Checked: o.Check && len(b.Probes) > 0,
	}
	if facts.Checked {
		if facts.Worst, err = b.CheckProbes(s.dev); err != nil {
			return nil, err
		}
	}
	b.Model.ForgetFiles()
	s.classifier, err = encoder.NewClassifier(b.Model, b.Tokenizer, encoder.ClassifierOptions{MaxTokens: o.MaxTokens})
	return facts, err
}

// Close drops the model.
func (s *Session) Close() { s.classifier = nil }

// Labels returns the model's labels, nil without a model.
func (s *Session) Labels() []string {
	if s.classifier == nil {
		return nil
	}
	return s.classifier.Labels()
}

// Classify returns a prediction for every input.
func (s *Session) Classify(inputs []encoder.Input) (predictions []encoder.Prediction, err error) {
	err = s.guard(func() error {
		if err := s.ready(len(inputs)); err != nil {
			return err
		}
		predictions, err = s.classifier.Classify(background, inputs)
		return err
	})
	return predictions, err
}

// Encode returns the tokens of every input.
func (s *Session) Encode(inputs []encoder.Input) (encoded []encoder.Encoded, err error) {
	err = s.guard(func() error {
		if err := s.ready(len(inputs)); err != nil {
			return err
		}
		encoded = make([]encoder.Encoded, len(inputs))
		for i, in := range inputs {
			if encoded[i], err = s.classifier.Encode(in); err != nil {
				return err
			}
		}
		return nil
	})
	return encoded, err
}

// Explain returns the effect of every word of a text.
func (s *Session) Explain(text string, o encoder.ExplainOptions) (e *encoder.Explanation, err error) {
	err = s.guard(func() error {
		if err := s.ready(1); err != nil {
			return err
		}
		e, err = s.classifier.Explain(background, text, o)
		return err
	})
	return e, err
}

// ready reports what speaks against a call with n inputs.
func (s *Session) ready(n int) error {
	switch {
	case s.classifier == nil:
		return &abi.Error{Kind: abi.Internal, Text: "no model is open"}
	case n > abi.MaxInputs:
		return &abi.Error{Kind: abi.Limit, Text: format.Sprintf("%d inputs in a call, the limit is %d", n, abi.MaxInputs)}
	}
	return nil
}

// guard runs f, and turns its error or panic into an *abi.Error.
func (s *Session) guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.Close() // its locks and buffers are in no known state
			err = &abi.Error{Kind: abi.Internal, Text: "panic: " + format.Recovered(p)}
		}
	}()
	return typed(f())
}

// typed returns err as an *abi.Error, or nil.
func typed(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*abi.Error](err); ok {
		return e
	}
	if badinput.Is(err) {
		return &abi.Error{Kind: abi.Input, Text: err.Error()}
	}
	return &abi.Error{Kind: abi.Internal, Text: err.Error()}
}

// Settle collects what opening a model has left behind and has the collector run often enough from then on that the memory
// grows by little beyond the weights: memory that a wasm program has taken it never gives back. Weights hold no pointers, so a
// collection costs little.
func Settle() {
	const garbage = 24 << 20
	setGCPercent(100)
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	setGCPercent(int32(min(25, max(5, garbage*100/max(1, m.HeapAlloc)))))
}

//go:build !wasm

package session_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/wasm/abi"
	"github.com/lorica-go/lorica/wasm/guest/session"
	"github.com/lorica-go/lorica/wasm/testbundle"
)

func newSession(t *testing.T) *session.Session {
	t.Helper()
	dev, err := session.NewCPU()
	if err != nil {
		t.Fatal(err)
	}
	return session.New(dev)
}

// kindOf returns the kind of an error, which has to be an *abi.Error.
func kindOf(t *testing.T, err error) abi.Kind {
	t.Helper()
	var e *abi.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %T %v", err, err)
	}
	return e.Kind
}

func TestASessionAnswersOverTheABIAsItsMethodsDo(t *testing.T) {
	for _, model := range []string{"bert", "roberta", "deberta-v2", "modernbert"} {
		t.Run(model, func(t *testing.T) {
			bundle := testbundle.New(t, testbundle.Options{Type: model})
			s := newSession(t)
			ask := func(op abi.Op, request []byte) []byte {
				answer, err := abi.ReadReply(s.Answer(nil, op, request, bytes.NewReader(bundle)))
				if err != nil {
					t.Fatal(err)
				}
				return answer
			}
			facts, err := abi.ReadFacts(ask(abi.Open, abi.OpenRequest{Size: int64(len(bundle)), Check: true}.Append(nil)))
			if err != nil {
				t.Fatal(err)
			}
			if facts.ModelType != model || !facts.Checked || facts.Probes != 3 || facts.Worst > 1e-4 || facts.Name != "example/tiny" ||
				!slices.Equal(facts.Labels, testbundle.Labels) || facts.Bytes != int64(len(bundle)) || facts.MaxTokens != facts.Limit || facts.Parameters == 0 {
				t.Errorf("facts: %+v", facts)
			}
			inputs := []encoder.Input{{Text: "a very good game"}, {Text: ""}, {Text: "bad", Pair: "fun", HasPair: true}, {IDs: []int32{2, 5, 3}}, {Text: strings.Repeat("bugs ", 200)}}
			if model == "modernbert" || model == "deberta-v2" {
				inputs = slices.Delete(inputs, 2, 3) // a second text has a type of its own
			}
			got, err := abi.ReadPredictions(ask(abi.Classify, abi.AppendInputs(nil, inputs)), facts.Labels)
			if err != nil {
				t.Fatal(err)
			}
			want, err := s.Classify(inputs)
			if err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(got) != fmt.Sprint(want) || !got[len(got)-1].Truncated || got[0].Tokens != 6 {
				t.Errorf("got %v, want %v", got, want)
			}
			encoded, err := abi.ReadEncoded(ask(abi.Encode, abi.AppendInputs(nil, inputs)))
			if err != nil || len(encoded) != len(inputs) || len(encoded[0].IDs) != 6 || !encoded[len(encoded)-1].Truncated {
				t.Errorf("encoded: %v, %v", encoded, err)
			}
			const text = "a very good game, not boring"
			e, err := abi.ReadExplanation(ask(abi.Explain, abi.AppendExplain(nil, text, encoder.ExplainOptions{Label: "negative"})), text, facts.Labels)
			if err != nil {
				t.Fatal(err)
			}
			direct, err := s.Explain(text, encoder.ExplainOptions{Label: "negative"})
			if err != nil || fmt.Sprint(e) != fmt.Sprint(direct) || len(e.Words) != 6 || e.Words[3].Text != "game" {
				t.Errorf("got %v, want %v, %v", e, direct, err)
			}
		})
	}
}

func TestErrorsHaveKinds(t *testing.T) {
	bundle := testbundle.New(t, testbundle.Options{})
	s := newSession(t)
	open := func(data []byte, o abi.OpenRequest) error {
		o.Size = int64(len(data))
		_, err := s.Open(bytes.NewReader(data), o)
		return err
	}
	if err := open([]byte("no bundle"), abi.OpenRequest{}); kindOf(t, err) != abi.Input {
		t.Errorf("junk: %v", err)
	}
	if err := open(bundle[:len(bundle)-100], abi.OpenRequest{}); kindOf(t, err) != abi.Input {
		t.Errorf("cut off: %v", err)
	}
	if err := open(bundle, abi.OpenRequest{MaxTokens: 65}); kindOf(t, err) != abi.Input {
		t.Errorf("too many tokens: %v", err)
	}
	if _, err := s.Classify([]encoder.Input{{Text: "a"}}); kindOf(t, err) != abi.Internal {
		t.Errorf("without a model: %v", err)
	}
	if err := open(bundle, abi.OpenRequest{MaxTokens: 8}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Classify([]encoder.Input{{Text: "a"}, {IDs: []int32{99}}}); kindOf(t, err) != abi.Input || !strings.Contains(err.Error(), "input 1") {
		t.Errorf("a token that is not there: %v", err)
	}
	if _, err := s.Classify(make([]encoder.Input, abi.MaxInputs+1)); kindOf(t, err) != abi.Limit {
		t.Errorf("too many inputs: %v", err)
	}
	if _, err := s.Explain("a", encoder.ExplainOptions{Label: "fair"}); kindOf(t, err) != abi.Input {
		t.Errorf("a label that is not there: %v", err)
	}
	if _, err := abi.ReadReply(s.Answer(nil, 99, nil, nil)); kindOf(t, err) != abi.Internal {
		t.Errorf("an unknown operation: %v", err)
	}
	if _, err := abi.ReadReply(s.Answer(nil, abi.Classify, []byte{1, 2}, nil)); kindOf(t, err) != abi.Internal {
		t.Errorf("a broken request: %v", err)
	}
	if p, err := s.Classify([]encoder.Input{{Text: "a good game, a good game"}}); err != nil || p[0].Tokens != 8 || !p[0].Truncated {
		t.Errorf("the session does not go on: %v, %v", p, err)
	}
}

// panicking fails in the middle of a bundle in a way that nobody foresaw.
type panicking struct{ io.ReaderAt }

func (p panicking) ReadAt(b []byte, off int64) (int, error) {
	if off > 0 {
		panic("disk on fire")
	}
	return p.ReaderAt.ReadAt(b, off)
}

func TestAPanicIsAnErrorAndTheNextModelOpens(t *testing.T) {
	bundle := testbundle.New(t, testbundle.Options{Width: 128})
	s := newSession(t)
	o := abi.OpenRequest{Size: int64(len(bundle))}
	if _, err := s.Open(panicking{bytes.NewReader(bundle)}, o); kindOf(t, err) != abi.Internal || !strings.Contains(err.Error(), "disk on fire") {
		t.Errorf("got %v", err)
	}
	if _, err := s.Open(bytes.NewReader(bundle), o); err != nil {
		t.Error(err)
	}
}

// counting counts what is read.
type counting struct {
	io.ReaderAt
	bytes, calls int
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	c.bytes += len(p)
	c.calls++
	return c.ReaderAt.ReadAt(p, off)
}

func TestABundleIsReadOnceInLargePieces(t *testing.T) {
	for _, dtype := range []safetensors.DType{safetensors.F32, safetensors.BF16} {
		bundle := testbundle.New(t, testbundle.Options{Width: 256, DType: dtype})
		s, r := newSession(t), &counting{ReaderAt: bytes.NewReader(bundle)}
		if _, err := s.Open(r, abi.OpenRequest{Size: int64(len(bundle))}); err != nil {
			t.Fatal(err)
		}
		if limit := len(bundle) / (16 << 10); float64(r.bytes) > 1.6*float64(len(bundle)) || r.calls > limit+4 {
			t.Errorf("dtype %v: %d bytes in %d calls for a bundle of %d", dtype, r.bytes, r.calls, len(bundle))
		}
	}
}

func TestAnExplanationIsTheDifferenceOfTwoScores(t *testing.T) {
	bundle := testbundle.New(t, testbundle.Options{})
	s := newSession(t)
	if _, err := s.Open(bytes.NewReader(bundle), abi.OpenRequest{Size: int64(len(bundle))}); err != nil {
		t.Fatal(err)
	}
	e, err := s.Explain("good game", encoder.ExplainOptions{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Classify([]encoder.Input{{Text: "good game"}, {Text: "game"}})
	if err != nil {
		t.Fatal(err)
	}
	if want := p[0].Score - p[1].Scores[p[0].Index]; math.Abs(e.Words[0].Effect-want) > 1e-6 || e.Score != p[0].Score {
		t.Errorf("got %v, want %g", e, want)
	}
}

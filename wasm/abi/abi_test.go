package abi_test

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/wasm/abi"
)

var labels = []string{"bad", "good"}

// messages are one of each, and how to read them and write them again.
var messages = map[string]struct {
	message []byte
	again   func(b []byte) ([]byte, error)
}{
	"open": {abi.OpenRequest{Size: 1 << 40, MaxTokens: 128, Check: true}.Append(nil), func(b []byte) ([]byte, error) {
		o, err := abi.ReadOpen(b)
		return o.Append(nil), err
	}},
	"inputs": {abi.AppendInputs(nil, []encoder.Input{{Text: "a"}, {Text: "b", Pair: "c", HasPair: true}, {IDs: []int32{1, -2}, TypeIDs: []int32{0, 1}}}),
		func(b []byte) ([]byte, error) {
			inputs, err := abi.ReadInputs(b)
			return abi.AppendInputs(nil, inputs), err
		}},
	"predictions": {abi.AppendPredictions(nil, []encoder.Prediction{{Index: 1, Tokens: 7, Truncated: true, Logits: []float32{-1, 2}}}),
		func(b []byte) ([]byte, error) {
			p, err := abi.ReadPredictions(b, labels)
			return abi.AppendPredictions(nil, p), err
		}},
	"encoded": {abi.AppendEncoded(nil, []encoder.Encoded{{IDs: []int32{1}, TypeIDs: []int32{0}}, {Truncated: true}}), func(b []byte) ([]byte, error) {
		e, err := abi.ReadEncoded(b)
		return abi.AppendEncoded(nil, e), err
	}},
	"explain": {abi.AppendExplain(nil, "a text", encoder.ExplainOptions{Label: "good", MaxSpans: 9}), func(b []byte) ([]byte, error) {
		text, o, err := abi.ReadExplain(b)
		return abi.AppendExplain(nil, text, o), err
	}},
	"explanation": {abi.AppendExplanation(nil, &encoder.Explanation{Prediction: encoder.Prediction{Logits: []float32{2, 1}}, Label: "bad", Score: 0.7,
		Words: []encoder.WordEffect{{Start: 0, End: 1, Effect: -0.25}}}), func(b []byte) ([]byte, error) {
		e, err := abi.ReadExplanation(b, "a text", labels)
		return abi.AppendExplanation(nil, e), err
	}},
	"facts": {(&abi.Facts{Kernels: "simd128", ModelType: "bert", DType: "f32", Provenance: []byte("{}"), Labels: labels, Parameters: 1e9, Bytes: 4e9,
		Vocabulary: 30522, Limit: 512, MaxTokens: 128, Probes: 3, Checked: true, Worst: 1e-6}).Append(nil), func(b []byte) ([]byte, error) {
		f, err := abi.ReadFacts(b)
		return f.Append(nil), err
	}},
}

func TestMessagesAreReadAsTheyWereWritten(t *testing.T) {
	for name, m := range messages {
		again, err := m.again(m.message)
		if err != nil || !bytes.Equal(again, m.message) {
			t.Errorf("%s: %x became %x, %v", name, m.message, again, err)
		}
	}
}

func TestMessagesThatAreCutOrGoOnAreErrors(t *testing.T) {
	for name, m := range messages {
		for n := range m.message {
			if _, err := m.again(m.message[:n]); err == nil {
				t.Errorf("%s: %d of %d bytes are enough", name, n, len(m.message))
			}
		}
		if _, err := m.again(append(bytes.Clone(m.message), 0)); err == nil {
			t.Errorf("%s: a byte more is taken", name)
		}
	}
}

func TestAReplyIsAnAnswerOrAnError(t *testing.T) {
	if answer, err := abi.ReadReply(append(abi.AppendReply(nil), "yes"...)); err != nil || string(answer) != "yes" {
		t.Errorf("got %q, %v", answer, err)
	}
	want := &abi.Error{Kind: abi.Limit, Text: "too much"}
	_, err := abi.ReadReply(abi.AppendError(nil, want))
	var got *abi.Error
	if !errors.As(err, &got) || !reflect.DeepEqual(got, want) || got.Kind.String() != "limit" {
		t.Errorf("got %v", err)
	}
	for _, broken := range [][]byte{nil, {200}, {1, 2}, append(abi.AppendError(nil, want), 0)} {
		if _, err := abi.ReadReply(broken); err == nil || errors.As(err, &got) {
			t.Errorf("%x: got %v", broken, err)
		}
	}
}

func TestAPredictionOfAnotherModelIsAnError(t *testing.T) {
	b := abi.AppendPredictions(nil, []encoder.Prediction{{Index: 1, Logits: []float32{1, 2}}})
	if _, err := abi.ReadPredictions(b, []string{"a", "b", "c"}); err == nil {
		t.Error("two logits for three labels are taken")
	}
	if _, err := abi.ReadPredictions(abi.AppendPredictions(nil, []encoder.Prediction{{Index: 2, Logits: []float32{1, 2}}}), labels); err == nil {
		t.Error("label 2 of 2 is taken")
	}
}

func FuzzMessages(f *testing.F) {
	for _, m := range messages {
		f.Add(m.message)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = abi.ReadReply(b)
		for name, m := range messages {
			again, err := m.again(b)
			if err == nil && !bytes.Equal(again, b) {
				// NaN payloads and the types that ids may lack apart, a message has one form.
				if second, err := m.again(again); err != nil || !bytes.Equal(second, again) {
					t.Errorf("%s: %x became %x", name, b, again)
				}
			}
		}
	})
}

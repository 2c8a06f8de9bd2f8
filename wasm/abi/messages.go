package abi

import (
	"github.com/lorica-go/lorica/encoder"
)

// The kinds of inputs.
const (
	textInput byte = iota
	pairInput
	idsInput
)

// Append appends the request to b.
func (o OpenRequest) Append(b []byte) []byte {
	w := writer(b)
	w.int64(o.Size)
	w.uint32(o.MaxTokens)
	w.bool(o.Check)
	return w
}

// ReadOpen reads what OpenRequest.Append wrote.
func ReadOpen(b []byte) (OpenRequest, error) {
	r := reader{rest: b}
	o := OpenRequest{Size: r.int64(), MaxTokens: r.uint32(), Check: r.bool()}
	if o.Size < 0 {
		r.fail("a bundle of %d bytes", o.Size)
	}
	return o, r.end()
}

// AppendInputs appends the request of Classify and Encode.
func AppendInputs(b []byte, inputs []encoder.Input) []byte {
	w := writer(b)
	w.uint32(len(inputs))
	for i := range inputs {
		in := &inputs[i]
		switch {
		case in.IDs != nil:
			w.byte(idsInput)
			w.int32s(in.IDs)
			types := in.TypeIDs
			if types == nil {
				types = make([]int32, len(in.IDs))
			}
			w.int32s(types)
		case in.HasPair:
			w.byte(pairInput)
			w.string(in.Text)
			w.string(in.Pair)
		default:
			w.byte(textInput)
			w.string(in.Text)
		}
	}
	return w
}

// ReadInputs reads what AppendInputs wrote.
func ReadInputs(b []byte) ([]encoder.Input, error) {
	r := reader{rest: b}
	inputs := make([]encoder.Input, r.length(MaxInputs, 5))
	for i := range inputs {
		in := &inputs[i]
		switch kind := r.byte(); kind {
		case textInput:
			in.Text = r.string()
		case pairInput:
			in.HasPair, in.Text, in.Pair = true, r.string(), r.string()
		case idsInput:
			in.IDs, in.TypeIDs = r.int32s(), r.int32s()
		default:
			r.fail("an input of kind %d", kind)
		}
	}
	return inputs, r.end()
}

// AppendPredictions appends the answer of Classify.
func AppendPredictions(b []byte, predictions []encoder.Prediction) []byte {
	w := writer(b)
	w.uint32(len(predictions))
	for i := range predictions {
		w.prediction(&predictions[i])
	}
	return w
}

// ReadPredictions reads what AppendPredictions wrote for a model of those labels.
func ReadPredictions(b []byte, labels []string) ([]encoder.Prediction, error) {
	r := reader{rest: b}
	predictions := make([]encoder.Prediction, r.length(MaxInputs, 13))
	for i := range predictions {
		predictions[i] = r.prediction(labels)
	}
	return predictions, r.end()
}

func (w *writer) prediction(p *encoder.Prediction) {
	w.uint32(p.Index)
	w.uint32(p.Tokens)
	w.bool(p.Truncated)
	w.logits(p.Logits)
}

func (r *reader) prediction(labels []string) encoder.Prediction {
	p := encoder.Prediction{Index: r.uint32(), Tokens: r.uint32(), Truncated: r.bool(), Logits: r.logits()}
	if r.err == nil && (p.Index >= len(labels) || len(p.Logits) != len(labels)) {
		r.fail("label %d and %d logits of a model of %d labels", p.Index, len(p.Logits), len(labels))
	}
	if r.err != nil {
		return encoder.Prediction{}
	}
	p.Scores = encoder.Softmax(p.Logits)
	p.Label, p.Score = labels[p.Index], p.Scores[p.Index]
	return p
}

// AppendEncoded appends the answer of Encode.
func AppendEncoded(b []byte, encoded []encoder.Encoded) []byte {
	w := writer(b)
	w.uint32(len(encoded))
	for _, e := range encoded {
		w.int32s(e.IDs)
		w.int32s(e.TypeIDs)
		w.bool(e.Truncated)
	}
	return w
}

// ReadEncoded reads what AppendEncoded wrote.
func ReadEncoded(b []byte) ([]encoder.Encoded, error) {
	r := reader{rest: b}
	encoded := make([]encoder.Encoded, r.length(MaxInputs, 9))
	for i := range encoded {
		encoded[i] = encoder.Encoded{IDs: r.int32s(), TypeIDs: r.int32s(), Truncated: r.bool()}
	}
	return encoded, r.end()
}

// AppendExplain appends the request of Explain.
func AppendExplain(b []byte, text string, o encoder.ExplainOptions) []byte {
	w := writer(b)
	w.string(text)
	w.string(o.Label)
	w.uint32(o.MaxSpans)
	return w
}

// ReadExplain reads what AppendExplain wrote.
func ReadExplain(b []byte) (string, encoder.ExplainOptions, error) {
	r := reader{rest: b}
	text := r.string()
	o := encoder.ExplainOptions{Label: r.string(), MaxSpans: r.uint32()}
	return text, o, r.end()
}

// AppendExplanation appends the answer of Explain.
func AppendExplanation(b []byte, e *encoder.Explanation) []byte {
	w := writer(b)
	w.prediction(&e.Prediction)
	w.string(e.Label)
	w.float64(e.Score)
	w.uint32(len(e.Words))
	for _, word := range e.Words {
		w.uint32(word.Start)
		w.uint32(word.End)
		w.float64(word.Effect)
	}
	return w
}

// ReadExplanation reads what AppendExplanation wrote about a text.
func ReadExplanation(b []byte, text string, labels []string) (*encoder.Explanation, error) {
	r := reader{rest: b}
	e := &encoder.Explanation{Prediction: r.prediction(labels), Label: r.string(), Score: r.float64()}
	e.Words = make([]encoder.WordEffect, r.length(encoder.MaxExplainSpans, 16))
	for i := range e.Words {
		w := encoder.WordEffect{Start: r.uint32(), End: r.uint32(), Effect: r.float64()}
		if w.Start > w.End || w.End > len(text) {
			r.fail("a word from byte %d to %d of a text of %d", w.Start, w.End, len(text))
			break
		}
		w.Text = text[w.Start:w.End]
		e.Words[i] = w
	}
	return e, r.end()
}

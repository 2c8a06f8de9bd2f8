package main

import (
	"syscall/js"
	"unicode/utf8"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/wasm/abi"
)

// argument returns an argument, or undefined.
func argument(args []js.Value, i int) js.Value {
	if i < len(args) {
		return args[i]
	}
	return js.Undefined()
}

func inputError(text string) error { return &abi.Error{Kind: abi.Input, Text: text} }

// intOption returns a property that is a whole number, 0 when it is not there.
func intOption(options js.Value, name string) (int, error) {
	if options.Type() != js.TypeObject {
		return 0, nil
	}
	v := options.Get(name)
	switch {
	case v.IsUndefined() || v.IsNull():
		return 0, nil
	case v.Type() != js.TypeNumber || v.Float() != float64(v.Int()):
		return 0, inputError(name + ": want a whole number")
	}
	return v.Int(), nil
}

func factsValue(f *abi.Facts) map[string]any {
	v := map[string]any{
		"labels": list(f.Labels), "parameters": f.Parameters, "maxTokens": f.MaxTokens, "limit": f.Limit, "modelType": f.ModelType, "dtype": f.DType,
		"bytes": f.Bytes, "vocabulary": f.Vocabulary, "provenance": js.Global().Get("JSON").Call("parse", string(f.Provenance)),
	}
	if f.Name != "" {
		v["name"] = f.Name
	}
	if f.Checked {
		v["probes"] = f.Worst
	}
	return v
}

func predictionsValue(predictions []encoder.Prediction, labels []string) []any {
	all := make([]any, len(predictions))
	for i := range predictions {
		all[i] = predictionValue(&predictions[i], labels)
	}
	return all
}

func predictionValue(p *encoder.Prediction, labels []string) map[string]any {
	scores := js.Global().Get("Object").New() // filled in the labels' order, which the page keeps
	for i, l := range labels {
		scores.Set(l, p.Scores[i])
	}
	return map[string]any{
		"label": p.Label, "score": p.Score, "scores": scores, "logits": list(p.Logits), "tokens": p.Tokens, "truncated": p.Truncated,
	}
}

func explanationValue(e *encoder.Explanation, text string, labels []string) map[string]any {
	words := make([]any, len(e.Words))
	at, units := 0, 0 // a place in bytes, and the same in UTF-16 units
	place := func(to int) int {
		for at < to {
			r, size := utf8.DecodeRuneInString(text[at:])
			at += size
			units++
			if r > 0xffff {
				units++
			}
		}
		return units
	}
	for i, w := range e.Words {
		start := place(w.Start)
		words[i] = map[string]any{"text": w.Text, "start": start, "end": place(w.End), "effect": w.Effect}
	}
	return map[string]any{"label": e.Label, "score": e.Score, "prediction": predictionValue(&e.Prediction, labels), "words": words}
}

// list returns a slice as js.ValueOf takes it.
func list[T any](values []T) []any {
	all := make([]any, len(values))
	for i, v := range values {
		all[i] = v
	}
	return all
}

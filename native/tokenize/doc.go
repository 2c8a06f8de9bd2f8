// Package tokenize opens a model's tokenizer without the model and shows what it makes of texts.
package tokenize

// Package encoder holds the models: bidirectional transformer encoders of the BERT family with a classification or a
// masked-LM head, their configuration and weights, forward and backward passes, LoRA, adapters and bundles, and Classifier,
// which takes text in and gives labelled scores out.
//
// The package is portable. It reads from io/fs, io.ReaderAt or bytes, never from a path, and does all arithmetic through a
// kernels.Device.
//
// Under WebAssembly it is smaller: it opens bundles and classifies. What reads folders, adds adapters or writes files is in files for other
// machines, because of what that brings along: encoding/json, regexp, crypto/sha256, io/fs.
//
// The way of the data: text, tokenizer.Encode, ids, Batch (ragged: sequences end to end, no padding), Pass.Forward, logits,
// Prediction. Training adds the loss, Pass.Backward and the gradients of the trainable parameters.
package encoder

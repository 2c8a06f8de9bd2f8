// Package finetune is a whole run of fine-tuning: labelled files and a base model in, and a folder out that holds the adapter,
// the merged bundle, the log, the checkpoint and the report.
//
// Run does it step by step: rows, labels and split (package data), leaks between the halves, tokens, training (package
// train), evaluation (package metrics), export with its proof (package export) and the report (package report).
package finetune

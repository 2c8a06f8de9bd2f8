// Package native opens models on a workstation: folders and bundles from disk and models in the Hugging Face cache, mapped into
// memory, on a CPU device with as many threads as the machine has.
//
// Its subpackages do what only a workstation does: data and metrics, train, finetune, export, report.
package native

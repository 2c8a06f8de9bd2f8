// Package export merges an adapter into its model, proves the merge, and writes the result as a bundle or as a Hugging Face
// folder; and it verifies bundles.
//
// The proof is made with what was written: the file is opened again like any user's would be, and its logits are compared with
// those of the model that still had its adapter beside it.
package export

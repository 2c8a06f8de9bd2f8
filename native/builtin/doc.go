// Package builtin holds the model that lorica brings along: one bundle, a small classifier of reviews that was pretrained and
// fine-tuned by lorica itself. docs/default-model.md says from what, how, and how good it is.
//
// The build tag nodefault leaves it out.
package builtin

// Name is what stands for the built-in model wherever a model is named. A file or folder of that name is ./default.
const Name = "default"

// Is reports whether a model argument means the built-in model.
func Is(model string) bool { return model == Name }

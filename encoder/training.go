//go:build !wasm

package encoder

// canTrain says that this build has more than classifying. What the constant rules out in training_wasm.go, the compiler leaves out.
const canTrain = true

//go:build !wasm

package encoder

// canTrain says that models can be trained, or begin at random. What a constant rules out, the compiler leaves out.
const canTrain = true

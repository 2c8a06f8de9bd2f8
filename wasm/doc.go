// Package wasm runs a classifier inside a sandbox: the same inference code as package native's, compiled to wasm and run by
// wazero, without cgo and without a process of its own.
//
// Open returns a Classifier with the methods of native's, so a host changes one line to move between them. The code that
// reads a model and its texts has no files, no network, no clock and no memory but its own, up to Limits.Memory; a call ends
// within Limits.Call, whatever the code does. A sandbox that has broken down, run out of memory or been stopped is thrown away,
// and the next call gets a fresh one.
//
// The matrix products and other operations of inference can be done inside too (GuestKernels), or by the host's native kernels
// on the sandbox's memory (HostKernels), which is several times faster. Then package kernels checks every operand against that
// memory and belongs to what has to be trusted.
package wasm

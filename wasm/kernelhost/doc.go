// Package kernelhost has the wasm kernels, which are C compiled to modules of their own, and links them to a Go program for
// wasm that contains package kernels.
//
// Three modules work together. The trampoline exists first: the Go program imports its functions by the module name "kernels",
// and each calls what stands in its slot of a table. Then comes the Go program, and with it the memory. One of the two modules of
// kernels, simd128 or relaxed SIMD, imports that memory and the table and enters its functions there; so Go calls C in one
// memory, and nothing is copied. Only then may the Go program start: package kernels asks at its start which kernels there are.
// Without any it runs its portable loops.
//
// The modules are built from _c by internal/compile (`make generate`). In a browser or node the same order holds; testdata/link.js
// shows it.
package kernelhost

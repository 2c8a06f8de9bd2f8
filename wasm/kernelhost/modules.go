package kernelhost

import _ "embed" // the modules

//go:generate go run ./internal/compile

// The compiled modules. They may not be changed.
var (
	//go:embed trampoline.wasm
	trampoline []byte
	//go:embed simd128.wasm
	simd128 []byte
	//go:embed relaxed.wasm
	relaxed []byte
)

// A Variant is a set of kernels that a program can be linked with.
type Variant uint8

// The variants. wazero has no relaxed SIMD; browsers and node do.
const (
	Portable    Variant = iota // none: the Go program's own loops
	SIMD128                    // the fixed-width vectors of wasm 2
	RelaxedSIMD                // the same with multiply-adds that the processor may fuse
)

// Trampoline returns the module that Go programs import their kernels from.
func Trampoline() []byte { return trampoline }

// Module returns the module of a variant's kernels, nil for Portable.
func (v Variant) Module() []byte {
	switch v {
	case SIMD128:
		return simd128
	case RelaxedSIMD:
		return relaxed
	}
	return nil
}

//go:build !linux && !darwin

package wasm

import "github.com/tetratelabs/wazero/experimental"

// reserve has no way to reserve address space here.
func reserve(uint64) experimental.LinearMemory { return nil }

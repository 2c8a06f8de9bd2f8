//go:build !wasm

package tokenizer

import "encoding/binary"

// littleEndian64 reads eight bytes, the lowest first.
func littleEndian64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

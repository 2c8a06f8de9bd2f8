package tokenizer

import "github.com/lorica-go/lorica/internal/little"

// littleEndian64 reads eight bytes, the lowest first. Package encoding/binary, which the compiler inlines more readily, brings reflection.
func littleEndian64(b []byte) uint64 { return little.Uint64(b) }

// Package kernels holds the numeric primitives that encoder models are made of, forward and backward, on float32 memory:
// packed matrix products with fused epilogues, layer norm, softmax attention over ragged batches, GELU, embeddings,
// cross-entropy, dropout from a counter-based generator, AdamW.
//
// A model calls the methods of a Device and holds Tensors, which are handles: nothing outside this package looks into a
// Buffer, values come and go through Device.Write and Device.Read. The CPU device is the reference. It picks one tier of
// implementations from a registry (generic Go, AVX2, AVX-512, wasm's simd128 and relaxed SIMD) and
// splits every operation over its threads in such a way that results do not depend on how many there are.
//
// Ragged batches: the rows of a matrix [tokens, width] are the tokens of all sequences laid end to end, and an offsets
// slice of len(sequences)+1 says where each begins. There is no padding and no mask.
//
// Shape mistakes are programmer errors and panic with the operation's name; values are never checked.
package kernels

// Package safetensors reads and writes the safetensors format: named tensors in one file, or in several named by an index.
//
// A file is an 8-byte little-endian header length, a JSON header of that length, and the data:
//
//	{"__metadata__": {"format": "pt"}, "name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...}
//
// Offsets count from the first byte of the data; tensors are dense, row-major and little-endian. The package knows no
// paths: it reads a []byte (a memory-mapped file, zero copy) or an io.ReaderAt, and writes to an io.Writer.
//
// # What is refused, and why
//
// Files come from strangers, so everything is checked before memory is taken, and what two readers could understand
// differently is no file at all. Every error names the byte of the file, and the tensor where there is one, in one line,
// and satisfies badinput.Is.
//
//   - a file shorter than 8 bytes, a header longer than the file or than 100,000,000 bytes (the reference's limit): the
//     length is the first thing a hostile file lies about;
//   - a header that does not begin with '{', is not UTF-8, is not JSON, or is followed by more than white space: nothing may
//     hide between the parts (padding by spaces is how writers align the data);
//   - a name, a field or a metadata key that stands twice: readers disagree about which one counts;
//   - a field other than dtype, shape and data_offsets, or one of these missing; metadata that is not a map from strings to
//     strings (the reference ignores unknown fields; no writer is known to produce them);
//   - names and metadata keys above 1,024 bytes, more than 32 dimensions, 131,072 tensors or 65,536 metadata entries:
//     far above every real model, and a bound on the memory that a small file can claim;
//   - numbers with sign, fraction, exponent or leading zero, or above 2^63-1;
//   - an unknown dtype (named in the error), and those of less than a byte, which have no address for an element;
//   - a shape whose product, or its size in bytes, overflows 64 bits, or differs from the extent of data_offsets;
//   - data_offsets whose end is before the begin or behind the data, extents that overlap, and holes between them or after the
//     last one: every byte of the data belongs to exactly one tensor.
//
// Tensors without elements and without dimensions (scalars) are valid, as are data that begin at an odd address, which
// older writers produced; Float32s refuses those and ReadFloat32 copes.
//
// An index is refused when a shard's name is anything but a plain file name ending in .safetensors, and a set when a shard
// lacks a tensor that the index places there or holds one that the index does not place there.
package safetensors

// Package abi is what the guest, a Go program for wasm that classifies, and the host that runs it in a sandbox agree on: names,
// a version, and the layout of what they exchange.
//
// The guest exports three functions and its memory:
//
//	lorica_abi() i32               the Version that it was built with; the host asks first, and refuses any but its own
//	lorica_buffer(n i32) i32       the address of n bytes, at most MaxMessage, for the next request; 0 if n is too large
//	lorica_call(op, n i32) i64     answers the request of n bytes that stands there: address<<32 | length of the reply
//
// The host writes a request, calls, and reads the reply, which is valid until its next call of either function. One call is
// answered at a time. The guest imports from module "lorica":
//
//	read(at i64, dst, n i32) i32   copies n bytes of the model's bundle, from byte at on, to dst; returns how many it copied
//
// so the bundle itself never lies in the guest's memory, only what the guest makes of it: the packed weights; and
//
//	kernels() i32                  the width of the panels of the host's kernels, or 0: the guest then uses those linked to it
//	run(op, words, n i32)          runs an operation of inference on the guest's memory, as kernels.Hosted describes it to kernels.Host
//
// An operation that cannot be right does not return: the guest is at an end. Its other imports
// are wasi_snapshot_preview1 and, for kernels, those that package kernelhost tells of.
//
// A reply begins with a byte, the Kind: 0 when the answer follows, else what went wrong, followed by a message.
//
// All numbers are little-endian. A string, and every list, begins with its length as uint32. The operations:
//
//	Open      int64 size of the bundle, uint32 tokens where texts are cut (0: the bundle's own limit), bool check the probes
//	          -> Facts, field by field
//	Classify  list of inputs -> list of predictions
//	Encode    list of inputs -> list of (list of int32 ids, list of int32 types, bool truncated)
//	Explain   string text, string label (empty: the predicted one), uint32 spans (0: the default)
//	          -> prediction, string label, float64 score, list of (uint32 start, uint32 end, float64 effect)
//
// An input is a byte, 0 text, 1 pair, 2 ids, and then one string, two strings, or the ids and the types as lists of int32 with
// the same length. A prediction is uint32 index of the label, uint32 tokens, bool truncated, list of float32 logits: scores
// follow from the logits.
//
// Both sides check what they read: a message that is cut short, too long, or has bytes left over is an error.
package abi

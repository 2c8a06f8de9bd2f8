package wasm

import (
	"encoding/binary"

	"github.com/lorica-go/lorica/wasm/abi"
)

// A guest by hand: what a module does besides opening models, which it pretends to do.

// Instructions of wasm that the guests are made of.
const (
	opUnreachable = 0x00
	opBlock       = 0x02
	opLoop        = 0x03
	opIf          = 0x04
	opElse        = 0x05
	opEnd         = 0x0b
	opBranch      = 0x0c
	opCall        = 0x10
	opDrop        = 0x1a
	opLocalGet    = 0x20
	opMemoryGrow  = 0x40
	opI32Const    = 0x41
	opI64Const    = 0x42
	opI32Eq       = 0x46
	opMemoryFill  = 0xfc
	emptyBlock    = 0x40
	valueI32      = 0x7f
	valueI64      = 0x7e
)

// The functions of a guest by hand.
const (
	importedRun = iota
	functionVersion
	functionBuffer
	functionCall
)

func signed(v int64) []byte {
	var out []byte
	for {
		b := byte(v & 0x7f)
		v >>= 7
		if v == 0 && b&0x40 == 0 || v == -1 && b&0x40 != 0 {
			return append(out, b)
		}
		out = append(out, b|0x80)
	}
}

func i32(v int32) []byte { return append([]byte{opI32Const}, signed(int64(v))...) }
func i64(v int64) []byte { return append([]byte{opI64Const}, signed(v)...) }

func join(parts ...[]byte) []byte {
	var all []byte
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

func unsigned(n int) []byte { return binary.AppendUvarint(nil, uint64(n)) }

// vector is a list of parts behind its length.
func vector(parts ...[]byte) []byte { return append(unsigned(len(parts)), join(parts...)...) }

func sized(b []byte) []byte { return append(unsigned(len(b)), b...) }

func section(id byte, body []byte) []byte { return append([]byte{id}, sized(body)...) }

func text(s string) []byte { return sized([]byte(s)) }

// replyPlace is where the reply to Open stands, and requestPlace where requests go.
const (
	replyPlace   = 1024
	requestPlace = 64 << 10
)

// misbehaving returns a guest that opens every model and then, asked to classify, runs body, which leaves an i64.
func misbehaving(version int32, body []byte) []byte {
	reply := (&abi.Facts{Kernels: "none", ModelType: "none", Labels: []string{"bad", "good"}}).Append(abi.AppendReply(nil))
	function := func(code ...[]byte) []byte { return sized(join([]byte{0}, join(code...), []byte{opEnd})) }
	export := func(name string, kind, index byte) []byte { return join(text(name), []byte{kind, index}) }
	return join([]byte("\x00asm\x01\x00\x00\x00"),
		section(1, vector(
			[]byte{0x60, 3, valueI32, valueI32, valueI32, 0},
			[]byte{0x60, 0, 1, valueI32},
			[]byte{0x60, 1, valueI32, 1, valueI32},
			[]byte{0x60, 2, valueI32, valueI32, 1, valueI64})),
		section(2, vector(join(text(abi.ImportModule), text(abi.ImportRun), []byte{0, 0}))),
		section(3, vector([]byte{1}, []byte{2}, []byte{3})),
		section(5, vector([]byte{0, 4})), // a memory of four pages
		section(7, vector(export("memory", 2, 0), export(abi.ExportVersion, 0, functionVersion),
			export(abi.ExportBuffer, 0, functionBuffer), export(abi.ExportCall, 0, functionCall))),
		section(10, vector(
			function(i32(version)),
			function(i32(requestPlace)),
			function([]byte{opLocalGet, 0}, i32(int32(abi.Open)), []byte{opI32Eq, opIf, valueI64}, i64(replyPlace<<32|int64(len(reply))),
				[]byte{opElse}, body, []byte{opEnd}),
		)),
		section(11, vector(join([]byte{0}, i32(replyPlace), []byte{opEnd}, sized(reply)))),
	)
}

// endless is a loop without an end.
var endless = join([]byte{opLoop, emptyBlock, opBranch, 0, opEnd}, i64(0))

// bomb takes memory, a page at a time, until there is none, and traps then.
var bomb = join(
	[]byte{opBlock, emptyBlock, opLoop, emptyBlock}, i32(1), []byte{opMemoryGrow, 0}, i32(-1), []byte{opI32Eq, opIf, emptyBlock, opBranch, 2, opEnd},
	[]byte{opBranch, 0, opEnd, opEnd, opUnreachable})

// recursion calls itself without an end.
var recursion = join([]byte{opLocalGet, 0, opLocalGet, 1, opCall, functionCall})

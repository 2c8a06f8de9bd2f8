package strip

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// tables are the function tables of a Go program in its memory: what package runtime calls pcHeader, _func and moduledata.
type tables struct {
	memory []byte // of the program, changed in place
	funcs  int    // how many functions there are

	// Where each table lies in memory.
	names, units, files, pcs, functions, end int

	funcData int // what the functions' offsets of function data count from
}

// The layout of pcHeader and of moduledata's fields, in 8-byte words, and of _func, in 4-byte words, as in runtime/symtab.go and
// runtime/runtime2.go of Go 1.26.
const (
	magic = 0xfffffff1 // of pcHeader since Go 1.20

	headerFuncs     = 1
	headerNames     = 4
	headerUnits     = 5
	headerFiles     = 6
	headerPCs       = 7
	headerFunctions = 8
	headerWords     = 9

	moduleNames    = 1  // the slice of names: its address, length and capacity
	moduleTable    = 13 // the slice of functions
	moduleFuncData = 40
	moduleEnd      = 41
	moduleWords    = 42
)

// findTables finds the function tables by their header, and by the header's address the module's data.
func findTables(memory []byte) (*tables, error) {
	header := []byte{magic & 0xff, 0xff, 0xff, 0xff, 0, 0, 1, 8} // pad, pad, the least size of an instruction, the size of a pointer
	at := bytes.Index(memory, header)
	if at < 0 || at%8 != 0 || at+headerWords*8 > len(memory) || bytes.Contains(memory[at+1:], header) {
		return nil, errors.New("no function tables, or more than one header of some")
	}
	word := func(base, i int) int { return int(binary.LittleEndian.Uint64(memory[base+8*i:])) }
	t := &tables{
		memory: memory, funcs: word(at, headerFuncs),
		names: at + word(at, headerNames), units: at + word(at, headerUnits), files: at + word(at, headerFiles),
		pcs: at + word(at, headerPCs), functions: at + word(at, headerFunctions),
	}

	// moduledata starts with the header's address, the address of the names and their length.
	want := binary.LittleEndian.AppendUint64(nil, uint64(at))
	want = binary.LittleEndian.AppendUint64(want, uint64(t.names))
	want = binary.LittleEndian.AppendUint64(want, uint64(t.units-t.names))
	module := bytes.Index(memory, want)
	if module < 0 || module+moduleWords*8 > len(memory) {
		return nil, errors.New("no module data that names the function tables")
	}
	t.funcData, t.end = word(module, moduleFuncData), word(module, moduleEnd)
	inOrder := at < t.names && t.names < t.units && t.units < t.files && t.files < t.pcs && t.pcs < t.functions && t.functions < t.end && t.end <= len(memory)
	if !inOrder || word(module, moduleTable) != t.functions || t.funcs <= 0 || t.functions+8*t.funcs > t.end {
		return nil, fmt.Errorf("function tables not as those of Go 1.26")
	}
	return t, nil
}

// maxTables is more than a function has.
const maxTables = 1 << 10

// The words of a _func record, then its pcdata offsets, then its funcdata offsets.
const (
	funcName      = 1
	funcSP        = 4
	funcFile      = 5
	funcLine      = 6
	funcPCCount   = 7
	funcUnit      = 8
	funcStartLine = 9
	funcFlags     = 10 // the function's number if the runtime knows it, flags, a pad, how many funcdata offsets there are
	funcWords     = 11
)

// function is one record; its words can be read and set.
type function struct {
	memory []byte
	at     int
}

func (f function) word(i int) uint32 { return binary.LittleEndian.Uint32(f.memory[f.at+4*i:]) }

func (f function) set(i int, value uint32) {
	binary.LittleEndian.PutUint32(f.memory[f.at+4*i:], value)
}

func (f function) pcTables() int   { return int(f.word(funcPCCount)) }
func (f function) dataTables() int { return int(f.word(funcFlags) >> 24) }

// function returns the i-th record.
func (t *tables) function(i int) (function, error) {
	offset := binary.LittleEndian.Uint32(t.memory[t.functions+8*i+4:])
	f := function{memory: t.memory, at: t.functions + int(offset)}
	if f.at+4*funcWords > t.end || f.pcTables() > maxTables || f.at+4*(funcWords+f.pcTables()+f.dataTables()) > t.end {
		return f, fmt.Errorf("function %d: its record ends after the tables", i)
	}
	return f, nil
}

// name returns the name of a function.
func (t *tables) name(f function) string {
	name := t.memory[t.names:t.units]
	if at := int(f.word(funcName)); at < len(name) {
		name = name[at:]
	}
	if end := bytes.IndexByte(name, 0); end >= 0 {
		name = name[:end]
	}
	return string(name)
}

// pcTable returns the table of values by program counter at an offset, with the zero that ends it, and its largest value.
func (t *tables) pcTable(offset uint32) (table []byte, largest int, err error) {
	rest := t.memory[t.pcs:t.functions]
	if int(offset) >= len(rest) {
		return nil, 0, fmt.Errorf("a table of values at offset %d of %d", offset, len(rest))
	}
	rest = rest[offset:]
	value, at := -1, 0
	for first := true; ; first = false {
		step, n := binary.Uvarint(rest[at:])
		if n <= 0 {
			break
		}
		if step == 0 && !first {
			return rest[:at+n], largest, nil
		}
		_, pc := binary.Uvarint(rest[at+n:])
		if pc <= 0 {
			break
		}
		value += int(int32(-(step & 1) ^ (step >> 1)))
		largest = max(largest, value)
		at += n + pc
	}
	return nil, 0, fmt.Errorf("a table of values at offset %d has no end", offset)
}

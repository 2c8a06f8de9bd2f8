package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// The names that hosts link by: the kernels work in the memory of the Go program and are called through the trampoline.
const (
	memoryModule, memoryName    = "guest", "memory"
	trampolineModule, tableName = "kernels", "table"
	levelName                   = "level"
	digestSection               = "lorica.source"
)

// Sections and other bytes of the binary format.
const (
	sectionCustom, sectionType, sectionImport, sectionFunction, sectionTable = 0, 1, 2, 3, 4
	sectionGlobal, sectionExport, sectionElement, sectionCode                = 6, 7, 9, 10

	kindFunction, kindTable, kindMemory = 0, 1, 2

	typeI32, typeFuncref = 0x7f, 0x70

	opEnd, opCallIndirect, opLocalGet, opI32Const = 0x0b, 0x11, 0x20, 0x41
)

var preamble = []byte("\x00asm\x01\x00\x00\x00")

// A linkedModule is what the linker wrote.
type linkedModule struct {
	sections  map[byte][]byte
	types     [][]byte // as they are encoded
	functions []kernel // in the order of their table slots
}

// A kernel is an exported function.
type kernel struct {
	name     string
	typ      []byte
	typeAt   int // index of typ
	function int // index of the function
}

// parseLinked takes a module apart and refuses one that has more than functions: a stack or data would lie in the middle of
// the Go program's memory.
func parseLinked(raw []byte) (*linkedModule, error) {
	if !bytes.HasPrefix(raw, preamble) {
		return nil, errors.New("not a wasm module")
	}
	m := &linkedModule{sections: make(map[byte][]byte)}
	r := &reader{rest: raw[len(preamble):]}
	for len(r.rest) > 0 {
		id, body := r.byte(), r.bytes()
		switch id {
		case sectionCustom:
		case sectionTable, sectionGlobal:
			// The linker always makes a table and a stack pointer. Left out, they make a module that uses them invalid, or need
			// an element section.
		case sectionType, sectionImport, sectionFunction, sectionExport, sectionCode:
			m.sections[id] = body
		default:
			return nil, fmt.Errorf("the linker made a section %d: kernels have neither a stack, nor data, nor tables", id)
		}
	}
	r.section(m.sections[sectionType], func() { m.types = append(m.types, r.functionType()) })
	imports := 0
	r.section(m.sections[sectionImport], func() {
		module, name, kind := string(r.bytes()), string(r.bytes()), r.byte()
		if module != memoryModule || name != memoryName || kind != kindMemory {
			r.fail(fmt.Errorf("kernels import %s.%s", module, name))
		}
		if r.byte() == 1 { // limits with a maximum
			r.number()
		}
		r.number()
		imports++
	})
	var typeOf []int
	r.section(m.sections[sectionFunction], func() { typeOf = append(typeOf, r.number()) })
	r.section(m.sections[sectionExport], func() {
		k := kernel{name: string(r.bytes())}
		if kind := r.byte(); kind != kindFunction {
			r.fail(fmt.Errorf("kernels export %s, which is no function", k.name))
		}
		k.function = r.number()
		if r.err == nil && (k.function >= len(typeOf) || typeOf[k.function] >= len(m.types)) {
			r.fail(fmt.Errorf("no function %d", k.function))
		}
		if r.err == nil {
			k.typeAt = typeOf[k.function]
			k.typ = m.types[k.typeAt]
			m.functions = append(m.functions, k)
		}
	})
	if r.err == nil && imports != 1 {
		return nil, errors.New("kernels do not import the memory")
	}
	slices.SortFunc(m.functions, func(a, b kernel) int {
		return cmp.Or(cmp.Compare(slot(a.name), slot(b.name)), cmp.Compare(a.name, b.name))
	})
	if r.err == nil && (len(m.functions) == 0 || m.functions[0].name != levelName) {
		return nil, errors.New("kernels do not export " + levelName)
	}
	return m, r.err
}

// slot orders level, whose slot is 0, before all others.
func slot(name string) int {
	if name == levelName {
		return 0
	}
	return 1
}

// sameExports reports whether both modules fit the same trampoline.
func (m *linkedModule) sameExports(other *linkedModule) bool {
	return slices.EqualFunc(m.functions, other.functions, func(a, b kernel) bool {
		return a.name == b.name && bytes.Equal(a.typ, b.typ)
	})
}

// kernels returns the module with the trampoline's table as a second import, and its functions in there as soon as it is
// instantiated.
func (m *linkedModule) kernels(digest string) []byte {
	w := newModule()
	w.section(sectionType, m.sections[sectionType])
	r := &reader{rest: m.sections[sectionImport]}
	imports := new(writer)
	imports.number(r.number() + 1)
	imports.raw(r.rest)
	imports.string(trampolineModule)
	imports.string(tableName)
	imports.raw([]byte{kindTable, typeFuncref, 0})
	imports.number(len(m.functions))
	w.section(sectionImport, imports.out)
	w.section(sectionFunction, m.sections[sectionFunction])
	w.section(sectionExport, m.sections[sectionExport])
	slots := make([]int, len(m.functions))
	for i, f := range m.functions {
		slots[i] = f.function
	}
	w.section(sectionElement, elements(slots))
	w.section(sectionCode, m.sections[sectionCode])
	w.custom(digestSection, digest)
	return w.out
}

// trampoline returns the module that the Go program imports its kernels from: functions that call what is in their slot of an
// exported table. It exists before the Go program and its memory do, and the kernels after. Until then there is only level, 0.
func (m *linkedModule) trampoline(digest string) []byte {
	types, functions, exports, code := new(writer), new(writer), new(writer), new(writer)
	types.number(len(m.types))
	for _, t := range m.types {
		types.raw(t)
	}
	functions.number(len(m.functions) + 1)
	exports.number(len(m.functions) + 1)
	code.number(len(m.functions) + 1)
	for i, f := range m.functions {
		functions.number(f.typeAt)
		exports.string(f.name)
		exports.raw([]byte{kindFunction})
		exports.number(i)
		body := new(writer)
		body.number(0) // locals
		for p := range parameters(f.typ) {
			body.raw([]byte{opLocalGet})
			body.number(p)
		}
		body.raw([]byte{opI32Const})
		body.signed(i)
		body.raw([]byte{opCallIndirect})
		body.number(f.typeAt)
		body.number(0) // the table
		body.raw([]byte{opEnd})
		code.bytes(body.out)
	}
	functions.number(m.functions[0].typeAt) // no kernels: level 0
	code.bytes([]byte{0, opI32Const, 0, opEnd})
	exports.string(tableName)
	exports.raw([]byte{kindTable, 0})

	w := newModule()
	w.section(sectionType, types.out)
	w.section(sectionFunction, functions.out)
	table := new(writer)
	table.raw([]byte{1, typeFuncref, 0})
	table.number(len(m.functions))
	w.section(sectionTable, table.out)
	w.section(sectionExport, exports.out)
	w.section(sectionElement, elements([]int{len(m.functions)}))
	w.section(sectionCode, code.out)
	w.custom(digestSection, digest)
	return w.out
}

// elements returns the body of an element section that fills the table from slot 0 on.
func elements(functions []int) []byte {
	w := new(writer)
	w.raw([]byte{1, 0, opI32Const, 0, opEnd})
	w.number(len(functions))
	for _, f := range functions {
		w.number(f)
	}
	return w.out
}

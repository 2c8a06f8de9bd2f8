// Package strip takes out of a Go program for WebAssembly what only describes it to people: the names of its functions, its files
// and lines, and what was inlined where. They are a third of the program's data, and nothing else in the program reads them.
//
// What the runtime works with stays: frame sizes, stack maps, deferred calls, and each name that it compares. The code stays as it
// is, so an address in a trace of a stripped program means the same in the program that Go built from the same sources.
package strip

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Tables of a function by their numbers in internal/abi/symtab.go of Go 1.26.
const (
	pcInlined     = 2          // PCDATA_InlTreeIndex
	dataInlined   = 3          // FUNCDATA_InlTree
	inlinedRecord = 16         // the bytes of an entry of it
	none          = ^uint32(0) // the offset of function data that is not there
)

// What nothing but traces and preemption by signals reads, which WebAssembly has not: by program counter PCDATA_UnsafePoint,
// PCDATA_InlTreeIndex and PCDATA_ArgLiveIndex, and of function data FUNCDATA_InlTree, FUNCDATA_ArgInfo, FUNCDATA_ArgLiveInfo and
// FUNCDATA_WrapInfo.
var (
	droppedPCs  = []int{0, pcInlined, 3}
	droppedData = []int{dataInlined, 5, 6, 7}
)

// Module returns a stripped program. It fails on anything but what Go 1.26 links for wasm.
func Module(module []byte) ([]byte, error) {
	sections, err := splitModule(module)
	if err != nil {
		return nil, err
	}
	data, err := dataSection(sections)
	if err != nil {
		return nil, err
	}
	memory, err := loadMemory(sections[data].body)
	if err != nil {
		return nil, err
	}
	t, err := findTables(memory)
	if err != nil {
		return nil, err
	}
	if err := t.strip(); err != nil {
		return nil, err
	}
	sections[data].body = storeMemory(memory)
	return joinModule(sections), nil
}

// strip rewrites the tables in place; what it frees it sets to zero.
func (t *tables) strip() error {
	k := keeper{names: newPool(""), pcs: newPool("\x00")} // offset 0 means no table
	seen := map[int]bool{}                                // records: functions may share one
	for i := range t.funcs {
		f, err := t.function(i)
		if err != nil {
			return err
		}
		if seen[f.at] {
			continue
		}
		seen[f.at] = true
		if err := k.function(t, f); err != nil {
			return fmt.Errorf("function %d, %s: %w", i, t.name(f), err)
		}
	}
	k.clearInlined(t)
	clear(t.memory[t.units:t.pcs]) // compilation units, files
	if err := k.names.write(t.memory[t.names:t.units]); err != nil {
		return fmt.Errorf("names: %w", err)
	}
	if err := k.pcs.write(t.memory[t.pcs:t.functions]); err != nil {
		return fmt.Errorf("values by program counter: %w", err)
	}
	return nil
}

// keeper gathers what functions keep.
type keeper struct {
	names, pcs *pool
	data       []int    // where function data lies
	inlined    [][2]int // from where to where that lies which goes
}

// function rewrites a record.
func (k *keeper) function(t *tables, f function) error {
	if err := k.inlinedCalls(t, f); err != nil {
		return err
	}
	for i := range f.pcTables() {
		if slices.Contains(droppedPCs, i) {
			f.set(funcWords+i, 0)
		}
	}
	for _, i := range append([]int{funcSP}, words(funcWords, f.pcTables())...) {
		if f.word(i) == 0 {
			continue
		}
		table, _, err := t.pcTable(f.word(i))
		if err != nil {
			return err
		}
		f.set(i, k.pcs.add(string(table)))
	}
	for i := range f.dataTables() {
		at := funcWords + f.pcTables() + i
		if slices.Contains(droppedData, i) {
			f.set(at, none)
		} else if offset := f.word(at); offset != none {
			k.data = append(k.data, t.funcData+int(offset))
		}
	}
	f.set(funcName, k.names.add(shortName(t.name(f))+"\x00"))
	for _, i := range []int{funcFile, funcLine, funcUnit, funcStartLine} {
		f.set(i, 0)
	}
	return nil
}

// words returns the numbers of n words from one on.
func words(from, n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = from + i
	}
	return all
}

// inlinedCalls notes where a function's table of them lies.
func (k *keeper) inlinedCalls(t *tables, f function) error {
	if f.pcTables() <= pcInlined || f.dataTables() <= dataInlined || f.word(funcWords+pcInlined) == 0 {
		return nil
	}
	offset := f.word(funcWords + f.pcTables() + dataInlined)
	if offset == none {
		return nil
	}
	_, largest, err := t.pcTable(f.word(funcWords + pcInlined))
	if err != nil {
		return err
	}
	from := t.funcData + int(offset)
	end := from + (largest+1)*inlinedRecord
	if from < 0 || end > len(t.memory) {
		return errors.New("its inlined calls end after the memory")
	}
	k.inlined = append(k.inlined, [2]int{from, end})
	return nil
}

// clearInlined clears the tables of inlined calls, but for one in which the linker has found other function data.
func (k *keeper) clearInlined(t *tables) {
	slices.Sort(k.data)
	for _, span := range k.inlined {
		if i, _ := slices.BinarySearch(k.data, span[0]); i == len(k.data) || k.data[i] >= span[1] {
			clear(t.memory[span[0]:span[1]])
		}
	}
}

// shortName returns a name that the runtime takes for the same kind of function.
func shortName(name string) string {
	switch {
	case name == "reflect.makeFuncStub" || name == "reflect.methodValueCall": // runtime/stkframe.go finds their arguments by name
		return name
	case strings.HasPrefix(name, "runtime."): // which goroutines belong to the system
		return "runtime.f"
	default: // the runtime's panicwrap cuts the name of a method into package, type and method
		return "p.(*T).f"
	}
}

// pool gathers byte strings, each once.
type pool struct {
	bytes []byte
	at    map[string]uint32
}

func newPool(start string) *pool { return &pool{bytes: []byte(start), at: map[string]uint32{}} }

// add returns the offset of s.
func (p *pool) add(s string) uint32 {
	at, ok := p.at[s]
	if !ok {
		at = uint32(len(p.bytes))
		p.at[s] = at
		p.bytes = append(p.bytes, s...)
	}
	return at
}

// write puts what was gathered into a table, whose rest becomes zero.
func (p *pool) write(table []byte) error {
	if len(p.bytes) > len(table) {
		return fmt.Errorf("%d bytes do not fit into %d", len(p.bytes), len(table))
	}
	clear(table[copy(table, p.bytes):])
	return nil
}

package strip

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// The identifiers of the sections that matter here, as in the WebAssembly core specification, "Binary Format, Modules".
const (
	sectionData      = 11
	sectionDataCount = 12
)

// section is one section of a module.
type section struct {
	id   byte
	body []byte
}

// splitModule cuts a module into its sections.
func splitModule(module []byte) ([]section, error) {
	const preamble = "\x00asm\x01\x00\x00\x00"
	if len(module) < len(preamble) || string(module[:len(preamble)]) != preamble {
		return nil, errors.New("no WebAssembly module of version 1")
	}
	var sections []section
	for rest := module[len(preamble):]; len(rest) > 0; {
		size, n := binary.Uvarint(rest[1:])
		if n <= 0 || size > uint64(len(rest)-1-n) {
			return nil, fmt.Errorf("section %d: longer than the module", rest[0])
		}
		start := 1 + n
		sections = append(sections, section{id: rest[0], body: rest[start : start+int(size)]})
		rest = rest[start+int(size):]
	}
	return sections, nil
}

// joinModule is the inverse of splitModule.
func joinModule(sections []section) []byte {
	module := []byte("\x00asm\x01\x00\x00\x00")
	for _, s := range sections {
		module = append(module, s.id)
		module = binary.AppendUvarint(module, uint64(len(s.body)))
		module = append(module, s.body...)
	}
	return module
}

// The instructions of a constant expression: i32.const and end.
const (
	opI32Const = 0x41
	opEnd      = 0x0b
)

// maxMemory bounds what a module's data may span.
const maxMemory = 256 << 20

// loadMemory returns the linear memory as the data section initialises it, from address 0 to the end of the last segment.
func loadMemory(data []byte) ([]byte, error) {
	broken := errors.New("data section: not as Go's linker writes it")
	count, n := binary.Uvarint(data)
	if n <= 0 {
		return nil, broken
	}
	var memory []byte
	rest := data[n:]
	for range count {
		if len(rest) < 2 || rest[0] != 0 || rest[1] != opI32Const {
			return nil, broken
		}
		at, n := sleb128(rest[2:])
		if n <= 0 || at < 0 || len(rest) < 3+n || rest[2+n] != opEnd {
			return nil, broken
		}
		rest = rest[3+n:]
		size, n := binary.Uvarint(rest)
		if n <= 0 || size > uint64(len(rest)-n) || uint64(at)+size > maxMemory {
			return nil, broken
		}
		if end := int(at) + int(size); end > len(memory) {
			memory = append(memory, make([]byte, end-len(memory))...)
		}
		copy(memory[at:], rest[n:n+int(size)])
		rest = rest[n+int(size):]
	}
	return memory, nil
}

// storeMemory writes the data section for a memory, leaving out long runs of zeros, which a memory has from the start.
func storeMemory(memory []byte) []byte {
	// Go's linker leaves out a dozen zeros. But compressed, hundreds cost less than a segment's address and length.
	const overhead = 512
	var segments []byte
	count := 0
	for at := 0; at < len(memory); {
		if memory[at] == 0 {
			at++
			continue
		}
		end := at
		for zeros := 0; end+zeros < len(memory) && zeros < overhead; {
			if memory[end+zeros] == 0 {
				zeros++
			} else {
				end, zeros = end+zeros+1, 0
			}
		}
		segments = append(segments, 0, opI32Const)
		segments = appendSLEB128(segments, int64(at))
		segments = append(segments, opEnd)
		segments = binary.AppendUvarint(segments, uint64(end-at))
		segments = append(segments, memory[at:end]...)
		count++
		at = end
	}
	return append(binary.AppendUvarint(nil, uint64(count)), segments...)
}

// sleb128 reads a signed number and returns how many bytes it takes, 0 if it is cut short.
func sleb128(b []byte) (value int64, n int) {
	for shift := 0; n < len(b) && shift < 64; {
		c := b[n]
		n++
		value |= int64(c&0x7f) << shift
		shift += 7
		if c&0x80 == 0 {
			if shift < 64 && c&0x40 != 0 {
				value |= -1 << shift
			}
			return value, n
		}
	}
	return 0, 0
}

func appendSLEB128(b []byte, value int64) []byte {
	for {
		c := byte(value & 0x7f)
		value >>= 7
		if value == 0 && c&0x40 == 0 || value == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

// dataSection returns where the data section is.
func dataSection(sections []section) (int, error) {
	if slices.ContainsFunc(sections, func(s section) bool { return s.id == sectionDataCount }) {
		return 0, errors.New("a data count section: Go's linker writes none")
	}
	i := slices.IndexFunc(sections, func(s section) bool { return s.id == sectionData })
	if i < 0 {
		return 0, errors.New("no data section")
	}
	return i, nil
}

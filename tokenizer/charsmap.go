package tokenizer

import (
	"strings"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/internal/little"
)

// charsMap is SentencePiece's precompiled character map: a double array, in the form of the library darts-clone, whose
// values are places in a text of replacements, each ended by a NUL. A place or a unit that is not there matches nothing.
type charsMap struct {
	units        []uint32
	replacements string
}

// A unit of the double array has, from the lowest bit: the label (8 bits), whether a value stands at the offset itself, a
// flag that shifts the offset by 8, and the offset to the children. In a unit that holds a value the highest bit is set.
const (
	charsMapHasLeaf   = 1 << 8
	charsMapLabelMask = 1<<31 | 0xFF
	charsMapValueMask = 1<<31 - 1
)

func charsMapOffset(unit uint32) uint32 { return unit >> 10 << (unit & (1 << 9) >> 6) }

// maxCharsMap bounds a map, in bytes; that of the released models has 240 KB.
const maxCharsMap = 1 << 26

// newCharsMap reads a map: the size of the double array in bytes, the double array, the replacements.
func newCharsMap(blob []byte) (*charsMap, error) {
	if len(blob) > maxCharsMap {
		return nil, badinput.Errorf("a character map of %d bytes is larger than %d", len(blob), maxCharsMap)
	}
	if len(blob) < 4 {
		return nil, badinput.Errorf("a character map of %d bytes has no room for its size", len(blob))
	}
	size := little.Uint32(blob)
	blob = blob[4:]
	if size == 0 || size%4 != 0 || uint64(size) > uint64(len(blob)) {
		return nil, badinput.Errorf("the character map's double array has %d bytes of %d", size, len(blob))
	}
	m := &charsMap{units: make([]uint32, size/4), replacements: string(blob[size:])}
	if !utf8.ValidString(m.replacements) {
		return nil, badinput.Errorf("the character map's replacements are not valid UTF-8")
	}
	for i := range m.units {
		m.units[i] = little.Uint32(blob[4*i:])
	}
	return m, nil
}

// shortest returns the replacement of the shortest beginning of text that is in the map.
func (m *charsMap) shortest(text []byte) (replacement string, ok bool) {
	replacement, size := m.match(text, true)
	return replacement, size > 0
}

// longest returns the replacement of the longest beginning of text that is in the map, and how many bytes that has; 0 when
// there is none.
func (m *charsMap) longest(text []byte) (replacement string, size int) {
	return m.match(text, false)
}

func (m *charsMap) match(text []byte, first bool) (replacement string, size int) {
	node := charsMapOffset(m.units[0])
	for i, c := range text {
		node ^= uint32(c)
		if c == 0 || uint64(node) >= uint64(len(m.units)) {
			break
		}
		unit := m.units[node]
		if unit&charsMapLabelMask != uint32(c) {
			break
		}
		node ^= charsMapOffset(unit)
		if unit&charsMapHasLeaf == 0 || uint64(node) >= uint64(len(m.units)) {
			continue
		}
		if found, ok := m.replacement(m.units[node] & charsMapValueMask); ok {
			replacement, size = found, i+1
		}
		if first {
			break
		}
	}
	return replacement, size
}

// replacement returns the replacement at a place.
func (m *charsMap) replacement(at uint32) (string, bool) {
	if uint64(at) > uint64(len(m.replacements)) {
		return "", false
	}
	rest := m.replacements[at:]
	if len(rest) > 0 && !utf8.RuneStart(rest[0]) {
		return "", false
	}
	if end := strings.IndexByte(rest, 0); end >= 0 {
		rest = rest[:end]
	}
	return rest, true
}

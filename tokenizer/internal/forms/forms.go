package forms

import "sync"

// Table has the properties of all characters. Load returns it.
type Table struct {
	pages   [lastPage + 1]uint8 // which block a character is in, by its upper bits
	blocks  [][256]uint16       // which record it has, by its lower bits
	records []record            // 0 is that of characters that nothing is known of
	parts   []rune              // the decompositions, end to end
	pairs   [2048]pair          // what pairs compose to, in a hash table
}

// lastPage has the last characters that decompose.
const lastPage = 0x2FA

// record is what is known of a character.
type record struct {
	canonical, compatible span
	class                 uint8
}

// span is a part of Table.parts.
type span struct{ start, length uint16 }

// pair is two characters and what they compose to; 0 for none.
type pair struct {
	key      uint64
	composed rune
}

// Load returns the table.
var Load = sync.OnceValue(newTable)

// at returns the record of a character.
func (t *Table) at(r rune) *record {
	page := uint32(r) >> 8
	if page > lastPage {
		return &t.records[0]
	}
	return &t.records[t.blocks[t.pages[page]][r&0xFF]]
}

// Canonical returns the full canonical decomposition of a character, nil if it has none, and its canonical combining class.
func (t *Table) Canonical(r rune) (parts []rune, class uint8) {
	known := t.at(r)
	return t.of(known.canonical), known.class
}

// Compatible is Canonical for the compatibility decomposition.
func (t *Table) Compatible(r rune) (parts []rune, class uint8) {
	known := t.at(r)
	return t.of(known.compatible), known.class
}

func (t *Table) of(s span) []rune {
	if s.length == 0 {
		return nil
	}
	return t.parts[s.start : s.start+s.length]
}

// Class returns the canonical combining class of a character.
func (t *Table) Class(r rune) uint8 { return t.at(r).class }

// Compose returns the primary composite of two characters; ok is false when there is none.
func (t *Table) Compose(a, b rune) (composed rune, ok bool) {
	slot := t.slot(a, b)
	return slot.composed, slot.key != 0
}

// slot returns where a pair is in the hash table, or belongs.
func (t *Table) slot(a, b rune) *pair {
	key := uint64(a)<<32 | uint64(b)
	for i := key * 0x9E3779B97F4A7C15 >> 53; ; i = (i + 1) % uint64(len(t.pairs)) {
		if slot := &t.pairs[i]; slot.key == key || slot.key == 0 {
			return slot
		}
	}
}

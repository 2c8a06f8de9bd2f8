package pattern

import (
	"unicode"
	"unicode/utf8"
)

// ranges has the first and the last of each of some ranges of characters.
type ranges []rune

// sort puts ranges into order and joins those that overlap or touch.
func (r ranges) sort() ranges {
	for gap := len(r) / 4 * 2; gap > 0; gap = gap / 4 * 2 { // Shell's sort, of pairs
		for i := gap; i < len(r); i += 2 {
			low, high := r[i], r[i+1]
			j := i
			for ; j >= gap && r[j-gap] > low; j -= gap {
				r[j], r[j+1] = r[j-gap], r[j-gap+1]
			}
			r[j], r[j+1] = low, high
		}
	}
	joined := r[:0]
	for i := 0; i < len(r); i += 2 {
		if last := len(joined) - 1; last > 0 && r[i] <= joined[last]+1 {
			joined[last] = max(joined[last], r[i+1])
		} else {
			joined = append(joined, r[i], r[i+1])
		}
	}
	return joined
}

// hold reports whether c is in one of the ranges, which are in order.
func (r ranges) hold(c rune) bool {
	for len(r) > 0 {
		middle := len(r) / 4 * 2
		switch {
		case c < r[middle]:
			r = r[:middle]
		case c > r[middle+1]:
			r = r[middle+2:]
		default:
			return true
		}
	}
	return false
}

// inProperty is a property of characters, or its lack.
type inProperty struct {
	has     func(r rune) bool
	negated bool
}

// set is a set of characters: those of any of ranges, properties and nested that are in all of limits too. Negated, it is all others.
type set struct {
	ascii      asciiSet    // the answers for ASCII
	short      *[32]uint64 // the answers for what has up to two bytes, a bit each; nil before widen
	ranges     ranges
	properties []inProperty
	nested     []*set
	limits     []*set
	negated    bool
	folded     bool // characters count as in it when one of another case is
}

// newSet returns the set of some ranges.
func newSet(r ranges) *set {
	s := &set{ranges: r}
	s.tabulate()
	return s
}

// asciiSet is a set of ASCII characters.
type asciiSet [2]uint64

func (a *asciiSet) add(c byte)      { a[c>>6] |= 1 << (c & 63) }
func (a *asciiSet) has(c byte) bool { return a[c>>6]>>(c&63)&1 != 0 }

func (a asciiSet) union(b asciiSet) asciiSet { return asciiSet{a[0] | b[0], a[1] | b[1]} }

var allASCII = asciiSet{1<<64 - 1, 1<<64 - 1}

// tabulate fills in ascii, once the rest is there, and drops what has no say beyond.
func (s *set) tabulate() {
	s.ranges = s.ranges.sort()
	for c := range byte(utf8.RuneSelf) {
		if s.find(rune(c)) {
			s.ascii.add(c)
		}
	}
	if s.folded { // the long s is an s
		return
	}
	kept := s.ranges[:0]
	for i := 0; i < len(s.ranges); i += 2 {
		if s.ranges[i+1] >= utf8.RuneSelf {
			kept = append(kept, s.ranges[i], s.ranges[i+1])
		}
	}
	s.ranges = kept
}

// twoBytes is the first character that has more than two bytes.
const twoBytes = 0x800

// widen fills in short.
func (s *set) widen() {
	if s.short != nil {
		return
	}
	short := new([32]uint64)
	for r := range rune(twoBytes) {
		if s.has(r) {
			short[r>>6] |= 1 << (r & 63)
		}
	}
	s.short = short
}

// has reports whether r is in the set.
func (s *set) has(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return s.ascii.has(byte(r))
	case r < twoBytes && s.short != nil:
		return s.short[r>>6]>>(r&63)&1 != 0
	}
	return s.find(r)
}

// find is has without the table, for tabulate and for what is not ASCII.
func (s *set) find(r rune) bool {
	for other := r; ; {
		if s.holds(other) && s.within(other) {
			return !s.negated
		}
		if !s.folded {
			return s.negated
		}
		if other = unicode.SimpleFold(other); other == r {
			return s.negated
		}
	}
}

// within reports whether r is in all limits.
func (s *set) within(r rune) bool {
	for _, limit := range s.limits {
		if !limit.has(r) {
			return false
		}
	}
	return true
}

// holds reports whether r is in one of the parts.
func (s *set) holds(r rune) bool {
	if s.ranges.hold(r) {
		return true
	}
	for _, p := range s.properties {
		if p.has(r) != p.negated {
			return true
		}
	}
	for _, n := range s.nested {
		if n.has(r) {
			return true
		}
	}
	return false
}

// match reports whether the text begins with a character of the set, and how many bytes it has.
func (s *set) match(text []byte) (size int, ok bool) {
	if len(text) == 0 {
		return 0, false
	}
	if c := text[0]; c < utf8.RuneSelf {
		return 1, s.ascii.has(c)
	}
	r, size := utf8.DecodeRune(text)
	return size, s.has(r)
}

package forms

// Digits are those that numbers are written with, five bits to a digit, the lowest first; those of the second half tell that more follow.
const Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// reader reads numbers.
type reader struct {
	text   string
	values [128]uint8
}

func newReader(text string) *reader {
	r := &reader{text: text}
	for i := range len(Digits) {
		r.values[Digits[i]] = uint8(i)
	}
	return r
}

func (r *reader) number() (n int) {
	for shift := 0; ; shift += 5 {
		digit := int(r.values[r.text[0]])
		r.text = r.text[1:]
		n |= digit & 31 << shift
		if digit < 32 {
			return n
		}
	}
}

// signed reads a number that may be negative: its sign is the lowest bit.
func (r *reader) signed() int {
	n := r.number()
	if n&1 != 0 {
		return -(n >> 1)
	}
	return n >> 1
}

// newTable lays the table out. The numbers are three lists, each after its length:
//
//   - ranges of characters of a combining class: how many characters were left out since the last range, how many there are less
//     one, the class
//   - canonical decompositions: how many characters were left out since the last one, times four, plus two if it is excluded from composition,
//     plus one if it has another length than the last, which follows; then its parts, each as the difference to the last one's of that place
//   - compatibility decompositions, where they are others, in the same way
func newTable() *Table {
	t := &Table{blocks: make([][256]uint16, 1), records: make([]record, 1)}
	r := newReader(data)
	at := rune(0)
	for range r.number() {
		at += rune(r.number())
		last := at + rune(r.number())
		for class := uint8(r.number()); at <= last; at++ {
			t.enter(at).class = class
		}
	}
	var composites []rune
	t.readDecompositions(r, func(known *record, at rune, s span, excluded bool) {
		known.canonical, known.compatible = s, s
		if !excluded {
			composites = append(composites, at)
		}
	})
	t.readDecompositions(r, func(known *record, _ rune, s span, _ bool) { known.compatible = s })
	for length := uint16(2); length <= 4; length++ { // the longer ones build on the shorter
		for _, composed := range composites {
			if s := t.at(composed).canonical; s.length == length {
				t.addPair(composed, t.of(s))
			}
		}
	}
	return t
}

// enter returns the record of a character, which it gets if it has none.
func (t *Table) enter(r rune) *record {
	page := &t.pages[r>>8]
	if *page == 0 {
		*page = uint8(len(t.blocks))
		t.blocks = append(t.blocks, [256]uint16{})
	}
	index := &t.blocks[*page][r&0xFF]
	if *index == 0 {
		*index = uint16(len(t.records))
		t.records = append(t.records, record{})
	}
	return &t.records[*index]
}

// readDecompositions reads a list of decompositions and calls set for each.
func (t *Table) readDecompositions(r *reader, set func(known *record, at rune, s span, excluded bool)) {
	at := rune(-1)
	length := 0
	var last [18]rune
	for range r.number() {
		head := r.number()
		at += rune(head>>2) + 1
		if head&1 != 0 {
			length = r.number()
		}
		s := span{uint16(len(t.parts)), uint16(length)}
		for i := range length {
			last[i] += rune(r.signed())
		}
		t.parts = append(t.parts, last[:length]...)
		set(t.enter(at), at, s, head&2 != 0)
	}
}

// addPair adds the pair that composes to a character: its last part, and what the others compose to.
func (t *Table) addPair(composed rune, parts []rune) {
	first := parts[0]
	for _, part := range parts[1 : len(parts)-1] {
		first, _ = t.Compose(first, part)
	}
	slot := t.slot(first, parts[len(parts)-1])
	slot.key, slot.composed = uint64(first)<<32|uint64(parts[len(parts)-1]), composed
}

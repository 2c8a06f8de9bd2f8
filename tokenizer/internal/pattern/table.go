package pattern

import "unicode/utf8"

// table returns, for each byte of text from byte from on, where the match ends that begins there; -1 for none. The bytes within characters
// have no answer. It is filled from the end of the text: where the match from an instruction and a byte on ends is known from those that
// it goes on to, at that byte or at the next character's.
func (p *Pattern) table(text []byte, from int) []int32 {
	ends := make([]int32, len(text)-from+1)
	after := make([][]int32, len(p.atomic)) // of what follows atomic groups, which may be at any byte further on
	for i := range after {
		after[i] = make([]int32, len(ends))
	}
	here, there := make([]int32, len(p.program)), make([]int32, len(p.program)) // at this character, at the next one
	for pos := len(text); ; {
		r := rune(-1)
		if pos < len(text) {
			r, _ = utf8.DecodeRune(text[pos:])
		}
		p.fill(here, there, text, pos, r, func(in *instruction, to int32) int32 { return after[in.column][int(to)-from] })
		ends[pos-from] = here[p.start]
		for i, at := range p.atomic {
			after[i][pos-from] = here[p.program[at].next]
		}
		if pos <= from {
			return ends
		}
		_, size := utf8.DecodeLastRune(text[:pos])
		pos -= size
		here, there = there, here
	}
}

// fill fills in here, for the character r at byte pos; r is -1 at the end of the text. after tells where the match ends that follows an
// atomic group that ends at a byte further on.
func (p *Pattern) fill(here, there []int32, text []byte, pos int, r rune, after func(in *instruction, to int32) int32) {
	for _, i := range p.order {
		in := &p.program[i]
		to := int32(-1)
		switch in.op {
		case opMatch:
			to = int32(pos)
		case opChar:
			if r == in.char {
				to = there[in.next]
			}
		case opSet:
			if r >= 0 && in.set.has(r) {
				to = there[in.next]
			}
		case opRun:
			if r >= 0 && in.set.has(r) {
				to = there[i]
			}
			if to < 0 {
				to = here[in.next]
			}
		case opSplit:
			if to = here[in.next]; to < 0 {
				to = here[in.other]
			}
		case opAssert:
			if in.place.at(text, pos) {
				to = here[in.next]
			}
		case opBehind:
			if standsBefore(in.sets, text, pos) != in.negated {
				to = here[in.next]
			}
		case opAhead:
			if (here[in.other] >= 0) != in.negated {
				to = here[in.next]
			}
		case opAtomic:
			switch part := here[in.other]; {
			case part == int32(pos):
				to = here[in.still]
			case part >= 0:
				to = after(in, part)
			}
		}
		here[i] = to
	}
}

package pattern

import "unicode/utf8"

// Match is a part of a text, from byte Start up to byte End.
type Match struct{ Start, End int }

// Steps that a search may take: what it costs to match, in instructions, is a few for each character.
const (
	stepsPerByte = 40
	spareSteps   = 4000
)

// Find calls yield with the matches of the pattern from the left to the right. They do not overlap, and an empty one does not follow another
// match immediately. In an empty text there is none.
func (p *Pattern) Find(text []byte, yield func(Match)) {
	p.find(text, stepsPerByte*len(text)+spareSteps, yield)
}

// find is Find with a number of steps after which it goes over to the table.
func (p *Pattern) find(text []byte, steps int, yield func(Match)) {
	s := search{program: p.program, text: text, steps: steps}
	s.stack = s.room[:0]
	if len(text) == 0 {
		return
	}
	last := -1 // where the last match ended
	for at := 0; at <= len(text); {
		size := 1
		if at < len(text) {
			if c := text[at]; c >= utf8.RuneSelf {
				_, size = utf8.DecodeRune(text[at:])
			} else if !p.first.has(c) {
				at++
				continue
			}
		}
		to := s.end(p, at)
		if to < 0 || to == at && to == last {
			at += size
			continue
		}
		yield(Match{at, to})
		last = to
		if at = to; to == len(text) {
			return
		}
	}
}

// frame is a choice that was made and can be made otherwise: go on at pc, at byte pos of the text. After opRun, low is the byte at which
// the run begins, and pos, where the place was that has been tried last; otherwise low is negative.
type frame struct{ pc, pos, low int }

// search is the state of one search by backtracking.
type search struct {
	program []instruction
	text    []byte
	stack   []frame
	room    [32]frame
	steps   int     // how many may follow
	ends    []int32 // where the match ends that begins at a byte, from byte from on, once the steps are used up
	from    int
}

// end returns where the match ends that begins at byte at.
func (s *search) end(p *Pattern, at int) int {
	if s.ends == nil {
		to := s.run(p.start, at)
		if s.steps >= 0 {
			return to
		}
		s.ends, s.from = p.table(s.text, at), at
	}
	return int(s.ends[at-s.from])
}

// run matches from an instruction on, at a byte of the text, and returns where the match ends, or -1. When the steps are used up, the
// result means nothing.
func (s *search) run(pc, pos int) int {
	text := s.text
	bottom := len(s.stack)
	for {
		if s.steps--; s.steps < 0 {
			return -1
		}
		in := &s.program[pc]
		ok := true
		switch in.op {
		case opMatch:
			s.stack = s.stack[:bottom]
			return pos
		case opChar:
			var size int
			if pos == len(text) {
				ok = false
			} else if c := text[pos]; c < utf8.RuneSelf {
				size, ok = 1, rune(c) == in.char
			} else {
				var r rune
				r, size = utf8.DecodeRune(text[pos:])
				ok = r == in.char
			}
			pos += size
		case opSet:
			var size int
			size, ok = in.set.match(text[pos:])
			pos += size
		case opRun:
			low := pos
			for {
				size, more := in.set.match(text[pos:])
				if !more {
					break
				}
				pos += size
			}
			s.steps -= (pos - low) / 4
			if pos > low && in.next != 0 { // opMatch does not fail
				s.stack = append(s.stack, frame{in.next, pos, low})
			}
		case opSplit:
			if pos < len(text) && text[pos] < utf8.RuneSelf {
				if c := text[pos]; !in.first.has(c) {
					pc = in.other
					continue
				} else if !in.otherFirst.has(c) {
					break
				}
			}
			s.stack = append(s.stack, frame{in.other, pos, -1})
		case opAssert:
			ok = in.place.at(text, pos)
		case opBehind:
			ok = standsBefore(in.sets, text, pos) != in.negated
		case opAhead:
			ok = (s.run(in.other, pos) >= 0) != in.negated
		case opAtomic:
			to := s.run(in.other, pos)
			if to == pos {
				pc = in.still
				continue
			}
			ok = to >= 0
			pos = to
		}
		pc = in.next
		if ok {
			continue
		}
		if len(s.stack) == bottom {
			return -1
		}
		top := &s.stack[len(s.stack)-1]
		pc, pos = top.pc, top.pos
		if top.low >= 0 { // a character less
			_, size := utf8.DecodeLastRune(text[:pos])
			pos -= size
			top.pos = pos
		}
		if top.low < 0 || pos <= top.low {
			s.stack = s.stack[:len(s.stack)-1]
		}
	}
}

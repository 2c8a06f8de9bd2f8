package pattern

import (
	"errors"
	"unicode/utf8"
)

// Limits on programs.
const (
	maxInstructions = 4000
	maxWork         = 1 << 18 // nodes that are compiled, each time it is
	maxAtomic       = 64      // atomic groups, for each of which a table has a column
)

// instruction is one step of a program. Where a program goes on depends on op:
//
//	opChar, opSet  at next, after a character
//	opRun          at next, after as many characters of set as lead to a match
//	opSplit        at next, or else at other
//	opAssert       at next, if the place is right
//	opAhead        at next, if the instructions from other on match (or if they do not)
//	opBehind       at next, if sets stand before (or do not)
//	opAtomic       at next, after what the instructions from other on match; at still, if that is nothing
type instruction struct {
	op          op
	negated     bool
	place       place
	char        rune
	set         *set
	sets        []*set
	next, other int
	still       int
	column      int      // of opAtomic: which of the atomic groups
	first       asciiSet // of opSplit: the ASCII characters with which a match from next on may begin
	otherFirst  asciiSet // from other on
}

// Pattern is a compiled expression. Goroutines may share it.
type Pattern struct {
	program []instruction
	start   int
	first   asciiSet // the ASCII characters with which a match may begin
	order   []int    // the instructions, each after those that it may go on to at the same place
	atomic  []int    // the instructions that are opAtomic
}

// Compile reads an expression.
func Compile(text string) (*Pattern, error) {
	n, err := parse(text)
	if err != nil {
		return nil, err
	}
	c := compiler{program: []instruction{{op: opMatch}}}
	p := &Pattern{start: c.compile(n, 0, 0)}
	if c.full {
		return nil, errors.New("it repeats too much, or is too long")
	}
	p.program = c.program
	for i := range p.program {
		in := &p.program[i]
		if in.op == opAtomic {
			in.column = len(p.atomic)
			p.atomic = append(p.atomic, i)
		}
		if in.set != nil {
			in.set.widen()
		}
	}
	if len(p.atomic) > maxAtomic {
		return nil, errors.New("more atomic groups and possessive quantifiers than are supported")
	}
	p.sortAndFindFirsts()
	return p, nil
}

// compiler writes a program backwards: what follows first. Instruction 0 is opMatch.
type compiler struct {
	program []instruction
	work    int
	full    bool
}

// emit adds an instruction that goes on at next, and returns it and its place. Inlined, it would take more room than it saves time.
//
//go:noinline
func (c *compiler) emit(op op, next int) (in *instruction, at int) {
	if len(c.program) == maxInstructions {
		c.full = true
		return &instruction{}, 0
	}
	at = len(c.program)
	c.program = append(c.program, instruction{op: op, next: next})
	return &c.program[at], at
}

// compile writes the instructions for n and returns the first. They go on at still if n matches without a character, at next otherwise.
// The two differ within a loop only: a turn of it that matches without a character ends the loop, or it would turn for ever.
func (c *compiler) compile(n *node, still, next int) int {
	if c.work++; c.full || c.work > maxWork {
		c.full = true
		return 0
	}
	switch n.op {
	case opEmpty:
		return still
	case opChar, opSet:
		in, at := c.emit(n.op, next)
		in.char, in.set = n.char, n.set
		return at
	case opAssert, opBehind:
		in, at := c.emit(n.op, still)
		in.place, in.sets, in.negated = n.place, n.sets, n.negated
		return at
	case opAhead, opAtomic:
		part := c.compile(n.parts[0], 0, 0)
		if n.op == opAhead {
			next = still
		}
		in, at := c.emit(n.op, next)
		in.other, in.still, in.negated = part, still, n.negated
		return at
	case opConcat:
		after := next
		for i := len(n.parts) - 1; i >= 0; i-- {
			still, after = c.both(n.parts[i], still, after)
		}
		return still
	case opAlternate:
		last := len(n.parts) - 1
		at := c.compile(n.parts[last], still, next)
		for i := last - 1; i >= 0; i-- {
			at = c.split(c.compile(n.parts[i], still, next), at, false)
		}
		return at
	}
	return c.repeat(n, still, next)
}

// both compiles n twice where that makes a difference: as what begins a turn of a loop, and as what comes after a character of the turn.
// still and after are the same of what follows n.
func (c *compiler) both(n *node, still, after int) (first, later int) {
	later = c.compile(n, after, after)
	if still == after {
		return later, later
	}
	return c.compile(n, still, after), later
}

// repeat writes the instructions for a quantifier.
func (c *compiler) repeat(n *node, still, next int) int {
	part := n.parts[0]
	after := next
	if n.max == unlimited {
		still, after = c.loop(part, n.lazy, still, next)
	} else {
		skipStill, skipAfter := still, after
		for range n.max - n.min {
			first, later := c.both(part, still, after)
			after = c.split(later, skipAfter, n.lazy)
			if skipStill == skipAfter {
				still = after
			} else {
				still = c.split(first, skipStill, n.lazy)
			}
		}
	}
	for range n.min {
		still, after = c.both(part, still, after)
	}
	return still
}

// loop writes the instructions for any number of part: for such a loop as what comes first, and as what comes after a character.
func (c *compiler) loop(part *node, lazy bool, still, next int) (first, later int) {
	if part.isSingle() && !lazy {
		var in *instruction
		in, later = c.emit(opRun, next)
		in.set = part.asSet()
	} else {
		later = c.split(0, next, lazy)
		turn := c.compile(part, next, later)
		if c.full {
			return 0, 0
		}
		if lazy {
			c.program[later].other = turn
		} else {
			c.program[later].next = turn
		}
	}
	if still == next {
		return later, later
	}
	return c.split(c.compile(part, still, later), still, lazy), later
}

// split writes an instruction that goes on at turn, or else at skip; lazy, the other way round.
func (c *compiler) split(turn, skip int, lazy bool) int {
	if lazy {
		turn, skip = skip, turn
	}
	in, at := c.emit(opSplit, turn)
	in.other = skip
	return at
}

// sortAndFindFirsts fills in order and the first characters.
func (p *Pattern) sortAndFindFirsts() {
	firsts := make([]asciiSet, len(p.program))
	seen := make([]bool, len(p.program))
	var visit func(i int) asciiSet
	visit = func(i int) asciiSet {
		if seen[i] {
			return firsts[i]
		}
		seen[i] = true
		var first asciiSet
		switch in := &p.program[i]; in.op {
		case opMatch:
			first = allASCII
		case opChar:
			if in.char < utf8.RuneSelf {
				first.add(byte(in.char))
			}
		case opSet:
			first = in.set.ascii
		case opRun:
			first = visit(in.next).union(in.set.ascii)
		case opSplit:
			in.first, in.otherFirst = visit(in.next), visit(in.other)
			first = in.first.union(in.otherFirst)
		case opAssert, opBehind:
			first = visit(in.next)
		case opAhead:
			visit(in.other)
			first = visit(in.next)
		case opAtomic: // next is at another place
			visit(in.still)
			first = visit(in.other)
		}
		firsts[i] = first
		p.order = append(p.order, i)
		return first
	}
	for i := range p.program {
		visit(i)
	}
	p.first = firsts[p.start]
}

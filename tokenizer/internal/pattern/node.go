package pattern

// op is what a node of the syntax tree, or an instruction, does.
type op uint8

const (
	opEmpty  op = iota // nothing
	opChar             // one character
	opSet              // one character of a set
	opConcat           // its parts, one after the other
	opAlternate
	opRepeat
	opAtomic // its part, and no other way to match it once it has
	opAssert // a place
	opAhead  // its part follows
	opBehind // one of a set of characters before another, and so on, stands before

	// Of instructions only:
	opRun   // characters of a set, as many as can be
	opSplit // one way, or else another
	opMatch // the end
)

// node is a part of a regular expression.
type node struct {
	op       op
	parts    []*node
	char     rune
	set      *set
	sets     []*set // of opBehind, from the left to the right
	negated  bool   // of opAhead and opBehind
	min, max int    // of opRepeat; max is unlimited for no bound
	lazy     bool
	place    place
}

const unlimited = -1

var empty = &node{op: opEmpty}

// concat joins nodes.
func concat(parts []*node) *node {
	switch len(parts) {
	case 0:
		return empty
	case 1:
		return parts[0]
	}
	return &node{op: opConcat, parts: parts}
}

// isSingle reports whether n matches one character, whatever it is.
func (n *node) isSingle() bool { return n.op == opChar || n.op == opSet }

// asSet returns the set of what a single character may be.
func (n *node) asSet() *set {
	if n.op == opSet {
		return n.set
	}
	return newSet(ranges{n.char, n.char})
}

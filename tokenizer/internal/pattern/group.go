package pattern

import "strings"

// group reads what follows an opening parenthesis.
func (p *parser) group() (*node, error) {
	start := p.pos - 1
	if !p.take("?") {
		if p.take("*") {
			return nil, p.errorAt(start, "(* is not supported")
		}
		return p.groupBody(start)
	}
	switch {
	case p.take(":"):
		return p.groupBody(start)
	case p.take(">"):
		n, err := p.groupBody(start)
		return &node{op: opAtomic, parts: []*node{n}}, err
	case p.take("="), p.take("!"):
		negated := p.text[p.pos-1] == '!'
		n, err := p.groupBody(start)
		return &node{op: opAhead, parts: []*node{n}, negated: negated}, err
	case p.take("<="), p.take("<!"):
		negated := p.text[p.pos-1] == '!'
		n, err := p.groupBody(start)
		if err != nil {
			return nil, err
		}
		return p.behind(n, negated, start)
	case p.take("P<"), p.take("<"):
		return p.named(start, ">")
	case p.take("'"):
		return p.named(start, "'")
	}
	return p.flagGroup(start)
}

// groupBody reads the alternatives of a group and its end.
func (p *parser) groupBody(start int) (*node, error) {
	n, err := p.alternatives()
	if err == nil && !p.take(")") {
		err = p.errorAt(start, "a parenthesis is not closed")
	}
	return n, err
}

// named reads the name of a group, up to what ends it, and the group. There is no use for the name.
func (p *parser) named(start int, end string) (*node, error) {
	name, _, ok := strings.Cut(p.text[p.pos:], end)
	if !ok || name == "" {
		return nil, p.errorAt(start, "a group without a name")
	}
	p.pos += len(name) + len(end)
	return p.groupBody(start)
}

// flagGroup reads flags: (?i) for the rest of the group it is in, for which the result is nil, (?i:...) for a group of its own.
func (p *parser) flagGroup(start int) (*node, error) {
	outer := p.flags
	on := true
	for i := 0; p.pos < len(p.text); i++ {
		switch p.text[p.pos] {
		case '-':
			on = false
		case 'i':
			p.flags.folded = on
		case 'm', 's': // Perl's name for it
			p.flags.dotAll = on
		case 'x':
			p.flags.comment = on
		case ':':
			p.pos++
			n, err := p.groupBody(start)
			p.flags = outer
			return n, err
		case ')':
			if i > 0 {
				p.pos++
				return nil, nil
			}
			fallthrough
		default:
			return nil, p.errorAt(start, "%q is not supported", excerpt(p.text[start:], 1+p.pos-start))
		}
		p.pos++
	}
	return nil, p.errorAt(start, "a parenthesis is not closed")
}

// excerpt returns the n bytes with which a text begins, and what else belongs to their last character.
func excerpt(text string, n int) string {
	for n < len(text) && text[n]&0xC0 == 0x80 {
		n++
	}
	return text[:n]
}

// behind makes the look-behind for n.
func (p *parser) behind(n *node, negated bool, start int) (*node, error) {
	ways := []*node{n}
	if n.op == opAlternate {
		ways = n.parts
	}
	var parts []*node
	for _, way := range ways {
		sets, ok := singles(nil, way)
		if !ok || len(sets) > maxBehind {
			return nil, p.errorAt(start, "a look-behind is not supported that is not over a fixed number of characters, up to %d", maxBehind)
		}
		parts = append(parts, &node{op: opBehind, sets: sets, negated: negated})
	}
	if negated || len(parts) == 1 {
		return concat(parts), nil
	}
	return &node{op: opAlternate, parts: parts}, nil
}

// singles appends the sets of the characters that n matches; ok is false when it is not just some characters.
func singles(sets []*set, n *node) (all []*set, ok bool) {
	switch n.op {
	case opEmpty:
		return sets, true
	case opChar, opSet:
		return append(sets, n.asSet()), true
	case opConcat:
		for _, part := range n.parts {
			if sets, ok = singles(sets, part); !ok {
				return nil, false
			}
		}
		return sets, true
	case opRepeat:
		ok = n.min == n.max && n.parts[0].isSingle()
		for range n.min {
			if ok {
				sets = append(sets, n.parts[0].asSet())
			}
		}
		return sets, ok
	}
	return nil, false
}

package pattern

import "strconv"

// quantified reads the quantifiers that follow n, which begins at start.
func (p *parser) quantified(n *node, start int) (*node, error) {
	for i := 0; ; i++ {
		p.skipComments()
		at := p.pos
		repeat, braces, err := p.quantifier()
		switch {
		case err != nil:
			return nil, err
		case repeat == nil:
			return n, nil
		case n.op == opAssert || n.op == opAhead || n.op == opBehind:
			return nil, p.errorAt(at, "a place cannot be repeated")
		case i == 10:
			return nil, p.errorAt(at, "a quantifier of a quantifier, deeper than %d", i)
		}
		repeat.parts = []*node{n}
		n = repeat
		switch {
		case p.take("?"):
			if braces && repeat.min == repeat.max { // optional, not lazy
				n = &node{op: opRepeat, parts: []*node{repeat}, max: 1}
			} else {
				repeat.lazy = true
			}
		case !braces && p.take("+"):
			n = &node{op: opAtomic, parts: []*node{repeat}}
		}
	}
}

// quantifier reads a quantifier, without what makes it lazy or possessive; nil when there is none. What has braces but is none stands for
// itself.
func (p *parser) quantifier() (repeat *node, braces bool, err error) {
	at := p.pos
	switch {
	case p.take("*"):
		return &node{op: opRepeat, max: unlimited}, false, nil
	case p.take("+"):
		return &node{op: opRepeat, min: 1, max: unlimited}, false, nil
	case p.take("?"):
		return &node{op: opRepeat, max: 1}, false, nil
	case !p.take("{"):
		return nil, false, nil
	}
	repeat = &node{op: opRepeat}
	first, second := p.digits(), ""
	repeat.min, _ = strconv.Atoi(first)
	repeat.max = repeat.min
	if p.take(",") {
		second = p.digits()
		if repeat.max, _ = strconv.Atoi(second); second == "" {
			repeat.max = unlimited
		}
	}
	if first == "" && second == "" || !p.take("}") {
		p.pos = at
		return nil, false, nil
	}
	switch {
	case len(first) > 4 || len(second) > 4 || repeat.min > maxRepeat || repeat.max > maxRepeat:
		return nil, false, p.errorAt(at, "more than %d times", maxRepeat)
	case repeat.max != unlimited && repeat.max < repeat.min:
		return nil, false, p.errorAt(at, "from %d to %d times is not supported", repeat.min, repeat.max)
	}
	return repeat, true, nil
}

// digits reads as many digits as there are.
func (p *parser) digits() string {
	start := p.pos
	for p.pos < len(p.text) && p.text[p.pos] >= '0' && p.text[p.pos] <= '9' {
		p.pos++
	}
	return p.text[start:p.pos]
}

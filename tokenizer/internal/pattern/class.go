package pattern

import "strings"

// class reads a class, of which the opening bracket is read. Without regard to case is the outermost class only, as a whole.
func (p *parser) class(folded bool) (*set, error) {
	start := p.pos - 1
	if p.depth == maxDepth {
		return nil, p.errorAt(start, "classes within classes, deeper than %d", maxDepth)
	}
	p.depth++
	negated := p.take("^")
	var sides []*set // of the intersection
	side := &set{}
	if rest := p.text[p.pos:]; strings.HasPrefix(rest, "]") { // it is a character, if another follows
		if !strings.Contains(rest[1:], "]") {
			return nil, p.errorAt(start, "a class without members")
		}
		if err := p.member(side); err != nil {
			return nil, err
		}
	}
	for !p.take("]") {
		if p.pos == len(p.text) {
			return nil, p.errorAt(start, "a bracket is not closed")
		}
		if p.take("&&") {
			sides = append(sides, side)
			side = &set{}
			continue
		}
		if err := p.member(side); err != nil {
			return nil, err
		}
	}
	p.depth--
	sides = append(sides, side)
	for _, side := range sides[1:] {
		side.tabulate()
	}
	whole := sides[0]
	whole.limits, whole.negated, whole.folded = sides[1:], negated, folded
	whole.tabulate()
	return whole, nil
}

// member reads a character, a range, a property or a class within the class.
func (p *parser) member(into *set) error {
	start := p.pos
	if p.take("[") {
		if strings.HasPrefix(p.text[p.pos:], ":") {
			return p.errorAt(start, "[: is not supported")
		}
		nested, err := p.class(false)
		into.nested = append(into.nested, nested)
		return err
	}
	low, isChar, err := p.memberChar(into)
	if err != nil || !strings.HasPrefix(p.text[p.pos:], "-") || strings.HasPrefix(p.text[p.pos:], "-]") {
		if isChar {
			into.ranges = append(into.ranges, low, low)
		}
		return err
	}
	p.pos++
	if !isChar || p.pos == len(p.text) || p.text[p.pos] == '[' || strings.HasPrefix(p.text[p.pos:], "&&") {
		return p.errorAt(start, "a range without a first or a last character")
	}
	high, isChar, err := p.memberChar(into)
	switch {
	case err != nil:
		return err
	case !isChar:
		return p.errorAt(start, "a range without a last character")
	case high < low:
		return p.errorAt(start, "a range that ends before it begins")
	}
	into.ranges = append(into.ranges, low, high)
	if strings.HasPrefix(p.text[p.pos:], "-") { // after a range it is a character
		p.pos++
		into.ranges = append(into.ranges, '-', '-')
	}
	return nil
}

// memberChar reads a character, or a property, which goes into the set.
func (p *parser) memberChar(into *set) (r rune, isChar bool, err error) {
	start := p.pos
	if r = p.next(); r != '\\' {
		return r, true, nil
	}
	if p.take("b") {
		return '\b', true, nil
	}
	property, ok, err := p.escapedProperty()
	if ok || err != nil {
		into.properties = append(into.properties, property)
		return 0, false, err
	}
	r, err = p.escapedChar(start)
	return r, true, err
}

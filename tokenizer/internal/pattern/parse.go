package pattern

import (
	"strings"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/format"
)

// Limits on what is accepted.
const (
	maxLength = 1 << 16 // bytes of an expression
	maxDepth  = 100     // groups and classes within each other
	maxRepeat = 1000
	maxBehind = 32 // characters that a look-behind goes back
)

// flags are the options of a part of an expression.
type flags struct {
	folded  bool // i: without regard to case
	dotAll  bool // m: the dot matches line feeds too
	comment bool // x: white space counts for nothing, and # begins a comment
}

// parser reads an expression. pos is the byte that comes next.
type parser struct {
	text  string
	pos   int
	depth int
	flags flags
}

// syntaxError says what is wrong, or not supported, from which byte on.
func (p *parser) errorAt(pos int, text string, args ...any) error {
	return format.Errorf("byte %d: %s", pos, format.Sprintf(text, args...))
}

func parse(text string) (*node, error) {
	if len(text) > maxLength {
		return nil, format.Errorf("%d bytes are more than %d", len(text), maxLength)
	}
	p := &parser{text: text}
	n, err := p.alternatives()
	if err == nil && p.pos < len(text) {
		err = p.errorAt(p.pos, "a parenthesis is closed that is not open")
	}
	return n, err
}

// take steps over what comes next if it is s. It is called in many places, where it would take more room than it saves time.
//
//go:noinline
func (p *parser) take(s string) bool {
	if !strings.HasPrefix(p.text[p.pos:], s) {
		return false
	}
	p.pos += len(s)
	return true
}

// next returns the next character and steps over it; the text must not be at its end.
func (p *parser) next() rune {
	r, size := utf8.DecodeRuneInString(p.text[p.pos:])
	p.pos += size
	return r
}

// alternatives reads up to the end of the group, or of the text. Flags that are set within hold no longer.
func (p *parser) alternatives() (*node, error) {
	if p.depth == maxDepth {
		return nil, p.errorAt(p.pos, "groups within groups, deeper than %d", maxDepth)
	}
	outer := p.flags
	p.depth++
	var ways []*node
	for {
		way, err := p.sequence()
		if err != nil {
			return nil, err
		}
		ways = append(ways, way)
		if !p.take("|") {
			break
		}
	}
	p.flags = outer
	p.depth--
	if len(ways) == 1 {
		return ways[0], nil
	}
	return &node{op: opAlternate, parts: ways}, nil
}

// sequence reads one alternative.
func (p *parser) sequence() (*node, error) {
	var parts []*node
	for {
		p.skipComments()
		if p.pos == len(p.text) || p.text[p.pos] == '|' || p.text[p.pos] == ')' {
			return concat(parts), nil
		}
		start := p.pos
		part, err := p.atom()
		if err != nil {
			return nil, err
		}
		if part == nil { // flags, which hold for all that follows in the group, its other alternatives too
			rest, err := p.alternatives()
			return concat(append(parts, rest)), err
		}
		part, err = p.quantified(part, start)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
}

// skipComments steps over (?#...), and over white space and comments where they count for nothing.
func (p *parser) skipComments() {
	for p.pos < len(p.text) {
		rest := p.text[p.pos:]
		switch c := rest[0]; {
		case strings.HasPrefix(rest, "(?#") && strings.Contains(rest, ")"):
			p.pos += strings.IndexByte(rest, ')') + 1
		case p.flags.comment && (c == ' ' || c >= '\t' && c <= '\r'):
			p.pos++
		case p.flags.comment && c == '#':
			if end := strings.IndexByte(rest, '\n'); end >= 0 {
				p.pos += end + 1
			} else {
				p.pos = len(p.text)
			}
		default:
			return
		}
	}
}

// atom reads what a quantifier may follow. The result is nil after flags for the rest of the group.
func (p *parser) atom() (*node, error) {
	start := p.pos
	switch c := p.next(); c {
	case '(':
		return p.group()
	case '[':
		s, err := p.class(p.flags.folded)
		return &node{op: opSet, set: s}, err
	case '.':
		if p.flags.dotAll {
			return &node{op: opSet, set: newSet(ranges{0, utf8.MaxRune})}, nil
		}
		return &node{op: opSet, set: newSet(ranges{0, '\n' - 1, '\n' + 1, utf8.MaxRune})}, nil
	case '^':
		return &node{op: opAssert, place: lineStart}, nil
	case '$':
		return &node{op: opAssert, place: lineEnd}, nil
	case '*', '+', '?':
		return nil, p.errorAt(start, "nothing stands before %c", c)
	case '\\':
		return p.escape()
	default:
		return p.literal(c), nil
	}
}

// literal is a character that stands for itself.
func (p *parser) literal(r rune) *node {
	if p.flags.folded {
		s := &set{ranges: ranges{r, r}, folded: true}
		s.tabulate()
		return &node{op: opSet, set: s}
	}
	return &node{op: opChar, char: r}
}

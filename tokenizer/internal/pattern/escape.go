package pattern

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lorica-go/lorica/tokenizer/internal/categories"
)

// escape reads what follows a backslash outside of a class.
func (p *parser) escape() (*node, error) {
	start := p.pos - 1
	if at := p.pos; at < len(p.text) {
		if k := strings.IndexByte("AzZbB", p.text[at]); k >= 0 {
			p.pos++
			return &node{op: opAssert, place: [...]place{textStart, textEnd, textEndOrBreak, wordEdge, noWordEdge}[k]}, nil
		}
	}
	property, ok, err := p.escapedProperty()
	if err != nil {
		return nil, err
	}
	if ok {
		s := &set{properties: []inProperty{property}}
		s.tabulate()
		return &node{op: opSet, set: s}, nil
	}
	r, err := p.escapedChar(start)
	return p.literal(r), err
}

// escapedProperty reads the rest of an escape that stands for many characters, if it is one.
func (p *parser) escapedProperty() (property inProperty, ok bool, err error) {
	start := p.pos - 1
	if p.pos == len(p.text) {
		return property, false, nil
	}
	c := p.text[p.pos]
	property.negated = c < 'a'
	switch c | ' ' {
	case 's':
		property.has = unicode.IsSpace
	case 'w':
		property.has = categories.IsOnigurumaWord
	case 'd':
		property.has = categories.IsDigit
	case 'h':
		property.has = isHex
	case 'p':
		name, ok := "", false
		if rest := p.text[p.pos+1:]; strings.HasPrefix(rest, "{") {
			name, _, ok = strings.Cut(rest[1:], "}")
		}
		if !ok {
			return property, false, p.errorAt(start, "want a property's name in braces")
		}
		p.pos += len(name) + 3
		if strings.HasPrefix(name, "^") {
			name = name[1:]
			property.negated = !property.negated
		}
		if property.has = propertyOf(name); property.has == nil {
			return property, false, p.errorAt(start, "the property %.40q is not supported", name)
		}
		return property, true, nil
	default:
		return property, false, nil
	}
	p.pos++
	return property, true, nil
}

func isHex(r rune) bool { return r >= '0' && r <= '9' || r >= 'a' && r <= 'f' || r >= 'A' && r <= 'F' }

// escapedChar reads the rest of an escape that stands for one character.
func (p *parser) escapedChar(start int) (rune, error) {
	if p.pos == len(p.text) {
		return 0, p.errorAt(start, "nothing follows the backslash")
	}
	c := p.next()
	const letters, meanings = "tnrfvae", "\t\n\r\f\v\a\x1b"
	if c < utf8.RuneSelf {
		if k := strings.IndexByte(letters, byte(c)); k >= 0 {
			return rune(meanings[k]), nil
		}
	}
	switch {
	case c == 'x' && p.take("{"):
		r, digits := p.number(16, 8)
		if digits == 0 || r > utf8.MaxRune || !p.take("}") {
			return 0, p.errorAt(start, `want \x{...} with a code point in hexadecimal digits`)
		}
		return r, nil
	case c == 'x':
		r, digits := p.number(16, 2)
		if digits == 0 || r >= utf8.RuneSelf { // a byte of a character
			return 0, p.errorAt(start, `want \x and two hexadecimal digits, up to 7f`)
		}
		return r, nil
	case c == 'u':
		r, digits := p.number(16, 4)
		if digits < 4 {
			return 0, p.errorAt(start, `want \u and four hexadecimal digits`)
		}
		return r, nil
	case c == '0':
		r, _ := p.number(8, 2)
		return r, nil
	case c >= '1' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
		return 0, p.errorAt(start, `\%c is not supported`, c)
	}
	return c, nil
}

// number reads up to most digits.
func (p *parser) number(base rune, most int) (n rune, digits int) {
	for ; digits < most && p.pos < len(p.text); digits++ {
		c := p.text[p.pos]
		digit := rune(c - '0')
		if base == 16 && isHex(rune(c)) && c > '9' {
			digit = rune(c|' ') - 'a' + 10
		}
		if digit < 0 || digit >= base || c > '9' && base < 16 {
			break
		}
		n = min(n*base+digit, utf8.MaxRune+1)
		p.pos++
	}
	return n, digits
}

package tokenizer

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/lorica-go/lorica/internal/jsonscan"
)

// match is a part of a text: one that a pattern matches, or what lies between two such.
type match struct {
	start, end int32
	hit        bool
}

// pattern cuts a text into matches and what lies between them, end to end.
type pattern interface {
	find(text []byte, dst []match) []match
}

// readPattern reads {"String": "..."} or {"Regex": "..."}.
func readPattern(s *jsonscan.Scanner) (p pattern, err error) {
	err = s.Object(func(key string) error {
		if p != nil {
			return s.Errorf("want one of String and Regex, not both")
		}
		offset := *s
		text, err := s.String()
		switch {
		case err != nil:
			return err
		case text == "":
			return offset.Errorf("the pattern is empty")
		case key == "String":
			p = literal(text)
			return nil
		case key != "Regex":
			return offset.Errorf("want String or Regex")
		case text == gpt2Regex:
			p = gpt2Pattern{}
			return nil
		case text == spacesRegex:
			p = spacesPattern{}
			return nil
		}
		goText, err := translateRegex(text)
		if err != nil {
			return offset.Errorf("%v", err)
		}
		re, err := regexp.Compile(goText)
		if err != nil {
			return offset.Errorf("unsupported regular expression %.80q: %v", text, err)
		}
		p = &regex{re}
		return nil
	})
	if err == nil && p == nil {
		err = s.Errorf("want String or Regex")
	}
	return p, err
}

// literal matches itself.
type literal string

func (l literal) find(text []byte, dst []match) []match {
	needle := []byte(l)
	at := 0
	for {
		i := bytes.Index(text[at:], needle)
		if i < 0 {
			return appendRest(dst, text, at)
		}
		if i > 0 {
			dst = append(dst, match{int32(at), int32(at + i), false})
		}
		dst = append(dst, match{int32(at + i), int32(at + i + len(needle)), true})
		at += i + len(needle)
	}
}

// appendRest adds what follows the last match.
func appendRest(dst []match, text []byte, at int) []match {
	if at < len(text) {
		dst = append(dst, match{int32(at), int32(len(text)), false})
	}
	return dst
}

// regex matches a regular expression.
type regex struct{ *regexp.Regexp }

func (re *regex) find(text []byte, dst []match) []match {
	at := 0
	for _, m := range re.FindAllIndex(text, -1) {
		if at < m[0] {
			dst = append(dst, match{int32(at), int32(m[0]), false})
		}
		dst = append(dst, match{int32(m[0]), int32(m[1]), true})
		at = m[1]
	}
	return appendRest(dst, text, at)
}

// spacesRegex is the pattern by which the converted SentencePiece tokenizers find runs of spaces.
const spacesRegex = " {2,}"

// spacesPattern is spacesRegex without the machinery and the memory of package regexp.
type spacesPattern struct{}

func (spacesPattern) find(text []byte, dst []match) []match {
	at := 0
	for {
		i := bytes.Index(text[at:], []byte("  "))
		if i < 0 {
			return appendRest(dst, text, at)
		}
		start := at + i
		end := start + 2
		for end < len(text) && text[end] == ' ' {
			end++
		}
		if at < start {
			dst = append(dst, match{int32(at), int32(start), false})
		}
		dst = append(dst, match{int32(start), int32(end), true})
		at = end
	}
}

// class matches single code points.
type class func(r rune) bool

func (in class) find(text []byte, dst []match) []match {
	at := 0
	for i := 0; i < len(text); {
		r, size := decode(text[i:])
		if in(r) {
			if at < i {
				dst = append(dst, match{int32(at), int32(i), false})
			}
			dst = append(dst, match{int32(i), int32(i + size), true})
			at = i + size
		}
		i += size
	}
	return appendRest(dst, text, at)
}

// translateRegex turns a regular expression of Oniguruma, in its Ruby syntax, into one that means the same to Go, or
// returns an error where that cannot be had. The two differ silently in these: the classes \s, \w, \d are Unicode in
// Oniguruma and ASCII in Go, ^ and $ match at each line, and (?m) means that . matches line ends. Constructs that Go
// lacks (look-around, possessive quantifiers, back-references) are left for its compiler to refuse.
func translateRegex(text string) (string, error) {
	var b strings.Builder
	b.WriteString("(?m)")
	inClass := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\' && i+1 < len(text):
			i++
			if err := translateEscape(&b, text[i], inClass); err != nil {
				return "", err
			}
		case c == '[' && inClass:
			return "", unsupportedRegex("a class within a class")
		case c == '&' && inClass && strings.HasPrefix(text[i:], "&&"):
			return "", unsupportedRegex("an intersection of classes")
		case c == '(' && strings.HasPrefix(text[i:], "(?") && flagsHaveM(text[i+2:]):
			return "", unsupportedRegex("(?m)")
		default:
			if c == '[' {
				inClass = true
			} else if c == ']' {
				inClass = false
			}
			b.WriteByte(c)
		}
	}
	return b.String(), nil
}

const (
	goSpace = `\t-\r \x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}`
	goWord  = `\p{L}\p{M}\p{N}\p{Pc}`
)

func translateEscape(b *strings.Builder, c byte, inClass bool) error {
	var members string
	switch c {
	case 's', 'S':
		members = goSpace
	case 'w', 'W':
		members = goWord
	case 'd', 'D':
		members = `\p{Nd}`
	case 'b', 'B', 'h', 'H', 'R', 'X', 'G', 'K', 'Z', 'N', 'O', 'y', 'Y', 'k', 'g':
		return unsupportedRegex(`\` + string(c))
	default:
		b.WriteByte('\\')
		b.WriteByte(c)
		return nil
	}
	negated := c < 'a'
	switch {
	case inClass && negated:
		return unsupportedRegex(`\` + string(c) + " in a class")
	case inClass:
		b.WriteString(members)
	case negated:
		b.WriteString("[^" + members + "]")
	default:
		b.WriteString("[" + members + "]")
	}
	return nil
}

// flagsHaveM reports whether the text after "(?" sets or clears the flag m.
func flagsHaveM(text string) bool {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == 'm':
			return true
		case c != '-' && c != 'i' && c != 's' && c != 'x':
			return false
		}
	}
	return false
}

type unsupportedRegex string

func (e unsupportedRegex) Error() string {
	return "unsupported in a regular expression: " + string(e)
}

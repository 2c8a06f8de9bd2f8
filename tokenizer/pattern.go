package tokenizer

import (
	"bytes"

	"github.com/lorica-go/lorica/internal/jsonscan"
	regular "github.com/lorica-go/lorica/tokenizer/internal/pattern"
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
		re, err := regular.Compile(text)
		if err != nil {
			return offset.Errorf("unsupported regular expression %.80q: %v", text, err)
		}
		p = regex{re}
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
type regex struct{ *regular.Pattern }

func (re regex) find(text []byte, dst []match) []match {
	at := 0
	re.Find(text, func(m regular.Match) {
		if at < m.Start {
			dst = append(dst, match{int32(at), int32(m.Start), false})
		}
		dst = append(dst, match{int32(m.Start), int32(m.End), true})
		at = m.End
	})
	return appendRest(dst, text, at)
}

// spacesRegex is the pattern by which the converted SentencePiece tokenizers find runs of spaces.
const spacesRegex = " {2,}"

// spacesPattern is spacesRegex without the machinery of regular expressions.
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

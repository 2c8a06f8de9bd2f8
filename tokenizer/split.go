package tokenizer

import (
	"github.com/lorica-go/lorica/internal/jsonscan"
)

// behavior says what becomes of the matches of a split's pattern.
type behavior string

// The behaviors, on "the-final--countdown" with the pattern "-":
const (
	removed            behavior = "Removed"            // the | final | countdown
	isolated           behavior = "Isolated"           // the | - | final | - | - | countdown
	mergedWithPrevious behavior = "MergedWithPrevious" // the- | final- | - | countdown
	mergedWithNext     behavior = "MergedWithNext"     // the | -final | - | -countdown
	contiguous         behavior = "Contiguous"         // the | - | final | -- | countdown
)

func readBehavior(s *jsonscan.Scanner, b *behavior) error {
	at := *s
	text, err := s.String()
	if err != nil {
		return err
	}
	switch *b = behavior(text); *b {
	case removed, isolated, mergedWithPrevious, mergedWithNext, contiguous:
		return nil
	}
	return at.Errorf("unknown behavior %.40q", text)
}

// split cuts the pieces where a pattern matches; inverted, where it does not.
type split struct {
	pattern  pattern
	behavior behavior
	invert   bool
}

func readSplit(s *jsonscan.Scanner) (preTokenizer, error) {
	var p split
	err := s.Object(func(key string) (err error) {
		switch key {
		case "pattern":
			p.pattern, err = readPattern(s)
			return err
		case "behavior":
			return readBehavior(s, &p.behavior)
		case "invert":
			return readBool(s, &p.invert)
		}
		return s.Skip()
	}, "pattern", "behavior", "invert")
	return p, err
}

func (s split) preTokenize(w *work) {
	for _, p := range w.takePieces() {
		if p.token >= 0 {
			w.pieces = append(w.pieces, p)
			continue
		}
		w.matches = s.pattern.find(w.text[p.start:p.end], w.matches[:0])
		if s.invert {
			for i := range w.matches {
				w.matches[i].hit = !w.matches[i].hit
			}
		}
		for _, m := range s.behavior.apply(w.matches) {
			w.keep(p.start+m.start, p.start+m.end)
		}
	}
}

// apply joins or drops matches, in place.
func (b behavior) apply(matches []match) []match {
	out := matches[:0]
	last := false // whether the previous part was a match
	switch b {
	case isolated:
		return matches
	case removed:
		for _, m := range matches {
			if !m.hit {
				out = append(out, m)
			}
		}
	case contiguous:
		for _, m := range matches {
			if m.hit == last && len(out) > 0 {
				out[len(out)-1].end = m.end
			} else {
				out = append(out, m)
			}
			last = m.hit
		}
	case mergedWithPrevious:
		for _, m := range matches {
			if m.hit && !last && len(out) > 0 {
				out[len(out)-1].end = m.end
			} else {
				out = append(out, m)
			}
			last = m.hit
		}
	case mergedWithNext: // from the right, the mirror image of mergedWithPrevious
		first := len(matches)
		for i := len(matches) - 1; i >= 0; i-- {
			m := matches[i]
			if m.hit && !last && first < len(matches) {
				matches[first].start = m.start
			} else {
				first--
				matches[first] = m
			}
			last = m.hit
		}
		return matches[first:]
	}
	return out
}

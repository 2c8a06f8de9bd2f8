package main

// runLetters is how many letters in a row two texts have to share for one to count as seen in the other.
const runLetters = 25

// letters is a text without all but its letters of the Latin alphabet, in lower case: the two sets of sentences differ in
// spaces, punctuation and how letters with accents are written.
func letters(text string) string {
	b := make([]byte, 0, len(text))
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z':
			b = append(b, c)
		case 'A' <= c && c <= 'Z':
			b = append(b, c-'A'+'a')
		}
	}
	return string(b)
}

// howSeen says how a text stands in others.
type howSeen uint8

const (
	unseen howSeen = iota
	inPart         // a run of runLetters letters stands in one of them
	whole          // its letters are those of one of them
)

// search finds which of a few texts stand, whole or in part, in many others.
type search struct {
	wholes, runs map[string]bool // of the few; true where it has been met
}

func newSearch() *search { return &search{map[string]bool{}, map[string]bool{}} }

// add makes a text one of the few.
func (s *search) add(text string) {
	l := letters(text)
	s.wholes[l] = false
	for i := 0; i+runLetters <= len(l); i++ {
		s.runs[l[i:i+runLetters]] = false
	}
}

// meet tells what one of the many texts is.
func (s *search) meet(text string) {
	l := letters(text)
	if met, ok := s.wholes[l]; ok && !met && l != "" {
		s.wholes[l] = true
	}
	for i := 0; i+runLetters <= len(l); i++ {
		if met, ok := s.runs[l[i:i+runLetters]]; ok && !met {
			s.runs[l[i:i+runLetters]] = true
		}
	}
}

// result says how one of the few texts stands in those that were met.
func (s *search) result(text string) howSeen {
	l := letters(text)
	if s.wholes[l] {
		return whole
	}
	for i := 0; i+runLetters <= len(l); i++ {
		if s.runs[l[i:i+runLetters]] {
			return inPart
		}
	}
	return unseen
}

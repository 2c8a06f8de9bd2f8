package tokenizer

import (
	"slices"

	"github.com/lorica-go/lorica/internal/jsonscan"
)

// maxID bounds token ids: memory is taken for each id up to the largest, and wordEntry has 24 bits for one.
const maxID = 1<<24 - 1

// vocab maps tokens to ids and back.
type vocab struct {
	tokens []string // by id
	known  []bool   // by id: false where no token has it
	size   int
	table  stringTable // of tokens, whose indices are the ids
}

// readVocab reads an object of tokens and ids.
func readVocab(s *jsonscan.Scanner) (*vocab, error) {
	v := &vocab{}
	// A token takes six bytes of JSON at least, so that ids without large gaps stay far below the length of the text.
	limit := min(int64(s.Left())+1<<16, maxID)
	v.tokens = make([]string, 0, s.Left()/24)
	v.known = make([]bool, 0, s.Left()/24)
	err := s.Members(func(token string) error {
		at := s.Offset()
		n, err := s.Int(0, limit)
		if err != nil {
			return err
		}
		if !v.add(token, int32(n)) {
			return s.ErrorAt(at, "id %d is that of %.80q too", n, v.tokens[n])
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if twice, ok := v.index(); !ok {
		return nil, s.Errorf("token %.80q occurs twice", twice)
	}
	return v, nil
}

// add gives a token an id and reports whether the id was free.
func (v *vocab) add(token string, id int32) bool {
	for int(id) >= len(v.tokens) {
		v.tokens = append(v.tokens, "")
		v.known = append(v.known, false)
	}
	if v.known[id] {
		return false
	}
	v.tokens[id], v.known[id] = token, true
	v.size++
	return true
}

// index makes the table, after all tokens have been added; ok is false when a token has two ids.
func (v *vocab) index() (twice string, ok bool) {
	v.table = newStringTable(v.size)
	for id := range v.tokens {
		if v.known[id] && v.table.insert(v.tokens, int32(id)) != int32(id) {
			return v.tokens[id], false
		}
	}
	return "", true
}

// indexLast is index for vocabularies in which a token may have several ids: the last is the one that it is known by.
func (v *vocab) indexLast() {
	v.table = newStringTable(v.size)
	for id := len(v.tokens) - 1; id >= 0; id-- {
		if v.known[id] {
			v.table.insert(v.tokens, int32(id))
		}
	}
}

// id returns the id of a token, or -1.
func (v *vocab) id(token []byte) int32 { return v.table.find(v.tokens, token) }

// idOf is id for a string.
func (v *vocab) idOf(token string) int32 { return v.table.find(v.tokens, []byte(token)) }

// token returns the token of an id.
func (v *vocab) token(id int32) (string, bool) {
	if id < 0 || int(id) >= len(v.tokens) || !v.known[id] {
		return "", false
	}
	return v.tokens[id], true
}

// longest returns the length in bytes of the longest token.
func (v *vocab) longest() int {
	if len(v.tokens) == 0 {
		return 0
	}
	return len(slices.MaxFunc(v.tokens, func(a, b string) int { return len(a) - len(b) }))
}

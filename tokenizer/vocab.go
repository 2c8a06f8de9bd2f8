package tokenizer

import (
	"slices"

	"github.com/lorica-go/lorica/tokenizer/internal/jsonscan"
)

// maxID bounds token ids: memory is taken for each id up to the largest.
const maxID = 1<<24 - 1

// vocab maps tokens to ids and back.
type vocab struct {
	entries []string // in the order of the file
	ids     []int32  // of entries
	table   stringTable
	byID    []string // "" where no token has the id, and for the token that is ""
	known   []bool   // by id
}

// readVocab reads an object of tokens and ids.
func readVocab(s *jsonscan.Scanner) (*vocab, error) {
	v := &vocab{}
	highest := int32(-1)
	err := s.Members(func(token string) error {
		id, err := s.Int(0, maxID)
		v.entries = append(v.entries, token)
		v.ids = append(v.ids, int32(id))
		highest = max(highest, int32(id))
		return err
	})
	if err != nil {
		return nil, err
	}
	if limit := 16*len(v.entries) + 1<<16; int(highest) > limit {
		return nil, s.Errorf("id %d is out of range for %d tokens", highest, len(v.entries))
	}
	v.byID = make([]string, highest+1)
	v.known = make([]bool, highest+1)
	v.table = newStringTable(len(v.entries))
	for i, token := range v.entries {
		if v.table.insert(v.entries, int32(i)) != int32(i) {
			return nil, s.Errorf("token %.80q occurs twice", token)
		}
		id := v.ids[i]
		if v.known[id] {
			return nil, s.Errorf("tokens %.80q and %.80q have the same id %d", v.byID[id], token, id)
		}
		v.byID[id], v.known[id] = token, true
	}
	return v, nil
}

// id returns the id of a token, or -1.
func (v *vocab) id(token []byte) int32 {
	if i := v.table.find(v.entries, token); i >= 0 {
		return v.ids[i]
	}
	return -1
}

// token returns the token of an id.
func (v *vocab) token(id int32) (string, bool) {
	if id < 0 || int(id) >= len(v.byID) || !v.known[id] {
		return "", false
	}
	return v.byID[id], true
}

// size returns the number of tokens.
func (v *vocab) size() int { return len(v.entries) }

// longest returns the length in bytes of the longest token.
func (v *vocab) longest() int {
	if len(v.entries) == 0 {
		return 0
	}
	return len(slices.MaxFunc(v.entries, func(a, b string) int { return len(a) - len(b) }))
}

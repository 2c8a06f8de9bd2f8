//go:build !wasm

package tokenizer

import (
	"cmp"
	"slices"

	"github.com/lorica-go/lorica/tokenizer/internal/spm"
)

// addedTokens returns the added tokens as transformers adds them: those that the model sets apart, those of the
// configuration, those with a role. Of a token that comes again the flags count that were given last. next is the id of the first
// that is not in the vocabulary.
func (m *pieceModel) addedTokens(ids tokenIDs, next int32) []AddedToken {
	a := addedList{ids: ids, next: next, at: map[string]int{}}
	for _, p := range m.Pieces {
		if p.Kind == spm.Control || p.Kind == spm.UserDefined {
			a.add(AddedToken{Content: p.Text, Special: p.Kind == spm.Control})
		}
	}
	c := m.config
	special := map[string]bool{} // contents of the tokens with a role
	for _, t := range m.roleTokens() {
		special[t.Content] = true
	}
	for _, t := range c.added {
		if t.Special = t.Special || special[t.Content]; !c.decoded {
			t.Normalized = !t.Special
		}
		a.add(t)
	}
	for _, t := range m.roleTokens() {
		_, there := a.at[t.Content]
		if t.Content == "" || there && (!t.flags || c.decoded && c.addedContents[t.Content]) {
			continue
		}
		t.Special = true
		a.add(t.AddedToken)
	}
	return a.sorted()
}

// roleTokens returns the tokens with a role, in the order of the roles, and the additional special ones.
func (m *pieceModel) roleTokens() []roleToken {
	var all []roleToken
	for i, role := range specialRoles {
		usual := m.family.usual(i)
		t, named := m.config.special[role]
		switch {
		case !named:
			t = usual
		case !t.flags && usual.flags:
			t.LStrip, t.Normalized, t.flags = usual.LStrip, usual.Normalized, true
		}
		all = append(all, t)
	}
	all = append(all, m.config.additional...)
	if m.family == t5Pieces {
		if n, err := m.config.extraTokens(); err == nil && m.config.namedExtraTokens() == 0 {
			for i := range n {
				all = append(all, roleToken{AddedToken: AddedToken{Content: extraToken(i)}})
			}
		}
	}
	return all
}

// tokenIDs has the ids of some tokens of a vocabulary: -1 of those that are not in it.
type tokenIDs map[string]int32

func (ids tokenIDs) of(token string) int32 {
	if id, ok := ids[token]; ok {
		return id
	}
	return -1
}

// findIDs finds the ids of the tokens that may be added tokens. Of equal tokens the last counts.
func (m *pieceModel) findIDs(tokens []scoredToken) tokenIDs {
	ids := tokenIDs{m.family.cls: -1, m.family.sep: -1}
	for _, p := range m.Pieces {
		if p.Kind == spm.Control || p.Kind == spm.UserDefined {
			ids[p.Text] = -1
		}
	}
	for _, t := range m.config.added {
		ids[t.Content] = -1
	}
	for _, t := range m.roleTokens() {
		ids[t.Content] = -1
	}
	for id, t := range tokens {
		if _, ok := ids[t.text]; ok {
			ids[t.text] = int32(id)
		}
	}
	return ids
}

// addedList collects added tokens by content.
type addedList struct {
	ids    tokenIDs
	next   int32 // id of the next token that is not in the vocabulary
	tokens []AddedToken
	at     map[string]int
}

// add adds a token, or gives one that is there other flags.
func (a *addedList) add(t AddedToken) {
	if i, ok := a.at[t.Content]; ok {
		t.ID = a.tokens[i].ID
		a.tokens[i] = t
		return
	}
	if t.ID = a.ids.of(t.Content); t.ID < 0 {
		t.ID = a.next
		a.next++
	}
	a.at[t.Content] = len(a.tokens)
	a.tokens = append(a.tokens, t)
}

// sorted returns the tokens by id.
func (a *addedList) sorted() []AddedToken {
	slices.SortStableFunc(a.tokens, func(x, y AddedToken) int { return cmp.Compare(x.ID, y.ID) })
	return a.tokens
}

package tokenizer

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/jsonscan"
	"github.com/lorica-go/lorica/tokenizer/internal/categories"
)

// AddedToken is a token that is looked for in the text before anything else.
type AddedToken struct {
	ID         int32
	Content    string
	SingleWord bool // not within a word
	LStrip     bool // takes the white space before it
	RStrip     bool // takes the white space after it
	Normalized bool // looked for in the normalized text, itself normalized
	Special    bool // stands for no text: Decode can leave it out
}

// readAddedTokens reads the "added_tokens" section.
func readAddedTokens(s *jsonscan.Scanner) (tokens []AddedToken, err error) {
	if s.Null() {
		return nil, nil
	}
	err = s.Array(func(int) error {
		var t AddedToken
		err := s.Object(func(key string) error {
			if key != "id" {
				return t.readField(s, key)
			}
			id, err := s.Int(0, maxID)
			t.ID = int32(id)
			return err
		}, "id", "content", "single_word", "lstrip", "rstrip", "normalized", "special")
		tokens = append(tokens, t)
		return err
	})
	return tokens, err
}

// readField reads the value of a key that tokens have in tokenizer.json and in the files beside it alike, and skips others.
func (t *AddedToken) readField(s *jsonscan.Scanner, key string) error {
	switch key {
	case "content":
		return readString(s, &t.Content)
	case "single_word":
		return readBool(s, &t.SingleWord)
	case "lstrip":
		return readBool(s, &t.LStrip)
	case "rstrip":
		return readBool(s, &t.RStrip)
	case "normalized":
		return readBool(s, &t.Normalized)
	case "special":
		return readBool(s, &t.Special)
	}
	return s.Skip()
}

// addedVocab holds the added tokens.
type addedVocab struct {
	tokens     []AddedToken // in the order of the file, without repetitions
	byContent  map[string]int32
	byID       map[int32]int32
	raw        matcher // finds those that are not normalized
	normalized matcher
	python     bool // white space that a token takes belongs to nothing, as in the Python tokenizers
}

// newAddedVocab gives the tokens their ids, as Hugging Face's library does whatever the file says: that of the model's
// vocabulary for a token of that content, else the next free one.
func newAddedVocab(tokens []AddedToken, known *vocab, n normalizer) *addedVocab {
	a := &addedVocab{byContent: map[string]int32{}, byID: map[int32]int32{}}
	next := int32(known.size)
	for _, t := range tokens {
		if t.Content == "" {
			continue
		}
		if i, ok := a.byContent[t.Content]; ok {
			t.ID, t.Special = a.tokens[i].ID, t.Special || a.tokens[i].Special
			a.tokens[i] = t
			continue
		}
		if id := known.idOf(t.Content); id >= 0 {
			t.ID = id
		} else {
			t.ID = next
			next++
		}
		a.byContent[t.Content] = int32(len(a.tokens))
		a.byID[t.ID] = int32(len(a.tokens))
		a.tokens = append(a.tokens, t)
	}
	var w work
	for i, t := range a.tokens {
		if !t.Normalized {
			a.raw.insert([]byte(t.Content), int32(i))
			continue
		}
		w.reset([]byte(t.Content), 0)
		if n != nil {
			n.normalize(&w)
		}
		a.normalized.insert(w.text, int32(i))
	}
	return a
}

// matcher is a trie of byte strings.
type matcher struct {
	nodes []matcherNode // the first is the root
	first [256]bool     // whether a string begins with the byte
	only  int           // the byte with which all of them begin, or -1
}

type matcherNode struct {
	edges []matcherEdge
	token int32 // index of the added token that ends here, plus 1
}

type matcherEdge struct {
	b    byte
	node int32
}

// insert adds a string; an empty one is left out, and of equal ones the first counts.
func (m *matcher) insert(s []byte, token int32) {
	if len(s) == 0 {
		return
	}
	if len(m.nodes) == 0 {
		m.nodes = make([]matcherNode, 1)
		m.only = int(s[0])
	}
	if m.only != int(s[0]) {
		m.only = -1
	}
	m.first[s[0]] = true
	at := int32(0)
	for _, b := range s {
		next := m.child(at, b)
		if next < 0 {
			next = int32(len(m.nodes))
			m.nodes = append(m.nodes, matcherNode{})
			m.nodes[at].edges = append(m.nodes[at].edges, matcherEdge{b, next})
		}
		at = next
	}
	if m.nodes[at].token == 0 {
		m.nodes[at].token = token + 1
	}
}

func (m *matcher) child(node int32, b byte) int32 {
	for _, e := range m.nodes[node].edges {
		if e.b == b {
			return e.node
		}
	}
	return -1
}

// next returns the first match at or after byte at: the leftmost, of those the longest.
func (m *matcher) next(text []byte, at int) (start, end int, token int32, ok bool) {
	for ; at < len(text); at++ {
		i := m.candidate(text[at:])
		if i < 0 {
			return 0, 0, 0, false
		}
		at += i
		node := int32(0)
		for j := at; j < len(text); j++ {
			if node = m.child(node, text[j]); node < 0 {
				break
			}
			if t := m.nodes[node].token; t > 0 {
				end, token, ok = j+1, t-1, true
			}
		}
		if ok {
			return at, end, token, true
		}
	}
	return 0, 0, 0, false
}

// longest returns the length of the longest string that text begins with, 0 when there is none.
func (m *matcher) longest(text []byte) int {
	if len(m.nodes) == 0 {
		return 0
	}
	length := 0
	node := int32(0)
	for i, b := range text {
		if node = m.child(node, b); node < 0 {
			break
		}
		if m.nodes[node].token > 0 {
			length = i + 1
		}
	}
	return length
}

// candidate returns where a match could begin, or -1.
func (m *matcher) candidate(text []byte) int {
	if len(m.nodes) == 0 {
		return -1
	}
	if m.only >= 0 {
		return bytes.IndexByte(text, byte(m.only))
	}
	for i, b := range text {
		if m.first[b] {
			return i
		}
	}
	return -1
}

// split appends the added tokens of text, and what lies between them, to dst.
func (a *addedVocab) split(m *matcher, text []byte, dst []piece) []piece {
	done := 0
	for at := 0; ; {
		start, end, index, ok := m.next(text, at)
		if !ok {
			break
		}
		at = end
		t := &a.tokens[index]
		if t.SingleWord && (endsWithWord(text[:start]) || startsWithWord(text[end:])) {
			continue
		}
		before, after := start, end // where the white space begins and ends that the token takes
		if t.LStrip {
			before = max(len(bytes.TrimRightFunc(text[:start], a.isSpace)), done)
		}
		if t.RStrip {
			after = len(text) - len(bytes.TrimLeftFunc(text[end:], a.isSpace))
		}
		if !a.python {
			start, end = before, after
		}
		if done < before {
			dst = append(dst, piece{int32(done), int32(before), -1})
		}
		dst = append(dst, piece{int32(start), int32(end), t.ID})
		done = after
	}
	if done < len(text) {
		dst = append(dst, piece{int32(done), int32(len(text)), -1})
	}
	return dst
}

// isSpace reports whether a token can take r.
func (a *addedVocab) isSpace(r rune) bool {
	return unicode.IsSpace(r) || a.python && pythonSpace(r)
}

func endsWithWord(text []byte) bool {
	r, size := utf8.DecodeLastRune(text)
	return size > 0 && categories.IsWord(r)
}

func startsWithWord(text []byte) bool {
	r, size := utf8.DecodeRune(text)
	return size > 0 && categories.IsWord(r)
}

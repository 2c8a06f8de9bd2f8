package tokenizer

// Encoding is one sequence of token ids with what is known of each. All slices but Overflowing and the surfaces are
// parallel. An Encoding may be reused with EncodeInto, which keeps its memory.
type Encoding struct {
	IDs     []int32
	TypeIDs []int32

	// Offsets are in bytes of the text that the token comes from (see SequenceIDs); CodePoints converts them. Special tokens
	// and padding have {0, 0}.
	Offsets []Offset

	// Special is true for tokens that the post-processor added and for padding, not for a [SEP] that the text spells out.
	Special []bool

	// SequenceIDs is 0 or 1 for the first or second text, -1 for special tokens and padding.
	SequenceIDs []int8

	// WordIDs is the index, in its text, of the piece that the token is a part of; -1 for special tokens and padding.
	WordIDs []int32

	// Truncated tells that tokens of a text were left out.
	Truncated bool

	// Overflowing has the chunks that truncation left out, when Options.Overflow asks for them: first those of the first
	// text, each with all chunks of the second, then the first chunk of the first text with the others of the second. (First
	// means first in the template.)
	Overflowing []Encoding

	// PadLeft and PadRight are how many tokens of padding there are at the two ends.
	PadLeft, PadRight int

	tokenizer *Tokenizer
	surfaces  surfaces
}

// surfaces is what tokens show where that is not the vocabulary's token of the id: the <mask> that ate the space before it
// shows " <mask>".
type surfaces struct {
	list []surface
	text []byte
}

// surface is the index of a token, and the range of text that it shows.
type surface struct{ index, start, end int32 }

func (s *surfaces) reset() { s.list, s.text = s.list[:0], s.text[:0] }

// show sets what the token of an index shows.
func show[T string | []byte](s *surfaces, index int, text T) {
	start := int32(len(s.text))
	s.text = append(s.text, text...)
	s.list = append(s.list, surface{int32(index), start, int32(len(s.text))})
}

// of returns what a surface shows.
func (s *surfaces) of(shown surface) []byte { return s.text[shown.start:shown.end] }

// Len returns the number of tokens.
func (e *Encoding) Len() int { return len(e.IDs) }

// Tokens returns what each token shows: mostly the vocabulary's token of the id.
func (e *Encoding) Tokens() []string {
	tokens := make([]string, len(e.IDs))
	for i, id := range e.IDs {
		tokens[i], _ = e.tokenizer.IDToToken(id)
	}
	for _, s := range e.surfaces.list {
		tokens[s.index] = string(e.surfaces.of(s))
	}
	return tokens
}

// AttentionMask returns 1 for each token and 0 for padding.
func (e *Encoding) AttentionMask() []int32 {
	mask := make([]int32, len(e.IDs))
	for i := e.PadLeft; i < len(mask)-e.PadRight; i++ {
		mask[i] = 1
	}
	return mask
}

// CodePointOffsets returns the offsets in code points of the texts that were encoded; second is "" when there was one.
func (e *Encoding) CodePointOffsets(first, second string) []Offset {
	offsets := make([]Offset, len(e.Offsets))
	for sequence, text := range []string{first, second} {
		var of []int
		var part []Offset
		for i, s := range e.SequenceIDs {
			if int(s) == sequence {
				of, part = append(of, i), append(part, e.Offsets[i])
			}
		}
		CodePoints(text, part)
		for k, i := range of {
			offsets[i] = part[k]
		}
	}
	return offsets
}

// reset empties the Encoding and keeps its memory.
func (e *Encoding) reset(t *Tokenizer) {
	*e = Encoding{
		IDs: e.IDs[:0], TypeIDs: e.TypeIDs[:0], Offsets: e.Offsets[:0], Special: e.Special[:0],
		SequenceIDs: e.SequenceIDs[:0], WordIDs: e.WordIDs[:0], Overflowing: e.Overflowing[:0],
		surfaces: e.surfaces, tokenizer: t,
	}
	e.surfaces.reset()
}

// appendSpecial adds the special tokens of a template's part.
func (e *Encoding) appendSpecial(part templatePart) {
	for i, id := range part.ids {
		if token, _ := e.tokenizer.IDToToken(id); token != part.tokens[i] {
			show(&e.surfaces, len(e.IDs), part.tokens[i])
		}
		e.append(id, part.typeID, Offset{}, true, -1, -1)
	}
}

func (e *Encoding) append(id, typeID int32, offset Offset, special bool, sequence int8, word int32) {
	e.IDs = append(e.IDs, id)
	e.TypeIDs = append(e.TypeIDs, typeID)
	e.Offsets = append(e.Offsets, offset)
	e.Special = append(e.Special, special)
	e.SequenceIDs = append(e.SequenceIDs, sequence)
	e.WordIDs = append(e.WordIDs, word)
}

// appendTokens adds tokens of a text and returns the index of the first.
func (e *Encoding) appendTokens(tokens []token, typeID int32, sequence int8) int {
	first := len(e.IDs)
	n := first + len(tokens)
	e.IDs = grow(e.IDs, n)
	e.TypeIDs = grow(e.TypeIDs, n)
	e.Offsets = grow(e.Offsets, n)
	e.Special = grow(e.Special, n)
	e.SequenceIDs = grow(e.SequenceIDs, n)
	e.WordIDs = grow(e.WordIDs, n)
	for i := range tokens {
		t := &tokens[i]
		e.IDs[first+i] = t.id
		e.Offsets[first+i] = t.offset
		e.WordIDs[first+i] = t.word
	}
	for i := first; i < n; i++ {
		e.TypeIDs[i] = typeID
	}
	for i := first; i < n; i++ {
		e.SequenceIDs[i] = sequence
	}
	clear(e.Special[first:n])
	return first
}

// grow returns s with length n.
func grow[T any](s []T, n int) []T {
	if n <= cap(s) {
		return s[:n]
	}
	return append(s, make([]T, n-len(s))...)
}

// Pad lengthens the Encoding, and its Overflowing ones, to p.Length rounded up to p.MultipleOf. Longer ones stay.
func (e *Encoding) Pad(p Padding) {
	for i := range e.Overflowing {
		e.Overflowing[i].Pad(p)
	}
	length := p.Length
	if p.MultipleOf > 0 && length%p.MultipleOf > 0 {
		length += p.MultipleOf - length%p.MultipleOf
	}
	n := len(e.IDs)
	missing := length - n
	if missing <= 0 {
		return
	}
	e.IDs = pad(e.IDs, missing, p.Left, p.ID)
	e.TypeIDs = pad(e.TypeIDs, missing, p.Left, p.TypeID)
	e.Offsets = pad(e.Offsets, missing, p.Left, Offset{})
	e.Special = pad(e.Special, missing, p.Left, true)
	e.SequenceIDs = pad(e.SequenceIDs, missing, p.Left, -1)
	e.WordIDs = pad(e.WordIDs, missing, p.Left, -1)
	if p.Left {
		for i := range e.surfaces.list {
			e.surfaces.list[i].index += int32(missing)
		}
		e.PadLeft += missing
		n = 0
	} else {
		e.PadRight += missing
	}
	if token, _ := e.tokenizer.IDToToken(p.ID); token != p.Token {
		for i := n; i < n+missing; i++ {
			show(&e.surfaces, i, p.Token)
		}
	}
}

// pad adds value, as often as told, at the front or at the end. Inlined, it would be there six times.
//
//go:noinline
func pad[T any](s []T, missing int, left bool, value T) []T {
	n := len(s)
	s = grow(s, n+missing)
	added := s[n:]
	if left {
		copy(s[missing:], s[:n])
		added = s[:missing]
	}
	for i := range added {
		added[i] = value
	}
	return s
}

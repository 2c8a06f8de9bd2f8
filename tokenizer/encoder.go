package tokenizer

import (
	"math"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/format"
)

// maxText bounds a text, in bytes: offsets are 32 bits wide, and normalization may lengthen a text eightfold.
const maxText = 1 << 27

// Options say how to encode. The zero value adds special tokens and neither truncates nor pads, whatever the tokenizer.json
// says: as in Hugging Face's transformers, the file's own settings (Tokenizer.Truncation, Tokenizer.Padding) count only when
// the caller takes them over.
type Options struct {
	Truncation
	NoSpecialTokens bool
	Overflow        bool     // fill Encoding.Overflowing
	Padding         *Padding // nil for none
}

// Encoder encodes texts. It holds working memory and a cache of words, about 1 MB, and serves one goroutine at a time.
type Encoder struct {
	tokenizer *Tokenizer
	work      work
	tokens    wordTokens
	cache     wordCache
	spaced    []byte // a word with the space that belongs before it
	texts     [2]encodedText
	rawPieces []piece
	spans     []Offset // of a text that is not UTF-8: where the bytes of its replacement come from
	bytes     []byte   // the replacement
	ranges    [2][]span
}

// encodedText is one text and its tokens before the post-processor.
type encodedText struct {
	raw      []byte // the text as it came
	tokens   []token
	surfaces surfaces
	words    int32
}

type token struct {
	id     int32
	word   int32
	offset Offset
}

// NewEncoder returns an Encoder of its own for a goroutine that encodes much.
func (t *Tokenizer) NewEncoder() *Encoder { return &Encoder{tokenizer: t} }

// EncodeInto encodes text into enc, whose memory it uses again.
func (e *Encoder) EncodeInto(enc *Encoding, text string, o Options) error {
	return e.encode(enc, text, "", false, o)
}

// EncodePairInto encodes two texts as one sequence. An empty second text is none, as in Hugging Face's transformers.
func (e *Encoder) EncodePairInto(enc *Encoding, first, second string, o Options) error {
	return e.encode(enc, first, second, second != "", o)
}

// AppendIDs appends the ids of text to dst. Of the options, Overflow and Padding do not count.
func (e *Encoder) AppendIDs(dst []int32, text string, o Options) ([]int32, error) {
	o.Overflow = false
	plan, room, err := e.begin(text, "", false, o)
	if err != nil {
		return dst, err
	}
	keep, err := o.keep(e, room, false)
	if err != nil {
		return dst, err
	}
	kept := o.first(len(e.texts[0].tokens), keep[0])
	for _, part := range plan {
		if part.sequence < 0 {
			if !e.tokenizer.repeats(dst, part) {
				dst = append(dst, part.ids...)
			}
			continue
		}
		for _, t := range e.texts[0].tokens[kept.start:kept.end] {
			dst = append(dst, t.id)
		}
	}
	return dst, nil
}

// keptText is how large the memory of an idle Encoder may be, in bytes of text.
const keptText = 1 << 20

// trim lets go of memory that a very long text has made; the cache stays.
func (e *Encoder) trim() {
	if cap(e.texts[0].raw) > keptText || cap(e.texts[1].raw) > keptText {
		*e = Encoder{tokenizer: e.tokenizer, cache: e.cache}
	}
}

// begin cuts the texts into tokens and returns the template and the room for tokens of text.
func (e *Encoder) begin(first, second string, pair bool, o Options) (plan template, room int, err error) {
	if len(first) > maxText || len(second) > maxText {
		return nil, 0, format.Errorf("text of %d bytes is longer than %d", max(len(first), len(second)), maxText)
	}
	post := &e.tokenizer.post
	plan = post.single
	if pair {
		plan = post.pair
	}
	if o.NoSpecialTokens {
		plan = e.tokenizer.bareSingle
		if pair {
			plan = e.tokenizer.barePair
		}
	}
	room, stop := math.MaxInt, math.MaxInt
	if o.MaxLength != 0 {
		if room, err = o.room(plan.added()); err != nil {
			return nil, 0, err
		}
		if !o.Left && !o.Overflow {
			stop = room // tokens beyond this one only tell that there are more
		}
	}
	e.cut(&e.texts[0], first, stop)
	e.texts[1].tokens = e.texts[1].tokens[:0]
	if pair {
		e.cut(&e.texts[1], second, stop)
	}
	return plan, room, nil
}

// keep returns how many tokens each text keeps.
func (o *Options) keep(e *Encoder, room int, pair bool) ([2]int, error) {
	n := [2]int{len(e.texts[0].tokens), -1}
	if pair {
		n[1] = len(e.texts[1].tokens)
	}
	return o.lengths(n, room)
}

// encode does all of EncodeInto and EncodePairInto.
func (e *Encoder) encode(enc *Encoding, first, second string, pair bool, o Options) error {
	enc.reset(e.tokenizer)
	plan, room, err := e.begin(first, second, pair, o)
	if err != nil {
		return err
	}
	keep, err := o.keep(e, room, pair)
	if err != nil {
		return err
	}
	var kept [2]span
	for i := range e.texts {
		n := len(e.texts[i].tokens)
		kept[i] = o.first(n, max(keep[i], 0))
		enc.Truncated = enc.Truncated || keep[i] >= 0 && keep[i] < n
	}
	e.assemble(enc, plan, kept, [2]bool{}, o)
	if enc.Truncated && o.Overflow {
		if err := e.overflow(enc, plan, keep, o); err != nil {
			return err
		}
	}
	if o.Padding != nil {
		enc.Pad(*o.Padding)
	}
	return nil
}

// assemble fills enc with a template, of each text the tokens in its range. later tells which of them are chunks after the
// first, whose type ids do not come from the template.
func (e *Encoder) assemble(enc *Encoding, plan template, kept [2]span, later [2]bool, o Options) {
	post := &e.tokenizer.post
	for _, part := range plan {
		if part.sequence < 0 {
			if !e.tokenizer.repeats(enc.IDs, part) {
				enc.appendSpecial(part)
			}
			continue
		}
		text, r := &e.texts[part.sequence], kept[part.sequence]
		typeID := part.typeID
		if later[part.sequence] {
			typeID = int32(part.sequence)
			if post.firstType && !o.NoSpecialTokens {
				typeID = 0
			}
		}
		at := enc.appendTokens(text.tokens[r.start:r.end], typeID, part.sequence)
		shown := len(enc.surfaces.list)
		for _, s := range text.surfaces.list {
			if i := int(s.index); i >= r.start && i < r.end {
				show(&enc.surfaces, at+i-r.start, text.surfaces.of(s))
			}
		}
		for _, prefixSpace := range post.trims {
			e.tokenizer.trimOffsets(enc, at, enc.surfaces.list[shown:], text.raw, prefixSpace)
		}
	}
}

// maxOverflow bounds the tokens of all overflowing chunks together: with two texts, every chunk of one meets every chunk of
// the other.
const maxOverflow = 1 << 26

// overflow fills enc.Overflowing.
func (e *Encoder) overflow(enc *Encoding, plan template, keep [2]int, o Options) (err error) {
	for i := range e.texts {
		e.ranges[i] = e.ranges[i][:0]
		if !plan.has(i) {
			e.ranges[i] = append(e.ranges[i], span{})
			continue
		}
		if e.ranges[i], err = o.chunks(e.ranges[i], len(e.texts[i].tokens), keep[i]); err != nil {
			return err
		}
	}
	if n := len(e.ranges[0]) * len(e.ranges[1]); n > maxOverflow/max(len(enc.IDs), 1) {
		return format.Errorf("truncation leaves %d chunks of %d tokens, which is too many", n, len(enc.IDs))
	}
	outer := int8(0) // the text that the template has first
	if plan.first() > 0 {
		outer = 1
	}
	add := func(i, j int) {
		var kept [2]span
		var later [2]bool
		kept[outer], later[outer] = e.ranges[outer][i], i > 0
		kept[1-outer], later[1-outer] = e.ranges[1-outer][j], j > 0
		var next Encoding
		if n := len(enc.Overflowing); n < cap(enc.Overflowing) {
			next = enc.Overflowing[:n+1][n]
		}
		next.reset(e.tokenizer)
		next.Truncated = true
		e.assemble(&next, plan, kept, later, o)
		enc.Overflowing = append(enc.Overflowing, next)
	}
	for i := 1; i < len(e.ranges[outer]); i++ {
		for j := range e.ranges[1-outer] {
			add(i, j)
		}
	}
	for j := 1; j < len(e.ranges[1-outer]); j++ {
		add(0, j)
	}
	return nil
}

// cut turns text into tokens, all of them or at least stop+1.
func (e *Encoder) cut(out *encodedText, text string, stop int) {
	out.tokens, out.words = out.tokens[:0], 0
	out.surfaces.reset()
	out.raw = append(out.raw[:0], text...)
	valid, spans := out.raw, e.spans[:0]
	if !utf8.Valid(valid) {
		e.bytes, e.spans = appendLossy(e.bytes[:0], spans, valid)
		valid, spans = e.bytes, e.spans
	}
	t := e.tokenizer
	e.rawPieces = t.added.split(&t.added.raw, valid, e.rawPieces[:0])
	for _, p := range e.rawPieces {
		if len(out.tokens) > stop {
			return
		}
		var of []Offset
		if len(spans) > 0 {
			of = spans[p.start:p.end]
		}
		w := &e.work
		w.resetSpans(valid[p.start:p.end], of, p.start)
		if p.token >= 0 {
			w.pieces = append(w.pieces, piece{0, p.end - p.start, p.token})
		} else {
			if t.normalizer != nil {
				t.normalizer.normalize(w)
			}
			w.pieces = t.added.split(&t.added.normalized, w.text, w.pieces[:0])
			if t.preTokenizer != nil {
				t.preTokenizer.preTokenize(w)
			}
		}
		e.tokenize(out, stop)
	}
}

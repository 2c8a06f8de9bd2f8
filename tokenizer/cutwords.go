package tokenizer

import (
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/format"
)

// CutWords calls yield with each word of text: what the normalizer and the pre-tokenizer hand to the model, in order. It is what
// a vocabulary is learnt from, so added tokens are not looked for. The words of a byte-level BPE are the bytes of the text and not
// the characters that GPT-2 writes them as. A word holds until yield returns. It is an error if the text is longer than 128 MB.
func (e *Encoder) CutWords(text string, yield func(word []byte)) error {
	if len(text) > maxText {
		return format.Errorf("text of %d bytes is longer than %d", len(text), maxText)
	}
	raw := append(e.texts[0].raw[:0], text...)
	e.texts[0].raw = raw
	if !utf8.Valid(raw) {
		e.bytes, e.spans = appendLossy(e.bytes[:0], e.spans[:0], raw)
		raw = e.bytes
	}
	w := &e.work
	w.reset(raw, 0)
	if n := e.tokenizer.normalizer; n != nil {
		n.normalize(w)
	}
	if len(w.text) == 0 {
		return nil
	}
	w.pieces = append(w.pieces[:0], piece{0, int32(len(w.text)), -1})
	if p := e.tokenizer.preTokenizer; p != nil {
		p.preTokenize(w)
	}
	for _, p := range w.pieces {
		yield(w.text[p.start:p.end])
	}
	e.trim()
	return nil
}

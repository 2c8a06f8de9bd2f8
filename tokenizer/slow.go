//go:build !wasm

package tokenizer

import (
	"io/fs"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/tokenizer/internal/forms"
)

// LoadSlow reads the tokenizer of a model folder as transformers does with use_fast=False: it gives the ids of the Python
// tokenizers, which differ from those of Load in a few texts.
//
// With a SentencePiece model (spm.model, sentencepiece.bpe.model, spiece.model) texts go through SentencePiece's own
// normalization and model: the longest rule of the character map at each place, user-defined symbols within the text, bytes
// for unknown characters where the model has them, sums in float32 over the whole text. A tokenizer of BERT's kind drops
// unassigned code points and composes characters first. Byte-level BPE has one behaviour only.
//
// A folder with a Unigram in its tokenizer.json but no SentencePiece model is an input error, as is T5 with legacy set to
// false. JSON returns nothing for a tokenizer that differs from the fast one: no tokenizer.json says what it does.
func LoadSlow(fsys fs.FS) (*Tokenizer, error) {
	c, err := readConfig(fsys)
	if err != nil {
		return nil, err
	}
	m, err := readPieces(fsys, c)
	if err != nil {
		return nil, err
	}
	if m != nil {
		t, err := m.slowTokenizer()
		if err != nil {
			return nil, err
		}
		t.apply(c)
		return t, nil
	}
	t, err := load(fsys, c)
	if err != nil {
		return nil, err
	}
	if _, ok := t.model.(*unigram); ok {
		return nil, badinput.Errorf("the slow tokenizer needs a SentencePiece model, such as spm.model, beside tokenizer.json")
	}
	if n, ok := t.normalizer.(*bertNormalizer); ok {
		n.python = true
		n.tabulate()
		if p, ok := t.preTokenizer.(*bertPreTokenizer); ok {
			p.python = true
		}
		t.source = ""
	}
	return t, nil
}

// slowTokenizer makes the Tokenizer that does as SentencePiece and the Python tokenizer around it do.
func (m *pieceModel) slowTokenizer() (*Tokenizer, error) {
	c := m.config
	if m.family == t5Pieces && !orDefault(c.legacy, true) {
		return nil, badinput.Errorf(`tokenizer_config.json: the slow tokenizer of T5 is not supported with "legacy" set to false`)
	}
	tokens, unknown, err := m.vocabulary()
	if err != nil {
		return nil, err
	}
	// The Python tokenizer of T5 forgets its sentinel tokens when it gets others to add, and adds them behind those.
	forgets := m.family == t5Pieces && len(c.additional) > 0 && c.namedExtraTokens() == 0
	if forgets {
		tokens = tokens[:len(m.Pieces)]
	}
	model, err := m.newSlowUnigram(tokens, unknown)
	if err != nil {
		return nil, err
	}
	ids := m.findIDs(tokens)
	added := m.slowAddedTokens(ids, int32(len(tokens)))
	for i := range added {
		t := &added[i]
		if m.family == t5Pieces && !forgets && strings.HasPrefix(t.Content, "<extra_id_") && !c.addedContents[t.Content] {
			t.LStrip, t.RStrip = true, true
		}
	}
	for _, t := range added {
		ids[t.Content] = t.ID
	}
	post, err := m.slowPostProcessor(ids)
	if err != nil {
		return nil, err
	}
	deberta, albert := m.family == debertaV2Pieces, m.family == albertPieces
	lower := orDefault(c.lowercase, albert) && (albert || deberta)
	punctuation := orDefault(c.splitPunctuation, false) && deberta
	t := &Tokenizer{model: model, post: post, preTokenizer: &slowPieces{model.text, punctuation}}
	var normalizers normalizers
	if lower {
		normalizers = append(normalizers, lowercase{})
	}
	if albert {
		normalizers = append(normalizers, m.albertNormalizers(lower)...)
	}
	if normalizers != nil {
		t.normalizer = normalizers
	}
	for i := range added {
		added[i].Normalized = lower && !added[i].Special && added[i].Normalized
	}
	t.decoder = decoders{byteFallback{}, &metaspace{replacement: []rune(metaspaceChar)[0]}}
	t.finish(added)
	t.added.python = true
	t.once = m.family == t5Pieces
	return t, nil
}

// albertNormalizers is what ALBERT's tokenizer does before SentencePiece.
func (m *pieceModel) albertNormalizers(lower bool) normalizers {
	var all normalizers
	if orDefault(m.config.removeSpace, true) {
		all = append(all, singleSpaces{})
	}
	all = append(all, replace{literal("``"), `"`}, replace{literal("''"), `"`})
	if !orDefault(m.config.keepAccents, false) {
		all = append(all, unicodeForm{compatible: true}, dropRunes(isCombining))
	}
	if lower {
		all = append(all, lowercase{})
	}
	return all
}

// slowAddedTokens returns the added tokens of the Python tokenizer: those of the configuration, and those with a role.
// Control and user-defined pieces are not among them.
func (m *pieceModel) slowAddedTokens(ids tokenIDs, next int32) []AddedToken {
	plain := *m
	model := *m.Model
	model.Pieces = nil
	plain.Model = &model
	return plain.addedTokens(ids, next)
}

// slowPostProcessor is the family's template, with the tokens that have the roles.
func (m *pieceModel) slowPostProcessor(ids tokenIDs) (postProcessor, error) {
	named := *m
	family := *m.family
	named.family = &family
	if family.cls != "" {
		family.cls, family.sep = m.config.specialToken("cls_token", family.cls), m.config.specialToken("sep_token", family.sep)
	} else {
		family.sep = m.config.specialToken("eos_token", family.sep)
	}
	var w jsonWriter
	if err := named.writePostProcessor(&w, ids); err != nil {
		return postProcessor{}, err
	}
	return parsePostProcessor(string(w.buf))
}

// isCombining reports whether r has a canonical combining class.
func isCombining(r rune) bool { return r >= 0x300 && forms.Load().Class(r) != 0 }

// singleSpaces drops white space at the ends and writes a space for each run of it.
type singleSpaces struct{}

func (singleSpaces) normalize(w *work) {
	w.begin()
	for w.cursor < len(w.text) {
		r, size := decode(w.text[w.cursor:])
		if !pythonSpace(r) {
			w.copy(size)
			continue
		}
		span := w.spans[w.cursor]
		w.skip(1)
		for w.cursor < len(w.text) {
			if r, _ := decode(w.text[w.cursor:]); !pythonSpace(r) {
				break
			}
			w.skip(1)
		}
		if len(w.newText) > 0 && w.cursor < len(w.text) {
			w.write(' ', span)
		}
	}
	w.finish()
}

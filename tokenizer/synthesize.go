//go:build !wasm

package tokenizer

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/internal/jsonscan"
)

// The tokenizer.json texts that are made here are those that Hugging Face's transformers makes of the same files when it
// converts its slow tokenizers.

// orDefault returns *flag, or what counts when it is not set.
func orDefault(flag *bool, value bool) bool {
	if flag != nil {
		return *flag
	}
	return value
}

// usualSpecial returns special tokens by role.
func usualSpecial(cls, sep, pad, unknown, mask string) map[string]AddedToken {
	return map[string]AddedToken{
		"cls_token": {Content: cls}, "sep_token": {Content: sep}, "pad_token": {Content: pad},
		"unk_token": {Content: unknown}, "mask_token": {Content: mask},
	}
}

// allAdded returns the added tokens of a tokenizer made from a vocabulary: those of the configuration, then the special ones
// with a role that are not among them. usual has the tokens that take a role when the configuration is silent; they have to
// be in the vocabulary.
func (c *config) allAdded(usual map[string]AddedToken, v *vocab) []AddedToken {
	added := slices.Clone(c.added)
	next := int32(len(v.tokens)) // tokens beyond the vocabulary get their ids in this order
	for _, role := range specialRoles {
		t := c.special[role].AddedToken
		named := t.Content != ""
		u, isUsual := usual[role]
		switch {
		case named && isUsual && t.Content == u.Content:
			t.LStrip, t.Normalized = t.LStrip || u.LStrip, u.Normalized
		case named:
		case isUsual && v.idOf(u.Content) >= 0:
			t = u
		default:
			continue
		}
		if slices.ContainsFunc(added, func(a AddedToken) bool { return a.Content == t.Content }) {
			continue
		}
		t.Special = true
		if t.ID = v.idOf(t.Content); t.ID < 0 {
			t.ID = next
			next++
		}
		added = append(added, t)
	}
	slices.SortStableFunc(added, func(a, b AddedToken) int { return int(a.ID) - int(b.ID) })
	return added
}

// bpeFamily is which model's special tokens and post-processor a byte-level BPE has.
type bpeFamily int

const (
	gpt2Family bpeFamily = iota
	robertaFamily
	debertaFamily // the first version; the later ones are no BPE
)

// family tells by the vocabulary and the class of the configuration.
func (c *config) family(v *vocab) (family bpeFamily, cls, sep string) {
	has := func(cls, sep string) bool { return v.idOf(cls) >= 0 && v.idOf(sep) >= 0 }
	if strings.HasPrefix(c.class, "GPT2") {
		return gpt2Family, "", ""
	}
	if cls, sep = c.specialToken("cls_token", "<s>"), c.specialToken("sep_token", "</s>"); has(cls, sep) && cls != "[CLS]" {
		return robertaFamily, cls, sep
	}
	if cls, sep = c.specialToken("cls_token", "[CLS]"), c.specialToken("sep_token", "[SEP]"); has(cls, sep) {
		return debertaFamily, cls, sep
	}
	return gpt2Family, "", ""
}

// usualSpecial returns the family's special tokens.
func (f bpeFamily) usualSpecial() map[string]AddedToken {
	var usual map[string]AddedToken
	switch f {
	case robertaFamily:
		usual = usualSpecial("<s>", "</s>", "<pad>", "<unk>", "<mask>")
		for role, t := range usual {
			t.Normalized = role != "mask_token"
			usual[role] = t
		}
	case debertaFamily:
		usual = usualSpecial("[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]")
	default:
		return map[string]AddedToken{"eos_token": {Content: "<|endoftext|>"}}
	}
	mask := usual["mask_token"]
	mask.LStrip = true
	usual["mask_token"] = mask
	return usual
}

// synthesizeBPE makes the tokenizer.json of vocab.json and merges.txt: GPT-2's byte-level BPE.
func synthesizeBPE(vocabJSON, merges string, c *config) (string, error) {
	s, err := jsonscan.New(vocabJSON)
	if err != nil {
		return "", badinput.Errorf("vocab.json: %w", err)
	}
	v, err := readVocab(s)
	if err == nil {
		err = s.End()
	}
	if err != nil {
		return "", badinput.Errorf("vocab.json: %w", err)
	}
	family, cls, sep := c.family(v)
	prefixSpace := orDefault(c.prefixSpace, false)

	w := &jsonWriter{buf: make([]byte, 0, 2*len(vocabJSON)+2*len(merges))}
	w.head(c.allAdded(family.usualSpecial(), v))
	w.raw(`"normalizer":null,`).byteLevel(prefixSpace).raw(`,"post_processor":`)
	switch family {
	case robertaFamily:
		w.roberta(cls, v.idOf(cls), sep, v.idOf(sep), orDefault(c.trimOffsets, true), prefixSpace)
	case debertaFamily:
		w.template(cls, v.idOf(cls), sep, v.idOf(sep))
	default:
		w.raw(`{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":false,"use_regex":true}`)
	}
	w.raw(byteLevelModel)
	w.vocab(v)
	w.raw(`,"merges":`)
	if err := w.merges(merges); err != nil {
		return "", err
	}
	w.raw(`}}`)
	return string(w.buf), nil
}

// merges writes the lines of merges.txt as pairs; a line of comment, "#version: 0.2", may come first.
func (w *jsonWriter) merges(text string) error {
	separator := `[`
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, "\r\n")
		if line == "" || strings.HasPrefix(line, "#version") {
			continue
		}
		if !utf8.ValidString(line) {
			return badinput.Errorf("merges.txt:%d: invalid UTF-8", number)
		}
		left, right, ok := cutMerge(line)
		if !ok || left == "" || right == "" {
			return badinput.Errorf("merges.txt:%d: want two tokens with a space between, got %.80q", number, line)
		}
		w.raw(separator).raw(`[`).string(left).raw(`,`).string(right).raw(`]`)
		separator = `,`
	}
	if separator == `[` {
		w.raw(separator)
	}
	w.raw(`]`)
	return nil
}

// synthesizeWordPiece makes the tokenizer.json of a vocab.txt: BERT's WordPiece.
func synthesizeWordPiece(vocabTxt string, c *config) (string, error) {
	v, err := vocabFromLines(vocabTxt)
	if err != nil {
		return "", err
	}
	usual := usualSpecial("[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]")
	var names [3]string
	for i, role := range []string{"cls_token", "sep_token", "unk_token"} {
		names[i] = c.specialToken(role, usual[role].Content)
		if v.idOf(names[i]) < 0 {
			return "", badinput.Errorf("vocab.txt: the %s %.80q is not there", role, names[i])
		}
	}
	w := &jsonWriter{buf: make([]byte, 0, 3*len(vocabTxt))}
	w.head(c.allAdded(usual, v))
	w.bertNormalizer(orDefault(c.chinese, true), c.stripAccents, orDefault(c.lowercase, true)).raw(bertPreTokenizerAndPost)
	w.template(names[0], v.idOf(names[0]), names[1], v.idOf(names[1]))
	w.wordPieceModel(names[2])
	w.vocab(v)
	w.raw(`}}`)
	return string(w.buf), nil
}

// vocabFromLines reads a token a line; its id is the number of the line, from 0. Of a token that stands on two lines the
// last counts, as in Python.
func vocabFromLines(text string) (*vocab, error) {
	v := &vocab{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		id := len(v.tokens)
		if !utf8.ValidString(line) {
			return nil, badinput.Errorf("vocab.txt:%d: invalid UTF-8", id+1)
		}
		if id > maxID {
			return nil, badinput.Errorf("vocab.txt: more than %d tokens", maxID)
		}
		v.add(line, int32(id))
	}
	v.table = newStringTable(v.size)
	for id := len(v.tokens) - 1; id >= 0; id-- {
		if v.table.insert(v.tokens, int32(id)) != int32(id) {
			v.known[id] = false
			v.size--
		}
	}
	return v, nil
}

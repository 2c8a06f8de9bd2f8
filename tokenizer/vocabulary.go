package tokenizer

import (
	"slices"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/format"
)

// Kind is an algorithm that a vocabulary can be learnt for.
type Kind string

// The kinds.
const (
	BPE       Kind = "bpe"       // RoBERTa's byte-level BPE
	WordPiece Kind = "wordpiece" // BERT's WordPiece
)

// ParseKind reads a kind's name.
func ParseKind(s string) (Kind, error) {
	if k := Kind(s); k == BPE || k == WordPiece {
		return k, nil
	}
	return "", format.Errorf("kind %q: want bpe or wordpiece", s)
}

// Roles are the special tokens that every vocabulary has, by what they are for.
type Roles struct{ CLS, SEP, PAD, Unknown, Mask string }

// usualNames are the names by which FindRoles knows the tokens, RoBERTa's and BERT's.
var usualNames = [2]Roles{{"<s>", "</s>", "<pad>", "<unk>", "<mask>"}, {"[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]"}}

// FindRoles finds out which of the special tokens is for what, by their usual names: <s> or [CLS], </s> or [SEP] and so on. It is
// an error if there is none, or are two, for a role.
func FindRoles(special []string) (Roles, error) {
	var found Roles
	for _, role := range []struct {
		to    *string
		names [2]string
	}{
		{&found.CLS, [2]string{usualNames[0].CLS, usualNames[1].CLS}},
		{&found.SEP, [2]string{usualNames[0].SEP, usualNames[1].SEP}},
		{&found.PAD, [2]string{usualNames[0].PAD, usualNames[1].PAD}},
		{&found.Unknown, [2]string{usualNames[0].Unknown, usualNames[1].Unknown}},
		{&found.Mask, [2]string{usualNames[0].Mask, usualNames[1].Mask}},
	} {
		first, second := slices.Contains(special, role.names[0]), slices.Contains(special, role.names[1])
		switch {
		case first == second && first:
			return Roles{}, format.Errorf("special tokens: %s and %s are for the same", role.names[0], role.names[1])
		case first == second:
			return Roles{}, format.Errorf("special tokens: want one of %s and %s", role.names[0], role.names[1])
		case first:
			*role.to = role.names[0]
		default:
			*role.to = role.names[1]
		}
	}
	return found, nil
}

// UsualSpecial returns the special tokens of RoBERTa or BERT, in the order of their ids.
func (k Kind) UsualSpecial() []string {
	if k == WordPiece {
		n := usualNames[1]
		return []string{n.PAD, n.Unknown, n.CLS, n.SEP, n.Mask}
	}
	n := usualNames[0]
	return []string{n.CLS, n.PAD, n.SEP, n.Unknown, n.Mask}
}

// Vocabulary is a vocabulary that was learnt, with what has to be known to make a tokenizer of it.
type Vocabulary struct {
	Kind Kind
	// Tokens by id. A byte-level BPE has them as GPT-2 writes bytes, and among them one for each byte.
	Tokens []string
	// Merges of a BPE, in the order in which they are done.
	Merges [][2]string
	// Special tokens, all of them among Tokens and distinct; FindRoles tells them apart.
	Special []string
	// Lowercase makes texts lower case first; WordPiece then drops accents, too, as BERT does.
	Lowercase bool
	// AddPrefixSpace has a byte-level BPE put a space before a text that has none, so that its first word is the token that the word
	// is inside a text.
	AddPrefixSpace bool
}

// TokenizerJSON returns the tokenizer.json, which Parse and Hugging Face's library read: with RoBERTa's or BERT's pipeline,
// without padding and truncation.
func (v *Vocabulary) TokenizerJSON() ([]byte, error) {
	roles, err := FindRoles(v.Special)
	if err != nil {
		return nil, err
	}
	table, err := v.table()
	if err != nil {
		return nil, err
	}
	w := &jsonWriter{}
	w.head(v.added(table, roles))
	cls, sep := table.idOf(roles.CLS), table.idOf(roles.SEP)
	if v.Kind == WordPiece {
		w.bertNormalizer(true, nil, v.Lowercase).raw(bertPreTokenizerAndPost)
		w.raw(`{"type":"BertProcessing","sep":[`).string(roles.SEP).raw(`,`).int(sep).raw(`],"cls":[`).string(roles.CLS).raw(`,`).int(cls).raw(`]}`)
		w.wordPieceModel(roles.Unknown)
		w.vocab(table)
		w.raw(`}}`)
		return w.buf, nil
	}
	w.raw(`"normalizer":`)
	if v.Lowercase {
		w.raw(`{"type":"Lowercase"},`)
	} else {
		w.raw(`null,`)
	}
	w.byteLevel(v.AddPrefixSpace).raw(`,"post_processor":`).roberta(roles.CLS, cls, roles.SEP, sep, true, v.AddPrefixSpace)
	w.raw(byteLevelModel).vocab(table)
	w.raw(`,"merges":[`)
	for i, m := range v.Merges {
		if i > 0 {
			w.raw(`,`)
		}
		w.raw(`[`).string(m[0]).raw(`,`).string(m[1]).raw(`]`)
	}
	w.raw(`]}}`)
	return w.buf, nil
}

// ConfigJSON returns the tokenizer_config.json, by which transformers' AutoTokenizer knows the class and the special tokens.
// maxLength is the longest sequence of the model that the tokenizer is for, in tokens; 0 for not saying.
func (v *Vocabulary) ConfigJSON(maxLength int) ([]byte, error) {
	roles, err := FindRoles(v.Special)
	if err != nil {
		return nil, err
	}
	w := &jsonWriter{}
	if v.Kind == WordPiece {
		w.raw(`{"tokenizer_class":"BertTokenizer","do_lower_case":`).bool(v.Lowercase).raw(`,"strip_accents":null,"tokenize_chinese_chars":true`)
	} else {
		w.raw(`{"tokenizer_class":"RobertaTokenizer","add_prefix_space":`).bool(v.AddPrefixSpace)
		w.raw(`,"trim_offsets":true,"errors":"replace","bos_token":`).string(roles.CLS)
		w.raw(`,"eos_token":`).string(roles.SEP)
	}
	for _, role := range []struct{ key, token string }{
		{"cls_token", roles.CLS}, {"sep_token", roles.SEP}, {"pad_token", roles.PAD}, {"unk_token", roles.Unknown}, {"mask_token", roles.Mask},
	} {
		w.raw(`,`).string(role.key).raw(`:`).string(role.token)
	}
	if maxLength > 0 {
		w.raw(`,"model_max_length":`).int(int32(maxLength))
	}
	separator := `,"additional_special_tokens":[`
	for _, token := range v.Special {
		if !roles.has(token) {
			w.raw(separator).string(token)
			separator = `,`
		}
	}
	if separator == `,` {
		w.raw(`]`)
	}
	w.raw("}\n")
	return w.buf, nil
}

func (r Roles) has(token string) bool {
	return slices.Contains([]string{r.CLS, r.SEP, r.PAD, r.Unknown, r.Mask}, token)
}

// table checks the tokens and numbers them.
func (v *Vocabulary) table() (*vocab, error) {
	if len(v.Tokens) > maxID {
		return nil, format.Errorf("%d tokens are more than %d", len(v.Tokens), maxID)
	}
	table := &vocab{}
	for id, token := range v.Tokens {
		if token == "" || !utf8.ValidString(token) {
			return nil, format.Errorf("token %d, %.80q, is no text", id, token)
		}
		table.add(token, int32(id))
	}
	if twice, ok := table.index(); !ok {
		return nil, format.Errorf("token %.80q occurs twice", twice)
	}
	for _, token := range v.Special {
		if table.idOf(token) < 0 {
			return nil, format.Errorf("special token %.80q is not in the vocabulary", token)
		}
	}
	return table, nil
}

// added returns the special tokens as the file has them: found in the text as it comes, a mask of RoBERTa's with the spaces before
// it.
func (v *Vocabulary) added(table *vocab, roles Roles) []AddedToken {
	var all []AddedToken
	for _, token := range v.Special {
		all = append(all, AddedToken{ID: table.idOf(token), Content: token, Special: true, LStrip: v.Kind == BPE && token == roles.Mask})
	}
	slices.SortFunc(all, func(a, b AddedToken) int { return int(a.ID) - int(b.ID) })
	return all
}

// ByteToken is the token of a single byte, as GPT-2 writes it.
func ByteToken(b byte) string { return string(byteChar[b]) }

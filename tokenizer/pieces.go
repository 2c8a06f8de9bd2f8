//go:build !wasm

package tokenizer

import (
	"io/fs"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/internal/format"
	"github.com/lorica-go/lorica/internal/jsonscan"
	"github.com/lorica-go/lorica/tokenizer/internal/spm"
)

// A pieceFamily is one of the model families whose tokenizer can be made from a SentencePiece model: what transformers'
// converters add to it.
type pieceFamily struct {
	name string

	// special has the tokens that take a role when the configuration is silent, in the order of specialRoles.
	special [7]AddedToken

	cls, sep string // of the post-processor; no cls for T5
	pair     pairForm
}

// pairForm is how a post-processor joins two texts.
type pairForm int

const (
	bertPair    pairForm = iota // [CLS] A [SEP] B [SEP], with type ids
	robertaPair                 // <s> A </s></s> B </s>
	t5Pair                      // A </s> B </s>
)

// pieceFiles are the names of SentencePiece models, in the order in which they are looked for.
var pieceFiles = []string{"spm.model", "sentencepiece.bpe.model", "spiece.model"}

// usual returns the token that takes a role, by the role's place in specialRoles, when the configuration is silent. If it has flags, a token
// that the configuration gives as a string has them too.
func (f *pieceFamily) usual(role int) roleToken {
	t := f.special[role]
	flags := t.LStrip || t.Normalized
	t.Special = t.Content != ""
	return roleToken{t, flags}
}

var (
	debertaV2Pieces = &pieceFamily{"deberta-v2", [7]AddedToken{
		{Content: "[CLS]"}, {Content: "[SEP]"}, {Content: "[UNK]", Normalized: true}, {Content: "[SEP]"}, {Content: "[PAD]"}, {Content: "[CLS]"}, {Content: "[MASK]"},
	}, "[CLS]", "[SEP]", bertPair}

	xlmRobertaPieces = &pieceFamily{"xlm-roberta", [7]AddedToken{
		{Content: "<s>"}, {Content: "</s>"}, {Content: "<unk>"}, {Content: "</s>"}, {Content: "<pad>"}, {Content: "<s>"}, {Content: "<mask>", LStrip: true},
	}, "<s>", "</s>", robertaPair}

	albertPieces = &pieceFamily{"albert", [7]AddedToken{
		{Content: "[CLS]"}, {Content: "[SEP]"}, {Content: "<unk>"}, {Content: "[SEP]"}, {Content: "<pad>"}, {Content: "[CLS]"}, {Content: "[MASK]", LStrip: true},
	}, "[CLS]", "[SEP]", bertPair}

	t5Pieces = &pieceFamily{"t5", [7]AddedToken{
		{}, {Content: "</s>"}, {Content: "<unk>"}, {}, {Content: "<pad>"}, {}, {},
	}, "", "</s>", t5Pair}
)

// familyOfClass returns a family by tokenizer_class, or nil.
func familyOfClass(class string) *pieceFamily {
	switch class {
	case "DebertaV2Tokenizer":
		return debertaV2Pieces
	case "XLMRobertaTokenizer":
		return xlmRobertaPieces
	case "AlbertTokenizer":
		return albertPieces
	case "T5Tokenizer", "MT5Tokenizer":
		return t5Pieces
	}
	return nil
}

// familyOfType returns a family by model_type of config.json, or nil.
func familyOfType(kind string) *pieceFamily {
	switch kind {
	case "deberta-v2":
		return debertaV2Pieces
	case "xlm-roberta", "xlm-roberta-xl", "xmod":
		return xlmRobertaPieces
	case "albert":
		return albertPieces
	case "t5", "mt5", "umt5", "longt5":
		return t5Pieces
	}
	return nil
}

// pieceModel is a SentencePiece model with what the folder says about it.
type pieceModel struct {
	*spm.Model
	file   string
	family *pieceFamily
	config *config
}

// readPieces reads the SentencePiece model of a folder; nil when there is none.
func readPieces(fsys fs.FS, c *config) (*pieceModel, error) {
	for _, file := range pieceFiles {
		data, err := readFile(fsys, file)
		if err != nil {
			return nil, err
		}
		if data == "" {
			continue
		}
		m := &pieceModel{file: file, config: c}
		if m.Model, err = spm.Parse([]byte(data)); err != nil {
			return nil, badinput.Errorf("%s: %w", file, err)
		}
		if m.Algorithm != spm.Unigram {
			return nil, badinput.Errorf("%s: unsupported model type %d: want Unigram, which is %d", file, int(m.Algorithm), int(spm.Unigram))
		}
		if m.CharsMap != nil {
			if _, err := newCharsMap(m.CharsMap); err != nil {
				return nil, badinput.Errorf("%s: %w", file, err)
			}
		}
		m.family, err = m.findFamily(fsys)
		return m, err
	}
	return nil, nil
}

// findFamily tells the family by the class of tokenizer_config.json, else the type of config.json, else the file's name.
func (m *pieceModel) findFamily(fsys fs.FS) (*pieceFamily, error) {
	const advice = "its tokenizer is read from a tokenizer.json only"
	if class := strings.TrimSuffix(m.config.class, "Fast"); class != "" {
		if f := familyOfClass(class); f != nil {
			return f, nil
		}
		return nil, badinput.Errorf("tokenizer_config.json: tokenizer_class %.80q: %s", m.config.class, advice)
	}
	kind, err := modelType(fsys)
	if err != nil {
		return nil, err
	}
	switch {
	case familyOfType(kind) != nil:
		return familyOfType(kind), nil
	case kind != "":
		return nil, badinput.Errorf("config.json: model_type %.80q: %s", kind, advice)
	case m.file == "spm.model":
		return debertaV2Pieces, nil
	case m.file == "sentencepiece.bpe.model":
		return xlmRobertaPieces, nil
	}
	for _, p := range m.Pieces {
		if p.Text == "[CLS]" {
			return albertPieces, nil
		}
	}
	return t5Pieces, nil
}

// modelType returns the model_type of config.json, "" when there is none.
func modelType(fsys fs.FS) (kind string, err error) {
	source, err := readFile(fsys, "config.json")
	if err != nil || source == "" {
		return "", err
	}
	s, err := jsonscan.New(source)
	if err == nil {
		kind, _, err = s.Peek("model_type")
	}
	if err != nil {
		return "", badinput.Errorf("config.json: %w", err)
	}
	return kind, nil
}

// scoredToken is an entry of a Unigram's vocabulary.
type scoredToken struct {
	text  string
	score float64
}

// vocabulary returns the tokens of the converted tokenizer, and the id of the unknown one.
func (m *pieceModel) vocabulary() (tokens []scoredToken, unknown int32, err error) {
	unknown = m.UnknownID
	pieces := m.Pieces
	if m.family == xlmRobertaPieces { // fairseq's order in the place of SentencePiece's <unk>, <s>, </s>
		tokens = []scoredToken{{"<s>", 0}, {"<pad>", 0}, {"</s>", 0}, {"<unk>", 0}}
		pieces, unknown = pieces[min(3, len(pieces)):], 3
	}
	tokens = slices.Grow(tokens, len(pieces)+1)
	for _, p := range pieces {
		score := float64(p.Score)
		if m.family == albertPieces && endsWithDigitComma(p.Text) {
			score -= 100
		}
		tokens = append(tokens, scoredToken{p.Text, score})
	}
	switch m.family {
	case xlmRobertaPieces:
		tokens = append(tokens, scoredToken{"<mask>", 0})
	case t5Pieces:
		extra, err := m.config.extraTokens()
		if err != nil {
			return nil, 0, err
		}
		for i := extra - 1; i >= 0; i-- {
			tokens = append(tokens, scoredToken{extraToken(i), 0})
		}
	}
	return tokens, unknown, nil
}

// extraToken is the name of a T5's sentinel token.
func extraToken(i int) string { return format.Sprintf("<extra_id_%d>", i) }

// extraTokens returns how many sentinel tokens a T5 has.
func (c *config) extraTokens() (int, error) {
	n := 100
	if c.extraIDs != nil {
		n = *c.extraIDs
	}
	named := c.namedExtraTokens()
	if named > 0 && n > 0 && named != n {
		return 0, badinput.Errorf("tokenizer_config.json: extra_ids is %d, but additional_special_tokens has %d of them", n, named)
	}
	return n, nil
}

// namedExtraTokens returns how many sentinel tokens additional_special_tokens has.
func (c *config) namedExtraTokens() int {
	n := 0
	for _, t := range c.additional {
		if strings.Contains(t.Content, "<extra_id_") {
			n++
		}
	}
	return n
}

// endsWithDigitComma reports whether a piece ends in a digit and a comma, which ALBERT's tokenizer keeps apart.
func endsWithDigitComma(piece string) bool {
	rest, ok := strings.CutSuffix(piece, ",")
	last, size := utf8.DecodeLastRuneInString(rest)
	return ok && size > 0 && (unicode.IsDigit(last) || unicode.Is(moreDigits, last))
}

// moreDigits has what Python's isdigit takes for a digit beside decimal digits: the property Numeric_Type=Digit.
var moreDigits = &unicode.RangeTable{R32: []unicode.Range32{
	{0x00B2, 0x00B3, 1}, {0x00B9, 0x00B9, 1}, {0x1369, 0x1371, 1}, {0x19DA, 0x19DA, 1}, {0x2070, 0x2070, 1}, {0x2074, 0x2079, 1}, {0x2080, 0x2089, 1},
	{0x2460, 0x2468, 1}, {0x2474, 0x247C, 1}, {0x2488, 0x2490, 1}, {0x24EA, 0x24EA, 1}, {0x24F5, 0x24FD, 1}, {0x24FF, 0x24FF, 1}, {0x2776, 0x277E, 1},
	{0x2780, 0x2788, 1}, {0x278A, 0x2792, 1}, {0x10A40, 0x10A43, 1}, {0x10E60, 0x10E68, 1}, {0x11052, 0x1105A, 1}, {0x1F100, 0x1F10A, 1},
}}

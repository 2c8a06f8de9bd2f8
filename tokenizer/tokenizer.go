package tokenizer

import (
	"sync"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/internal/jsonscan"
)

// Tokenizer turns texts into token ids. It does not change after it has been read and may be used by many goroutines.
type Tokenizer struct {
	source       string // the tokenizer.json
	added        *addedVocab
	normalizer   normalizer   // may be nil
	preTokenizer preTokenizer // may be nil
	model        model
	post         postProcessor
	decoder      decoder
	truncation   *Truncation
	padding      *Padding

	bareSingle, barePair template // of post, without special tokens
	spaces               []uint8  // packSpaces by id, when post trims offsets
	shown                int32    // the unknown token, when it shows what it stands for, else -1
	rawSpaces            bool     // words have a space where the model's tokens have ▁
	once                 bool     // a special token is not put behind a text that ends with it (slow T5)
	size                 int      // of the vocabulary
	special              SpecialTokens
	maxLength            int

	mu       sync.Mutex
	encoders []*Encoder // idle
}

// maxIdle is how many idle Encoders a Tokenizer keeps.
const maxIdle = 32

// SpecialTokens are the ids of tokens with a part to play, -1 for those that the tokenizer has not.
type SpecialTokens struct {
	CLS, SEP, PAD, Mask, Unknown, BOS, EOS int32
}

// Parse reads the bytes of a tokenizer.json. Errors satisfy badinput.Is and name the JSON path and the byte offset.
func Parse(tokenizerJSON []byte) (*Tokenizer, error) {
	t, err := parse(string(tokenizerJSON))
	if err != nil {
		return nil, badinput.Errorf("tokenizer.json: %w", err)
	}
	return t, nil
}

func parse(source string) (*Tokenizer, error) {
	s, err := jsonscan.New(source)
	if err != nil {
		return nil, err
	}
	t := &Tokenizer{source: source, post: noPostProcessor()}
	var added []AddedToken
	err = s.Object(func(key string) (err error) {
		switch key {
		case "version":
			at := *s
			version, err := s.String()
			if err == nil && version != "1.0" {
				err = at.Errorf("unknown version %.40q", version)
			}
			return err
		case "truncation":
			t.truncation, err = readTruncation(s)
		case "padding":
			t.padding, err = readPadding(s)
		case "added_tokens":
			added, err = readAddedTokens(s)
		case "normalizer":
			t.normalizer, err = readNormalizer(s)
		case "pre_tokenizer":
			t.preTokenizer, err = readPreTokenizer(s)
		case "post_processor":
			t.post, err = readPostProcessor(s)
		case "decoder":
			t.decoder, err = readDecoder(s)
		case "model":
			t.model, err = readModel(s)
		default:
			err = s.Skip()
		}
		return err
	}, "model")
	if err == nil {
		err = s.End()
	}
	if err != nil {
		return nil, err
	}
	t.finish(added)
	return t, nil
}

// finish derives what follows from the sections.
func (t *Tokenizer) finish(added []AddedToken) {
	known := t.model.vocabulary()
	t.added = newAddedVocab(added, known, t.normalizer)
	t.bareSingle, t.barePair = t.post.single.bare(), t.post.pair.bare()
	t.size = known.size
	last := int32(len(known.tokens) - 1)
	for _, a := range t.added.tokens {
		if _, ok := known.token(a.ID); !ok {
			t.size++
		}
		last = max(last, a.ID)
	}
	t.shown = -1
	switch m := t.model.(type) {
	case *bpe:
		if level, ok := lastPreTokenizer(t.preTokenizer).(*byteLevel); ok {
			level.rawBytes = m.takeBytes()
		}
	case *unigram:
		if p, ok := lastPreTokenizer(t.preTokenizer).(*metaspace); ok && string(p.replacement) == metaspaceChar {
			p.rawSpaces, t.rawSpaces = true, true
		}
		m.prepare(t.rawSpaces)
		t.shown = m.unknown
	case interface{ unknownToken() int32 }: // slowUnigram
		t.shown = m.unknownToken()
	}
	if len(t.post.trims) > 0 {
		t.spaces = make([]uint8, last+1)
		for id := range t.spaces {
			token, _ := t.IDToToken(int32(id))
			t.spaces[id] = packSpaces(token)
		}
	}
	t.special = t.guessSpecial()
}

// lastPreTokenizer returns the one that ends a pre-tokenizer: what it writes goes to the model and nowhere else.
func lastPreTokenizer(p preTokenizer) preTokenizer {
	if ps, ok := p.(preTokenizers); ok {
		if len(ps) == 0 {
			return nil
		}
		return lastPreTokenizer(ps[len(ps)-1])
	}
	return p
}

// guessSpecial finds the special tokens by their usual names, for want of the files that tell.
func (t *Tokenizer) guessSpecial() SpecialTokens {
	first := func(names ...string) int32 {
		for _, name := range names {
			if i, ok := t.added.byContent[name]; ok {
				return t.added.tokens[i].ID
			}
		}
		return -1
	}
	return SpecialTokens{
		CLS:     first("[CLS]", "<s>"),
		SEP:     first("[SEP]", "</s>"),
		PAD:     first("[PAD]", "<pad>"),
		Mask:    first("[MASK]", "<mask>"),
		Unknown: first("[UNK]", "<unk>"),
		BOS:     first("<s>"),
		EOS:     first("</s>"),
	}
}

// JSON returns the tokenizer.json that the Tokenizer was read from; for one read from vocabulary files, one that means the
// same to Hugging Face's library; nothing for one from LoadSlow that does what no tokenizer.json says.
func (t *Tokenizer) JSON() []byte { return []byte(t.source) }

// VocabSize returns the number of tokens, added ones included.
func (t *Tokenizer) VocabSize() int { return t.size }

// TokenToID returns the id of a token as the vocabulary writes it.
func (t *Tokenizer) TokenToID(token string) (id int32, ok bool) {
	if i, ok := t.added.byContent[token]; ok {
		return t.added.tokens[i].ID, true
	}
	id = t.model.vocabulary().idOf(token)
	return id, id >= 0
}

// IDToToken returns the token of an id as the vocabulary writes it.
func (t *Tokenizer) IDToToken(id int32) (token string, ok bool) {
	if i, ok := t.added.byID[id]; ok {
		return t.added.tokens[i].Content, true
	}
	return t.model.vocabulary().token(id)
}

// AddedTokens returns the tokens that are looked for in the text before anything else.
func (t *Tokenizer) AddedTokens() []AddedToken { return append([]AddedToken(nil), t.added.tokens...) }

// Special returns the ids of the special tokens: as tokenizer_config.json and special_tokens_map.json name them, when Load
// found these, else those with the usual names.
func (t *Tokenizer) Special() SpecialTokens { return t.special }

// ModelMaxLength returns the longest sequence that tokenizer_config.json allows, or 0 when it says nothing.
func (t *Tokenizer) ModelMaxLength() int { return t.maxLength }

// Truncation returns the truncation that the tokenizer.json asks for. Encoding ignores it unless Options take it over.
func (t *Tokenizer) Truncation() (Truncation, bool) {
	if t.truncation == nil {
		return Truncation{}, false
	}
	return *t.truncation, true
}

// Padding returns the padding that the tokenizer.json asks for. Encoding ignores it unless Options take it over.
func (t *Tokenizer) Padding() (Padding, bool) {
	if t.padding == nil {
		return Padding{}, false
	}
	return *t.padding, true
}

// Encode encodes one text.
func (t *Tokenizer) Encode(text string, o Options) (*Encoding, error) {
	enc := &Encoding{}
	return enc, t.EncodeInto(enc, text, o)
}

// EncodePair encodes two texts as one sequence. An empty second text is none, as in Hugging Face's transformers.
func (t *Tokenizer) EncodePair(first, second string, o Options) (*Encoding, error) {
	enc := &Encoding{}
	return enc, t.EncodePairInto(enc, first, second, o)
}

// EncodeInto encodes text into enc, whose memory it uses again. Errors are those of the options: room for no token, a stride
// that is too long, a text of more than 128 MB.
func (t *Tokenizer) EncodeInto(enc *Encoding, text string, o Options) error {
	e := t.borrow()
	defer t.giveBack(e)
	return e.EncodeInto(enc, text, o)
}

// EncodePairInto encodes two texts as one sequence into enc.
func (t *Tokenizer) EncodePairInto(enc *Encoding, first, second string, o Options) error {
	e := t.borrow()
	defer t.giveBack(e)
	return e.EncodePairInto(enc, first, second, o)
}

// AppendIDs appends the ids of text to dst. Of the options, Overflow and Padding do not count.
func (t *Tokenizer) AppendIDs(dst []int32, text string, o Options) ([]int32, error) {
	e := t.borrow()
	defer t.giveBack(e)
	return e.AppendIDs(dst, text, o)
}

func (t *Tokenizer) borrow() *Encoder {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := len(t.encoders); n > 0 {
		e := t.encoders[n-1]
		t.encoders = t.encoders[:n-1]
		return e
	}
	return t.NewEncoder()
}

func (t *Tokenizer) giveBack(e *Encoder) {
	e.trim()
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.encoders) < maxIdle {
		t.encoders = append(t.encoders, e)
	}
}

package train

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/lorica-go/lorica/tokenizer"
)

const (
	// MaxVocabSize bounds Config.VocabSize.
	MaxVocabSize = 1 << 22
	// MaxWordBytes is the length of the longest word that is learnt from; longer ones are no words of any language.
	MaxWordBytes = 1 << 14
	// maxSpecial and maxSpecialBytes bound the special tokens.
	maxSpecial, maxSpecialBytes = 1 << 16, 1 << 10
	// minWordMemory is the least bound on words that leaves anything to learn from.
	minWordMemory = 1 << 20
)

// Config says what to learn.
type Config struct {
	Kind tokenizer.Kind
	// VocabSize is how many tokens there may be, the special ones and the alphabet included.
	VocabSize int
	// MinFrequency is how often a pair must occur to be merged.
	MinFrequency int
	// Special are the special tokens, in the order of their ids, which begin at 0.
	Special []string
	// LimitAlphabet is how many characters WordPiece keeps, the most frequent; texts with others are partly [UNK]. 0 is all.
	LimitAlphabet int
	// Lowercase makes texts lower case first.
	Lowercase bool
	// AddPrefixSpace has a byte-level BPE put a space before a text that has none, so that its first word is the token that the word
	// is inside a text.
	AddPrefixSpace bool
	// WordMemory bounds the memory of words, in bytes.
	WordMemory int64
}

// Default returns the settings for a kind: 8,192 tokens, pairs that occur twice, RoBERTa's or BERT's special tokens.
func Default(kind tokenizer.Kind) Config {
	return Config{Kind: kind, VocabSize: 8192, MinFrequency: 2, Special: kind.UsualSpecial(), WordMemory: 512 << 20}
}

// Validate says what is wrong with the settings.
func (c *Config) Validate() error {
	if _, err := tokenizer.ParseKind(string(c.Kind)); err != nil {
		return err
	}
	switch {
	case c.VocabSize < 1 || c.VocabSize > MaxVocabSize:
		return fmt.Errorf("vocabulary size %d: want 1 to %d", c.VocabSize, MaxVocabSize)
	case c.MinFrequency < 1:
		return fmt.Errorf("least frequency %d: want at least 1", c.MinFrequency)
	case c.LimitAlphabet < 0:
		return fmt.Errorf("alphabet of %d: want at least 1, or 0 for all characters", c.LimitAlphabet)
	case c.LimitAlphabet > 0 && c.Kind == tokenizer.BPE:
		return fmt.Errorf("the alphabet of a byte-level BPE are the 256 bytes, which cannot be limited")
	case c.AddPrefixSpace && c.Kind != tokenizer.BPE:
		return fmt.Errorf("only a byte-level BPE tells words with a space before them from others")
	case c.WordMemory < minWordMemory:
		return fmt.Errorf("%d bytes of memory for words: want at least %d", c.WordMemory, minWordMemory)
	case len(c.Special) > maxSpecial:
		return fmt.Errorf("%d special tokens are more than %d", len(c.Special), maxSpecial)
	}
	if _, err := tokenizer.FindRoles(c.Special); err != nil {
		return err
	}
	for i, token := range c.Special {
		switch {
		case token == "" || !utf8.ValidString(token):
			return fmt.Errorf("special token %q: want a text", token)
		case len(token) > maxSpecialBytes:
			return fmt.Errorf("special token %.40q: longer than %d bytes", token, maxSpecialBytes)
		case slices.Contains(c.Special[:i], token):
			return fmt.Errorf("special token %q stands twice", token)
		}
	}
	if least := len(newVocabulary(c).tokens); c.Kind == tokenizer.BPE && c.VocabSize < least {
		return fmt.Errorf("vocabulary size %d: the special tokens and the 256 bytes are %d already", c.VocabSize, least)
	}
	return nil
}

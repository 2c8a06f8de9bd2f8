package train

import "github.com/lorica-go/lorica/tokenizer"

// Pipeline returns a tokenizer that cuts texts into words as the finished one will. The settings must be valid.
func Pipeline(c *Config) (*tokenizer.Tokenizer, error) {
	v := tokenizer.Vocabulary{Kind: c.Kind, Tokens: newVocabulary(c).tokens, Special: c.Special, Lowercase: c.Lowercase, AddPrefixSpace: c.AddPrefixSpace}
	source, err := v.TokenizerJSON()
	if err != nil {
		return nil, err
	}
	return tokenizer.Parse(source)
}

// Counter counts the words of texts. It serves one goroutine at a time.
type Counter struct {
	// Words has what was counted.
	Words *Words
	// TooLong is how many words were longer than MaxWordBytes, and were left out.
	TooLong int64

	encoder *tokenizer.Encoder
}

// NewCounter returns a counter that cuts texts with a pipeline.
func NewCounter(pipeline *tokenizer.Tokenizer) *Counter {
	return &Counter{Words: NewWords(), encoder: pipeline.NewEncoder()}
}

// Add counts the words of a text. It is an error if the text is longer than a tokenizer takes.
func (c *Counter) Add(text string) error {
	return c.encoder.CutWords(text, func(word []byte) {
		if len(word) > MaxWordBytes {
			c.TooLong++
			return
		}
		c.Words.Add(word, 1)
	})
}

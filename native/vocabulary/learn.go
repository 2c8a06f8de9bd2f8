package vocabulary

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/lorica-go/lorica/internal/atomicfile"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/tokenizer"
	"github.com/lorica-go/lorica/tokenizer/train"
)

// Summary is what was learnt, and from what.
type Summary struct {
	Kind   tokenizer.Kind `json:"kind"`
	Tokens int            `json:"tokens"` // of the vocabulary, the special ones included
	// Alphabet is how many of them are single bytes or characters, with and without ##.
	Alphabet int `json:"alphabet"`
	Merges   int `json:"merges"`
	// LastCount is how often the last pair that was merged occurs.
	LastCount int64 `json:"last_count"`

	Texts       int64 `json:"texts"`
	Bytes       int64 `json:"bytes"` // of all texts
	BadRows     int   `json:"bad_rows"`
	Words       int   `json:"words"` // different ones
	Occurrences int64 `json:"occurrences"`
	// Forgotten is how many occurrences of rare words were forgotten because words took too much memory, TooLong how many words
	// were left out because they are longer than any language has.
	Forgotten int64 `json:"forgotten"`
	TooLong   int64 `json:"too_long"`

	CountSeconds float64  `json:"count_seconds"`
	LearnSeconds float64  `json:"learn_seconds"`
	Files        []string `json:"files"` // that were written
}

// Learn reads the files, learns the vocabulary and writes tokenizer.json and tokenizer_config.json into the folder. Errors are
// those of Config.Validate, input errors that name file and line, the file system's, and the cause of the context; after any of
// them both files are as they were before.
func Learn(ctx context.Context, c Config) (*Summary, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if info, err := os.Stat(c.Out); err == nil && !info.IsDir() {
		return nil, badinput.Errorf("%s: not a folder", c.Out)
	}
	start := time.Now()
	n, err := count(ctx, &c)
	if err != nil {
		return nil, err
	}
	counted := time.Now()
	words := n.words.Len()
	l, err := train.Learn(ctx, c.Config, n.words, func(tokens int) {
		if c.OnProgress != nil {
			c.OnProgress(Progress{Texts: int(n.texts), Bytes: n.bytes, Words: words, Tokens: tokens})
		}
	})
	if err != nil {
		return nil, err
	}
	s := &Summary{
		Kind: c.Kind, Tokens: len(l.Tokens), Alphabet: l.Alphabet, Merges: len(l.Tokens) - l.Alphabet - len(c.Special), LastCount: l.LastCount,
		Texts: n.texts, Bytes: n.bytes, BadRows: n.skipped, Words: words, Occurrences: n.words.Occurrences(), Forgotten: n.words.Forgotten, TooLong: n.tooLong(),
		CountSeconds: counted.Sub(start).Seconds(), LearnSeconds: time.Since(counted).Seconds(),
	}
	s.Files, err = write(ctx, &c, &l.Vocabulary)
	return s, err
}

// write writes both files once both are known to be right: the tokenizer is read again first.
func write(ctx context.Context, c *Config, v *tokenizer.Vocabulary) ([]string, error) {
	source, err := v.TokenizerJSON()
	if err != nil {
		return nil, err
	}
	settings, err := v.ConfigJSON(c.MaxLength)
	if err != nil {
		return nil, err
	}
	if _, err := tokenizer.Parse(source); err != nil {
		return nil, fmt.Errorf("the tokenizer that was made cannot be read: %v", err)
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err := os.MkdirAll(c.Out, 0o777); err != nil {
		return nil, badinput.Errorf("%w", err)
	}
	var written []string
	for _, f := range []struct {
		name    string
		content []byte
	}{{"tokenizer_config.json", settings}, {"tokenizer.json", source}} {
		path := filepath.Join(c.Out, f.name)
		err := atomicfile.Write(path, func(w io.Writer) error {
			_, err := io.Copy(w, bytes.NewReader(f.content))
			return err
		})
		if err != nil {
			return nil, err
		}
		written = append(written, path)
	}
	return written, nil
}

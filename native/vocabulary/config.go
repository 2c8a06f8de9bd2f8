package vocabulary

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/tokenizer"
	"github.com/lorica-go/lorica/tokenizer/train"
)

// Config says what to learn from, and what to write.
type Config struct {
	train.Config
	// Files are read one after the other: one text a line or rows, as Read says.
	Files []string
	// Read says how.
	Read data.Options
	// Out is the folder that is written; what stood there is replaced file by file.
	Out string
	// MaxLength is the longest sequence of the model that the tokenizer is for, in tokens, for tokenizer_config.json; 0 leaves it
	// open.
	MaxLength int
	// Threads is on how many threads words are counted; 0 for as many as there are.
	Threads int
	// OnProgress, which may be nil, is told how far the work is.
	OnProgress func(Progress)
}

// Progress is how far the work is: texts and bytes while they are counted, then tokens of the vocabulary.
type Progress struct {
	Texts, Words int
	Bytes        int64 // of text
	Tokens       int   // 0 while words are counted
}

// DefaultKind is what is learnt when nobody says.
const DefaultKind = tokenizer.BPE

// Default returns the settings for a kind. Files and Out are still to be set.
func Default(kind tokenizer.Kind) Config {
	return Config{Config: train.Default(kind), Read: data.Options{PlainText: true}, MaxLength: 512}
}

// SetKind chooses the kind by its name, bpe or wordpiece, with that kind's special tokens.
func (c *Config) SetKind(name string) error {
	kind, err := tokenizer.ParseKind(name)
	if err == nil {
		c.Kind, c.Special = kind, kind.UsualSpecial()
	}
	return err
}

// Validate says what is wrong with the settings.
func (c *Config) Validate() error {
	if err := c.Config.Validate(); err != nil {
		return err
	}
	const longest = 1 << 24
	switch {
	case len(c.Files) == 0:
		return errors.New("no file to learn from")
	case c.Out == "":
		return errors.New("no folder to write")
	case c.MaxLength < 0 || c.MaxLength > longest:
		return fmt.Errorf("longest sequence %d: want 0 to %d tokens", c.MaxLength, longest)
	case c.Threads < 0:
		return fmt.Errorf("%d threads: want at least 1, or 0 for all", c.Threads)
	}
	return nil
}

func (c *Config) threads() int {
	if c.Threads > 0 {
		return c.Threads
	}
	return runtime.GOMAXPROCS(0)
}

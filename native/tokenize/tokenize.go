package tokenize

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/builtin"
	"github.com/lorica-go/lorica/native/hub"
	"github.com/lorica-go/lorica/native/mmap"
	"github.com/lorica-go/lorica/tokenizer"
)

// maxTokenizerJSON bounds a tokenizer.json that is named itself.
const maxTokenizerJSON = 256 << 20

// Open opens the tokenizer of a model folder, of a bundle, of a tokenizer.json, of a model of the hub that is in the cache, or of the
// built-in model, "default". A folder needs no weights. Errors are input errors that begin with the path.
func Open(path string) (*tokenizer.Tokenizer, error) { return openWith(path, open) }

// OpenSlow opens the tokenizer of a model folder as tokenizer.LoadSlow does, which gives the ids of the Python tokenizers.
func OpenSlow(path string) (*tokenizer.Tokenizer, error) { return openWith(path, openSlow) }

func openWith(path string, open func(path string) (*tokenizer.Tokenizer, error)) (*tokenizer.Tokenizer, error) {
	t, err := open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission):
		return nil, badinput.Errorf("%s: %w", path, err)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// errSlowBundle is for what has no files of a tokenizer.
var errSlowBundle = badinput.Errorf("the slow tokenizer is read from a model folder, and this is none")

func openSlow(path string) (*tokenizer.Tokenizer, error) {
	if builtin.Is(path) {
		return nil, errSlowBundle
	}
	at, err := hub.Locate(path, hub.TokenizerOnly, os.Getenv)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(at.Path)
	switch {
	case err != nil:
		return nil, errors.Unwrap(err) // a PathError's, whose path stands in front
	case !info.IsDir():
		return nil, errSlowBundle
	}
	return tokenizer.LoadSlow(os.DirFS(at.Path))
}

func open(path string) (*tokenizer.Tokenizer, error) {
	if builtin.Is(path) {
		content, err := builtin.Bundle()
		if err != nil {
			return nil, err
		}
		return ofBundle(content)
	}
	at, err := hub.Locate(path, hub.TokenizerOnly, os.Getenv)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(at.Path)
	if err != nil {
		return nil, errors.Unwrap(err) // a PathError's, whose path stands in front
	}
	if info.IsDir() {
		return tokenizer.Load(os.DirFS(at.Path))
	}
	if strings.HasSuffix(at.Path, ".model") {
		return nil, badinput.Errorf("a SentencePiece model is read from its folder, with what stands beside it: name the folder")
	}
	mapping, err := mmap.Open(at.Path)
	if err != nil {
		return nil, err
	}
	defer mapping.Close()
	content := mapping.Bytes()
	if len(content) < 8 || content[7] != 0 { // a bundle begins with its header's length, whose last byte is 0
		if len(content) > maxTokenizerJSON {
			return nil, badinput.Errorf("%d bytes, more than the limit of %d", len(content), maxTokenizerJSON)
		}
		return tokenizer.Parse(append([]byte(nil), content...))
	}
	return ofBundle(content)
}

func ofBundle(content []byte) (*tokenizer.Tokenizer, error) {
	file, err := safetensors.Parse(content)
	if err != nil {
		return nil, err
	}
	bundle, err := encoder.OpenBundle(file, nil)
	if err != nil {
		return nil, err
	}
	return bundle.Tokenizer, nil
}

// Options say how texts are encoded. The zero value adds special tokens and cuts nothing.
type Options struct {
	NoSpecialTokens bool
	MaxTokens       int  // where texts are cut, special tokens included; 0 for nowhere
	Runes           bool // offsets in code points rather than bytes
}

// Tokens is what the tokenizer makes of a text or of two.
type Tokens struct {
	IDs    []int32  `json:"ids"`
	Tokens []string `json:"tokens"`
	// Offsets are the [start, end) of each token in its text; special tokens have [0, 0].
	Offsets [][2]int32 `json:"offsets"`
	// TypeIDs is there for pairs: 0 for tokens of the first text, 1 for those of the second, as the model is told.
	TypeIDs []int32 `json:"type_ids,omitempty"`
	// Truncated says that tokens were left out.
	Truncated bool `json:"truncated,omitempty"`
}

// Encode encodes a text, or with a second one that is not nil the pair. Errors are those of the options.
func Encode(t *tokenizer.Tokenizer, text string, second *string, o Options) (*Tokens, error) {
	options := tokenizer.Options{NoSpecialTokens: o.NoSpecialTokens, Truncation: tokenizer.Truncation{MaxLength: o.MaxTokens}}
	var encoding *tokenizer.Encoding
	var err error
	other := ""
	if second == nil {
		encoding, err = t.Encode(text, options)
	} else {
		other = *second
		encoding, err = t.EncodePair(text, other, options)
	}
	if err != nil {
		return nil, badinput.Errorf("%w", err)
	}
	offsets := encoding.Offsets
	if o.Runes {
		offsets = encoding.CodePointOffsets(text, other)
	}
	out := &Tokens{
		IDs: append([]int32{}, encoding.IDs...), Tokens: append([]string{}, encoding.Tokens()...), Offsets: make([][2]int32, len(offsets)),
		Truncated: encoding.Truncated,
	}
	for i, offset := range offsets {
		out.Offsets[i] = [2]int32{offset.Start, offset.End}
	}
	if second != nil {
		out.TypeIDs = encoding.TypeIDs
	}
	return out, nil
}

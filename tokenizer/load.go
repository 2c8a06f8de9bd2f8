//go:build !wasm

package tokenizer

import (
	"errors"
	"io"
	"io/fs"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
)

// maxFile bounds the files that Load reads, in bytes.
const maxFile = 1 << 28

// ErrNone is what Load returns for a folder that holds no tokenizer at all.
var ErrNone = badinput.Errorf("no tokenizer: want tokenizer.json, or a SentencePiece model, or vocab.json and merges.txt, or vocab.txt")

// Load reads the tokenizer of a model folder: tokenizer.json, or else spm.model, sentencepiece.bpe.model or spiece.model (the
// Unigram of DeBERTa-v2 and v3, XLM-R, ALBERT and T5), or else vocab.json with merges.txt (byte-level BPE), or else vocab.txt
// (WordPiece). tokenizer_config.json, special_tokens_map.json and added_tokens.json are taken into account where
// they are there: all of their settings for a tokenizer that is made from vocabulary files, but for a tokenizer.json, which
// says all itself, only the names of the special tokens and the longest sequence. Files that are wrong, and a folder without
// any of the above, are errors for which badinput.Is holds.
func Load(fsys fs.FS) (*Tokenizer, error) {
	c, err := readConfig(fsys)
	if err != nil {
		return nil, err
	}
	return load(fsys, c)
}

func load(fsys fs.FS, c *config) (*Tokenizer, error) {
	source, err := readFile(fsys, "tokenizer.json")
	if err != nil {
		return nil, err
	}
	if source == "" {
		if source, err = synthesize(fsys, c); err != nil {
			return nil, err
		}
	}
	t, err := parse(source)
	if err != nil {
		return nil, badinput.Errorf("tokenizer.json: %w", err)
	}
	t.apply(c)
	return t, nil
}

// readFile returns the contents of a file, "" when there is none.
func readFile(fsys fs.FS, name string) (string, error) {
	info, err := fs.Stat(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", badinput.Errorf("%s: %w", name, err)
	}
	if info.Size() > maxFile {
		return "", badinput.Errorf("%s: %d bytes are more than %d", name, info.Size(), maxFile)
	}
	f, err := fsys.Open(name)
	if err != nil {
		return "", badinput.Errorf("%s: %w", name, err)
	}
	defer f.Close()
	var b strings.Builder
	b.Grow(int(info.Size()))
	n, err := io.Copy(&b, io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return "", badinput.Errorf("%s: %w", name, err)
	case n > maxFile:
		return "", badinput.Errorf("%s: more than %d bytes", name, maxFile)
	case n == 0:
		return "", badinput.Errorf("%s: the file is empty", name)
	}
	return b.String(), nil
}

// synthesize makes the tokenizer.json of a folder that has vocabulary files only.
func synthesize(fsys fs.FS, c *config) (string, error) {
	source, err := synthesizePieces(fsys, c)
	if source != "" || err != nil {
		return source, err
	}
	vocabJSON, err := readFile(fsys, "vocab.json")
	if err != nil {
		return "", err
	}
	merges, err := readFile(fsys, "merges.txt")
	if err != nil {
		return "", err
	}
	if vocabJSON != "" && merges != "" {
		return synthesizeBPE(vocabJSON, merges, c)
	}
	vocabTxt, err := readFile(fsys, "vocab.txt")
	if err != nil {
		return "", err
	}
	switch {
	case vocabTxt != "":
		return synthesizeWordPiece(vocabTxt, c)
	case vocabJSON != "":
		return "", badinput.Errorf("no tokenizer: vocab.json is there, but no merges.txt")
	}
	return "", ErrNone
}

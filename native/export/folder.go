package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/lorica-go/lorica/internal/atomicfile"
	"github.com/lorica-go/lorica/internal/badinput"
)

const (
	configFile  = "config.json"
	weightsFile = "model.safetensors"
)

// tokenizerFiles are copied into an exported folder when the model came from one.
var tokenizerFiles = []string{
	"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt", "vocab.json", "merges.txt", "added_tokens.json",
	"spm.model", "sentencepiece.bpe.model", "spiece.model",
}

// folder writes a Hugging Face folder.
func (e *exporter) folder(ctx context.Context) (*Result, error) {
	if err := mayReplace(e.Out); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(e.Out), 0o777); err != nil {
		return nil, badinput.Errorf("%w", err)
	}
	var r *Result
	err := atomicfile.WriteDir(e.Out, func(to atomicfile.Folder) error {
		if err := e.Model.Encoder.SaveFolder(to, e.DType); err != nil {
			return err
		}
		if err := e.copyTokenizer(to); err != nil {
			return err
		}
		var err error
		r, _, err = e.prove(ctx, to.Path())
		return err
	})
	if err != nil {
		return nil, err
	}
	return e.finish(r)
}

// mayReplace returns an input error if path is a folder with anything in it that no export has written: replacing the folder
// would delete it.
func mayReplace(path string) error {
	entries, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return badinput.Errorf("%w", err)
	}
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() || name != configFile && name != weightsFile && !slices.Contains(tokenizerFiles, name) {
			return badinput.Errorf("%s: the folder would be replaced, but holds %q, which is no file of an export: name another", path, name)
		}
	}
	return nil
}

// copyTokenizer copies the tokenizer's files, or writes a tokenizer.json when there is none to copy.
func (e *exporter) copyTokenizer(to atomicfile.Folder) error {
	if e.Model.Tokenizer == nil {
		return nil
	}
	files := map[string][]byte{
		"tokenizer.json":        e.Model.Tokenizer.JSON(),
		"tokenizer_config.json": fmt.Appendf(nil, "{\n  \"model_max_length\": %d,\n  \"tokenizer_class\": \"PreTrainedTokenizerFast\"\n}\n", e.Model.MaxTokens),
	}
	if e.Model.Bundle == nil {
		for _, name := range tokenizerFiles {
			switch data, err := os.ReadFile(filepath.Join(e.Model.Location, name)); {
			case err == nil:
				files[name] = data
			case !errors.Is(err, fs.ErrNotExist):
				return badinput.Errorf("%w", err)
			}
		}
	}
	for _, name := range tokenizerFiles {
		data, ok := files[name]
		if !ok {
			continue
		}
		if err := to.Write(name, func(w io.Writer) error { _, err := w.Write(data); return err }); err != nil {
			return err
		}
	}
	return nil
}

package export

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/lorica-go/lorica/internal/atomicfile"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native"
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
		if err := CopyTokenizer(to, e.Model); err != nil {
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

// CopyTokenizer copies the files of a model's tokenizer into a folder, or writes a tokenizer.json with its settings where there are none
// to copy.
func CopyTokenizer(to atomicfile.Folder, m *native.Model) error {
	if m.Tokenizer == nil {
		return nil
	}
	settings, err := tokenizerConfig(m)
	if err != nil {
		return err
	}
	files := map[string][]byte{"tokenizer.json": m.Tokenizer.JSON(), "tokenizer_config.json": settings}
	if m.Bundle == nil && m.Location != "" {
		for _, name := range tokenizerFiles {
			switch data, err := os.ReadFile(filepath.Join(m.Location, name)); {
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

// tokenizerConfig returns a tokenizer_config.json: which tokens have a part to play, and where texts are cut.
func tokenizerConfig(m *native.Model) ([]byte, error) {
	out := map[string]any{"model_max_length": m.MaxTokens, "tokenizer_class": "PreTrainedTokenizerFast"}
	special := m.Tokenizer.Special()
	for name, id := range map[string]int32{
		"cls_token": special.CLS, "sep_token": special.SEP, "pad_token": special.PAD, "mask_token": special.Mask,
		"unk_token": special.Unknown, "bos_token": special.BOS, "eos_token": special.EOS,
	} {
		if token, ok := m.Tokenizer.IDToToken(id); ok {
			out[name] = token
		}
	}
	text, err := json.MarshalIndent(out, "", "  ")
	return append(text, '\n'), err
}

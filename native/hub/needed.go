package hub

import (
	"path"
	"slices"
	"strings"

	"github.com/lorica-go/lorica/internal/badinput"
)

// tokenizerFiles are what a tokenizer may consist of. With a tokenizer.json the vocabularies say nothing new, and stay behind.
var (
	tokenizerFiles  = []string{"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"}
	vocabularyFiles = []string{"vocab.txt", "vocab.json", "merges.txt", "spm.model", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model"}
)

// needed returns which of a repository's files lorica reads, the configuration first and weights last: one file, or the index of several, whose parts only
// the index knows. The error says why the repository is of no use.
func needed(names []string, need Need) ([]string, error) {
	has := func(name string) bool { return slices.Contains(names, name) }
	if !has(configFile) {
		return nil, badinput.Errorf("no model of transformers: there is no %s%s", configFile, otherForm(names))
	}
	files := []string{configFile}
	for _, name := range tokenizerFiles {
		if has(name) {
			files = append(files, name)
		}
	}
	if !has("tokenizer.json") {
		for _, name := range vocabularyFiles {
			if has(name) {
				files = append(files, name)
			}
		}
	}
	switch {
	case need == TokenizerOnly:
		return files, nil
	case has(weightsFile):
		return append(files, weightsFile), nil
	case has(indexFile):
		return append(files, indexFile), nil
	}
	return nil, badinput.Errorf("no %s%s", weightsFile, otherForm(names))
}

// otherForm says in which other form the repository has its weights, and what can be done about it.
func otherForm(names []string) string {
	any := func(match func(name string) bool) bool { return slices.ContainsFunc(names, match) }
	switch {
	case any(isPickle):
		return ", only " + pickleFile + ", a Python pickle, which runs code when it is read; a pull request of the hub's bot may have converted it" +
			" (@refs/pr/N), or convert it once with transformers: AutoModel.from_pretrained(ID).save_pretrained(DIR, safe_serialization=True)"
	case slices.Contains(names, "adapter_config.json"):
		return ": this is a PEFT adapter, which goes with its base model"
	case any(func(name string) bool { return strings.HasSuffix(name, ".gguf") }):
		return ", only GGUF files"
	case slices.Contains(names, "tf_model.h5"), slices.Contains(names, "flax_model.msgpack"):
		return ", only weights for TensorFlow or Flax"
	case any(func(name string) bool { return strings.HasSuffix(name, ".onnx") }):
		return ", only ONNX graphs"
	}
	return ""
}

// isPickle reports whether a file is PyTorch's form of weights, whole or in parts.
func isPickle(name string) bool {
	return path.Dir(name) == "." && strings.HasPrefix(name, "pytorch_model") && strings.HasSuffix(name, ".bin")
}

package pretrain

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/native/tokenize"
	"github.com/lorica-go/lorica/tokenizer"
)

// Shape is the size of a RoBERTa-like encoder.
type Shape struct {
	Layers       int `json:"layers"`
	Width        int `json:"width"`
	Heads        int `json:"heads"`
	Intermediate int `json:"intermediate"` // width of the feed-forward layers; 0: four times the Width
}

// DefaultShape is that of an encoder of about three million parameters, without its embeddings.
func DefaultShape() Shape { return Shape{Layers: 4, Width: 256, Heads: 4} }

// Limits on a Shape: those that encoder.ParseConfig has.
const (
	maxWidth  = 1 << 16
	maxLayers = 1 << 10
)

// Validate returns an input error for a shape that is none.
func (s Shape) Validate() error {
	for _, size := range []struct {
		name             string
		got, least, most int
	}{{"layers", s.Layers, 1, maxLayers}, {"width", s.Width, 1, maxWidth}, {"heads", s.Heads, 1, maxWidth}, {"intermediate", s.Intermediate, 0, maxWidth}} {
		if size.got < size.least || size.got > size.most {
			return badinput.Errorf("%s %d: want %d to %d", size.name, size.got, size.least, size.most)
		}
	}
	if s.Width%s.Heads != 0 {
		return badinput.Errorf("width %d is not a multiple of %d heads", s.Width, s.Heads)
	}
	return nil
}

// config returns the configuration of a roberta of that shape for a tokenizer and texts of so many tokens.
func (s Shape) config(t *tokenizer.Tokenizer, maxTokens int) (*encoder.Config, error) {
	special := t.Special()
	if s.Intermediate == 0 {
		s.Intermediate = 4 * s.Width
	}
	out := map[string]any{
		"model_type": "roberta", "vocab_size": t.VocabSize(), "hidden_size": s.Width, "num_hidden_layers": s.Layers, "num_attention_heads": s.Heads,
		"intermediate_size": s.Intermediate, "max_position_embeddings": maxTokens + int(special.PAD) + 1, "type_vocab_size": 1,
		"layer_norm_eps": 1e-5, "hidden_act": "gelu", "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1, "initializer_range": 0.02,
		"pad_token_id": special.PAD, "tie_word_embeddings": true, "position_embedding_type": "absolute", "is_decoder": false, "use_cache": false,
	}
	for key, ids := range map[string][2]int32{"bos_token_id": {special.BOS, special.CLS}, "eos_token_id": {special.EOS, special.SEP}} {
		for _, id := range ids {
			if id >= 0 {
				out[key] = id
				break
			}
		}
	}
	text, err := json.Marshal(out)
	if err != nil {
		return nil, err
	}
	return encoder.ParseConfig(text)
}

// maxConfig bounds a config.json, in bytes.
const maxConfig = 16 << 20

// readConfig reads a config.json.
func readConfig(path string) (*encoder.Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, badinput.Errorf("%w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err != nil {
		return nil, badinput.Errorf("%w", err)
	}
	c, err := encoder.ParseConfig(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// openModel opens the model to go on from, or makes one. It has to be closed.
func (c *Config) openModel() (*native.Model, error) {
	if c.Model == "" {
		return c.newModel()
	}
	m, err := native.OpenModel(c.Model, native.Options{Threads: c.Threads, LongRun: true, Task: encoder.MaskedLM})
	if err != nil {
		return nil, err
	}
	if m.Bundle != nil {
		_ = m.Close() // nothing was written to it
		return nil, badinput.Errorf("%s: a bundle is a classifier and has no head that finds words: pretraining goes on from a folder, such as lorica export --format hf makes of it", c.Model)
	}
	if c.Tokenizer != "" {
		if m.Tokenizer, err = tokenize.Open(c.Tokenizer); err != nil {
			_ = m.Close()
			return nil, err
		}
		m.Location = "" // the tokenizer's files are not its own
	}
	if m.Tokenizer == nil {
		_ = m.Close()
		return nil, badinput.Errorf("%s: the model has no tokenizer: name one", c.Model)
	}
	return m, nil
}

// newModel makes a model whose weights begin at random.
func (c *Config) newModel() (*native.Model, error) {
	t, err := tokenize.Open(c.Tokenizer)
	if err != nil {
		return nil, err
	}
	if t.Special().PAD < 0 {
		return nil, badinput.Errorf("%s: the tokenizer has no padding token, such as <pad>: other programs need one", c.Tokenizer)
	}
	var config *encoder.Config
	if c.ModelConfig != "" {
		config, err = readConfig(c.ModelConfig)
	} else {
		maxTokens := c.MaxTokens
		if maxTokens == 0 {
			maxTokens = 512
		}
		config, err = c.Shape.config(t, maxTokens)
	}
	if err != nil {
		return nil, err
	}
	m := &native.Model{Tokenizer: t, MaxTokens: config.MaxTokens()}
	if m.Encoder, err = encoder.NewModel(config, encoder.MaskedLM, true); err != nil {
		return nil, err
	}
	if m.Device, err = native.NewDevice(c.Threads); err != nil {
		return nil, err
	}
	native.UseHugePages(m.Device)
	return m, nil
}

// vocabularyOf finds out which tokens stand for text.
func vocabularyOf(t *tokenizer.Tokenizer, vocabSize int) (*vocabulary, error) {
	special := t.Special()
	if special.Mask < 0 {
		return nil, badinput.Errorf("the tokenizer has no mask token, such as <mask> or [MASK]")
	}
	if t.VocabSize() > vocabSize {
		return nil, badinput.Errorf("the tokenizer has %d tokens, the model's vocabulary %d", t.VocabSize(), vocabSize)
	}
	v := &vocabulary{mask: special.Mask, special: make([]bool, vocabSize)}
	ids := []int32{special.CLS, special.SEP, special.PAD, special.Mask, special.Unknown, special.BOS, special.EOS}
	for _, added := range t.AddedTokens() {
		if added.Special {
			ids = append(ids, added.ID)
		}
	}
	for _, id := range ids {
		if id >= 0 && int(id) < vocabSize {
			v.special[id] = true
		}
	}
	for id := range int32(vocabSize) {
		if _, ok := t.IDToToken(id); ok && !v.special[id] {
			v.words = append(v.words, id)
		}
	}
	if len(v.words) == 0 {
		return nil, badinput.Errorf("the tokenizer has no tokens but special ones")
	}
	return v, nil
}

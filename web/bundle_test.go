package web_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/kernels"
	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/tokenizer"
)

// words are the vocabulary of the bundles; other words are spelt by its letters.
var words = strings.Fields("good bad great awful game the it is was not very fun boring story bugs play again refund love hate . , ! ? ' \" -")

var labels = []string{"negative", "positive"}

// tinyBundle returns a bundle of random weights, of two layers 32 wide.
var tinyBundle = sync.OnceValues(func() ([]byte, error) { return makeBundle(1) })

// otherBundle returns one with other weights.
var otherBundle = sync.OnceValues(func() ([]byte, error) { return makeBundle(2) })

func makeBundle(seed uint64) ([]byte, error) {
	tokens, err := tokenizer.Parse(tokenizerJSON())
	if err != nil {
		return nil, err
	}
	config, err := encoder.ParseConfig(fmt.Appendf(nil, `{"model_type":"bert","vocab_size":%d,"pad_token_id":0,"initializer_range":0.25,
		"max_position_embeddings":128,"hidden_size":32,"num_hidden_layers":2,"num_attention_heads":2,"intermediate_size":64,"type_vocab_size":2}`, tokens.VocabSize()))
	if err != nil {
		return nil, err
	}
	config.SetLabels(labels)
	m, err := encoder.NewModel(config, encoder.Classification, true)
	if err != nil {
		return nil, err
	}
	dev, err := kernels.NewCPU(kernels.Generic, 1)
	if err != nil {
		return nil, err
	}
	defer dev.Close()
	if err := m.Prepare(dev, encoder.Frozen, seed); err != nil {
		return nil, err
	}
	c, err := encoder.NewClassifier(m, tokens, encoder.ClassifierOptions{})
	if err != nil {
		return nil, err
	}
	probe := encoder.Input{Text: "not a very good game"}
	encoded, err := c.Encode(probe)
	if err != nil {
		return nil, err
	}
	predictions, err := c.Classify(ctx, []encoder.Input{probe})
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	probes := []encoder.Probe{{Text: probe.Text, IDs: encoded.IDs, Logits: predictions[0].Logits}}
	err = m.WriteBundle(&b, safetensors.F32, tokenizerJSON(), encoder.Provenance{Base: "example/tiny", Rows: 12}, probes)
	return b.Bytes(), err
}

// tokenizerJSON returns a WordPiece tokenizer of the words and the letters.
func tokenizerJSON() []byte {
	vocabulary := make(map[string]int)
	var added []string
	for i, special := range []string{"[PAD]", "[UNK]", "[CLS]", "[SEP]"} {
		vocabulary[special] = i
		added = append(added, fmt.Sprintf(`{"id":%d,"content":%q,"single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}`, i, special))
	}
	for _, word := range words {
		vocabulary[word] = len(vocabulary)
	}
	for letter := 'a'; letter <= 'z'; letter++ {
		vocabulary[string(letter)] = len(vocabulary)
		vocabulary["##"+string(letter)] = len(vocabulary)
	}
	vocab, _ := json.Marshal(vocabulary) // strings and numbers always can be
	return []byte(`{"version":"1.0","truncation":null,"padding":null,"added_tokens":[` + strings.Join(added, ",") + `],` +
		`"normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},` +
		`"pre_tokenizer":{"type":"BertPreTokenizer"},` +
		`"post_processor":{"type":"BertProcessing","sep":["[SEP]",3],"cls":["[CLS]",2]},"decoder":null,` +
		`"model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":` + string(vocab) + `}}`)
}

// bundle returns what made one of the bundles.
func bundle(t testing.TB, made func() ([]byte, error)) []byte {
	t.Helper()
	content, err := made()
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// onDisk writes a file into a folder of the test and returns its path.
func onDisk(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// natively classifies texts with a bundle in this process.
func natively(t testing.TB, content []byte, texts []string) []encoder.Prediction {
	t.Helper()
	c, err := native.Open(onDisk(t, "tiny.safetensors", content), native.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	inputs := make([]encoder.Input, len(texts))
	for i, text := range texts {
		inputs[i].Text = text
	}
	predictions, err := c.Classify(t.Context(), inputs)
	if err != nil {
		t.Fatal(err)
	}
	return predictions
}

// texts makes n texts of several words, some of them with line ends, quotes and characters beyond ASCII.
func texts(n int) []string {
	random := rand.New(rand.NewPCG(1, 2))
	all := make([]string, n)
	for i := range all {
		var b strings.Builder
		for j := range 3 + random.IntN(20) {
			if j > 0 {
				b.WriteString([]string{" ", " ", " ", ", ", "\n", " \"", "\" ", " – ", " 🎮 "}[random.IntN(9)])
			}
			b.WriteString(words[random.IntN(len(words)-7)])
		}
		all[i] = b.String()
	}
	return all
}

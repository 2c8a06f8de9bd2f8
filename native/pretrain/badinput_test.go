package pretrain_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/internal/tiny"
	"github.com/lorica-go/lorica/native/pretrain"
	"github.com/lorica-go/lorica/native/train"
)

// writeFile writes a file of that name into a folder of its own.
func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	tiny.Write(t, path, content)
	return path
}

// without returns a tokenizer folder whose vocabulary lacks a token.
func without(t *testing.T, token string) string {
	dir := tiny.Model(t, tiny.Options{Type: "roberta"})
	path := filepath.Join(dir, "vocab.txt")
	tiny.Write(t, path, strings.Replace(string(readFile(t, path)), token+"\n", "another\n", 1))
	return dir
}

func TestBadInputNamesItsPlaceAndLeavesNothingBehind(t *testing.T) {
	good := texts(t, 50, 1)
	for name, test := range map[string]struct {
		change func(t *testing.T, c *pretrain.Config)
		want   string
	}{
		"no data":           {func(_ *testing.T, c *pretrain.Config) { c.Data = nil }, "no data"},
		"no place":          {func(_ *testing.T, c *pretrain.Config) { c.Out = "" }, "no output folder"},
		"no tokenizer":      {func(_ *testing.T, c *pretrain.Config) { c.Tokenizer = "" }, "no tokenizer"},
		"no such file":      {func(_ *testing.T, c *pretrain.Config) { c.Data = []string{good, "nowhere.txt"} }, "nowhere.txt"},
		"a folder of texts": {func(t *testing.T, c *pretrain.Config) { c.Data = []string{t.TempDir()} }, "directory"},
		"an empty file":     {func(t *testing.T, c *pretrain.Config) { c.Data = []string{writeFile(t, "a.txt", "")} }, "a.txt"},
		"blank lines alone": {func(t *testing.T, c *pretrain.Config) { c.Data = []string{writeFile(t, "a.txt", "\n  \n\n")} }, "a.txt: no text"},
		"no UTF-8":          {func(t *testing.T, c *pretrain.Config) { c.Data = []string{writeFile(t, "a.txt", "good\nb\xffd\n")} }, "a.txt:2: "},
		"a bad row": {func(t *testing.T, c *pretrain.Config) {
			c.Data = []string{writeFile(t, "a.jsonl", "{\"text\":\"a\"}\n{\"text\":{}}\n")}
		}, "a.jsonl:2: "},
		"a token out of range": {func(t *testing.T, c *pretrain.Config) {
			c.Data = []string{writeFile(t, "a.jsonl", "{\"input_ids\":[2,5,3]}\n{\"input_ids\":[2,999,3]}\n")}
		}, "a.jsonl:2: token id 999"},
		"one text":                 {func(t *testing.T, c *pretrain.Config) { c.Data = []string{writeFile(t, "a.txt", "good game\n")} }, "a.txt: split"},
		"nothing to measure on":    {func(t *testing.T, c *pretrain.Config) { c.Validation = []string{writeFile(t, "v.txt", "\n")} }, "v.txt: no text"},
		"a model and a config":     {func(_ *testing.T, c *pretrain.Config) { c.Model, c.ModelConfig = c.Tokenizer, "config.json" }, "own configuration"},
		"a bundle":                 {func(_ *testing.T, c *pretrain.Config) { c.Model = "default" }, "default: a bundle is a classifier and has no head that finds words"},
		"no such model":            {func(_ *testing.T, c *pretrain.Config) { c.Model = filepath.Join("no", "where", "at all") }, "no such model"},
		"no such config":           {func(_ *testing.T, c *pretrain.Config) { c.ModelConfig = "nowhere.json" }, "nowhere.json"},
		"a broken config":          {func(t *testing.T, c *pretrain.Config) { c.ModelConfig = writeFile(t, "config.json", "{") }, "config.json"},
		"a vocabulary too small":   {func(t *testing.T, c *pretrain.Config) { c.ModelConfig = writeFile(t, "config.json", smallVocabulary) }, "model's vocabulary 10"},
		"a decoder of its own":     {func(t *testing.T, c *pretrain.Config) { c.ModelConfig = writeFile(t, "config.json", untied) }, "tie_word_embeddings"},
		"no tokenizer there":       {func(t *testing.T, c *pretrain.Config) { c.Tokenizer = t.TempDir() }, "no tokenizer"},
		"a broken tokenizer":       {func(t *testing.T, c *pretrain.Config) { c.Tokenizer = writeFile(t, "tokenizer.json", "{}") }, "tokenizer.json"},
		"no mask token":            {func(t *testing.T, c *pretrain.Config) { c.Tokenizer = without(t, "[MASK]") }, "no mask token"},
		"no padding token":         {func(t *testing.T, c *pretrain.Config) { c.Tokenizer = without(t, "[PAD]") }, "no padding token"},
		"no layers":                {func(_ *testing.T, c *pretrain.Config) { c.Shape.Layers = 0 }, "layers 0"},
		"heads that do not divide": {func(_ *testing.T, c *pretrain.Config) { c.Shape.Heads = 3 }, "width 32 is not a multiple of 3"},
		"a batch below a text":     {func(_ *testing.T, c *pretrain.Config) { c.Train.BatchTokens = 39 }, "batch tokens 39"},
		"nothing at once":          {func(_ *testing.T, c *pretrain.Config) { c.MicroTokens = 0 }, "micro tokens 0"},
		"nothing hidden":           {func(_ *testing.T, c *pretrain.Config) { c.Masking.Share = 0 }, "masked share"},
		"a negative length":        {func(_ *testing.T, c *pretrain.Config) { c.MaxTokens = -1 }, "maximum length"},
		"a dropout of all":         {func(_ *testing.T, c *pretrain.Config) { one := 1.0; c.HiddenDropout = &one }, "hidden dropout 1"},
		"no epochs":                {func(_ *testing.T, c *pretrain.Config) { c.Train.Epochs = 0 }, "epochs"},
		"a file for a folder":      {func(t *testing.T, c *pretrain.Config) { c.Out = writeFile(t, "out", "") }, "out"},
	} {
		t.Run(name, func(t *testing.T) {
			c := tinyRun(t)
			c.Data = []string{good}
			test.change(t, &c)
			_, err := pretrain.Run(context.Background(), c)
			if !badinput.Is(err) || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("want an input error about %q, got %v", test.want, err)
			}
			if info, statErr := os.Stat(c.Out); statErr == nil && info.IsDir() {
				t.Error("the output folder was made")
			}
		})
	}
}

const (
	smallVocabulary = `{"model_type":"bert","vocab_size":10,"hidden_size":16,"num_hidden_layers":1,"num_attention_heads":2,"intermediate_size":16}`
	untied          = `{"model_type":"bert","vocab_size":200,"hidden_size":16,"num_hidden_layers":1,"num_attention_heads":2,"intermediate_size":16,"tie_word_embeddings":false}`
)

func TestACheckpointOfAnotherRunIsRefused(t *testing.T) {
	c := tinyRun(t)
	c.Train.Epochs = 1
	mustRun(t, c)
	c.Resume = true
	for name, test := range map[string]struct {
		change func(c *pretrain.Config)
		want   string
	}{
		"other texts":     {func(c *pretrain.Config) { c.Data = []string{texts(t, 300, 2)} }, "training examples are others"},
		"other masks":     {func(c *pretrain.Config) { c.Masking.Share = 0.2 }, "mask_share was 0.15 and is 0.2"},
		"other parts":     {func(c *pretrain.Config) { c.MicroTokens = 100 }, "micro_tokens was 256 and is 100"},
		"another seed":    {func(c *pretrain.Config) { c.Train.Seed = 43 }, "seed was 42 and is 43"},
		"other batches":   {func(c *pretrain.Config) { c.Train.BatchTokens = 500 }, "batch_tokens was 400 and is 500"},
		"another shape":   {func(c *pretrain.Config) { c.Shape.Width = 64 }, "base model is another"},
		"another dropout": {func(c *pretrain.Config) { p := 0.2; c.HiddenDropout = &p }, "hidden_dropout was 0.1 and is 0.2"},
		"another falling": {func(c *pretrain.Config) { c.Train.Schedule = train.Cosine }, "schedule was"},
	} {
		t.Run(name, func(t *testing.T) {
			other := c
			test.change(&other)
			if _, err := pretrain.Run(context.Background(), other); !badinput.Is(err) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("want an input error about %q, got %v", test.want, err)
			}
		})
	}
	if r := mustRun(t, c); r.FirstStep != r.Steps {
		t.Errorf("resuming a finished run took steps from %d to %d", r.FirstStep, r.Steps)
	}
}

func TestBadRowsArePassedOverWhenAskedTo(t *testing.T) {
	c := tinyRun(t)
	c.Data = []string{texts(t, 40, 1), writeFile(t, "a.jsonl", "{\"text\":\"a good game\"}\n{\"text\":{}}\n{\"input_ids\":[2,16,17,3]}\n{\"text\":\"\"}\n")}
	c.Read.SkipBad, c.Train.Epochs, c.TestSize = true, 1, data.Size{}
	if r := mustRun(t, c); r.SkippedRows != 1 || r.TrainTexts != 42 {
		t.Errorf("%d rows skipped, %d texts", r.SkippedRows, r.TrainTexts)
	}
}

func TestALongTextIsPartedAndLosesNothing(t *testing.T) {
	c := tinyRun(t)
	words := strings.TrimSpace(strings.Repeat("great game story ", 40)) // 120 tokens and two special ones a piece
	c.Data = []string{writeFile(t, "a.txt", words+"\n")}
	c.MaxTokens, c.TestSize, c.Train.Epochs = 32, data.Size{}, 1
	if r := mustRun(t, c); r.TrainTexts != 4 || r.TrainTokens != 128 || r.PartedRows != 1 {
		t.Errorf("%d texts of %d tokens, %d rows parted", r.TrainTexts, r.TrainTokens, r.PartedRows)
	}
}

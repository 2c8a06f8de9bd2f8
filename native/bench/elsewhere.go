package bench

import (
	"context"
	"time"

	"github.com/lorica-go/lorica/native"
)

// noTokenizer stands for the tokenizer in a bundle of a model that has none, since ids alone are classified.
const noTokenizer = `{"version":"1.0","added_tokens":[],"normalizer":null,"pre_tokenizer":{"type":"WhitespaceSplit"},"post_processor":null,` +
	`"decoder":null,"model":{"type":"WordLevel","vocab":{"[UNK]":0},"unk_token":"[UNK]"}}`

// elsewhere times inference where Elsewhere opens the model.
func (c *ModelConfig) elsewhere(ctx context.Context, m *native.Model, sequences [][]int32, r *ModelResult, start time.Time) (*ModelResult, error) {
	m.MaxTokens = m.Encoder.Config.MaxTokens()
	tokenizer := []byte(noTokenizer)
	if m.Tokenizer != nil {
		tokenizer = m.Tokenizer.JSON()
	}
	bundle, err := m.Bundled(tokenizer)
	if err != nil {
		return nil, err
	}
	defer bundle.Close()
	if err := m.Close(); err != nil {
		return nil, err
	}
	classifier, tier, err := c.Elsewhere(ctx, bundle, bundle.Size)
	if err != nil {
		return nil, err
	}
	defer classifier.Close()
	r.Tier = tier
	r.Open = milliseconds(time.Since(start))
	times, err := c.inferBy(ctx, classifier, sequences, r.Batch)
	if err != nil {
		return nil, err
	}
	r.measured(times)
	return r, nil
}

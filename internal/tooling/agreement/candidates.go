package main

import (
	"context"
	"os"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/encoder/safetensors"
	"github.com/lorica-go/lorica/kernels"
	"github.com/lorica-go/lorica/wasm"
)

// candidate is a classifier of the same bundle somewhere.
type candidate struct {
	name              string
	classifier        encoder.TextClassifier
	limit, vocabulary int
	native            bool
	close             func()
}

// openNative opens a bundle on an instruction set, one thread.
func openNative(path string, tier kernels.Tier) (*candidate, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	file, err := safetensors.Parse(content)
	if err != nil {
		return nil, err
	}
	b, err := encoder.OpenBundle(file, nil)
	if err != nil {
		return nil, err
	}
	dev, err := kernels.NewCPU(tier, 1)
	if err != nil {
		return nil, err
	}
	if err := b.Model.Prepare(dev, encoder.Frozen, 0); err != nil {
		return nil, err
	}
	c, err := encoder.NewClassifier(b.Model, b.Tokenizer, encoder.ClassifierOptions{MaxTokens: b.MaxTokens()})
	if err != nil {
		return nil, err
	}
	config := b.Model.Config
	return &candidate{"native, " + tier.String(), c, min(b.MaxTokens(), config.MaxTokens()), config.VocabSize, true, dev.Close}, nil
}

// openSandbox opens a bundle in a sandbox, one thread.
func openSandbox(ctx context.Context, path, cache string, guest bool) (*candidate, error) {
	l, name := wasm.Limits{Memory: 4 << 30, CacheDir: cache}, "sandbox, host kernels"
	if guest {
		l.Kernels, name = wasm.GuestKernels, "sandbox, guest kernels"
	}
	c, err := wasm.Open(ctx, path, l)
	if err != nil {
		return nil, err
	}
	facts := c.Facts()
	return &candidate{name, c, facts.MaxTokens, facts.Vocabulary, false, func() { _ = c.Close() }}, nil // it ends with the program
}

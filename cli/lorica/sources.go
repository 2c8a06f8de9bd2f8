package main

import (
	"context"
	"log/slog"

	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/hub"
	"github.com/spf13/pflag"
)

// modelFlags name a model.
type modelFlags struct {
	model, adapter string
	maxLength      int
	pull           pullFlag
}

func (v *modelFlags) define(set *pflag.FlagSet) {
	set.StringVarP(&v.model, "model", "m", "", "the model: a `PATH` (Hugging Face folder or .safetensors bundle), or org/name[@revision] of the hub")
	v.pull.define(set)
	set.StringVar(&v.adapter, "adapter", "", "apply the PEFT adapter in this `DIR`")
}

func (v *modelFlags) defineLength(set *pflag.FlagSet) {
	set.IntVar(&v.maxLength, "max-length", 0, "cut texts after `N` tokens (0: as in training, or what the model takes)")
}

func (v *modelFlags) check() error {
	switch {
	case v.model == "":
		return usagef("--model is missing")
	case v.maxLength < 0:
		return usagef("--max-length %d: want at least 1", v.maxLength)
	}
	return nil
}

// fetch fetches the model if --pull says so.
func (v *modelFlags) fetch(ctx context.Context, c *console) error {
	return v.pull.fetch(ctx, c, v.model, hub.Model)
}

// open opens the classifier, for a long run when there is much to be classified.
func (v *modelFlags) open(ctx context.Context, c *console, longRun bool) (*native.Classifier, error) {
	if err := v.fetch(ctx, c); err != nil {
		return nil, err
	}
	return native.Open(v.model, native.Options{Adapter: v.adapter, Threads: c.threads, MaxTokens: v.maxLength, LongRun: longRun})
}

// dataFlags say how rows are read from a file.
type dataFlags struct {
	format, textField, labelField string
	skipBad                       bool
}

func (v *dataFlags) define(set *pflag.FlagSet, labels bool, formats string) {
	set.StringVar(&v.textField, "text-field", "", "the `NAME` of the text column (found if text, review, reviews or sentence)")
	if labels {
		set.StringVar(&v.labelField, "label-field", "", "the `NAME` of the label column (found if label or voted_up)")
	}
	set.StringVar(&v.format, "format", "auto", "the file's `FORMAT`: "+formats)
	set.BoolVar(&v.skipBad, "skip-bad", false, "pass over bad rows, counting them, instead of stopping at the first")
}

// options returns what the flags say.
func (v *dataFlags) options(ctx context.Context, c *console) (data.Options, error) {
	format, err := data.ParseFormat(v.format)
	if err != nil {
		return data.Options{}, usagef("--format: %s", err)
	}
	return data.Options{Format: format, TextField: v.textField, LabelField: v.labelField, SkipBad: v.skipBad, Stdin: newStdin(ctx, c.in), Logger: c.logger}, nil
}

// skipped tells of rows that were passed over.
func skipped(log *slog.Logger, file string, rows int) {
	if rows > 0 {
		log.Warn("bad rows were skipped", "rows", rows, "file", file)
	}
}

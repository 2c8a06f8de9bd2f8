package main

import (
	"context"
	"log/slog"
	"strings"

	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/native/builtin"
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

// orBuiltin ends the description of a flag that names a model, where none need be named.
const orBuiltin = ", or default, the built-in model, which is taken unless another is named"

// define declares the flags for a command that takes the built-in model unless another is named.
func (v *modelFlags) define(set *pflag.FlagSet) {
	set.StringVarP(&v.model, "model", "m", builtin.Name, "the model: a `PATH` (Hugging Face folder or .safetensors bundle), org/name[@revision] of the hub"+orBuiltin)
	v.defineMore(set)
}

// defineNone declares the flags for a command that also does without a model.
func (v *modelFlags) defineNone(set *pflag.FlagSet) {
	set.StringVarP(&v.model, "model", "m", "", "the model: a `PATH` (Hugging Face folder or .safetensors bundle), org/name[@revision] of the hub, or default, the built-in one")
	v.defineMore(set)
}

func (v *modelFlags) defineMore(set *pflag.FlagSet) {
	v.pull.define(set)
	set.StringVar(&v.adapter, "adapter", "", "apply the PEFT adapter in this `DIR`")
}

func (v *modelFlags) defineLength(set *pflag.FlagSet) {
	set.IntVar(&v.maxLength, "max-length", 0, "cut texts after `N` tokens (0: as in training, or what the model takes)")
}

func (v *modelFlags) check() error {
	switch {
	case v.model == "":
		return usagef("--model names nothing")
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

// halvesFlags say which rows are trained on and which are measured on.
type halvesFlags struct {
	testSize, split string
	set             *pflag.FlagSet
}

// define declares the flags; train and eval are what is done with the rows of either half.
func (v *halvesFlags) define(f *flags, set *pflag.FlagSet, s *data.Sources, train, eval string) {
	v.set = set
	for _, winner := range []string{"eval-data", "eval-rows"} {
		f.override(winner, "test-size", "split", "split-seed")
	}
	set.StringVar(&s.EvalData, "eval-data", "", eval+" the rows of this `FILE` instead of splitting")
	set.StringVar(&s.Rows, "rows", "", train+" the rows that `FILE[:KEY]` lists: JSON, counted from 0")
	set.StringVar(&s.EvalRows, "eval-rows", "", eval+" the rows that `FILE[:KEY]` lists")
	set.StringVar(&v.testSize, "test-size", "0.2", "hold out this `SHARE` of the rows, or so many (0: none)")
	set.Uint64Var(&s.SplitSeed, "split-seed", s.SplitSeed, "`SEED` of the split")
	set.StringVar(&v.split, "split", string(s.Split), "split as `METHOD`: datasets, sklearn or stratified")
}

// finish turns the flags into the settings and checks them.
func (v *halvesFlags) finish(s *data.Sources) (err error) {
	if s.EvalData != "" || s.EvalRows != "" {
		for _, flag := range []string{"test-size", "split", "split-seed"} {
			if v.set.Changed(flag) {
				return usagef("--%s is for splitting, but --eval-data or --eval-rows names the rows to evaluate on", flag)
			}
		}
	}
	if s.TestSize, err = sizeOrNone(v.testSize); err != nil {
		return usagef("--test-size: %s", err)
	}
	if s.Split, err = data.ParseSplitMethod(v.split); err != nil {
		return usagef("--split: %s", err)
	}
	return nil
}

// sizeOrNone reads a share or a number of rows, where 0 stands for none.
func sizeOrNone(s string) (data.Size, error) {
	if s == "0" || s == "0.0" {
		return data.Size{}, nil
	}
	return data.ParseSize(s)
}

// labelNames reads the value of --labels; nil for none.
func labelNames(names []string) ([]string, error) {
	if len(names) == 0 {
		return nil, nil
	}
	labels, err := data.ParseLabels(strings.Join(names, ","))
	if err != nil {
		return nil, usagef("--labels: %s", err)
	}
	return labels.Names(), nil
}

// skipped tells of rows that were passed over.
func skipped(log *slog.Logger, file string, rows int) {
	if rows > 0 {
		log.Warn("bad rows were skipped", "rows", rows, "file", file)
	}
}

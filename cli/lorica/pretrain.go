package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/lorica-go/lorica/native/export"
	"github.com/lorica-go/lorica/native/hub"
	"github.com/lorica-go/lorica/native/pretrain"
	"github.com/lorica-go/lorica/native/train"
	"github.com/spf13/pflag"
)

func pretrainCommand() *command {
	return &command{
		name:    "pretrain",
		summary: "train an encoder as a masked language model, from scratch or from a model",
		about: `
Reads texts, holds some out, and trains an encoder to find hidden words, as RoBERTa does: masks are drawn anew for every epoch,
batches are of whole texts and count tokens, all weights are trained. The folder of --out gets

  model/           a Hugging Face folder, for transformers' AutoModelForMaskedLM and for lorica train --model
  log.jsonl        loss, learning rate, gradient norm and speed, and the validation loss, masked accuracy and perplexity
  config.yaml      what was asked for, for --config
  settings.json    the settings that were in effect
  checkpoint/      where --resume goes on after Ctrl-C or a crash, to the same bits

Texts are the lines of plain files, or the rows of .jsonl, .json, .csv and .tsv files, all also gzipped. One that is longer than
--max-length is parted, not cut. The model is a RoBERTa of the size that --layers, --width, --heads and --intermediate say, or what the
config.json of --model-config says, or goes on from --model.

Ctrl-C finishes the step, saves a checkpoint and exits with 130; a second one exits at once.`,
		examples: []example{
			{"from scratch, on the lines of a file", `lorica pretrain --tokenizer tokenizer.json --data texts.txt --out base`},
			{"another size, bf16, and files to measure on", `lorica pretrain --tokenizer tok --layers 6 --width 320 --heads 5 --data a.jsonl --data b.txt --eval-data c.txt --dtype bf16 --out base`},
			{"go on from a model with texts of a domain", `lorica pretrain --model roberta-base --data reviews.jsonl --epochs 2 --lr 5e-5 --out reviews-roberta`},
			{"go on after an interruption, then fine-tune", `lorica pretrain --config base/config.yaml --resume && lorica train --model base/model --data rows.jsonl --out run`},
		},
		define: func(f *flags) action {
			v := pretrainFlags{config: pretrain.Default()}
			v.define(f)
			return func(ctx context.Context, c *console, args []string) error {
				if err := noArguments(args); err != nil {
					return err
				}
				if err := v.finish(ctx, c); err != nil {
					return err
				}
				return v.run(ctx, c)
			}
		},
	}
}

// pretrainFlags are the settings of a run, and those flags that do not go straight into them.
type pretrainFlags struct {
	config                            pretrain.Config
	rows                              dataFlags
	testSize, warmup, schedule, dtype string
	hiddenDropout, attentionDropout   float64
	noShuffle                         bool
	pull                              pullFlag
	model, data, training             *pflag.FlagSet // to ask what was given
}

// shapeFlags say the size of a model that begins at random.
var shapeFlags = []string{"layers", "width", "heads", "intermediate"}

func (v *pretrainFlags) define(f *flags) {
	c := &v.config
	set := f.group("Model")
	v.model = set
	set.StringVarP(&c.Tokenizer, "tokenizer", "t", "", "a tokenizer.json, or a folder or model that has one: a `PATH`, or default, the built-in model (if not given: --model's)")
	set.IntVar(&c.Shape.Layers, "layers", c.Shape.Layers, "`N` layers")
	set.IntVar(&c.Shape.Width, "width", c.Shape.Width, "hidden states of `N` values")
	set.IntVar(&c.Shape.Heads, "heads", c.Shape.Heads, "`N` attention heads")
	set.IntVar(&c.Shape.Intermediate, "intermediate", 0, "feed-forward layers of `N` values (0: four times --width)")
	set.StringVar(&c.ModelConfig, "model-config", "", "take architecture and size from this config.json: a `FILE`")
	set.StringVarP(&c.Model, "model", "m", "", "go on from this model: a `PATH` (Hugging Face folder), or org/name[@revision] of the hub")
	v.pull.define(set)
	set.StringVarP(&c.Out, "out", "o", "", "the `DIR` of the run")
	set.BoolVar(&c.Resume, "resume", false, "go on from the checkpoint in --out")
	set.StringVar(&v.dtype, "dtype", "f32", "store the model's weights as `TYPE`: f32, bf16 or f16")

	set = f.group("Data")
	v.data = set
	set.StringArrayVarP(&c.Data, "data", "d", nil, "the texts: a `FILE` of lines or rows, or -; may be given again")
	set.StringArrayVar(&c.Validation, "eval-data", nil, "measure on the texts of this `FILE` instead of holding some out; may be given again")
	set.StringVar(&v.testSize, "test-size", "0.02", "hold out this `SHARE` of the texts, or so many (0: none)")
	set.Uint64Var(&c.SplitSeed, "split-seed", c.SplitSeed, "`SEED` of the choice of held-out texts")
	set.IntVar(&c.MaxTokens, "max-length", c.MaxTokens, "part texts after `N` tokens (0: at the model's limit)")
	v.rows.define(set, false, "auto, jsonl, json, csv, tsv or txt")

	v.defineTraining(f.group("Training"))

	f.override("eval-data", "test-size", "split-seed")
	f.override("max-steps", "epochs")
	for _, winner := range []string{"model", "model-config"} {
		f.override(winner, shapeFlags...)
	}
	f.once = []string{"resume"}
}

func (v *pretrainFlags) defineTraining(set *pflag.FlagSet) {
	c, t, m := &v.config, &v.config.Train, &v.config.Masking
	v.training = set
	set.IntVarP(&t.Epochs, "epochs", "e", t.Epochs, "`N` passes over the texts")
	set.IntVar(&t.MaxSteps, "max-steps", 0, "make `N` steps, whatever --epochs says")
	set.IntVarP(&t.BatchTokens, "batch-tokens", "b", t.BatchTokens, "about `N` tokens a step, of whole texts")
	set.IntVar(&c.MicroTokens, "micro-tokens", c.MicroTokens, "compute with at most `N` tokens at once and add the gradients up: less memory")
	set.Float64Var(&t.LearningRate, "lr", t.LearningRate, "peak of the learning `RATE`")
	set.StringVar(&v.warmup, "warmup", "0.06", "let the rate rise for this `SHARE` of the steps, or so many (0: not at all)")
	set.StringVar(&v.schedule, "schedule", string(train.Linear), "how the rate then falls to 0: `WAY` linear or cosine")
	set.Float64Var(&t.WeightDecay, "weight-decay", t.WeightDecay, "AdamW's `DECAY`; biases and layer norms are spared")
	set.Float64Var(&t.Beta1, "beta1", t.Beta1, "AdamW's first `BETA`")
	set.Float64Var(&t.Beta2, "beta2", t.Beta2, "AdamW's second `BETA`")
	set.Float64Var(&t.Epsilon, "epsilon", t.Epsilon, "AdamW's `EPSILON`")
	set.Float64Var(&t.MaxGradNorm, "max-grad-norm", t.MaxGradNorm, "clip gradients to this `NORM` (0: not at all)")
	set.Float64Var(&m.Share, "mask-share", m.Share, "hide this `SHARE` of the tokens")
	set.Float64Var(&m.MaskShare, "mask-token-share", m.MaskShare, "of these, make this `SHARE` the mask token")
	set.Float64Var(&m.RandomShare, "random-token-share", m.RandomShare, "and this `SHARE` random tokens; the rest stay as they are")
	set.Float64Var(&v.hiddenDropout, "hidden-dropout", 0, "replace the configuration's hidden dropout (0.1) by `P`")
	set.Float64Var(&v.attentionDropout, "attention-dropout", 0, "replace the configuration's attention dropout (0.1) by `P`")
	set.Lookup("hidden-dropout").DefValue, set.Lookup("attention-dropout").DefValue = "", ""
	set.Uint64Var(&t.Seed, "seed", t.Seed, "`SEED` of the weights, the order of the texts, the masks and dropout")
	set.BoolVar(&v.noShuffle, "no-shuffle", false, "take the texts in their order")
	set.IntVar(&t.LogEvery, "log-every", t.LogEvery, "log every `N` steps (0: evaluations only)")
	set.IntVar(&t.EvalEvery, "eval-every", 0, "evaluate every `N` steps (0: after every epoch)")
	set.IntVar(&t.SaveEvery, "save-every", t.SaveEvery, "save a checkpoint every `N` steps (0: after every evaluation)")
}

// finish turns the flags into the settings and checks them.
func (v *pretrainFlags) finish(ctx context.Context, c *console) error {
	k := &v.config
	switch {
	case len(k.Data) == 0:
		return usagef("--data is missing")
	case k.Out == "":
		return usagef("--out is missing")
	case k.Model == "" && k.Tokenizer == "":
		return usagef("--tokenizer is missing; or go on from a --model, which has one")
	}
	for _, flag := range shapeFlags {
		if v.model.Changed(flag) && (k.Model != "" || k.ModelConfig != "") {
			return usagef("--%s is for a model without --model and --model-config, which say it themselves", flag)
		}
	}
	if len(k.Validation) > 0 && (v.data.Changed("test-size") || v.data.Changed("split-seed")) {
		return usagef("--test-size and --split-seed are for holding texts out, but --eval-data names those to measure on")
	}
	var err error
	if k.TestSize, err = sizeOrNone(v.testSize); err != nil {
		return usagef("--test-size: %s", err)
	}
	if k.Warmup, err = pretrain.WarmupOf(v.warmup); err != nil {
		return usagef("--warmup: %s", err)
	}
	if k.Train.Schedule, err = train.ParseSchedule(v.schedule); err != nil {
		return usagef("--schedule: %s", err)
	}
	if k.DType, err = export.ParseDType(v.dtype); err != nil {
		return usagef("--dtype: %s", err)
	}
	if k.DType == export.Int8 {
		return usagef("--dtype int8 is for bundles, and pretrain writes a folder")
	}
	if v.training.Changed("hidden-dropout") {
		k.HiddenDropout = &v.hiddenDropout
	}
	if v.training.Changed("attention-dropout") {
		k.AttentionDropout = &v.attentionDropout
	}
	k.Train.Shuffle = !v.noShuffle
	if k.Read, err = v.rows.options(ctx, c); err != nil {
		return err
	}
	if err := k.Validate(); err != nil {
		return usagef("%s", err)
	}
	k.Threads, k.Logger, k.Version = c.threads, c.logger, thisBuild().Version
	var invocation bytes.Buffer
	if err := c.settings.save(&invocation); err != nil {
		return err
	}
	k.Invocation = invocation.Bytes()
	return nil
}

func (v *pretrainFlags) run(ctx context.Context, c *console) error {
	for _, want := range []struct {
		name string
		need hub.Need
	}{{v.config.Model, hub.Model}, {v.config.Tokenizer, hub.TokenizerOnly}} {
		if want.name == "" {
			continue
		}
		if err := v.pull.fetch(ctx, c, want.name, want.need); err != nil {
			return err
		}
	}
	show := newLoopProgress(c, &v.config.Train)
	show.forecast = true
	v.config.OnStart = func(f pretrain.Facts) { startPretraining(show, f) }
	defer show.stop()
	result, err := pretrain.Run(ctx, v.config)
	show.stop()
	if errors.Is(err, train.ErrInterrupted) {
		return fmt.Errorf("%w; run it again with --resume to go on", err)
	}
	if err != nil {
		return err
	}
	if c.json {
		return c.printIndented(struct {
			Out string `json:"out"`
			*pretrain.Result
			Evaluations []train.Entry `json:"evaluations"`
		}{v.config.Out, result, epochs(result.History)})
	}
	printPretrained(c, result)
	return nil
}

// startPretraining prints the facts and shows the bar.
func startPretraining(p *trainProgress, f pretrain.Facts) {
	if p.c.quiet {
		return
	}
	w := p.c.err
	fmt.Fprintf(w, "%s of %s parameters and %s tokens, on %s with %d threads\n",
		f.ModelType, thousands(float64(f.Parameters)), thousands(float64(f.VocabSize)), f.Device, f.Threads)
	fmt.Fprintf(w, "train on %s texts, %s tokens an epoch of %s steps", thousands(float64(f.TrainTexts)), thousands(float64(f.TrainTokens)), thousands(float64(f.StepsPerEpoch)))
	if f.EvalTexts > 0 {
		fmt.Fprintf(w, "; evaluate on %s (%s tokens)", thousands(float64(f.EvalTexts)), thousands(float64(f.EvalTokens)))
	}
	if f.PartedRows > 0 {
		fmt.Fprintf(w, "; %s rows parted at %d tokens", thousands(float64(f.PartedRows)), f.MaxTokens)
	}
	if f.SkippedRows > 0 {
		fmt.Fprintf(w, "; %d bad rows skipped", f.SkippedRows)
	}
	fmt.Fprintln(w)
	p.begin("pretraining", f.Steps, f.FirstStep)
}

// printPretrained prints what a run has led to.
func printPretrained(c *console, r *pretrain.Result) {
	t := newTable(c)
	header := table.Row{"step", "epoch", "training loss"}
	if r.Loss != nil {
		header = append(header, "validation loss", "masked accuracy", "perplexity")
	}
	t.AppendHeader(header)
	for _, e := range epochs(r.History) {
		row := table.Row{thousands(float64(e.Step)), decimal(e.Epoch, 2), optional(e.TrainLoss)}
		if r.Loss != nil {
			row = append(row, optional(e.EvalLoss), optional(e.EvalAccuracy), optional(e.EvalPerplexity))
		}
		t.AppendRow(row)
	}
	alignRight(t, len(header))
	fmt.Fprintln(c.out, t.Render())
	fmt.Fprintf(c.out, "\nmodel     %s\ntime      %s\n", r.Model, duration(r.Seconds))
	fmt.Fprintf(c.out, "\nTry next:\n  lorica train --model %s --data FILE --full --out run\n  lorica info --model %s\n", shellQuote(r.Model), shellQuote(r.Model))
}

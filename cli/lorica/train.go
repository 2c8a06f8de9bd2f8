package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/lorica-go/lorica/native/builtin"
	"github.com/lorica-go/lorica/native/export"
	"github.com/lorica-go/lorica/native/finetune"
	"github.com/lorica-go/lorica/native/hub"
	"github.com/lorica-go/lorica/native/train"
	"github.com/spf13/pflag"
)

func trainCommand() *command {
	return &command{
		name:    "train",
		summary: "fine-tune a classifier on labelled rows, with LoRA or in full",
		about: `
Reads labelled rows, splits them, reports texts that stand in both halves, trains, evaluates after every epoch, merges and
proves the merge. The folder of --out gets

  adapter/              the adapter, as PEFT's PeftModel.from_pretrained reads it
  model.safetensors     the merged bundle: one file for classify, eval and everything else
  report.html           what was learnt, with curves; report.txt and report.json
  config.yaml           what was asked for, for --config
  settings.json         the settings that were in effect
  log.jsonl             loss, learning rate, gradient norm and speed, and the evaluation of every epoch
  checkpoint/           where --resume goes on after Ctrl-C or a crash, to the same bits

A row's label may be a bool, a name or a number; --labels fixes the names and their order. Settings and their defaults are
those of transformers' Trainer with a learning rate for LoRA. --split datasets gives the rows that Hugging Face's
train_test_split(test_size, seed) gives, sklearn those of scikit-learn's, stratified those of the former by label.

The base may be a bundle, too, such as lorica's own model, default: training goes on from its output layer when the labels are the
bundle's, and gives it a fresh one for others. Rows none of whose labels the bundle knows bring labels of their own.

Ctrl-C finishes the step, saves a checkpoint and exits with 130; a second one exits at once.`,
		examples: []example{
			{"a first run: a fifth of the rows is held out", `lorica train --model roberta-base --data reviews.jsonl --out run`},
			{"with the settings of a recipe, but a base of your own", `lorica train --recipe steam-minilm --model minilm-l6 --data reviews.jsonl --out run`},
			{"separate files, adapters on all linear layers, two epochs", `lorica train --model minilm-l6 --data train.csv --eval-data test.csv --targets all-linear --rank 8 --epochs 2 --lr 1e-3 --out run`},
			{"go on after an interruption, with the same settings", `lorica train --config run/config.yaml --resume`},
		},
		define: func(f *flags) action {
			v := trainFlags{config: finetune.Default()}
			v.define(f)
			return func(ctx context.Context, c *console, args []string) error {
				c.settings.args = v.takeClassWeights(args)
				if err := noArguments(c.settings.args); err != nil {
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

// trainFlags are the settings of a run, and those flags that do not go straight into them.
type trainFlags struct {
	config                          finetune.Config
	rows                            dataFlags
	halves                          halvesFlags
	dtype                           string
	targets, labels                 []string
	hiddenDropout, attentionDropout float64
	noShuffle                       bool
	pull                            pullFlag
	data, lora, dropout             *pflag.FlagSet // to ask what was given
}

func (v *trainFlags) define(f *flags) {
	c := &v.config
	set := f.group("Model")
	set.StringVarP(&c.Model, "model", "m", builtin.Name, "the base: a `PATH` (Hugging Face folder or bundle), org/name[@revision] of the hub"+orBuiltin)
	v.pull.define(set)
	set.StringVar(&c.InitAdapter, "init-adapter", "", "begin with the PEFT adapter in this `DIR`; its own settings then count, but for --lora-dropout")
	set.StringVarP(&c.Out, "out", "o", "", "the `DIR` of the run")
	set.BoolVar(&c.Resume, "resume", false, "go on from the checkpoint in --out")
	set.StringVar(&v.dtype, "dtype", "f32", "store the merged bundle's weights as `TYPE`: f32, bf16, f16 or int8")

	set = f.group("Data")
	v.data = set
	set.StringVarP(&c.Data, "data", "d", "", "the labelled rows: a `FILE` (.jsonl, .json, .csv, .tsv, also .gz), or -")
	v.halves.define(f, set, &c.Sources, "train on", "evaluate on")
	set.BoolVar(&c.DropLeaks, "drop-leaks", false, "leave out training rows whose text is held out, too, or nearly")
	v.rows.define(set, true, "auto, jsonl, json, csv or tsv")
	set.Var(&nameList{names: &v.labels}, "labels", "class `NAMES` in the order of their ids, such as neg,pos")
	set.StringVar(&c.ClassWeights, "class-weights", "", "weigh the loss by `WEIGHTS`: balanced (also without a value), 1,2.5 or neg=1,pos=2.5")
	set.Lookup("class-weights").NoOptDefVal = "balanced"

	set = f.group("LoRA")
	v.lora = set
	set.IntVarP(&c.LoRA.Rank, "rank", "r", c.LoRA.Rank, "`RANK` of the adapters")
	set.Float64Var(&c.LoRA.Alpha, "alpha", c.LoRA.Alpha, "scale by `ALPHA`/rank")
	set.Float64Var(&c.LoRA.Dropout, "lora-dropout", c.LoRA.Dropout, "drop the adapters' input with probability `P`")
	set.StringSliceVar(&v.targets, "targets", nil, "ends of the `NAMES` of the layers that get one, or all-linear (default: the model's query and value)")
	set.BoolVar(&c.PEFTParity, "peft-parity", false, "train and save what PEFT would: a pooler that begins at random stays so")
	set.BoolVar(&c.Full, "full", false, "train all weights, without adapters")

	v.defineTraining(f.group("Training"))

	f.override("full", "rank", "alpha", "lora-dropout", "targets", "peft-parity", "init-adapter")
	f.override("max-steps", "epochs")
	f.once = []string{"resume"}
}

// takeClassWeights takes the value of --class-weights that stands behind it as a word of its own: the flag's value is optional,
// so pflag has left it among the arguments, of which there are no others.
func (v *trainFlags) takeClassWeights(args []string) []string {
	if flag := v.data.Lookup("class-weights"); len(args) == 1 && flag.Changed && v.config.ClassWeights == flag.NoOptDefVal {
		v.config.ClassWeights = args[0]
		return nil
	}
	return args
}

func (v *trainFlags) defineTraining(set *pflag.FlagSet) {
	c, t := &v.config, &v.config.Train
	set.IntVarP(&t.Epochs, "epochs", "e", t.Epochs, "`N` passes over the rows")
	set.IntVar(&t.MaxSteps, "max-steps", 0, "make `N` steps, whatever --epochs says")
	set.IntVarP(&t.BatchSize, "batch-size", "b", t.BatchSize, "`N` rows a step")
	set.Float64Var(&t.LearningRate, "lr", t.LearningRate, "peak of the learning `RATE`, which falls to 0 linearly")
	set.IntVar(&t.WarmupSteps, "warmup-steps", t.WarmupSteps, "let the rate rise for `N` steps")
	set.Float64Var(&t.WeightDecay, "weight-decay", t.WeightDecay, "AdamW's `DECAY`; biases and layer norms are spared")
	set.Float64Var(&t.MaxGradNorm, "max-grad-norm", t.MaxGradNorm, "clip gradients to this `NORM` (0: not at all)")
	set.IntVar(&c.MaxTokens, "max-length", c.MaxTokens, "cut texts after `N` tokens")
	set.Float64Var(&v.hiddenDropout, "hidden-dropout", 0, "replace the model's hidden dropout by `P`")
	set.Float64Var(&v.attentionDropout, "attention-dropout", 0, "replace the model's attention dropout by `P`")
	set.Lookup("hidden-dropout").DefValue, set.Lookup("attention-dropout").DefValue = "", ""
	set.Uint64Var(&t.Seed, "seed", t.Seed, "`SEED` of the order of the rows, of dropout and of fresh weights")
	set.BoolVar(&v.noShuffle, "no-shuffle", false, "take the rows in their order")
	set.IntVar(&t.LogEvery, "log-every", t.LogEvery, "log every `N` steps (0: epochs only)")
	set.IntVar(&t.SaveEvery, "save-every", t.SaveEvery, "save a checkpoint every `N` steps (0: after every epoch)")
	v.dropout = set
}

// finish turns the flags into the settings and checks them.
func (v *trainFlags) finish(ctx context.Context, c *console) error {
	k := &v.config
	for _, required := range []struct{ flag, value string }{{"--data", k.Data}, {"--out", k.Out}, {"--model", k.Model}} {
		if required.value == "" {
			return usagef("%s is missing", required.flag)
		}
	}
	if err := v.halves.finish(&k.Sources); err != nil {
		return err
	}
	if k.Full && (v.lora.Changed("rank") || v.lora.Changed("alpha") || v.lora.Changed("targets") || v.lora.Changed("lora-dropout") || k.PEFTParity) {
		return usagef("--full trains all weights, without adapters: it takes no settings of LoRA")
	}
	var err error
	if k.DType, err = export.ParseDType(v.dtype); err != nil {
		return usagef("--dtype: %s", err)
	}
	if k.Labels, err = labelNames(v.labels); err != nil {
		return err
	}
	if len(v.targets) > 0 {
		k.LoRA.Targets = v.targets
	}
	if v.dropout.Changed("hidden-dropout") {
		k.HiddenDropout = &v.hiddenDropout
	}
	if v.dropout.Changed("attention-dropout") {
		k.AttentionDropout = &v.attentionDropout
	}
	if v.lora.Changed("lora-dropout") {
		k.InitDropout = &k.LoRA.Dropout
	}
	k.Train.Shuffle = !v.noShuffle
	if k.Read, err = v.rows.options(ctx, c); err != nil {
		return err
	}
	if k.MaxTokens < 0 {
		return usagef("--max-length %d: want at least 1", k.MaxTokens)
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

func (v *trainFlags) run(ctx context.Context, c *console) error {
	if err := v.pull.fetch(ctx, c, v.config.Model, hub.Model); err != nil {
		return err
	}
	show := newTrainProgress(c, &v.config)
	defer show.stop()
	result, err := finetune.Run(ctx, v.config)
	show.stop()
	if errors.Is(err, train.ErrInterrupted) {
		return fmt.Errorf("%w; run it again with --resume to go on", err)
	}
	if err != nil {
		return err
	}
	if c.json {
		return c.printIndented(newTrainResult(&v.config, result))
	}
	printTrained(c, &v.config, result)
	return nil
}

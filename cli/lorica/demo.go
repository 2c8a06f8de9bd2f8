package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/lorica-go/lorica/native/builtin"
	"github.com/lorica-go/lorica/native/demo"
	"github.com/lorica-go/lorica/native/finetune"
	"github.com/lorica-go/lorica/native/train"
)

// demoRecipe is the recipe that the demo trains by.
const demoRecipe = "demo"

func demoCommand() *command {
	return &command{
		name:    "demo",
		summary: "show the whole chain on the built-in model and data, in about a minute",
		about: `
Goes through the whole chain without a file of your own and without a network: measures the built-in model on reviews that are
held out, fine-tunes it on the others with LoRA, measures it again, merges the adapter into the weights and proves the merge,
opens the merged bundle and lets it label four sentences that nothing was trained on. The training is that of

  lorica train --recipe demo --data DIR/reviews.jsonl --out DIR

so the folder of --out gets all that train leaves, and besides

  reviews.jsonl         the reviews, written for lorica
  sentences.jsonl       the four sentences
  rows.json             the numbers of the rows that were trained on and of those held out

The same seed and the same instruction set give the same bits, however many threads there are. Run again, it replaces what it
left.`,
		examples: []example{
			{"all of it, into lorica-demo", "lorica demo"},
			{"another split and other orders, into a folder of your own", "lorica demo --seed 7 --out seven"},
			{"how much better it got, for a script", "lorica demo --json --quiet | jq '[.before.accuracy, .training.report.accuracy]'"},
		},
		define: func(f *flags) action {
			var v demoFlags
			set := f.group("Demo")
			set.StringVarP(&v.out, "out", "o", "lorica-demo", "leave everything in this `DIR`")
			set.Uint64Var(&v.seed, "seed", 42, "`SEED` of the split, of the order of the rows, of dropout and of the adapters")
			set.IntVarP(&v.epochs, "epochs", "e", 0, "`N` passes over the rows (0: as the recipe has it)")
			return func(ctx context.Context, c *console, args []string) error {
				if err := noArguments(args); err != nil {
					return err
				}
				return v.run(ctx, c)
			}
		},
	}
}

type demoFlags struct {
	out    string
	seed   uint64
	epochs int
}

func (v *demoFlags) run(ctx context.Context, c *console) error {
	switch {
	case v.out == "":
		return usagef("--out names nothing")
	case v.epochs < 0:
		return usagef("--epochs %d: want at least 1", v.epochs)
	}
	if _, err := builtin.Bundle(); err != nil { // told before anything is written
		return err
	}
	paths, err := demo.WriteData(v.out)
	if err != nil {
		return err
	}
	seed := strconv.FormatUint(v.seed, 10)
	args := []string{"--recipe", demoRecipe, "--data", paths[0], "--out", v.out, "--seed", seed, "--split-seed", seed}
	if v.epochs > 0 {
		args = append(args, "--epochs", strconv.Itoa(v.epochs))
	}
	config := demo.Config{}
	if config.Training, err = trainingOf(ctx, c, args); err != nil {
		return err
	}
	bar := newTrainProgress(c, &config.Training)
	defer bar.stop()
	show := demoShow{c: c, bar: bar, data: paths[0], training: &config.Training}
	show.begin()
	config.OnStage = show.tell
	result, err := demo.Run(ctx, config)
	if errors.Is(err, train.ErrInterrupted) {
		return fmt.Errorf("%w; run again, the demo begins anew", err)
	}
	if err != nil {
		return err
	}
	next := nextCommands(shellQuote(os.Args[0]), v.out)
	if c.json {
		return c.printIndented(demoResult{result, newTrainResult(&config.Training, result.Training), demoFiles(v.out), next})
	}
	show.end(result, next)
	return nil
}

// trainingOf returns the settings that lorica train has with these arguments.
func trainingOf(ctx context.Context, c *console, args []string) (finetune.Config, error) {
	v := trainFlags{config: finetune.Default()}
	var f flags
	var general common
	cmd := trainCommand()
	v.define(&f)
	whole, err := parseFlags(cmd, &f, &general, args)
	if err != nil {
		return v.config, err
	}
	settings, err := settle(cmd, &f, whole, &general)
	if err != nil {
		return v.config, err
	}
	own := *c
	own.settings = settings
	return v.config, v.finish(ctx, &own)
}

// demoResult is what demo --json prints.
type demoResult struct {
	*demo.Result
	Training trainResult `json:"training"`
	Files    []string    `json:"files"`
	Next     []string    `json:"next"`
}

// demoFiles lists what the demo has left, what a person opens first.
func demoFiles(dir string) []string {
	return append(filesOf(dir), filepath.Join(dir, demo.ReviewsFile), filepath.Join(dir, demo.CustomFile), filepath.Join(dir, demo.RowsFile))
}

// nextCommands are command lines to go on with.
func nextCommands(program, dir string) []string {
	in := func(name string) string { return shellQuote(filepath.Join(dir, name)) }
	bundle, rows := in(finetune.BundleFile), in(demo.RowsFile)
	return []string{
		fmt.Sprintf(`%s classify --model %s --text "best game of the year" --text "refunded it"`, program, bundle),
		fmt.Sprintf("%s compare default %s --data %s --rows %s:test", program, bundle, in(demo.ReviewsFile), rows),
		fmt.Sprintf("%s verify %s", program, bundle),
		fmt.Sprintf("%s export --model default --adapter %s --format hf --out %s", program, in(finetune.AdapterDir), in("transformers")),
		fmt.Sprintf("%s train --recipe %s --data %s --out %s", program, demoRecipe, in(demo.ReviewsFile), in("yours")),
	}
}

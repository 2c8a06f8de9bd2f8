package main

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"github.com/lorica-go/lorica/native/compare"
	"github.com/lorica-go/lorica/native/report"
)

func compareCommand() *command {
	return &command{
		name: "compare", args: "[NAME=]MODEL|FILE [NAME=]MODEL|FILE...",
		summary: "put models and saved predictions side by side, and tell differences from chance",
		about: `
Measures two or more classifiers on the same labelled rows and shows them side by side: accuracy and F1 with 95% intervals,
every label, confusions, calibration and the temperature that would better it, parameters, size on disk, speed (models take
turns, texts to labels), and the rows on which they differ. Pairs are compared by McNemar's exact test, with Holm's
correction for several, and by a paired bootstrap.

A MODEL is a folder, a bundle, or default, the built-in model. A FILE holds predictions, of lorica or of anything else: JSON lines, a JSON array, CSV or
TSV, also .gz, with an object a row:

  {"label": name, "score": probability, "scores": {name: probability}, "logits": [...], "row": number}

One of label, scores and logits is needed; scores and logits may also be lists in the order of the labels. If there is a
"predicted", it is the answer, and "label" is the true label, which is checked. "row" counts from 0; without it the order is
that of the data, or with --id-field rows are matched by a column of both files. A null label is no answer (--missing).
lorica classify and lorica eval --predictions write such files.

Labels are matched by name, whatever the letter case, or by number; --labels and --label-map settle the rest. --out leaves the
comparison as a page (compare.html), as Markdown with figures (compare.md), and in numbers (compare.json).`,
		examples: []example{
			{"a bundle with the built-in model", "lorica compare run/model.safetensors default --data test.jsonl"},
			{"a base model with two adapters, on a list of rows", "lorica compare r4=minilm r16=minilm --adapter r4=run4/adapter --adapter r16=run16/adapter --data reviews.jsonl --rows rows.json:test"},
			{"a model and a saved baseline, as a page", "lorica compare lora=run/model.safetensors llm=answers.jsonl --missing wrong --data test.jsonl --out comparison"},
			{"labels of other names", "lorica compare run/model.safetensors stars=other --label-map stars:NEGATIVE=neg,POSITIVE=pos --data test.csv"},
		},
		define: func(f *flags) action {
			v := compareFlags{config: compare.Default()}
			v.define(f)
			return func(ctx context.Context, c *console, args []string) error { return v.run(ctx, c, args) }
		},
	}
}

type compareFlags struct {
	config         compare.Config
	adapters, maps []string
	labels         string
	rows           dataFlags
	missing        string
	out            string
	markdown       bool
	differences    int
}

func (v *compareFlags) define(f *flags) {
	set := f.group("Models")
	set.StringArrayVar(&v.adapters, "adapter", nil, "apply the PEFT adapter in DIR to a model: `NAME=DIR`; may be given again")
	set.IntVar(&v.config.MaxTokens, "max-length", 0, "cut texts after `N` tokens (0: as each model was trained, or what it takes)")
	set = f.group("Data")
	set.StringVarP(&v.config.Data, "data", "d", "", "the labelled rows: a `FILE` (.jsonl, .json, .csv, .tsv, also .gz), or -")
	v.rows.define(set, true, "auto, jsonl, json, csv or tsv")
	set.StringVar(&v.config.Rows, "rows", "", "take the rows that `FILE[:KEY]` lists")
	set = f.group("Labels and predictions")
	set.StringVar(&v.labels, "labels", "", "measure these labels: `NAMES`, the first of which is number 0 (found if the first model or the data have them)")
	set.StringArrayVar(&v.maps, "label-map", nil, "give labels the names that are measured: `[NAME:]FROM=TO,...`; an empty TO makes a label wrong everywhere")
	set.StringVar(&v.config.Read.IDField, "id-field", "", "match predictions with rows by the column `NAME` of both files")
	set.StringVar(&v.missing, "missing", string(v.config.Missing), "what a row without a prediction is: `WHAT` is error, wrong or drop (leave it out for all)")
	set = f.group("Measuring")
	set.IntVar(&v.config.Resamples, "resamples", v.config.Resamples, "draw the rows `N` times for the intervals")
	set.Uint64Var(&v.config.Seed, "seed", v.config.Seed, "begin the draws with `N`; the same seed gives the same intervals")
	set.DurationVar(&v.config.MinTime, "min-time", v.config.MinTime, "measure each model's speed for `TIME` at least, if need be on the same rows again")
	set = f.group("Output")
	set.StringVarP(&v.out, "out", "o", "", "leave page, Markdown, JSON and figures in `DIR`")
	set.BoolVar(&v.markdown, "markdown", false, "print Markdown")
	set.IntVar(&v.differences, "differences", 10, "show `N` of the rows with different answers; --json and --out have more")
}

func (v *compareFlags) run(ctx context.Context, c *console, args []string) error {
	if err := v.settle(ctx, c, args); err != nil {
		return err
	}
	var p *progress // begins when it is known how much there is to do
	v.config.Progress = func(done, total int) {
		if p == nil {
			p = c.startProgress("classifying", total)
		}
		p.set(done, "")
	}
	result, err := compare.Run(ctx, v.config)
	if p != nil {
		p.stop()
	}
	if err != nil {
		return err
	}
	skipped(c.logger, result.Data.File, result.Data.Skipped)
	var files []string
	if v.out != "" {
		if files, err = report.WriteComparison(report.Dir(v.out), result); err != nil {
			return err
		}
		for i := range files {
			files[i] = filepath.Join(v.out, files[i])
		}
	}
	switch {
	case c.json:
		return c.printIndented(result)
	case v.markdown:
		_, err := c.out.WriteString(report.Markdown(result, v.differences))
		return err
	}
	printComparison(c, result, v.differences, files)
	return nil
}

// settle turns flags and arguments into the configuration.
func (v *compareFlags) settle(ctx context.Context, c *console, args []string) error {
	config := &v.config
	switch {
	case len(args) < 2:
		return usagef("want two models or files of predictions at least, got %d", len(args))
	case config.Data == "":
		return usagef("--data is missing")
	case config.MaxTokens < 0:
		return usagef("--max-length %d: want at least 1", config.MaxTokens)
	case v.differences < 0:
		return usagef("--differences %d: want at least 0", v.differences)
	case config.MinTime < 0 || config.MinTime > time.Hour:
		return usagef("--min-time %v: want 0 to 1h", config.MinTime)
	case v.markdown && c.json:
		return usagef("both --markdown and --json")
	}
	var err error
	if config.Candidates, err = compare.ParseCandidates(args, v.adapters); err != nil {
		return usagef("%s", err)
	}
	var names []string
	for _, candidate := range config.Candidates {
		names = append(names, candidate.Name)
	}
	if config.Renames, err = compare.ParseRenames(v.maps, names); err != nil {
		return usagef("--label-map: %s", err)
	}
	id := config.Read.IDField
	if config.Read, err = v.rows.options(ctx, c); err != nil {
		return err
	}
	config.Read.IDField, config.Missing = id, compare.Missing(v.missing)
	if v.labels != "" {
		for _, name := range strings.Split(v.labels, ",") {
			config.Labels = append(config.Labels, strings.TrimSpace(name))
		}
	}
	config.Threads, config.Version, config.Logger = c.threads, thisBuild().Version, c.logger
	if err := config.Validate(); err != nil {
		return usagef("%s", err)
	}
	return nil
}

package main

import (
	"context"
	"fmt"
	"io"

	"github.com/lorica-go/lorica/internal/atomicfile"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/classify"
	"github.com/lorica-go/lorica/native/data"
)

func evalCommand() *command {
	return &command{
		name:    "eval",
		summary: "measure a classifier on labelled rows",
		about: `
Classifies labelled rows and prints scikit-learn's classification_report, digit for digit, and below it the confusion matrix,
ROC AUC, average precision, log loss, Brier score, Matthews' and Cohen's coefficients and the calibration error. --json prints
all of it as one object.

The file's labels may be the model's names, their ids, or for two classes true and false. --rows picks rows by number: a JSON
file with a list of them, counted from 0, or FILE:KEY for the list under a key of a JSON object. --predictions writes a JSON
object a row: {"row","line","label","predicted","score","scores":{name: probability},"logits"}; lorica compare reads it.`,
		examples: []example{
			{"a bundle on a held-out file", `lorica eval --model run/model.safetensors --data test.jsonl`},
			{"a base model with an adapter, on the rows listed under \"test\"", `lorica eval --model minilm-l6 --adapter run/adapter --data reviews.jsonl --rows rows.json:test --max-length 256`},
			{"one number for a script", `lorica eval --model run/model.safetensors --data test.csv --json | jq .report.accuracy`},
		},
		define: func(f *flags) action {
			var v evalFlags
			set := f.group("Model")
			v.model.define(set)
			v.model.defineLength(set)
			v.device.define(set)
			set = f.group("Data")
			set.StringVarP(&v.file, "data", "d", "", "the labelled rows: a `FILE` (.jsonl, .json, .csv, .tsv, also .gz), or -")
			v.rows.define(set, true, "auto, jsonl, json, csv or tsv")
			set.StringVar(&v.list, "rows", "", "take the rows that `FILE[:KEY]` lists")
			set = f.group("Output")
			set.StringVar(&v.predictions, "predictions", "", "write every row's prediction to `FILE`, as JSON lines")
			return func(ctx context.Context, c *console, args []string) error {
				if err := noArguments(args); err != nil {
					return err
				}
				return v.run(ctx, c)
			}
		},
	}
}

type evalFlags struct {
	model                   modelFlags
	device                  deviceFlags
	rows                    dataFlags
	file, list, predictions string
}

func (v *evalFlags) run(ctx context.Context, c *console) error {
	if err := v.model.check(); err != nil {
		return err
	}
	if err := v.device.check(); err != nil {
		return err
	}
	if v.file == "" {
		return usagef("--data is missing")
	}
	classifier, err := v.device.open(ctx, c, &v.model, true)
	if err != nil {
		return err
	}
	defer classifier.Close()
	set, err := v.load(ctx, c, classifier)
	if err != nil {
		return err
	}
	skipped(c.logger, set.File, set.Skipped)
	p := c.startProgress("evaluating", set.Len())
	defer p.stop()
	evaluation, err := classify.Evaluate(ctx, classifier, set, func(rows, tokens int) {
		p.set(rows, fmt.Sprintf("%s tokens/s", thousands(float64(tokens)/p.elapsed().Seconds())))
	})
	if err != nil {
		return err
	}
	p.stop()
	seconds := p.elapsed().Seconds()
	if v.predictions != "" {
		err := atomicfile.Write(v.predictions, func(w io.Writer) error { return evaluation.WritePredictions(w, set, classifier.Labels()) })
		if err != nil {
			return fmt.Errorf("--predictions: %w", err)
		}
	}
	if c.json {
		return c.printIndented(evalResult{
			Model: v.model.model, Adapter: v.model.adapter, Data: set.File, Skipped: set.Skipped, Truncated: evaluation.Result.Truncated,
			Tokens: evaluation.Result.Tokens, Seconds: seconds, Report: evaluation.Report,
		})
	}
	printReport(c, evaluation.Report)
	if !c.quiet {
		fmt.Fprintf(c.err, "%d rows, %s tokens in %s\n", set.Len(), thousands(float64(evaluation.Result.Tokens)), duration(seconds))
	}
	return nil
}

// load reads the rows, with the model's labels.
func (v *evalFlags) load(ctx context.Context, c *console, classifier classify.Closer) (*data.Set, error) {
	options, err := v.rows.options(ctx, c)
	if err != nil {
		return nil, err
	}
	labels, err := data.NewLabels(classifier.Labels()...)
	if err != nil {
		return nil, badinput.Errorf("%s: %w", v.model.model, err)
	}
	set, err := data.Load(v.file, labels, options)
	if err != nil || v.list == "" {
		return set, err
	}
	set, _, err = set.TakeListed(v.list)
	return set, err
}

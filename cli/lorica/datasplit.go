package main

import (
	"context"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/dataset"
	"github.com/spf13/pflag"
)

func dataSplitCommand() *command {
	return &command{
		name: "data split", args: "FILE",
		summary: "part a file into training, test and validation rows",
		about: `
Writes the rows of the file to train, test and, with --validation-size, validation in the folder of --out, in the file's own
format unless --ending names another, and to split.json the positions of each part's rows, which train --rows takes.

--split draws the rows that a library draws with the same size and seed: datasets those of Hugging Face's train_test_split,
stratified those of the same with stratify_by_column, sklearn and sklearn-stratified those of scikit-learn's. Validation rows are
drawn from what is then left for training, with the same seed. With --group no value of a field, such as a game's appid, stands
in two parts: scikit-learn's GroupShuffleSplit, whose sizes are shares of the groups.

Texts that stand in two parts are counted, and with --drop-leaks left out of training.`,
		examples: []example{
			{"a fifth for testing", "lorica data split reviews.jsonl --out parts"},
			{"a tenth each for testing and validation, with the labels' shares", "lorica data split reviews.jsonl --test-size 0.1 --validation-size 0.1 --split sklearn-stratified --out parts"},
			{"a fifth of the games, as gzipped tables", "lorica data split reviews.jsonl --group appid --ending .csv.gz --out parts"},
			{"train on what was split", "lorica train --model minilm-l6 --data parts/train.jsonl --eval-data parts/test.jsonl --out run"},
		},
		define: func(f *flags) action {
			v := dataSplitFlags{config: dataset.DefaultDivide()}
			v.define(f)
			return v.run
		},
	}
}

type dataSplitFlags struct {
	config                   dataset.DivideConfig
	rows                     dataFlags
	test, validation, method string
	split                    *pflag.FlagSet // to ask what was given
}

func (v *dataSplitFlags) define(f *flags) {
	k := &v.config
	set := f.group("Output")
	set.StringVarP(&k.Out, "out", "o", "", "the `DIR` of the parts")
	set.StringVar(&k.Ending, "ending", "", "write files with this `ENDING`: .jsonl, .json, .csv or .tsv, also with .gz")
	set = f.group("Split")
	v.split = set
	set.StringVar(&v.test, "test-size", "0.2", "test on this `SHARE` of the rows, or so many")
	set.StringVar(&v.validation, "validation-size", "0", "validate on this `SHARE` of the rows, or so many (0: none)")
	set.StringVar(&v.method, "split", string(k.Method), "split as `METHOD`: datasets, stratified, sklearn or sklearn-stratified")
	set.StringVar(&k.Group, "group", "", "keep rows together that have the same value in the field `NAME`")
	set.Uint64Var(&k.Seed, "seed", k.Seed, "`SEED` of the draw")
	set.BoolVar(&k.DropLeaks, "drop-leaks", false, "leave out training rows whose text stands in another part, too, or nearly")
	set.Float64Var(&k.Similarity, "similarity", k.Similarity, "texts this `SHARE` alike are near duplicates")
	v.rows.define(f.group("Input"), true, "auto, jsonl, json, csv or tsv")
}

func (v *dataSplitFlags) run(ctx context.Context, c *console, args []string) error {
	k := &v.config
	switch {
	case len(args) == 0:
		return usagef("no file given")
	case len(args) > 1:
		return usagef("unexpected argument %q", args[1])
	case k.Out == "":
		return usagef("--out is missing")
	case k.Group != "" && v.split.Changed("split"):
		return usagef("--split draws rows, --group draws groups: want one of them")
	}
	k.Source, k.Method = args[0], dataset.Method(v.method)
	var err error
	if k.Test, err = data.ParseSize(v.test); err != nil {
		return usagef("--test-size: %s", err)
	}
	if k.Validation, err = sizeOrNone(v.validation); err != nil {
		return usagef("--validation-size: %s", err)
	}
	if k.Read, err = v.rows.options(ctx, c); err != nil {
		return err
	}
	if err := k.Validate(); err != nil {
		return usagef("%s", err)
	}
	k.Threads = c.threads
	result, err := staged(c, func(p dataset.Progress) (*dataset.Division, error) {
		k.OnProgress = p
		return dataset.Divide(ctx, *k)
	})
	if err != nil {
		return err
	}
	if c.json {
		return c.printIndented(result)
	}
	printDivided(c, result)
	return nil
}

// printDivided prints the parts and the texts that they have in common.
func printDivided(c *console, d *dataset.Division) {
	total := 0
	for _, p := range d.Parts {
		total += p.Rows
	}
	t := newTable(c)
	header := table.Row{"part", "rows", "share"}
	if d.Group != "" {
		header = append(header, d.Group)
	}
	for _, l := range d.Parts[0].Labels {
		header = append(header, printable(l.Name))
	}
	t.AppendHeader(append(header, "file"))
	for _, p := range d.Parts {
		row := table.Row{p.Name, thousands(float64(p.Rows)), percent(p.Rows, total)}
		if d.Group != "" {
			row = append(row, thousands(float64(p.Groups)))
		}
		for _, l := range p.Labels {
			row = append(row, thousands(float64(l.Rows)))
		}
		t.AppendRow(append(row, printable(p.File)))
	}
	numberColumns(t, len(header))
	printSources(c, []dataset.Source{d.Source})
	fmt.Fprintln(c.out, t.Render())
	for _, l := range d.Leaks {
		if l.Exact+l.Near > 0 {
			fmt.Fprintf(c.out, "%s: the texts of %s rows stand in %s too, and those of %s nearly\n", l.Part, thousands(float64(l.Exact)), l.In, thousands(float64(l.Near)))
		}
	}
	if d.Dropped > 0 {
		fmt.Fprintf(c.out, "%s rows were left out because of that\n", thousands(float64(d.Dropped)))
	}
	if d.List != "" {
		fmt.Fprintf(c.out, "positions of the rows: %s\n", printable(d.List))
	}
}

package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/lorica-go/lorica/native/dataset"
)

func dataShowCommand() *command {
	return &command{
		name: "data show", args: "FILE...",
		summary: "show a few rows",
		about: `
Shows rows of the files: drawn by the seed, the first, the shortest or the longest, of all labels, of one, or so many of each. On a
terminal a row is its place, label, length and text; otherwise, and with --json, rows are JSON lines:

  {"file","line","label","characters","row":{...}}`,
		examples: []example{
			{"five rows, the same each time", "lorica data show reviews.jsonl"},
			{"other five rows of each label", "lorica data show reviews.jsonl --per-label --seed 7"},
			{"the longest negative reviews of a game", "lorica data show reviews.jsonl --by longest --label false --where appid=440 -n 3"},
			{"ten whole rows, for another program", "lorica data show reviews.jsonl -n 10 --json | jq .row"},
		},
		define: func(f *flags) action {
			v := dataShowFlags{config: dataset.DefaultPick()}
			k := &v.config
			set := f.group("Rows")
			set.IntVarP(&k.Rows, "rows", "n", k.Rows, "show `N` rows")
			set.StringVar(&v.by, "by", string(k.By), "`CHOICE` of the rows: random, first, shortest or longest")
			set.Uint64Var(&k.Seed, "seed", k.Seed, "`SEED` of the draw")
			set.BoolVar(&k.PerLabel, "per-label", false, "show so many of each label")
			set.StringVar(&k.Label, "label", "", "show rows of this `LABEL`, as the file spells it")
			set.StringArrayVar(&v.where, "where", nil, "show rows with this `FIELD=VALUE`; may be given again")
			v.rows.define(f.group("Input"), true, "auto, jsonl, json, csv or tsv")
			return v.run
		},
	}
}

type dataShowFlags struct {
	config dataset.PickConfig
	rows   dataFlags
	by     string
	where  []string
}

func (v *dataShowFlags) run(ctx context.Context, c *console, args []string) error {
	k := &v.config
	if len(args) == 0 {
		return usagef("no file given")
	}
	k.Sources, k.By = args, dataset.Choice(v.by)
	var err error
	if k.Read, err = v.rows.options(ctx, c); err != nil {
		return err
	}
	if k.Where, err = parseConditions(v.where); err != nil {
		return err
	}
	if err := k.Validate(); err != nil {
		return usagef("%s", err)
	}
	samples, err := dataset.Pick(ctx, *k)
	if err != nil {
		return err
	}
	for i, s := range samples {
		if c.pretty() {
			printSample(c, &s, i > 0)
		} else if err := c.print(s); err != nil {
			return err
		}
	}
	return nil
}

// printSample prints a row for a person: where it stands, and its text, wrapped and without what would move a cursor.
func printSample(c *console, s *dataset.Sample, apart bool) {
	if apart {
		fmt.Fprintln(c.out)
	}
	head := fmt.Sprintf("%s:%d", printable(s.File), s.Line)
	if s.Label != "" {
		head += "  " + printable(s.Label)
	}
	fmt.Fprintf(c.out, "%s  %s\n", c.style(bold, head), c.style(faint, thousands(float64(s.Characters))+" characters"))
	for line := range strings.SplitSeq(strings.TrimRight(s.Text, "\n"), "\n") {
		for part := range strings.SplitSeq(text.WrapSoft(printable(line), max(c.width-2, 40)), "\n") {
			fmt.Fprintln(c.out, strings.TrimRight("  "+part, " "))
		}
	}
}

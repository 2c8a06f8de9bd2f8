package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/lorica-go/lorica/native/dataset"
)

func dataBuildCommand() *command {
	return &command{
		name: "data build", args: "FILE...",
		summary: "merge files into a clean data set",
		about: `
Reads the files one after another, and step by step leaves out rows that another value than that of --where is in, whose text is
empty, that have no label though others have, that are an older version of a review (by --id-field and timestamp_updated), whose
text is there already, or nearly, and what --balance does not draw. Each row that is left out is counted under its reason;
--dropped writes it, with the reason and the row that it is a duplicate of.

Rules of --clean, in the order in which they are applied:
  tags       HTML's tags and comments go; <br> and tags of paragraphs become line feeds
  entities   &amp; and the like become what they stand for
  bbcode     Steam's tags, such as [h1] and [url=...], go
  newlines   every line end becomes a line feed                                     (default)
  invisible  control characters, zero-width spaces and marks of direction go        (default)
  links      addresses go
  compose    Unicode's normal form C
  spaces     runs of blanks become one, runs of empty lines become one
  trim       white space at the ends goes                                           (default)

Texts are the same if they differ in nothing but letter case and white space. They are nearly so if the Jaccard index of their
five-character shingles is --similarity or more; of such the first stays, and with it those that have another label. Fields
keep their names and values; where files call text and label differently, these become "text" and "label".`,
		examples: []example{
			{"merge what was fetched, with all defaults", "lorica data build terraria.jsonl stardew.jsonl.gz --out reviews.jsonl"},
			{"10,000 English reviews of each label, taking turns", "lorica data build steam.jsonl --where language=english --balance 10000 --order interleaved --out reviews.jsonl"},
			{"a saved answer of Steam's API and a table, under common labels", "lorica data build page.json more.csv --labels negative,positive --out reviews.csv.gz"},
			{"clean all that can be cleaned, and see what was left out", "lorica data build raw.jsonl --clean all --dropped dropped.jsonl --out reviews.jsonl"},
		},
		define: func(f *flags) action {
			v := dataBuildFlags{config: dataset.Default()}
			v.define(f)
			return v.run
		},
	}
}

type dataBuildFlags struct {
	config         dataset.Config
	rows           dataFlags
	where, fields  []string
	labels, clean  []string
	dedupe         []string
	balance, order string
	conflicts      string
}

func (v *dataBuildFlags) define(f *flags) {
	k := &v.config
	set := f.group("Output")
	set.StringVarP(&k.Out, "out", "o", "", "write the data set to this `FILE` (.jsonl, .json, .csv, .tsv, also .gz), or - for JSON lines")
	set.StringVar(&k.Dropped, "dropped", "", "write the rows that are left out to this `FILE`, as JSON lines")
	set.StringSliceVar(&v.fields, "fields", nil, "write only the columns of these `NAMES`, in that order")
	set.StringVar(&k.TextName, "text-name", "", "call the text's column `NAME`")
	set.StringVar(&k.LabelName, "label-name", "", "call the label's column `NAME`")
	set = f.group("Input")
	v.rows.define(set, true, "auto, jsonl, json, csv or tsv")
	set.Var(&nameList{names: &v.labels}, "labels", "class `NAMES` in the order of their ids, such as neg,pos; labels are then written so")
	set.StringArrayVar(&v.where, "where", nil, "take rows with this `FIELD=VALUE` only; may be given again")
	set = f.group("Cleaning")
	set.StringSliceVar(&v.clean, "clean", []string{"default"}, "the `RULES` for texts: names with commas, default, all or none; -NAME leaves one out")
	set.BoolVar(&k.KeepEmpty, "keep-empty", false, "keep rows with an empty text")
	set.IntVar(&k.MinChars, "min-chars", 0, "leave out texts of fewer than `N` characters")
	set.IntVar(&k.MaxChars, "max-chars", 0, "leave out texts of more than `N` characters (0: none)")
	set = f.group("Duplicates")
	set.StringSliceVar(&v.dedupe, "dedupe", []string{"id", "exact", "near"}, "leave out duplicates of these `KINDS`: id, exact, near, or none")
	set.StringVar(&k.IDField, "id-field", k.IDField, "the `NAME` of the field that versions of a row have in common")
	set.Float64Var(&k.Similarity, "similarity", k.Similarity, "texts this `SHARE` alike are near duplicates")
	set.StringVar(&v.conflicts, "conflicts", "keep", "of a text under several labels, `WHAT` to do with the first: keep or drop")
	set = f.group("Rows")
	set.StringVar(&v.balance, "balance", "none", "draw as many rows of each label: none, equal (as many as the rarest has) or at most a `NUMBER`")
	set.StringVar(&v.order, "order", string(k.Order), "`ORDER` of the rows: shuffled, original or interleaved (labels take turns)")
	set.Uint64Var(&k.Seed, "seed", k.Seed, "`SEED` of the draw and the order")
}

func (v *dataBuildFlags) finish(ctx context.Context, c *console, args []string) error {
	k := &v.config
	if len(args) == 0 {
		return usagef("no file given")
	}
	k.Sources = args
	if k.Out == "" {
		return usagef("--out is missing")
	}
	var err error
	if k.Read, err = v.rows.options(ctx, c); err != nil {
		return err
	}
	if k.Where, err = parseConditions(v.where); err != nil {
		return err
	}
	if k.Rules, err = dataset.ParseRules(strings.Join(v.clean, ",")); err != nil {
		return usagef("--clean: %s", err)
	}
	if k.Labels, err = labelNames(v.labels); err != nil {
		return err
	}
	if err := v.duplicates(); err != nil {
		return err
	}
	switch v.balance {
	case "none":
	case "equal":
		k.Balance = true
	default:
		n, err := strconv.Atoi(v.balance)
		if err != nil || n < 1 {
			return usagef("--balance %q: want none, equal or a number of rows", v.balance)
		}
		k.Balance, k.PerLabel = true, n
	}
	k.Order = dataset.Order(v.order)
	if len(v.fields) > 0 {
		k.Fields = v.fields
	}
	k.Stdout = c.out
	if err := k.Validate(); err != nil {
		return usagef("%s", err)
	}
	return nil
}

// duplicates reads --dedupe and --conflicts.
func (v *dataBuildFlags) duplicates() error {
	k := &v.config
	id := k.IDField
	k.IDField, k.Exact, k.Near = "", false, false
	for _, kind := range v.dedupe {
		switch kind {
		case "id":
			k.IDField = id
		case "exact":
			k.Exact = true
		case "near":
			k.Near = true
		case "none":
			if len(v.dedupe) > 1 {
				return usagef("--dedupe %s: none stands alone", strings.Join(v.dedupe, ","))
			}
		default:
			return usagef("--dedupe %q: want id, exact, near or none", kind)
		}
	}
	switch v.conflicts {
	case "keep":
	case "drop":
		k.DropConflicts = true
	default:
		return usagef("--conflicts %q: want keep or drop", v.conflicts)
	}
	return nil
}

func (v *dataBuildFlags) run(ctx context.Context, c *console, args []string) error {
	if err := v.finish(ctx, c, args); err != nil {
		return err
	}
	v.config.Threads = c.threads
	summary, err := staged(c, func(p dataset.Progress) (*dataset.Summary, error) {
		v.config.OnProgress = p
		return dataset.Build(ctx, v.config)
	})
	if err != nil {
		return err
	}
	if v.config.Out == "-" { // results are the rows
		return v.tell(c, summary)
	}
	if c.json {
		return c.printIndented(summary)
	}
	printBuilt(c, c.out, summary)
	return nil
}

// tell prints the summary where logs go, below rows that went to standard output.
func (v *dataBuildFlags) tell(c *console, s *dataset.Summary) error {
	if err := c.flush(); err != nil || c.quiet {
		return err
	}
	printBuilt(c, c.err, s)
	return nil
}

// printBuilt prints what became of the rows.
func printBuilt(c *console, w io.Writer, s *dataset.Summary) {
	t := newTable(c)
	t.AppendHeader(table.Row{"", "rows", ""})
	for _, source := range s.Sources {
		note := ""
		if source.BadRow > 0 {
			note = fmt.Sprintf("and %s bad ones passed over", thousands(float64(source.BadRow)))
		}
		t.AppendRow(table.Row{"read " + printable(source.File), thousands(float64(source.Rows)), note})
	}
	for _, d := range s.Dropped {
		t.AppendRow(table.Row{"dropped: " + d.Name, thousands(float64(d.Rows)), percent(d.Rows, s.Read)})
	}
	t.AppendRow(table.Row{"kept", thousands(float64(s.Kept)), percent(s.Kept, s.Read)})
	for _, l := range s.Labels {
		t.AppendRow(table.Row{"  " + printable(l.Label), thousands(float64(l.Kept)), fmt.Sprintf("of %s", thousands(float64(l.Read)))})
	}
	numberColumns(t, 2)
	fmt.Fprintln(w, t.Render())
	if len(s.Cleaned) > 0 {
		fmt.Fprintf(w, "cleaned: %s\n", countsLine(s.Cleaned))
	}
	if s.Conflicts > 0 {
		fmt.Fprintf(w, "%s texts stand under more than one label\n", thousands(float64(s.Conflicts)))
	}
	if s.NearOtherLabel > 0 {
		fmt.Fprintf(w, "%s rows were kept that nearly say what rows with another label say\n", thousands(float64(s.NearOtherLabel)))
	}
	if s.Out != "-" {
		size := ""
		if info, err := os.Stat(s.Out); err == nil {
			size = ", " + bytesText(info.Size())
		}
		fmt.Fprintf(w, "written to %s%s\n", printable(s.Out), size)
	}
}

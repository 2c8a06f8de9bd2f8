package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/lorica-go/lorica/native/dataset"
)

func dataStatsCommand() *command {
	return &command{
		name: "data stats", args: "FILE...",
		summary: "say what is in files of rows",
		about: `
Counts rows, labels, empty texts, lengths in characters, words and, with --model, tokens of that model's tokenizer (special ones
included), the share of texts that --max-length would cut, texts that are there more than once, exactly or nearly, the languages
that texts seem to be in, and what stands in every field. --by counts rows, labels and lengths apart for the values of a field.

Languages are told by groups of three letters, and of short texts often not at all: these count as unsure.`,
		examples: []example{
			{"one file", "lorica data stats reviews.jsonl"},
			{"how much a length of 256 tokens would cut", "lorica data stats reviews.jsonl --model roberta-base --max-length 256"},
			{"game by game", "lorica data stats reviews.jsonl --by appid"},
			{"one number for a script", "lorica data stats reviews.jsonl --json | jq .duplicates.exact"},
		},
		define: func(f *flags) action {
			v := dataStatsFlags{config: dataset.DefaultMeasure()}
			k := &v.config
			set := f.group("Statistics")
			set.StringVarP(&k.Model, "model", "m", "", "count tokens of this model's tokenizer: a folder, a bundle or a tokenizer.json: a `PATH`")
			set.IntVar(&k.MaxLength, "max-length", k.MaxLength, "count texts of more than `N` tokens")
			set.StringVar(&k.By, "by", "", "count apart for the values of the field `NAME`")
			set.Float64Var(&k.Similarity, "similarity", k.Similarity, "texts this `SHARE` alike are near duplicates")
			set.BoolVar(&v.noNear, "no-near", false, "do not look for near duplicates")
			set.BoolVar(&v.noLanguages, "no-languages", false, "do not guess languages")
			v.rows.define(f.group("Input"), true, "auto, jsonl, json, csv or tsv")
			return v.run
		},
	}
}

type dataStatsFlags struct {
	config              dataset.MeasureConfig
	rows                dataFlags
	noNear, noLanguages bool
}

func (v *dataStatsFlags) run(ctx context.Context, c *console, args []string) error {
	k := &v.config
	if len(args) == 0 {
		return usagef("no file given")
	}
	k.Sources, k.Near, k.Languages = args, !v.noNear, !v.noLanguages
	var err error
	if k.Read, err = v.rows.options(ctx, c); err != nil {
		return err
	}
	if err := k.Validate(); err != nil {
		return usagef("%s", err)
	}
	k.Threads = c.threads
	m, err := staged(c, func(p dataset.Progress) (*dataset.Measures, error) {
		k.OnProgress = p
		return dataset.Measure(ctx, *k)
	})
	if err != nil {
		return err
	}
	if c.json {
		return c.printIndented(m)
	}
	printMeasures(c, m)
	return nil
}

func printMeasures(c *console, m *dataset.Measures) {
	printSources(c, m.Sources)
	facts := [][2]string{}
	add := func(name, value string) { facts = append(facts, [2]string{name, value}) }
	add("text", m.TextField)
	if m.Empty > 0 {
		add("empty texts", thousands(float64(m.Empty)))
	}
	if len(m.Labels) > 0 {
		var labels []string
		for _, l := range m.Labels {
			labels = append(labels, fmt.Sprintf("%s %s (%s)", printable(l.Name), thousands(float64(l.Rows)), percent(l.Rows, m.Rows)))
		}
		add("label", m.LabelField+": "+strings.Join(labels, ", "))
	}
	if m.LabelProblem != "" {
		add("", m.LabelProblem)
	}
	if len(m.Labels) > 0 && m.Unlabelled > 0 {
		add("without a label", thousands(float64(m.Unlabelled)))
	}
	d := m.Duplicates
	add("duplicates", fmt.Sprintf("%s rows (%s) repeat one of %s texts; %s texts stand under several labels", thousands(float64(d.Exact)), percent(d.Exact, m.Rows),
		thousands(float64(d.Texts)), thousands(float64(d.Conflicts))))
	if d.Near != nil {
		add("near duplicates", fmt.Sprintf("%s more texts are %g alike to one before, or more", thousands(float64(*d.Near)), d.Similarity))
	}
	if m.Languages != nil {
		add("languages", languagesLine(m.Languages, m.Rows))
	}
	if m.Above != nil {
		add("cut", fmt.Sprintf("%s texts (%s) have more than %d tokens", thousands(float64(m.Above.Rows)), percent(m.Above.Rows, m.Rows), m.Above.MaxLength))
	}
	printFacts(c, facts)
	printLengths(c, m.Lengths)
	printFields(c, m.Fields)
	if m.By != nil {
		printBreakdown(c, m.By)
	}
}

func languagesLine(l *dataset.Languages, rows int) string {
	const most = 6
	var parts []string
	others := 0
	for i, found := range l.Found {
		if i >= most {
			others += found.Rows
			continue
		}
		parts = append(parts, fmt.Sprintf("%s %s", found.Language, percent(found.Rows, rows)))
	}
	if others > 0 {
		parts = append(parts, "others "+percent(others, rows))
	}
	return strings.Join(append(parts, "unsure "+percent(l.Unsure, rows)), ", ")
}

// printFacts prints names and values, aligned.
func printFacts(c *console, pairs [][2]string) {
	t := newTable(c)
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 2, WidthMax: max(c.width-20, 40), WidthMaxEnforcer: text.WrapSoft}})
	for _, pair := range pairs {
		t.AppendRow(table.Row{pair[0], printable(pair[1])})
	}
	fmt.Fprintln(c.out, t.Render())
}

func printLengths(c *console, all []dataset.Lengths) {
	t := newTable(c)
	t.AppendHeader(table.Row{"length", "mean", "min", "5%", "25%", "50%", "75%", "90%", "95%", "99%", "max", "in all"})
	for _, l := range all {
		row := table.Row{l.Unit, decimal(l.Mean, 1)}
		for _, v := range []float64{l.Min, l.P5, l.P25, l.P50, l.P75, l.P90, l.P95, l.P99, l.Max, float64(l.Sum)} {
			row = append(row, thousands(v))
		}
		t.AppendRow(row)
	}
	numberColumns(t, 12)
	fmt.Fprintf(c.out, "\n%s\n", t.Render())
}

func printFields(c *console, fields []dataset.FieldFact) {
	const most = 60
	t := newTable(c)
	t.AppendHeader(table.Row{"field", "rows", "missing", "null", "empty", "different", "type", "values"})
	for i, f := range fields {
		if i == most {
			break
		}
		different := thousands(float64(f.Distinct))
		if f.Distinct < 0 {
			different = "many"
		}
		var types []string
		for _, kind := range f.Types {
			types = append(types, kind.Name)
		}
		t.AppendRow(table.Row{text.Snip(printable(f.Name), 32, "…"), thousands(float64(f.Rows)), thousands(float64(f.Missing)), thousands(float64(f.Null)),
			thousands(float64(f.Empty)), different, strings.Join(types, ", "), text.Snip(fieldValues(f), max(c.width-90, 30), "…")})
	}
	configs := []table.ColumnConfig{}
	for i := 2; i <= 6; i++ {
		configs = append(configs, table.ColumnConfig{Number: i, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(configs)
	fmt.Fprintf(c.out, "\n%s\n", t.Render())
	if len(fields) > most {
		fmt.Fprintf(c.out, "and %d fields more (--json has them)\n", len(fields)-most)
	}
}

// fieldValues sums up a field's values: the most frequent, or from where to where.
func fieldValues(f dataset.FieldFact) string {
	switch {
	case len(f.Top) > 0:
		return countsLine(f.Top)
	case f.Min != nil:
		number := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
		return number(*f.Min) + " to " + number(*f.Max)
	case f.Characters != nil:
		return fmt.Sprintf("%g to %g characters, half up to %g", f.Characters.Min, f.Characters.Max, f.Characters.P50)
	}
	return ""
}

func printBreakdown(c *console, b *dataset.Breakdown) {
	const most = 30
	t := newTable(c)
	header := table.Row{printable(b.Field), "rows", "median " + b.Unit}
	if len(b.Slices) > 0 {
		for _, l := range b.Slices[0].Labels {
			header = append(header, printable(l.Name))
		}
	}
	t.AppendHeader(header)
	for i, s := range b.Slices {
		if i == most {
			break
		}
		row := table.Row{text.Snip(printable(s.Value), 40, "…"), thousands(float64(s.Rows)), thousands(s.Median)}
		for _, l := range s.Labels {
			row = append(row, percent(l.Rows, s.Rows))
		}
		t.AppendRow(row)
	}
	numberColumns(t, len(header))
	fmt.Fprintf(c.out, "\n%s\n", t.Render())
	if n := len(b.Slices) - most; n > 0 {
		fmt.Fprintf(c.out, "and %s values more (--json has them)\n", thousands(float64(n)))
	}
}

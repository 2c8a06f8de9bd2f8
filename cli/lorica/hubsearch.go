package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/hub"
	"github.com/spf13/pflag"
)

func hubSearchCommand() *command {
	return &command{
		name: "hub search", args: "[TEXT]",
		summary: "list models of the hub",
		about: `
Lists models whose ids contain TEXT and that fit the filters, as a table, as Markdown, or as one JSON object a line. The hub applies
--author, --task and --filter; lorica looks at what it sends, page by page, until --limit models fit or --look-at have been seen.

--base leaves out specialised models: those that the hub says were made from another model, or for a task, and those that are about
a domain such as law. --trainable leaves out those whose model_type lorica does not know, and those without safetensors; "hub
info" looks closer. The hub itself sorts from the top only, but for the date of creation; --direction ascending with
another key needs a search narrow enough to be seen whole.`,
		examples: []example{
			{"the usual base models", "lorica hub search --base --trainable --task fill-mask --filter en"},
			{"small ones, but none of those that were tried already", "lorica hub search --trainable --max-parameters 50M --exclude-from tried.txt --exclude '*-japanese*'"},
			{"a table for a report", "lorica hub search deberta --author microsoft --sort likes --format markdown"},
			{"ids for a script", "lorica hub search roberta --limit 3 --json | jq -r .id"},
		},
		define: func(f *flags) action {
			v := searchFlags{query: hub.DefaultQuery()}
			v.define(f)
			return v.run
		},
	}
}

type searchFlags struct {
	query                                    hub.Query
	sort, direction, maxParameters, excludes string
	form                                     form
	given                                    *pflag.FlagSet
}

func (v *searchFlags) define(f *flags) {
	q := &v.query
	set := f.group("What the hub filters and sorts")
	set.StringVar(&q.Author, "author", "", "only models of this organisation or user: `NAME`")
	set.StringVar(&q.Task, "task", "", "only models for this `TASK`, such as fill-mask")
	set.StringSliceVar(&q.Filters, "filter", nil, "only models with all of these `TAGS`, such as en,license:mit")
	set.StringVar(&v.sort, "sort", string(q.Sort), "sort by `KEY`: downloads, likes, trending, created or modified")
	set.StringVar(&v.direction, "direction", "descending", "the `WAY` to sort: descending or ascending")
	set = f.group("What lorica filters")
	v.given = set
	set.IntVarP(&q.Limit, "limit", "n", q.Limit, "list `N` models")
	set.StringSliceVar(&q.Exclude, "exclude", nil, "leave out ids that match these `PATTERNS`, such as org/* or *-japanese")
	set.StringVar(&v.excludes, "exclude-from", "", "leave out the patterns that `FILE` lists, one a line")
	set.BoolVar(&q.BaseOnly, "base", false, "leave out specialised models")
	set.BoolVar(&q.TrainableOnly, "trainable", false, "leave out what lorica cannot train, as far as the list tells")
	set.StringSliceVar(&q.ModelTypes, "type", nil, "only these `TYPES`, such as roberta,deberta-v2")
	set.StringVar(&v.maxParameters, "max-parameters", "", "leave out models of more than `N` parameters, such as 200M")
	set.IntVar(&q.LookAt, "look-at", q.LookAt, "ask the hub for `N` models at most")
	v.form.define(f.group("Output"))
}

func (v *searchFlags) run(ctx context.Context, c *console, args []string) error {
	if err := v.finish(args); err != nil {
		return err
	}
	if err := v.form.choose(c); err != nil {
		return err
	}
	client, err := newHub(c)
	if err != nil {
		return err
	}
	found, err := client.Search(ctx, v.query)
	if err != nil {
		return err
	}
	if v.form == formJSON {
		for _, i := range found.Models {
			if err := c.print(i); err != nil {
				return err
			}
		}
	} else {
		printFound(c, v.form, found)
	}
	if err := c.flush(); err != nil {
		return err
	}
	if !c.quiet {
		more := ""
		if found.More {
			more = "; there are more"
		}
		fmt.Fprintf(c.err, "listed %d of %d models looked at%s\n", len(found.Models), found.Looked, more)
	}
	return nil
}

// finish turns the flags into the query.
func (v *searchFlags) finish(args []string) error {
	q := &v.query
	switch len(args) {
	case 0:
	case 1:
		q.Text = args[0]
	default:
		return usagef("unexpected argument %q: quote a text of several words", args[1])
	}
	var err error
	if q.Sort, err = hub.ParseSort(v.sort); err != nil {
		return usagef("--sort %s", err)
	}
	switch v.direction {
	case "ascending", "asc":
		q.Ascending = true
	case "descending", "desc":
	default:
		return usagef("--direction %q: want ascending or descending", v.direction)
	}
	if v.maxParameters != "" {
		if q.MaxParameters, err = parseCount(v.maxParameters); err != nil {
			return usagef("--max-parameters %s", err)
		}
	}
	if !v.given.Changed("look-at") {
		q.LookAt = max(q.LookAt, q.Limit)
	}
	if v.excludes != "" {
		f, err := os.Open(v.excludes)
		if err != nil {
			return badinput.Errorf("--exclude-from: %w", err)
		}
		defer f.Close()
		more, err := hub.ReadExcludes(f)
		if err != nil {
			return fmt.Errorf("%s: %w", v.excludes, err)
		}
		q.Exclude = append(q.Exclude, more...)
	}
	if err := q.Validate(); err != nil {
		return usagef("%s", err)
	}
	return nil
}

// printFound prints a row a model. A terminal has no room for reasons, and a narrow one has fewer columns.
func printFound(c *console, f form, found *hub.Found) {
	if len(found.Models) == 0 {
		return
	}
	brief := c.outTerminal && f == formTable
	rows := [][]string{{"model", "type", "parameters", "downloads", "likes", "modified", "licence", "base", "trainable"}}
	for _, i := range found.Models {
		base, trainable := c.style(green, "yes"), verdict(c, i)
		if i.Specialised != "" {
			base = c.style(red, "no") + ": " + printable(i.Specialised)
		}
		if brief {
			base, _, _ = strings.Cut(base, ":")
			trainable, _, _ = strings.Cut(trainable, ":")
		}
		rows = append(rows, []string{
			printable(i.ID), printable(i.ModelType), parameterText(i), short(i.Downloads), short(i.Likes), day(i.Modified), printable(i.Licence), base, trainable,
		})
	}
	look := columns{numbers: []int{3, 4, 5}}
	if brief {
		look.hidden = fittingRows(rows, c.width, 5, 6, 7, 4) // likes first, then modified, licence and downloads
	}
	t := newTable(c)
	for n, row := range rows {
		cells := make(table.Row, len(row))
		for column := range row {
			cells[column] = row[column]
		}
		if n == 0 {
			t.AppendHeader(cells)
		} else {
			t.AppendRow(cells)
		}
	}
	fmt.Fprintln(c.out, f.render(t, look))
}

// fittingRows returns those of the columns that have to go, in that order, for the rest to fit the width.
func fittingRows(rows [][]string, width int, expendable ...int) (hidden []int) {
	widths := make([]int, len(rows[0]))
	total := 0
	for column := range widths {
		for _, row := range rows {
			widths[column] = max(widths[column], text.StringWidthWithoutEscSequences(row[column])+2)
		}
		total += widths[column]
	}
	for _, column := range expendable {
		if total > width {
			hidden = append(hidden, column)
			total -= widths[column-1]
		}
	}
	return hidden
}

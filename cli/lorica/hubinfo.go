package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/lorica-go/lorica/native/hub"
)

func hubInfoCommand() *command {
	return &command{
		name: "hub info", args: "MODEL...",
		summary: "show what a model of the hub is, and whether lorica can train it",
		about: `
Shows author, task, dates, downloads, likes, tags, licence, architecture, the number of parameters, the size of every file, and
whether lorica can train the model or why not. No weights are downloaded: parameters are counted in the header of each weights
file, and the model is opened from afar by the code that trains it, which reads names and shapes.`,
		examples: []example{
			{"a base model", "lorica hub info FacebookAI/roberta-base"},
			{"the number of parameters, for a script", "lorica hub info microsoft/deberta-v3-small --json | jq .parameters.total"},
		},
		define: func(f *flags) action {
			var v form
			v.define(f.group("Output"))
			return func(ctx context.Context, c *console, args []string) error {
				infos, err := describe(ctx, c, &v, args, 1)
				if err != nil || v == formJSON {
					return err
				}
				for n, i := range infos {
					if n > 0 {
						fmt.Fprintln(c.out)
					}
					printHubInfo(c, v, i)
				}
				return nil
			}
		},
	}
}

func hubCompareCommand() *command {
	return &command{
		name: "hub compare", args: "MODEL MODEL...",
		summary: "show models of the hub side by side",
		about: `
Shows what "lorica hub info" shows, a column a model: author, task, dates, downloads, likes, licence, architecture, parameters, files
and whether lorica can train them.`,
		examples: []example{
			{"three candidates", "lorica hub compare microsoft/deberta-v3-small FacebookAI/roberta-base distilbert/distilroberta-base"},
			{"for a report", "lorica hub compare google-bert/bert-base-uncased answerdotai/ModernBERT-base --format markdown"},
		},
		define: func(f *flags) action {
			var v form
			v.define(f.group("Output"))
			return func(ctx context.Context, c *console, args []string) error {
				infos, err := describe(ctx, c, &v, args, 2)
				if err != nil || v == formJSON {
					return err
				}
				printHubComparison(c, v, infos)
				return nil
			}
		},
	}
}

// describe asks for the models, and prints each as JSON if that is the form.
func describe(ctx context.Context, c *console, f *form, args []string, least int) ([]*hub.Info, error) {
	ids, err := parseIDs(args, least)
	if err != nil {
		return nil, err
	}
	if err := f.choose(c); err != nil {
		return nil, err
	}
	client, err := newHub(c)
	if err != nil {
		return nil, err
	}
	p := c.startProgress("asking the hub", len(ids))
	defer p.stop()
	var infos []*hub.Info
	for n, id := range ids {
		p.set(n, id.String())
		i, err := client.Describe(ctx, id)
		if err != nil {
			return nil, err
		}
		infos = append(infos, i)
	}
	p.stop()
	if *f == formJSON {
		for _, i := range infos {
			if err := c.print(i); err != nil {
				return nil, err
			}
		}
	}
	return infos, nil
}

// hubFacts are what there is to say of a model but its files, in the order of the page.
func hubFacts(c *console, i *hub.Info) [][2]string {
	parameters := ""
	if p := i.Parameters; p != nil {
		var types []string
		for _, name := range slices.Sorted(maps.Keys(p.ByType)) {
			types = append(types, name+" "+thousands(float64(p.ByType[name])))
		}
		parameters = thousands(float64(p.Total)) + " (" + strings.Join(types, ", ") + ")"
	}
	gated := ""
	if i.Gated != "" {
		gated = "yes, its terms have to be accepted (" + i.Gated + ")"
	}
	special := "a base model"
	if i.Specialised != "" {
		special = "specialised: " + i.Specialised
	}
	facts := [][2]string{
		{"author", i.Author}, {"task", i.Task}, {"library", i.Library}, {"created", day(i.Created)}, {"modified", day(i.Modified)},
		{"downloads", thousands(float64(i.Downloads))}, {"likes", thousands(float64(i.Likes))}, {"licence", i.Licence},
		{"languages", strings.Join(i.Languages, ", ")}, {"made from", strings.Join(i.BaseModels, ", ")}, {"architecture", strings.Join(i.Architectures, ", ")},
		{"model_type", i.ModelType}, {"kind", special}, {"parameters", parameters},
		{"files", fmt.Sprintf("%d, %s; needed: %s", len(i.Files), bytesText(i.Bytes(false)), bytesText(i.Bytes(true)))},
		{"tags", strings.Join(i.Tags, ", ")}, {"gated", gated}, {"commit", i.Commit}, {"in the cache", i.Cached},
	}
	for n := range facts {
		facts[n][1] = printable(facts[n][1])
	}
	return append(facts, [2]string{"trainable", verdict(c, i)})
}

// printHubInfo prints a model: facts, then files.
func printHubInfo(c *console, f form, i *hub.Info) {
	files := newTable(c)
	files.AppendHeader(table.Row{"file", "size", "needed"})
	for _, file := range i.Files {
		needed := ""
		if file.Needed {
			needed = "yes"
		}
		files.AppendRow(table.Row{printable(file.Name), fileSize(file), needed})
	}
	if f == formMarkdown {
		t := newTable(c)
		t.AppendHeader(table.Row{"", i.ID})
		for _, pair := range hubFacts(c, i) {
			if pair[1] != "" {
				t.AppendRow(table.Row{pair[0], pair[1]})
			}
		}
		fmt.Fprintf(c.out, "## [%s](%s)\n\n%s\n\n%s\n", i.ID, i.URL, f.render(t, columns{}), f.render(files, columns{numbers: []int{2}}))
		return
	}
	facts(c, i.ID+"  "+i.URL, hubFacts(c, i))
	fmt.Fprintf(c.out, "\n%s\n", f.render(files, columns{numbers: []int{2}}))
}

func fileSize(f hub.File) string {
	if f.Bytes < 0 {
		return "?"
	}
	return bytesText(f.Bytes)
}

// printHubComparison prints a row a fact and a column a model; what no model has is left out.
func printHubComparison(c *console, f form, infos []*hub.Info) {
	t := newTable(c)
	header := table.Row{""}
	var all [][][2]string
	for _, i := range infos {
		header = append(header, i.ID)
		var files []string
		for _, file := range i.Files {
			if file.Needed {
				files = append(files, printable(file.Name)+" "+fileSize(file))
			}
		}
		facts := hubFacts(c, i)
		all = append(all, slices.Insert(facts, len(facts)-1, [2]string{"needed files", strings.Join(files, "\n")}))
	}
	t.AppendHeader(header)
	for n := range all[0] {
		row, some := table.Row{all[0][n][0]}, false
		for _, facts := range all {
			row = append(row, facts[n][1])
			some = some || facts[n][1] != ""
		}
		if some {
			t.AppendRow(row)
		}
	}
	look := columns{width: max((c.width-16)/len(infos)-2, 20)}
	for n := range infos {
		look.wrapped = append(look.wrapped, n+2)
	}
	fmt.Fprintln(c.out, f.render(t, look))
}

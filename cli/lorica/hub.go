package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/lorica-go/lorica/native/hub"
	"github.com/spf13/pflag"
)

func hubCommand() *command {
	return &command{
		name:    "hub",
		summary: "choose base models on the Hugging Face Hub and fetch them",
		about: `
Models of the hub are called org/name, or org/name@revision for a branch, a tag or a commit. What is fetched lies in the cache that
Python's huggingface_hub uses, in its layout: either side finds what the other has fetched. Every command's --model takes such
an id once the model is there, and with --pull fetches it first.

HF_HOME and HF_HUB_CACHE say where the cache is, HF_TOKEN or the file of "hf auth login" opens gated and private models,
HF_ENDPOINT names a mirror, HF_HUB_OFFLINE=1 forbids all requests.`,
		examples: []example{
			{"find a base model, look at it, fetch it, train it", "lorica hub search --base --trainable --max-parameters 200M"},
			{"train without fetching first", "lorica train --model FacebookAI/roberta-base --pull --data reviews.jsonl --out run"},
		},
		group: []*command{hubSearchCommand(), hubInfoCommand(), hubCompareCommand(), hubPullCommand()},
	}
}

// newHub returns a client as the environment wants it.
func newHub(c *console) (*hub.Client, error) {
	config, err := hub.FromEnvironment(os.Getenv)
	if err != nil {
		return nil, err
	}
	config.Logger, config.UserAgent = c.logger, "lorica/"+thisBuild().Version
	return hub.New(config)
}

// parseIDs reads the ids that are given in place of files.
func parseIDs(args []string, least int) ([]hub.ID, error) {
	if len(args) < least {
		return nil, usagef("want %d or more models of the hub, such as org/name", least)
	}
	var ids []hub.ID
	for _, arg := range args {
		id, err := hub.ParseID(arg)
		if err != nil {
			return nil, usagef("%s", err)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// form is how results are printed.
type form string

const (
	formAuto     form = "auto" // a table on a terminal, JSON elsewhere
	formTable    form = "table"
	formJSON     form = "json"
	formMarkdown form = "markdown"
)

func (v *form) define(set *pflag.FlagSet) {
	*v = formAuto
	set.StringVarP((*string)(v), "format", "f", string(formAuto), "print as `FORM`: table, json or markdown (auto: a table on a terminal, else json)")
}

// choose checks the form and settles what auto is.
func (v *form) choose(c *console) error {
	switch {
	case c.json:
		*v = formJSON
	case *v == formAuto && c.pretty():
		*v = formTable
	case *v == formAuto:
		*v = formJSON
	case *v != formTable && *v != formJSON && *v != formMarkdown:
		return usagef("--format %q: want table, json or markdown", *v)
	}
	return nil
}

// columns say how columns look, by their numbers from 1.
type columns struct {
	numbers []int // to the right
	hidden  []int
	wrapped []int // in lines of the width
	width   int
}

// render returns a table in the form.
func (v form) render(t table.Writer, look columns) string {
	var configs []table.ColumnConfig
	for _, n := range look.numbers {
		configs = append(configs, table.ColumnConfig{Number: n, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	if v == formMarkdown {
		t.SetColumnConfigs(configs)
		return t.RenderMarkdown()
	}
	for _, n := range look.hidden {
		configs = append(configs, table.ColumnConfig{Number: n, Hidden: true})
	}
	for _, n := range look.wrapped {
		configs = append(configs, table.ColumnConfig{Number: n, WidthMax: look.width, WidthMaxEnforcer: wrapLines})
	}
	t.SetColumnConfigs(configs)
	return t.Render()
}

// wrapLines breaks lines that are too long, and keeps the others apart, which text.WrapSoft would join.
func wrapLines(s string, width int) string {
	var lines []string
	for _, line := range strings.Split(s, "\n") {
		for _, part := range strings.Split(text.WrapSoft(line, width), "\n") {
			lines = append(lines, strings.TrimRight(part, " "))
		}
	}
	return strings.Join(lines, "\n")
}

// short writes a count as a person compares it: 987, 12.3k, 184.4M.
func short(n int64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e9, "B"}, {1e6, "M"}, {1e3, "k"}} {
		if float64(n) >= unit.size {
			return fmt.Sprintf("%.1f%s", float64(n)/unit.size, unit.name)
		}
	}
	return strconv.FormatInt(n, 10)
}

// parseCount reads a count such as 200M, 1.5B, 30k or 1000000.
func parseCount(s string) (int64, error) {
	number, unit := strings.TrimSpace(s), 1.0
	for suffix, size := range map[string]float64{"k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9, "G": 1e9} {
		if rest, ok := strings.CutSuffix(number, suffix); ok {
			number, unit = rest, size
			break
		}
	}
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || !(v >= 0 && v*unit < 1e15) {
		return 0, fmt.Errorf("%q: want a number such as 200M", s)
	}
	return int64(v * unit), nil
}

// day writes a date.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// parameterText writes the number of parameters.
func parameterText(i *hub.Info) string {
	if i.Parameters == nil {
		return ""
	}
	return short(i.Parameters.Total)
}

// verdict says whether lorica can train a model, and why not.
func verdict(c *console, i *hub.Info) string {
	if i.Trainable {
		return c.style(green, "yes")
	}
	return c.style(red, "no") + ": " + printable(i.WhyNot)
}

package main

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/lorica-go/lorica/native/dataset"
)

func dataCommand() *command {
	return &command{
		name:    "data",
		summary: "build, split and inspect data sets",
		about: `
Makes training data of files of reviews: merged, cleaned, without duplicates, balanced, and parted so that no text and no game
stands in both halves. Files are .jsonl, .json, .csv or .tsv, also gzipped, and answers of Steam's review API as loaders save
them, of the old shape and the new.`,
		group: []*command{dataBuildCommand(), dataSplitCommand(), dataStatsCommand(), dataShowCommand()},
		examples: []example{
			{"what is in a file", "lorica data stats reviews.jsonl"},
			{"10,000 reviews of each label, cleaned", "lorica data build steam-*.jsonl --balance 10000 --out reviews.jsonl"},
			{"a fifth of the games to test on", "lorica data split reviews.jsonl --group appid --out parts"},
		},
	}
}

// stages shows the progress of one stage after another.
type stages struct {
	c    *console
	bar  *progress
	name string
}

// set shows how far a stage is; total is 0 where nobody knows.
func (s *stages) set(stage string, done, total int) {
	if s.bar == nil || s.name != stage {
		s.stop()
		s.bar, s.name = s.c.startProgress(stage, total), stage
	}
	s.bar.set(done, "rows")
}

func (s *stages) stop() {
	if s.bar != nil {
		s.bar.stop()
	}
}

// staged does work that tells how far it is, and shows that.
func staged[T any](c *console, work func(dataset.Progress) (T, error)) (T, error) {
	show := &stages{c: c}
	defer show.stop()
	return work(show.set)
}

// parseConditions reads FIELD=VALUE.
func parseConditions(list []string) ([]dataset.Condition, error) {
	var all []dataset.Condition
	for _, s := range list {
		c, err := dataset.ParseCondition(s)
		if err != nil {
			return nil, usagef("--where: %s", err)
		}
		all = append(all, c)
	}
	return all, nil
}

// printSources prints a line for each file that was read.
func printSources(c *console, sources []dataset.Source) {
	for _, s := range sources {
		line := fmt.Sprintf("%s: %s rows", printable(s.File), thousands(float64(s.Rows)))
		if s.BadRow > 0 {
			line += fmt.Sprintf(", and %s bad ones passed over", thousands(float64(s.BadRow)))
		}
		fmt.Fprintln(c.out, line)
	}
}

// countsLine writes counts as "neg 10, pos 12".
func countsLine(counts []dataset.Count) string {
	var parts []string
	for _, n := range counts {
		parts = append(parts, printable(n.Name)+" "+thousands(float64(n.Rows)))
	}
	return strings.Join(parts, ", ")
}

// numberColumns aligns the columns from the second on to the right, as numbers are.
func numberColumns(t table.Writer, columns int) {
	var configs []table.ColumnConfig
	for i := 2; i <= columns; i++ {
		configs = append(configs, table.ColumnConfig{Number: i, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(configs)
}

// percent writes a share of a whole.
func percent(part, whole int) string {
	if whole == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f%%", 100*float64(part)/float64(whole))
}

package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/lorica-go/lorica/native/compare"
	"github.com/lorica-go/lorica/native/report"
)

// printComparison prints tables, the rows with different answers, and what it all means.
func printComparison(c *console, r *compare.Result, differences int, files []string) {
	lead, notes, verdicts := report.ComparisonWords(r)
	fmt.Fprintln(c.out, c.style(bold, lead))
	for _, n := range notes {
		printWrapped(c, "note: ", n)
	}
	for _, t := range report.ComparisonTables(r) {
		printTable(c, &t)
	}
	printDifferences(c, r, differences)
	fmt.Fprintf(c.out, "\n%s\n", c.style(bold, "Result"))
	for _, v := range verdicts {
		printWrapped(c, "", v)
	}
	for i, file := range files {
		name := "files"
		if i > 0 {
			name = ""
		} else {
			fmt.Fprintln(c.out)
		}
		fmt.Fprintf(c.out, "%-8s  %s\n", name, file)
	}
}

// printWrapped prints a sentence as wide as the terminal, its later lines below the first.
func printWrapped(c *console, before, sentence string) {
	lines := strings.Split(text.WrapSoft(sentence, max(min(c.width, 120)-len(before), 20)), "\n")
	for i, line := range lines {
		if i > 0 {
			before = strings.Repeat(" ", len(before))
		}
		fmt.Fprintln(c.out, before+strings.TrimSpace(line))
	}
}

// printTable prints a table, in several parts one below the other where the terminal is too narrow for all of its columns.
func printTable(c *console, t *report.Table) {
	fmt.Fprintf(c.out, "\n%s\n", c.style(bold, t.Title))
	for _, columns := range fitting(c, t) {
		w := newTable(c)
		header, config := table.Row{}, []table.ColumnConfig{}
		for i, k := range columns {
			header = append(header, cellText(t.Header[k], t.Header[k] == ""))
			if k >= t.Text {
				config = append(config, table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight})
			}
		}
		w.AppendHeader(header)
		for _, cells := range t.Rows {
			row := table.Row{}
			for _, k := range columns {
				shown := cellText(cells[k].Text, k >= t.Text)
				if cells[k].Best {
					shown = c.style(bold, shown)
				}
				row = append(row, shown)
			}
			w.AppendRow(row)
		}
		w.SetColumnConfigs(config)
		fmt.Fprintln(c.out, w.Render())
	}
}

// longestCell bounds names in tables, in columns of the terminal.
const longestCell = 32

// cellText is what a cell shows. Figures are never cut.
func cellText(s string, whole bool) string {
	if whole {
		return s
	}
	return text.Snip(s, longestCell, "…")
}

// fitting divides the columns of figures into parts, each of which fits the terminal together with the columns of text.
func fitting(c *console, t *report.Table) [][]int {
	width := func(k int) int {
		w := text.StringWidth(cellText(t.Header[k], false))
		for _, row := range t.Rows {
			w = max(w, text.StringWidth(cellText(row[k].Text, k >= t.Text)))
		}
		return w + 2
	}
	var texts []int
	left := 0
	for k := range t.Text {
		texts = append(texts, k)
		left += width(k)
	}
	limit := c.width
	if !c.outTerminal {
		limit = math.MaxInt // a file has room
	}
	var parts [][]int
	used := math.MaxInt
	for k := t.Text; k < len(t.Header); k++ {
		if w := width(k); used > limit-w {
			parts = append(parts, append([]int(nil), texts...))
			used = left
		}
		parts[len(parts)-1] = append(parts[len(parts)-1], k)
		used += width(k)
	}
	return parts
}

// printDifferences prints rows with different answers: where the row stands, its label, every candidate's answer, and its text.
func printDifferences(c *console, r *compare.Result, most int) {
	shown := r.Differences[:min(len(r.Differences), most)]
	if len(shown) == 0 {
		return
	}
	title := fmt.Sprintf("Rows with different answers: %s", thousands(float64(len(r.Differences))))
	if len(shown) < len(r.Differences) {
		title = fmt.Sprintf("Rows with different answers: %d of %s, the surest wrong answers first", len(shown), thousands(float64(len(r.Differences))))
	}
	fmt.Fprintf(c.out, "\n%s\n", c.style(bold, title))
	for i := range shown {
		d := &shown[i]
		place, label := fmt.Sprintf("line %d", d.Line), text.Snip(printable(d.Label), longestCell, "…")
		fmt.Fprintf(c.out, "%s, labelled %s:", c.style(faint, place), c.style(bold, label))
		used := text.StringWidth(place + ", labelled " + label + ":")
		for k := range d.Answers {
			colour, a := red, &d.Answers[k]
			if a.Right {
				colour = green
			}
			answer := fmt.Sprintf("%s %s %s", report.Tick(a.Right), text.Snip(printable(r.Outcomes[k].Name), longestCell, "…"), report.AnswerText(a))
			if used += 2 + text.StringWidth(answer); c.outTerminal && used > c.width {
				fmt.Fprint(c.out, "\n  ")
				used = 4 + text.StringWidth(answer)
			}
			fmt.Fprintf(c.out, "  %s", c.style(colour, answer))
		}
		fmt.Fprintf(c.out, "\n    %s\n", text.Snip(strings.Join(strings.Fields(printable(d.Text)), " "), max(c.width-4, 20), "…"))
	}
}

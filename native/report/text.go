package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/lorica-go/lorica/native/train"
)

// mistakesInText is how many of the worst mistakes report.txt has.
const mistakesInText = 10

// text is report.txt.
func (r *Run) text(h *history) string {
	var b strings.Builder
	heading := func(name string) {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s\n%s\n", name, strings.Repeat("-", columns(name)))
	}
	title := printable(r.title())
	fmt.Fprintf(&b, "%s\n%s\n", title, strings.Repeat("=", columns(title)))
	for _, w := range r.warnings() {
		fmt.Fprintf(&b, "\n! %s\n", w)
	}
	if r.Metrics != nil {
		heading(fmt.Sprintf("Measures on %s test rows", count(r.Metrics.Rows)))
		var table [][]string
		for _, m := range r.measures() {
			table = append(table, []string{m.Name, m.Value, m.Note})
		}
		aligned(&b, table, 1)
		heading("By label")
		shown := r.Metrics.Classification
		shown.Classes = append(shown.Classes[:0:0], shown.Classes...)
		for i := range shown.Classes {
			shown.Classes[i].Label = printable(shown.Classes[i].Label)
		}
		b.WriteString(shown.Text(4))
		r.confusionText(heading, &b)
	}
	if len(h.evaluations) > 0 {
		heading("By epoch")
		table := [][]string{{"epoch", "step", "train loss", "eval loss", "accuracy", "macro F1"}}
		for _, e := range h.evaluations {
			table = append(table, epochRow(&e))
		}
		aligned(&b, table, 0, 1, 2, 3, 4, 5)
	}
	for _, part := range []struct {
		name  string
		facts []fact
	}{{"Run", r.facts()}, {"What asking took", r.Asked.facts()}, {"Settings", r.Settings.facts()}} {
		if len(part.facts) == 0 && part.name != "Run" {
			continue
		}
		heading(part.name)
		var table [][]string
		for _, f := range part.facts {
			table = append(table, []string{f.Name, f.Value})
		}
		aligned(&b, table)
	}
	if len(r.Mistakes) > 0 {
		name := "Mistakes"
		if r.sure() {
			name = "Surest mistakes"
		}
		heading(name)
		for _, m := range r.Mistakes[:min(len(r.Mistakes), mistakesInText)] {
			place := ""
			if m.Place != "" {
				place = "  (" + printable(m.Place) + ")"
			}
			score := ""
			if r.sure() {
				score = percentText(m.Score) + " "
			}
			fmt.Fprintf(&b, "%s%s, labelled %s%s\n    %s\n", score, printable(m.Predicted), printable(m.Label), place, clip(printable(m.Text), 200))
		}
	}
	return b.String()
}

// confusionText writes the matrix when its columns fit a terminal.
func (r *Run) confusionText(heading func(string), b *strings.Builder) {
	m := r.Metrics
	if len(m.Labels) > 8 {
		return
	}
	heading("Confusion (true label down, predicted across)")
	table := [][]string{{""}}
	right := []int{}
	for k, label := range m.Labels {
		table[0] = append(table[0], clip(printable(label), 16))
		right = append(right, k+1)
	}
	if m.Outside != nil {
		table[0] = append(table[0], "no answer")
		right = append(right, len(m.Labels)+1)
	}
	for k, row := range m.Confusion {
		line := []string{clip(printable(m.Labels[k]), 16)}
		for _, n := range row {
			line = append(line, count(n))
		}
		if m.Outside != nil {
			line = append(line, count(m.Outside[k]))
		}
		table = append(table, line)
	}
	aligned(b, table, right...)
}

// epochRow are the cells of an evaluation's row.
func epochRow(e *train.Entry) []string {
	f := func(v *float64, format string) string {
		if v == nil || !finite(*v) {
			return "–"
		}
		return fmt.Sprintf(format, *v)
	}
	percent := func(v *float64) string {
		if v == nil {
			return "–"
		}
		return percentText(*v)
	}
	epoch := math.Round(e.Epoch*100) / 100
	return []string{f(&epoch, "%g"), count(e.Step), f(e.TrainLoss, "%.4f"), f(e.EvalLoss, "%.4f"), percent(e.EvalAccuracy), f(e.EvalMacroF1, "%.4f")}
}

func percentText(v float64) string {
	if !finite(v) {
		return "–"
	}
	return fmt.Sprintf("%.2f%%", 100*v)
}

// aligned writes rows of cells in columns two blanks apart, those named by right flush right.
func aligned(b *strings.Builder, rows [][]string, right ...int) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], columns(cell))
		}
	}
	flush := map[int]bool{}
	for _, i := range right {
		flush[i] = true
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			if i > 0 {
				line.WriteString("  ")
			}
			if flush[i] {
				line.WriteString(strings.Repeat(" ", widths[i]-columns(cell)))
				line.WriteString(cell)
			} else {
				line.WriteString(pad(cell, widths[i]))
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
}

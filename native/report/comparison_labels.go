package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lorica-go/lorica/native/compare"
	"github.com/lorica-go/lorica/native/metrics"
)

// labelTable has precision, recall and F1 of each label.
func labelTable(r *compare.Result) Table {
	t := candidateTable(r, "By label", "Label", "")
	shown := mostFrequent(r.Data.Counts, maxMatrix)
	if len(shown) < len(r.Data.Labels) {
		t.Title += fmt.Sprintf(": the %d most frequent of %s", len(shown), count(len(r.Data.Labels)))
	}
	few := len(shown) <= maxScored
	scores := func(name string, of func(c *metrics.Classification) metrics.Scores) {
		for i, q := range []quantity{
			{"precision", func(o *compare.Outcome) metrics.Float { return of(&o.Report.Classification).Precision }, fixed, 1},
			{"recall", func(o *compare.Outcome) metrics.Float { return of(&o.Report.Classification).Recall }, fixed, 1},
			{"F1", func(o *compare.Outcome) metrics.Float { return of(&o.Report.Classification).F1 }, fixed, 1},
		} {
			first := ""
			if i == 0 || !few {
				first = name
			}
			if !few && q.name != "F1" {
				continue
			}
			t.add(r, q, first, q.name)
		}
	}
	for _, k := range shown {
		label := r.Data.Labels[k]
		scores(fmt.Sprintf("%s (%s)", clip(printable(label), 40), rows(r.Data.Counts[k])), func(c *metrics.Classification) metrics.Scores { return c.Classes[k].Scores })
	}
	scores("macro average", func(c *metrics.Classification) metrics.Scores { return c.Macro })
	scores("weighted average", func(c *metrics.Classification) metrics.Scores { return c.Weighted })
	return t
}

// maxScored is the number of labels up to which a table has precision and recall beside F1.
const maxScored = 12

// rows is a number of rows with the word for it.
func rows(n int) string {
	if n == 1 {
		return "1 row"
	}
	return count(n) + " rows"
}

// confusionTable has the wrong answers that are given most often.
func confusionTable(r *compare.Result) Table {
	t := candidateTable(r, "Most frequent confusions", "Label", "Given")
	type confusion struct {
		truth, given string
		rows         []int
		all          int
	}
	var found []confusion
	for k, label := range r.Data.Labels {
		given := append(slices.Clone(r.Data.Labels), "none of these")
		for p, name := range given {
			c := confusion{truth: label, given: name}
			for _, o := range r.Outcomes {
				n := 0
				switch {
				case p < len(r.Data.Labels):
					n = o.Report.Confusion[k][p]
				case o.Report.Outside != nil:
					n = o.Report.Outside[k]
				}
				c.rows = append(c.rows, n)
				c.all += n
			}
			if p != k && c.all > 0 {
				found = append(found, c)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b confusion) int { return cmp.Compare(b.all, a.all) })
	for _, c := range found[:min(len(found), maxConfusions)] {
		row := []Cell{{Text: printable(c.truth)}, {Text: printable(c.given)}}
		for _, n := range c.rows {
			row = append(row, Cell{count(n), n == slices.Min(c.rows) && n < slices.Max(c.rows)})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// pairTable has what tells two candidates apart, and whether it is more than chance.
func pairTable(r *compare.Result) Table {
	t := Table{Title: "Pairs (Δ: B less A, in points of a hundred)", Text: 2, Header: []string{"A", "B", "Both right", "Only A", "Only B", "Both wrong", "Δ accuracy", "95% interval", "Δ macro F1", "95% interval", "McNemar's p"}}
	several := len(r.Pairs) > 1
	if several {
		t.Header = append(t.Header, "after Holm")
	}
	points := func(v metrics.Float) string { return fmt.Sprintf("%+.2f", 100*v) }
	for i := range r.Pairs {
		p := &r.Pairs[i]
		a, f := &p.Bootstrap.Accuracy, &p.Bootstrap.MacroF1
		better := p.Better()
		row := []Cell{
			{printable(p.A), better == p.A}, {printable(p.B), better == p.B},
			{Text: count(p.BothRight)}, {Text: count(p.OnlyA)}, {Text: count(p.OnlyB)}, {Text: count(p.BothWrong)},
			{Text: points(a.Value)}, {Text: points(a.Low) + " to " + points(a.High)},
			{Text: points(f.Value)}, {Text: points(f.Low) + " to " + points(f.High)},
			{Text: pValue(p.P)},
		}
		if several {
			row = append(row, Cell{Text: pValue(p.Holm)})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// pValue is a p-value in a column of them.
func pValue(p metrics.Float) string { return strings.TrimPrefix(compare.PValue(p), "= ") }

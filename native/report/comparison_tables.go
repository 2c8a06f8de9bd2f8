package report

import (
	"fmt"
	"math"
	"slices"

	"github.com/lorica-go/lorica/native/compare"
	"github.com/lorica-go/lorica/native/metrics"
)

// Table is a table for people, as text, Markdown and page show it.
type Table struct {
	Title string
	Text  int // how many columns, from the left, are text; the others are figures
	// Header and rows have equally many cells. Their texts are printable; two blanks before one make it part of the row above.
	Header []string
	Rows   [][]Cell
}

// Cell is a cell of a table.
type Cell struct {
	Text string
	Best bool // of its row
}

// ComparisonTables are the tables of a comparison: measures, size and speed, scores by label, confusions, pairs.
func ComparisonTables(r *compare.Result) []Table {
	var all []Table
	for _, t := range []Table{measureTable(r), calibrationTable(r), costTable(r), labelTable(r), confusionTable(r), pairTable(r)} {
		if len(t.Rows) > 0 {
			all = append(all, t)
		}
	}
	return all
}

// candidateTable begins a table with a column for each candidate.
func candidateTable(r *compare.Result, title string, texts ...string) Table {
	t := Table{Title: title, Text: len(texts), Header: texts}
	for _, o := range r.Outcomes {
		t.Header = append(t.Header, printable(o.Name))
	}
	return t
}

// quantity is a row of such a table: what is known of each candidate, and how it is written.
type quantity struct {
	name   string
	value  func(o *compare.Outcome) metrics.Float
	write  func(v metrics.Float) string
	better int // 1: more is better, -1: less is
}

// add appends the row unless it is known of no candidate.
func (t *Table) add(r *compare.Result, q quantity, texts ...string) {
	row := []Cell{}
	for _, text := range texts {
		row = append(row, Cell{Text: text})
	}
	best, worst := math.Inf(-1), math.Inf(1)
	for _, o := range r.Outcomes {
		if v := float64(q.better) * float64(q.value(o)); !math.IsNaN(v) {
			best, worst = max(best, v), min(worst, v)
		}
	}
	known := false
	for _, o := range r.Outcomes {
		v := q.value(o)
		text := q.write(v)
		known = known || text != "–"
		row = append(row, Cell{text, q.better != 0 && best > worst && float64(q.better)*float64(v) == best})
	}
	if known {
		t.Rows = append(t.Rows, row)
	}
}

// addText appends a row of texts.
func (t *Table) addText(r *compare.Result, name string, text func(o *compare.Outcome) string) {
	row, known := []Cell{{Text: name}}, false
	for _, o := range r.Outcomes {
		s := text(o)
		if known = known || s != ""; s == "" {
			s = "–"
		}
		row = append(row, Cell{Text: s})
	}
	if known {
		t.Rows = append(t.Rows, row)
	}
}

func measureTable(r *compare.Result) Table {
	t := candidateTable(r, "Measures", "")
	interval := func(of func(o *compare.Outcome) metrics.Interval, write func(low, high metrics.Float) string) {
		t.addText(r, "  95% interval", func(o *compare.Outcome) string { i := of(o); return write(i.Low, i.High) })
	}
	t.add(r, quantity{value: func(o *compare.Outcome) metrics.Float { return o.Report.Accuracy }, write: percentage, better: 1}, "Accuracy")
	interval(func(o *compare.Outcome) metrics.Interval { return o.Accuracy }, func(low, high metrics.Float) string {
		return fmt.Sprintf("%.1f–%.1f%%", 100*low, 100*high)
	})
	t.add(r, quantity{value: func(o *compare.Outcome) metrics.Float { return o.Report.Macro.F1 }, write: fixed, better: 1}, "Macro F1")
	interval(func(o *compare.Outcome) metrics.Interval { return o.MacroF1 }, func(low, high metrics.Float) string {
		return fmt.Sprintf("%.3f–%.3f", low, high)
	})
	for _, q := range []quantity{
		{"Weighted F1", func(o *compare.Outcome) metrics.Float { return o.Report.Weighted.F1 }, fixed, 1},
		{"Balanced accuracy", func(o *compare.Outcome) metrics.Float { return o.Report.BalancedAccuracy }, fixed, 1},
		{"MCC", func(o *compare.Outcome) metrics.Float { return o.Report.MCC }, fixed, 1},
		{"Cohen's kappa", func(o *compare.Outcome) metrics.Float { return o.Report.CohenKappa }, fixed, 1},
		{"ROC AUC", rankingOf, fixed, 1},
		{"Average precision", precisionOf, fixed, 1},
	} {
		t.add(r, q, q.name)
	}
	return t
}

func rankingOf(o *compare.Outcome) metrics.Float {
	if o.Report.Binary != nil {
		return o.Report.ROCAUC
	}
	return o.Report.ROCAUCOneVsRestMacro
}

func precisionOf(o *compare.Outcome) metrics.Float {
	if o.Report.Binary != nil {
		return o.Report.AveragePrecision
	}
	return o.Report.AveragePrecisionMacro
}

func calibrationTable(r *compare.Result) Table {
	t := candidateTable(r, "Calibration", "")
	scaled := func(of func(f *metrics.Temperature) metrics.Float) func(o *compare.Outcome) metrics.Float {
		return known(func(o *compare.Outcome) *metrics.Temperature { return o.Temperature }, of)
	}
	for _, q := range []quantity{
		{"Calibration error", func(o *compare.Outcome) metrics.Float { return o.Report.Calibration.ECE }, fixed, -1},
		{"Largest gap of a bin", func(o *compare.Outcome) metrics.Float { return o.Report.Calibration.MCE }, fixed, -1},
		{"Brier score", brierOf, fixed, -1},
		{"Log loss", func(o *compare.Outcome) metrics.Float { return o.Report.LogLoss }, fixed, -1},
	} {
		t.add(r, q, q.name)
	}
	t.addText(r, "Best temperature", temperatureText)
	for _, q := range []quantity{
		{"  calibration error with it", scaled(func(f *metrics.Temperature) metrics.Float { return f.ECEAfter }), fixed, -1},
		{"  log loss with it", scaled(func(f *metrics.Temperature) metrics.Float { return f.NLLAfter }), fixed, -1},
	} {
		t.add(r, q, q.name)
	}
	return t
}

// known is a value of what not all candidates have; NaN for the others.
func known[T any](part func(o *compare.Outcome) *T, of func(p *T) metrics.Float) func(o *compare.Outcome) metrics.Float {
	return func(o *compare.Outcome) metrics.Float {
		if p := part(o); p != nil {
			return of(p)
		}
		return metrics.Float(math.NaN())
	}
}

// temperatureText is the best temperature; at a bound of what was searched there is none, but the way to it.
func temperatureText(o *compare.Outcome) string {
	switch f := o.Temperature; {
	case f == nil:
		return ""
	case f.AtBound && f.Temperature > 1:
		return fmt.Sprintf("above %g", f.Temperature)
	case f.AtBound:
		return fmt.Sprintf("below %g", f.Temperature)
	default:
		return fixed(f.Temperature)
	}
}

// brierOf is scikit-learn's Brier score: of the positive class where there are two.
func brierOf(o *compare.Outcome) metrics.Float {
	if o.Report.Binary != nil {
		return o.Report.Brier
	}
	return o.Report.BrierMulti
}

func costTable(r *compare.Result) Table {
	t := candidateTable(r, "Size and speed", "")
	model := func(of func(o *compare.Outcome) string) func(o *compare.Outcome) string {
		return func(o *compare.Outcome) string {
			if o.Model == nil {
				return ""
			}
			return of(o)
		}
	}
	if slices.ContainsFunc(r.Outcomes, func(o *compare.Outcome) bool { return o.Model != nil }) {
		t.addText(r, "Type", func(o *compare.Outcome) string {
			if o.Model == nil {
				return "predictions"
			}
			return printable(o.Model.Type) + ", " + o.Model.Format
		})
	}
	t.addText(r, "Parameters", model(func(o *compare.Outcome) string { return count(o.Model.Parameters.Total) }))
	t.addText(r, "  trainable", model(func(o *compare.Outcome) string { return count(o.Model.Parameters.Trainable) }))
	t.addText(r, "Size on disk", model(func(o *compare.Outcome) string { return megabytes(o.Model.Bytes) }))
	speed := func(of func(s *compare.Speed) metrics.Float) func(o *compare.Outcome) metrics.Float {
		return known(func(o *compare.Outcome) *compare.Speed { return o.Speed }, of)
	}
	for _, q := range []quantity{
		{"Texts/s", speed(func(s *compare.Speed) metrics.Float { return metrics.Float(s.TextsPerSecond) }), rate, 0},
		{"Tokens/s", speed(func(s *compare.Speed) metrics.Float { return metrics.Float(s.TokensPerSecond) }), rate, 0},
	} {
		t.add(r, q, q.name)
	}
	if slices.ContainsFunc(r.Outcomes, func(o *compare.Outcome) bool { return o.Speed != nil && o.Speed.Ratio.Median != 1 }) {
		t.addText(r, "Time for the same texts", func(o *compare.Outcome) string {
			if o.Speed == nil || math.IsNaN(float64(o.Speed.Ratio.Median)) {
				return ""
			}
			if ratio := o.Speed.Ratio; ratio.Low != ratio.High {
				return fmt.Sprintf("× %.2f (%.2f–%.2f)", ratio.Median, ratio.Low, ratio.High)
			}
			return fmt.Sprintf("× %.2f", o.Speed.Ratio.Median)
		})
	}
	t.addText(r, "Tokens in all", func(o *compare.Outcome) string { return countOrNone(o.Tokens) })
	t.addText(r, "Texts cut short", func(o *compare.Outcome) string { return countOrNone(o.Truncated) })
	t.addText(r, "Rows without answer", func(o *compare.Outcome) string { return countOrNone(o.Missing) })
	return t
}

func countOrNone(n int) string {
	if n == 0 {
		return ""
	}
	return count(n)
}

// rate is a number a second, with three digits at least.
func rate(v metrics.Float) string {
	switch f := float64(v); {
	case !finite(f):
		return "–"
	case f < 10:
		return fmt.Sprintf("%.2f", f)
	case f < 100:
		return fmt.Sprintf("%.1f", f)
	}
	return count(int(math.Round(float64(v))))
}

func megabytes(n int64) string {
	if n < 100_000 {
		return fmt.Sprintf("%.1f KB", float64(n)/1e3)
	}
	return group(fmt.Sprintf("%.1f", float64(n)/1e6)) + " MB"
}

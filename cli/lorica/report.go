package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/lorica-go/lorica/native/metrics"
)

// evalResult is what eval --json prints.
type evalResult struct {
	Model     string          `json:"model"`
	Adapter   string          `json:"adapter,omitempty"`
	Data      string          `json:"data"`
	Skipped   int             `json:"skipped"`
	Truncated int             `json:"truncated"`
	Tokens    int             `json:"tokens"`
	Seconds   float64         `json:"seconds"`
	Report    *metrics.Report `json:"report"`
}

// printReport prints scikit-learn's report and the numbers that it leaves out.
func printReport(c *console, r *metrics.Report) {
	fmt.Fprint(c.out, r.Text(4))
	fmt.Fprintln(c.out)
	printConfusion(c, r)
	fmt.Fprintln(c.out)
	type number struct {
		name  string
		value metrics.Float
	}
	numbers := []number{
		{"accuracy", r.Accuracy}, {"balanced accuracy", r.BalancedAccuracy}, {"Matthews' correlation", r.MCC}, {"Cohen's kappa", r.CohenKappa},
	}
	scored := len(r.Calibration.Bins) > 0 // probabilities are known, and not labels alone
	if b := r.Binary; b != nil && scored {
		numbers = append(numbers, number{"ROC AUC", b.ROCAUC}, number{"average precision", b.AveragePrecision}, number{"Brier score", b.Brier})
	}
	if m := r.Multiclass; m != nil && scored {
		numbers = append(numbers, number{"ROC AUC, one vs rest", m.ROCAUCOneVsRestMacro}, number{"ROC AUC, one vs one", m.ROCAUCOneVsOneMacro},
			number{"average precision", m.AveragePrecisionMacro}, number{"Brier score", r.BrierMulti})
	}
	if scored {
		numbers = append(numbers, number{"log loss", r.LogLoss}, number{"calibration error", r.Calibration.ECE})
	}
	for _, n := range numbers {
		fmt.Fprintf(c.out, "%22s  %s\n", n.name, decimal(float64(n.value), 4))
	}
}

// printConfusion prints the confusion matrix, or says how large it is when it would not fit.
func printConfusion(c *console, r *metrics.Report) {
	const most = 12
	if len(r.Labels) > most {
		fmt.Fprintf(c.out, "confusion matrix: %d classes (--json has it)\n", len(r.Labels))
		return
	}
	t := newTable(c)
	header := table.Row{"true \\ predicted"}
	for _, label := range r.Labels {
		header = append(header, text.Snip(printable(label), longestLabel, "…"))
	}
	if r.Outside != nil {
		header = append(header, "no answer")
	}
	t.AppendHeader(header)
	for i, label := range r.Labels {
		row := table.Row{text.Snip(printable(label), longestLabel, "…")}
		for j, n := range r.Confusion[i] {
			cell := strconv.Itoa(n)
			if i == j {
				cell = c.style(bold, cell)
			}
			row = append(row, cell)
		}
		if r.Outside != nil {
			row = append(row, strconv.Itoa(r.Outside[i]))
		}
		t.AppendRow(row)
	}
	columns := make([]table.ColumnConfig, 0, len(r.Labels))
	for i := range len(header) - 1 {
		columns = append(columns, table.ColumnConfig{Number: i + 2, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(columns)
	fmt.Fprintln(c.out, t.Render())
}

// newTable returns an empty table in the house style: columns apart, a line below the header, no frame.
func newTable(c *console) table.Writer {
	t := table.NewWriter()
	style := table.StyleLight
	if !c.outTerminal {
		style = table.StyleDefault
	}
	style.Options = table.Options{SeparateHeader: true}
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format.Header = text.FormatDefault
	if c.colour {
		style.Color.Header = text.Colors{text.Bold}
	}
	t.SetStyle(style)
	t.SuppressTrailingSpaces()
	return t
}

// decimal writes a number with that many decimals; what is undefined is a dash.
func decimal(v float64, digits int) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "-"
	}
	return strconv.FormatFloat(v, 'f', digits, 64)
}

// thousands writes a count with separators, as 184,423,682.
func thousands(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) || math.Abs(v) >= 1e18 {
		return "-"
	}
	digits := strconv.FormatInt(int64(math.Round(v)), 10)
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// duration writes seconds as a person reads them: 0.42 s, 17 s, 3 m 20 s, 1 h 5 m.
func duration(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.2f s", seconds)
	case d < time.Minute:
		return fmt.Sprintf("%.0f s", seconds)
	case d < time.Hour:
		return fmt.Sprintf("%d m %d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %d m", int(d.Hours()), int(d.Minutes())%60)
}

// bytesText writes a size in bytes with a unit.
func bytesText(n int64) string {
	for _, unit := range []struct {
		size int64
		name string
	}{{1e9, "GB"}, {1e6, "MB"}, {1e3, "KB"}} {
		if n >= unit.size {
			return fmt.Sprintf("%.1f %s", float64(n)/float64(unit.size), unit.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

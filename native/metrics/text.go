package metrics

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Text is scikit-learn's classification_report with this number of digits, byte for byte.
func (c *Classification) Text(digits int) string {
	width := max(len("weighted avg"), digits)
	support := 0
	for _, class := range c.Classes {
		width = max(width, utf8.RuneCountInString(class.Label))
		support += class.Support
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%*s  %9s %9s %9s %9s\n\n", width, "", "precision", "recall", "f1-score", "support")
	count := strconv.Itoa
	if c.NoneRight {
		count = func(n int) string { return strconv.Itoa(n) + ".0" }
	}
	row := func(label string, s Scores, support int) {
		fmt.Fprintf(&b, "%*s  %9s %9s %9s %9s\n", width, label,
			fixed(s.Precision, digits), fixed(s.Recall, digits), fixed(s.F1, digits), count(support))
	}
	for _, class := range c.Classes {
		row(class.Label, class.Scores, class.Support)
	}
	b.WriteByte('\n')
	if c.MicroIsAccuracy {
		fmt.Fprintf(&b, "%*s  %9s %9s %9s %9s\n", width, "accuracy", "", "", fixed(c.Micro.F1, digits), count(support))
	} else {
		row("micro avg", c.Micro, support)
	}
	row("macro avg", c.Macro, support)
	row("weighted avg", c.Weighted, support)
	return b.String()
}

// fixed writes a value as Python's format(v, ".<digits>f").
func fixed(v Float, digits int) string {
	if isNaN(v) {
		return "nan"
	}
	return strconv.FormatFloat(float64(v), 'f', digits, 64)
}

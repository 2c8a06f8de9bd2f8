package report

import (
	"fmt"
	"strings"

	"github.com/lorica-go/lorica/native/compare"
)

// maxDifferences is how many differing rows page and Markdown have in a folder of files.
const maxDifferences = 200

// Markdown is a comparison as GitHub's Markdown, with at most that many differing rows and without figures.
func Markdown(r *compare.Result, differences int) string { return markdown(r, differences, false) }

func markdown(r *compare.Result, differences int, figures bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n", markdownText(comparisonTitle(r)), markdownText(comparisonLead(r)))
	for _, n := range comparisonNotes(r) {
		fmt.Fprintf(&b, "\n> %s\n", markdownText(n))
	}
	b.WriteString("\n## Result\n\n")
	for _, s := range verdicts(r) {
		fmt.Fprintf(&b, "* %s\n", markdownText(s))
	}
	for _, t := range ComparisonTables(r) {
		fmt.Fprintf(&b, "\n## %s\n\n", markdownText(t.Title))
		t.markdown(&b)
	}
	if figures {
		b.WriteString("\n## Figures\n")
		for _, f := range comparisonFigures(r) {
			fmt.Fprintf(&b, "\n![%s](%s)\n", markdownText(f.draw(alone).title), f.file)
		}
	}
	if n := len(r.Differences); n > 0 && differences > 0 {
		shown := r.Differences[:min(n, differences)]
		fmt.Fprintf(&b, "\n## %s\n\n", differencesTitle(n, len(shown)))
		for i := range shown {
			markdownDifference(&b, r, &shown[i])
		}
	}
	b.WriteString("\n## How it was measured\n\n")
	for _, f := range comparisonFacts(r) {
		fmt.Fprintf(&b, "* %s: %s\n", markdownText(f.Name), markdownText(f.Value))
	}
	return b.String()
}

// differencesTitle heads the rows that candidates give different labels.
func differencesTitle(all, shown int) string {
	if shown < all {
		return fmt.Sprintf("Rows with different answers: %s of %s", count(shown), count(all))
	}
	return "Rows with different answers: " + count(all)
}

func markdownDifference(b *strings.Builder, r *compare.Result, d *compare.Difference) {
	var answers []string
	for i := range d.Answers {
		answers = append(answers, fmt.Sprintf("%s %s: %s", Tick(d.Answers[i].Right), markdownText(r.Outcomes[i].Name), markdownText(AnswerText(&d.Answers[i]))))
	}
	fmt.Fprintf(b, "* %s, **%s**; %s  \n  %s\n", markdownText(placeOf(d)), markdownText(d.Label), strings.Join(answers, ", "), markdownText(clip(printable(d.Text), 200)))
}

// placeOf says where a row stands.
func placeOf(d *compare.Difference) string {
	if d.ID != "" {
		return fmt.Sprintf("line %s, %s", count(d.Line), clip(printable(d.ID), 40))
	}
	return "line " + count(d.Line)
}

// Tick marks an answer as right or wrong.
func Tick(right bool) string {
	if right {
		return "✓"
	}
	return "✗"
}

// markdown writes the table, the best of a row in bold.
func (t *Table) markdown(b *strings.Builder) {
	line := func(cells []string) { fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | ")) }
	var header, rule []string
	for i, h := range t.Header {
		header = append(header, markdownText(h))
		if i < t.Text {
			rule = append(rule, "---")
		} else {
			rule = append(rule, "---:")
		}
	}
	line(header)
	line(rule)
	for _, row := range t.Rows {
		var cells []string
		for _, c := range row {
			text := markdownText(strings.TrimSpace(c.Text))
			if c.Best {
				text = "**" + text + "**"
			}
			cells = append(cells, text)
		}
		line(cells)
	}
}

// markdownText is a text that Markdown shows as it is, on one line, wherever a line's content may begin.
func markdownText(s string) string {
	var b strings.Builder
	s = printable(s)
	begun := false // something other than a digit has come
	for i, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
			continue
		case r == '<':
			b.WriteString("&lt;")
			continue
		case strings.ContainsRune("\\`*_[]|~>", r),
			i == 0 && strings.ContainsRune("#+-=", r),                                     // headings, lists, rules
			i > 0 && !begun && (r == '.' || r == ')') && (i+1 == len(s) || s[i+1] == ' '): // numbered lists
			b.WriteByte('\\')
		}
		begun = begun || r < '0' || r > '9'
		b.WriteRune(r)
	}
	return b.String()
}

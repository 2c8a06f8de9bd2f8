package report

import (
	_ "embed" // the page's template
	"html/template"
	"slices"
	"strings"

	"github.com/lorica-go/lorica/native/compare"
)

//go:embed page/compare.html
var comparisonTemplate string

// maxGroup is how many differing rows of a kind the page has.
const maxGroup = 40

// comparisonData is what the template sees. Strings are untrusted, and the template escapes them; template.HTML and template.CSS
// are what this package has made.
type comparisonData struct {
	Style       template.CSS
	Title, Lead string
	Notes       []string
	Verdicts    []string
	Measures    Table
	Pairs       Table
	Scores      []template.HTML // figures beside the measures
	Labels      Table
	Confusions  Table
	LabelFigure template.HTML
	Matrices    []template.HTML
	Calibration Table
	Reliability []template.HTML
	Cost        Table
	Speed       template.HTML
	Differences string // how many
	Groups      []differenceGroup
	Facts       []fact
	Version     string
}

// differenceGroup are the differing rows that the same candidates have right.
type differenceGroup struct {
	Title string
	Rest  string // how many of them the page does not have, "" for none
	Rows  []differenceRow
	all   int
}

type differenceRow struct {
	Place, Label, Text string
	Answers            []differenceAnswer
}

type differenceAnswer struct {
	Name, Text string
	Right      bool
}

// Tick is the answer's mark, for those who do not see its colour.
func (a differenceAnswer) Tick() string { return Tick(a.Right) }

// Part says that a cell belongs to the row above.
func (c Cell) Part() bool { return strings.HasPrefix(c.Text, "  ") }

// comparisonPage is compare.html.
func comparisonPage(r *compare.Result) (string, error) {
	d := comparisonData{
		Style: template.CSS(pageStyle), Title: comparisonTitle(r), Lead: comparisonLead(r), Notes: comparisonNotes(r), Verdicts: verdicts(r),
		Measures: measureTable(r), Pairs: pairTable(r), Labels: labelTable(r), Confusions: confusionTable(r), Calibration: calibrationTable(r), Cost: costTable(r),
		Facts: comparisonFacts(r), Version: printable(r.Version),
	}
	var figures inliner
	for _, f := range comparisonFigures(r) {
		drawn := figures.inline(f.draw(inPage))
		switch f.file {
		case labelsSVG:
			d.LabelFigure = drawn
		case reliabilitySVG:
			d.Reliability = append(d.Reliability, drawn)
		case speedSVG:
			d.Speed = drawn
		default:
			d.Scores = append(d.Scores, drawn)
		}
	}
	for _, o := range r.Outcomes {
		name := clip(printable(o.Name), 30)
		d.Matrices = append(d.Matrices, template.HTML(confusionDrawing(inPage, name, o.Report.Confusion, o.Report.Labels).inline()))
		if calibrated(o) {
			d.Reliability = append(d.Reliability, figures.inline(calibrationFigure(inPage, name, o.Report.Calibration, len(r.Data.Labels))))
		}
	}
	if figures.err != nil {
		return "", figures.err
	}
	d.Groups = differenceGroups(r)
	d.Differences = count(len(r.Differences))
	return fill(comparisonTemplate, d)
}

// differenceGroups sorts the differing rows by who has them right, the largest group first.
func differenceGroups(r *compare.Result) []differenceGroup {
	at := map[string]int{}
	var groups []differenceGroup
	total := 0
	for i := range r.Differences {
		difference := &r.Differences[i]
		title := rightOnes(r, difference)
		k, ok := at[title]
		if !ok {
			k = len(groups)
			at[title] = k
			groups = append(groups, differenceGroup{Title: title})
		}
		g := &groups[k]
		if g.all++; len(g.Rows) < maxGroup && total < maxDifferences {
			g.Rows = append(g.Rows, newDifferenceRow(r, difference))
			total++
		}
	}
	for i := range groups {
		if g := &groups[i]; g.all > len(g.Rows) {
			g.Rest = count(g.all - len(g.Rows))
		}
		groups[i].Title += ": " + rows(groups[i].all)
	}
	slices.SortStableFunc(groups, func(a, b differenceGroup) int { return b.all - a.all })
	return groups
}

// rightOnes says which candidates have a row right.
func rightOnes(r *compare.Result, d *compare.Difference) string {
	var names []string
	for i, a := range d.Answers {
		if a.Right {
			names = append(names, clip(printable(r.Outcomes[i].Name), 30))
		}
	}
	switch {
	case names == nil:
		return "All wrong, differently"
	case len(names) == 1:
		return "Only " + names[0] + " is right"
	case len(names) > 4:
		names = append(names[:3], "others")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1] + " are right"
}

func newDifferenceRow(r *compare.Result, d *compare.Difference) differenceRow {
	row := differenceRow{Place: placeOf(d), Label: printable(d.Label), Text: clip(paragraphs(d.Text), maxPageText)}
	for i := range d.Answers {
		row.Answers = append(row.Answers, differenceAnswer{clip(printable(r.Outcomes[i].Name), 30), AnswerText(&d.Answers[i]), d.Answers[i].Right})
	}
	return row
}

package report

import (
	_ "embed" // the page's template and style sheet
	"html/template"
	"strings"

	"github.com/lorica-go/lorica/native/metrics"
)

//go:embed page/report.html
var pageTemplate string

//go:embed page/head.html
var pageHead string

//go:embed page/report.css
var pageStyle string

const (
	mistakesOnPage = 25
	maxPageText    = 600 // runes of a mistake's text
	maxConfusions  = 10
)

// pageData is what the template sees. Strings are untrusted, and the template escapes them; template.HTML and template.CSS are
// what this package has made.
type pageData struct {
	Style       template.CSS
	Title, Lead string
	Warnings    []string
	Measures    []measure
	Curves      []template.HTML
	Workings    []template.HTML // learning rate, gradient norm
	Rows        string          // test rows
	Classes     []classRow
	Averages    []classRow
	Matrix      template.HTML
	Confusions  []confusionRow
	Calibration template.HTML
	Epochs      [][]string
	Mistakes    []mistakeRow
	Sure        bool // how sure the model is of its mistakes is known
	Facts       []fact
	Settings    []fact
	Asked       []fact
	Version     string
}

type classRow struct{ Label, Precision, Recall, F1, Support string }

type confusionRow struct{ Label, Predicted, Rows, Share string }

type mistakeRow struct {
	Mistake
	Percent string
}

// page is report.html.
func (r *Run) page(h *history) (string, error) {
	d := pageData{
		Style: template.CSS(pageStyle), Title: printable(r.title()), Lead: r.lead(), Warnings: r.warnings(), Measures: r.measures(),
		Facts: r.facts(), Version: printable(r.Version),
	}
	for _, e := range h.evaluations {
		d.Epochs = append(d.Epochs, epochRow(&e))
	}
	d.Settings, d.Asked = r.Settings.facts(), r.Asked.facts()
	var figures inliner
	inline := figures.inline
	if len(r.History) > 0 {
		d.Curves = []template.HTML{inline(lossFigure(inPage, h)), inline(accuracyFigure(inPage, h, r.baseline()))}
	}
	if len(h.rate) > 0 {
		d.Workings = append(d.Workings, inline(rateFigure(inPage, h)))
	}
	if len(h.gradNorm) > 0 {
		d.Workings = append(d.Workings, inline(normFigure(inPage, h)))
	}
	if m := r.Metrics; m != nil {
		d.Rows = count(m.Rows)
		d.Matrix = template.HTML(confusionDrawing(inPage, confusionTitle, m.Confusion, m.Labels).inline())
		if scored(m) {
			d.Calibration = inline(calibrationFigure(inPage, calibrationTitle, m.Calibration, len(m.Labels)))
		}
		r.classRows(&d)
	}
	for _, m := range r.Mistakes[:min(len(r.Mistakes), mistakesOnPage)] {
		m.Text, m.Place = clip(paragraphs(m.Text), maxPageText), printable(m.Place)
		m.Label, m.Predicted = printable(m.Label), printable(m.Predicted)
		row := mistakeRow{Mistake: m}
		if r.sure() {
			d.Sure, row.Percent = true, percentText(m.Score)
		}
		d.Mistakes = append(d.Mistakes, row)
	}
	if figures.err != nil {
		return "", figures.err
	}
	return fill(pageTemplate, d)
}

// inliner renders the figures of a page and keeps an error of theirs.
type inliner struct{ err error }

func (i *inliner) inline(f *figure) template.HTML {
	drawn, err := f.drawing()
	if err != nil {
		i.err = err
	}
	return template.HTML(drawn.inline())
}

// fill fills a page's template, whose head is that of all pages.
func fill(text string, data any) (string, error) {
	t, err := template.New("").Parse(pageHead)
	if err == nil {
		t, err = t.New("page").Parse(text)
	}
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if err := t.Execute(&b, data); err != nil {
		return "", err
	}
	return b.String(), nil
}

// lead is the line below the title.
func (r *Run) lead() string {
	var parts []string
	if r.Model != "" {
		parts = append(parts, printable(r.Model))
	}
	if r.Method != "" {
		parts = append(parts, printable(r.Method))
	}
	if !r.Finished.IsZero() {
		parts = append(parts, r.Finished.Format("2 January 2006"))
	}
	return strings.Join(parts, " · ")
}

// classRows fills in the table by label, its averages and, of more than two labels, the most frequent confusions.
func (r *Run) classRows(d *pageData) {
	m := r.Metrics
	for _, c := range m.Classes {
		d.Classes = append(d.Classes, classRow{printable(c.Label), fixed(c.Precision), fixed(c.Recall), fixed(c.F1), count(c.Support)})
	}
	average := func(name string, s metrics.Scores) {
		d.Averages = append(d.Averages, classRow{name, fixed(s.Precision), fixed(s.Recall), fixed(s.F1), count(m.Rows)})
	}
	average("macro average", m.Macro)
	average("weighted average", m.Weighted)
	if len(m.Labels) < 3 {
		return
	}
	for _, c := range topConfusions(m.Confusion, maxConfusions) {
		of := share(float64(c.rows) / float64(total(m.Confusion[c.truth])))
		d.Confusions = append(d.Confusions, confusionRow{printable(m.Labels[c.truth]), printable(m.Labels[c.predicted]), count(c.rows), of})
	}
}

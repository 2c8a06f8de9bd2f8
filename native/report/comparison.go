package report

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/native/compare"
	"github.com/lorica-go/lorica/native/metrics"
)

// The files that WriteComparison makes beside the figures.
const (
	ComparisonPage     = "compare.html"
	ComparisonMarkdown = "compare.md"
	ComparisonJSON     = "compare.json"
)

// WriteComparison makes all files of a comparison: the page, the same as Markdown with its figures as SVG files, and all of it as
// JSON. They are drawn before the first is written; an error of to is returned as it is. The names of the files are returned,
// what a person opens first.
func WriteComparison(to encoder.Sink, r *compare.Result) ([]string, error) {
	document, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	page, err := comparisonPage(r)
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	var drawings []file
	for _, f := range comparisonFigures(r) {
		d, err := f.draw(alone).drawing()
		if err != nil {
			return nil, fmt.Errorf("report: %w", err)
		}
		drawings = append(drawings, textFile(f.file, d.file()))
	}
	files := []file{textFile(ComparisonPage, page), textFile(ComparisonMarkdown, markdown(r, maxDifferences, true)), textFile(ComparisonJSON, string(document)+"\n")}
	var names []string
	for _, f := range append(files, drawings...) {
		if err := to.Write(f.name, f.fill); err != nil {
			return nil, err
		}
		names = append(names, f.name)
	}
	return names, nil
}

// comparisonTitle is the heading of page and Markdown.
func comparisonTitle(r *compare.Result) string {
	return "Comparison on " + printable(filepath.Base(r.Data.File))
}

// ComparisonWords say in printable sentences what the rows are, what to know before believing the figures, and what they mean.
func ComparisonWords(r *compare.Result) (lead string, notes, results []string) {
	return comparisonLead(r), comparisonNotes(r), verdicts(r)
}

// comparisonLead says what the rows are.
func comparisonLead(r *compare.Result) string {
	parts := []string{}
	for _, k := range mostFrequent(r.Data.Counts, 6) {
		parts = append(parts, fmt.Sprintf("%s %s", count(r.Data.Counts[k]), clip(printable(r.Data.Labels[k]), maxLabelText)))
	}
	if len(parts) < len(r.Data.Labels) {
		parts = append(parts, "others")
	}
	return rows(r.Data.Rows) + ": " + strings.Join(parts, ", ")
}

// comparisonNotes are what a reader must know before believing the figures.
func comparisonNotes(r *compare.Result) []string {
	var notes []string
	for _, n := range r.Notes {
		notes = append(notes, printable(n))
	}
	if n := r.Data.Dropped; n > 0 {
		notes = append(notes, fmt.Sprintf("%s without a prediction of every candidate are left out.", rows(n)))
	}
	for _, o := range r.Outcomes {
		if o.Missing > 0 {
			notes = append(notes, fmt.Sprintf("%s has no prediction for %s, which count as wrong.", printable(o.Name), rows(o.Missing)))
		}
	}
	return notes
}

// maxSentences bounds how many pairs are spelled out.
const maxSentences = 10

// verdicts say what the pairs' figures mean.
func verdicts(r *compare.Result) []string {
	var all []string
	for i := range r.Pairs {
		p := &r.Pairs[i]
		if len(r.Pairs) <= maxSentences || p.Better() != "" && len(all) < maxSentences {
			all = append(all, printable(p.Sentence()))
		}
	}
	if len(r.Pairs) > maxSentences {
		better := 0
		for i := range r.Pairs {
			if r.Pairs[i].Better() != "" {
				better++
			}
		}
		all = append(all, fmt.Sprintf("Of %d pairs, %d differ by more than chance explains.", len(r.Pairs), better))
	}
	return all
}

// comparisonFacts say how it was measured.
func comparisonFacts(r *compare.Result) []fact {
	data := fmt.Sprintf("%s, %s", r.Data.File, rows(r.Data.Rows))
	if r.Data.RowList != "" {
		data += " of the list " + r.Data.RowList
	}
	if r.Data.Skipped > 0 {
		data += fmt.Sprintf(", %s skipped as bad", count(r.Data.Skipped))
	}
	if len(r.Data.Digest) >= 12 {
		data += ", SHA-256 " + r.Data.Digest[:12] + "…"
	}
	all := []fact{{"Data", printable(data)}}
	device := ""
	for _, o := range r.Outcomes {
		path := o.Path
		if o.Adapter != "" {
			path += " with the adapter " + o.Adapter
		}
		all = append(all, fact{printable(o.Name), printable(path)})
		if s := o.Speed; s != nil && device == "" {
			device = fmt.Sprintf("%s, threads: %d; the models took turns, block by block; tokenizing counts", s.Device, s.Threads)
		}
	}
	if device != "" {
		all = append(all, fact{"Speed", printable(device)})
	}
	all = append(all,
		fact{"Intervals", fmt.Sprintf("paired bootstrap, 2.5th to 97.5th percentile of %s resamples, seed %s", count(r.Resamples), strconv.FormatUint(r.Seed, 10))},
		fact{"Test", "McNemar's exact test of the rows that just one of two has right, two-sided" + holmNote(r)},
		fact{"Calibration", "ten bins of the probability of the answer; the best temperature is fitted to these very rows, so that the errors with it flatter a little"},
	)
	if r.Version != "" {
		all = append(all, fact{"Made by", printable("lorica " + r.Version)})
	}
	return all
}

func holmNote(r *compare.Result) string {
	if len(r.Pairs) < 2 {
		return ""
	}
	return fmt.Sprintf("; p-values of the %d pairs are adjusted after Holm", len(r.Pairs))
}

// AnswerText is what a candidate says of a row: the label with its score, where that is known.
func AnswerText(a *compare.Answer) string {
	if a.Label == "" {
		return "no answer"
	}
	text := clip(printable(a.Label), maxLabelText)
	if finite(float64(a.Score)) {
		text += " " + scoreText(a.Score)
	}
	return text
}

// scoreText is a probability with one decimal.
func scoreText(v metrics.Float) string { return fmt.Sprintf("%.1f%%", 100*float64(v)) }

package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/lorica-go/lorica/native/prompt"
)

// promptProgress shows a run: the facts when it begins, then a bar on a terminal or a line now and then.
type promptProgress struct {
	c           *console
	bar         *progress
	rows, texts int
}

func (p *promptProgress) start(f prompt.Facts) {
	p.rows = f.Rows
	defer func() { p.bar = p.c.startProgress("asking", f.Rows) }()
	if p.c.quiet {
		return
	}
	w := p.c.err
	fmt.Fprintf(w, "asking about %s rows", thousands(float64(f.Rows)))
	if f.HeldOut > f.Rows {
		fmt.Fprintf(w, ", the first of %s", thousands(float64(f.HeldOut)))
	}
	if n := len(f.Examples); n > 0 {
		fmt.Fprintf(w, ", with %d examples from %s training rows", n, thousands(float64(f.Train)))
	}
	if f.Cut > 0 {
		fmt.Fprintf(w, "; %d texts are cut", f.Cut)
	}
	if f.Skipped > 0 {
		fmt.Fprintf(w, "; %d bad rows skipped", f.Skipped)
	}
	if f.Known > 0 {
		fmt.Fprintf(w, "; %s answers are there already", thousands(float64(f.Known)))
	}
	fmt.Fprintln(w)
	if !slices.ContainsFunc(f.Labels, func(name string) bool { return strings.Trim(name, "0123456789") != "" }) {
		fmt.Fprintf(w, "the labels are %s, which tell a model nothing; --labels gives them names\n", strings.Join(f.Labels, ", "))
	}
}

func (p *promptProgress) step(s prompt.Progress) {
	p.texts = s.Texts
	detail := fmt.Sprintf("%d requests  median %s", s.Requests, duration(s.Latency.Median))
	if s.Cost != nil {
		detail += "  cost " + money(*s.Cost)
	}
	p.bar.set(s.Texts, detail)
}

func (p *promptProgress) stop() {
	if p.bar != nil {
		p.bar.stop()
	}
}

// promptResult is what prompt --json prints.
type promptResult struct {
	Endpoint string `json:"endpoint"`
	LLM      string `json:"llm"`
	Data     string `json:"data"`
	Out      string `json:"out"`
	*prompt.Result
	Files []string `json:"files"`
}

func newPromptResult(config *prompt.Config, r *prompt.Result) promptResult {
	endpoint, _, _ := strings.Cut(config.Endpoint, "?")
	data := config.Data
	if config.EvalData != "" {
		data = config.EvalData
	}
	return promptResult{Endpoint: endpoint, LLM: config.LLM, Data: data, Out: config.Out, Result: r, Files: promptFiles(config)}
}

// promptFiles lists what a run has left, what a person opens first.
func promptFiles(config *prompt.Config) []string {
	answers := config.Answers
	if answers == "" {
		answers = filepath.Join(config.Out, prompt.AnswersFile)
	}
	files := []string{}
	for _, name := range []string{"report.html", "report.txt", "report.json", prompt.PredictionsFile, prompt.RowsFile, prompt.SettingsFile, prompt.RequestFile} {
		files = append(files, filepath.Join(config.Out, name))
	}
	return append(files, answers)
}

// printPrompted prints what a run has led to.
func printPrompted(c *console, config *prompt.Config, r *prompt.Result) {
	printReport(c, r.Report)
	printUnanswered(c, r.Unanswered)
	fmt.Fprintln(c.out)
	t := &r.Tally
	name := config.LLM
	if len(r.Models) > 0 {
		name += " (" + strings.Join(r.Models, ", ") + ")"
	}
	requests := thousands(float64(t.Requests))
	var notes []string
	for _, n := range []struct {
		count int
		what  string
	}{{t.Reused, "answered before"}, {t.Unusable, "without use"}, {t.Retries, "sent again"}} {
		if n.count > 0 {
			notes = append(notes, fmt.Sprintf("%s %s", thousands(float64(n.count)), n.what))
		}
	}
	if notes != nil {
		requests += " (" + strings.Join(notes, ", ") + ")"
	}
	tokens := fmt.Sprintf("%s sent, %s answered", thousands(float64(t.Prompt)), thousands(float64(t.Completion)))
	if t.Cached > 0 {
		tokens = fmt.Sprintf("%s sent, %s of them cached, %s answered", thousands(float64(t.Prompt)), thousands(float64(t.Cached)), thousands(float64(t.Completion)))
	}
	if t.WithoutUsage > 0 {
		tokens += fmt.Sprintf("; for %s requests the server named none", thousands(float64(t.WithoutUsage)))
	}
	lines := [][2]string{{"model", printable(name)}, {"requests", requests}, {"tokens", tokens}}
	if t.Cost != nil {
		cost := money(*t.Cost)
		if t.WithoutUsage > 0 {
			cost = "at least " + cost
		}
		lines = append(lines, [2]string{"cost", cost})
	}
	lines = append(lines,
		[2]string{"latency", fmt.Sprintf("median %s, 95%% within %s, at most %s", duration(t.Latency.Median), duration(t.Latency.P95), duration(t.Latency.Max))},
		[2]string{"time", duration(r.Seconds)})
	for i, file := range promptFiles(config) {
		title := ""
		if i == 0 {
			title = "files"
		}
		lines = append(lines, [2]string{title, file})
	}
	for _, line := range lines {
		fmt.Fprintf(c.out, "%-8s  %s\n", line[0], line[1])
	}
}

// printUnanswered lists rows without an answer, as far as they are few.
func printUnanswered(c *console, rows []prompt.Unanswered) {
	const most = 10
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(c.out, "\nno answer that can be used, which counts as wrong: %s of the rows\n", thousands(float64(len(rows))))
	for _, u := range rows[:min(len(rows), most)] {
		fmt.Fprintf(c.out, "  %s:%d  %s\n", u.File, u.Line, printable(u.Reason))
	}
	if more := len(rows) - most; more > 0 {
		fmt.Fprintf(c.out, "  and %d more, in %s\n", more, prompt.PredictionsFile)
	}
}

// money writes a sum of money: cents and, of small sums, as many digits as tell something.
func money(v float64) string {
	if v >= 1 || v == 0 {
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return strconv.FormatFloat(v, 'f', 4, 64)
}

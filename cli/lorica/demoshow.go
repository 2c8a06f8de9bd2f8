package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/lorica-go/lorica/native/demo"
	"github.com/lorica-go/lorica/native/finetune"
)

// demoShow tells what the demo does while it does it.
type demoShow struct {
	c        *console
	bar      *trainProgress
	data     string
	training *finetune.Config
	step     int
}

// say prints a paragraph, unless only the results are wanted, and sees that it stands before the progress that follows.
func (s *demoShow) say(format string, args ...any) {
	if s.c.json || s.c.quiet {
		return
	}
	fmt.Fprintln(s.c.out, fmt.Sprintf(format, args...))
	_ = s.c.flush() // tried again at the end, where an error counts
}

// headline begins a stage.
func (s *demoShow) headline(title string) {
	s.step++
	s.say("\n%s", s.c.style(bold, fmt.Sprintf("%d. %s", s.step, title)))
}

func (s *demoShow) begin() {
	s.say("Fine-tune a classifier, measure it, merge it and use it: on this machine alone, with what is inside this program.")
}

// tell tells about a stage that is over, and what comes next.
func (s *demoShow) tell(stage demo.Stage, r *demo.Result) {
	switch stage {
	case demo.Opened:
		m := r.Model
		s.headline("The model and the data")
		s.say("default, the built-in model: %s, %d layers, %s parameters, %s; labels %s",
			m.Type, m.Layers, thousands(float64(m.Parameters.Total)), bytesText(m.Bytes), strings.Join(m.Labels, " and "))
		s.say("%s: %d game reviews to train on and %d that are held out", printable(s.data), r.TrainRows, r.EvalRows)
	case demo.Measured:
		b := r.Before
		s.headline("The model as it is")
		s.say("held out: accuracy %s, macro F1 %s", decimal(float64(b.Accuracy), 4), decimal(float64(b.Macro.F1), 4))
		s.headline("Training")
		l := &s.training.LoRA
		s.say("LoRA of rank %d on %s, %s: lorica train --recipe %s", l.Rank, strings.Join(l.Targets, ", "), epochsText(s.training.Train.Epochs), demoRecipe)
	case demo.Trained:
		s.bar.stop()
		s.trained(r)
	case demo.Used:
		s.used(r)
	}
}

func epochsText(n int) string {
	if n == 1 {
		return "one epoch"
	}
	return fmt.Sprintf("%d epochs", n)
}

func (s *demoShow) trained(r *demo.Result) {
	if s.c.json {
		return
	}
	s.headline("What it has learnt")
	after, before := r.Training.Report, r.Before
	printReport(s.c, after)
	fmt.Fprintf(s.c.out, "\nheld out: accuracy %s before, %s after; macro F1 %s before, %s after\n",
		decimal(float64(before.Accuracy), 4), s.c.style(bold, decimal(float64(after.Accuracy), 4)), decimal(float64(before.Macro.F1), 4), decimal(float64(after.Macro.F1), 4))
	s.headline("The merge")
	fmt.Fprintln(s.c.out, proofLine(r.Training.Export))
	fmt.Fprintf(s.c.out, "wrote     %s (%s)\n", printable(r.Training.Export.Path), bytesText(r.Training.Export.Bytes))
	_ = s.c.flush()
}

// used shows the sentences, with the answers of the merged bundle as it was read from disk.
func (s *demoShow) used(r *demo.Result) {
	if s.c.json {
		return
	}
	s.headline("Four sentences that nothing was trained on")
	s.say("before: the built-in model; after: %s, opened from disk", printable(r.Training.Export.Path))
	t := newTable(s.c)
	header := table.Row{"true", "before", "", "after", "", "text"}
	t.AppendHeader(header)
	t.SetColumnConfigs([]table.ColumnConfig{{Number: len(header), WidthMax: max(min(s.c.width, 120)-52, 24), WidthMaxEnforcer: text.WrapSoft}})
	for _, row := range r.Sentences {
		t.AppendRow(table.Row{
			row.Label, s.verdict(row.Before, row.Label), decimal(row.Before.Score, 3), s.verdict(row.After, row.Label), decimal(row.After.Score, 3),
			printable(row.Text),
		})
	}
	fmt.Fprintln(s.c.out, t.Render())
}

// verdict is an answer's label, green if it is right and red if not.
func (s *demoShow) verdict(a demo.Answer, want string) string {
	style := red
	if a.Label == want {
		style = green
	}
	return s.c.style(style, a.Label)
}

// end says where everything is and what to do with it.
func (s *demoShow) end(r *demo.Result, next []string) {
	fmt.Fprintln(s.c.out)
	in := func(name string) string { return printable(filepath.Join(r.Out, name)) }
	wide := len(in(finetune.BundleFile))
	for i, f := range []struct{ name, what string }{
		{finetune.BundleFile, "the merged bundle: one file for every command"},
		{finetune.AdapterDir, "the adapter, as PEFT reads it"},
		{"report.html", "what was learnt, with curves and mistakes"},
		{finetune.InvocationFile, "the settings, for lorica train --config"},
		{demo.ReviewsFile, "the reviews"},
		{demo.RowsFile, "which of them are held out"},
		{demo.CustomFile, "the four sentences"},
	} {
		title := "files"
		if i > 0 {
			title = ""
		}
		fmt.Fprintf(s.c.out, "%-8s  %-*s  %s\n", title, wide, in(f.name), f.what)
	}
	fmt.Fprintf(s.c.out, "time      %s, of which %s training\n", duration(r.Seconds), duration(r.Training.Seconds))
	fmt.Fprintln(s.c.out, "\nTry next:")
	for _, line := range next {
		fmt.Fprintln(s.c.out, "  "+line)
	}
}

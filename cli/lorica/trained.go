package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/lorica-go/lorica/native/finetune"
	"github.com/lorica-go/lorica/native/train"
)

// trainResult is what train --json prints.
type trainResult struct {
	Out string `json:"out"`
	*finetune.Result
	Epochs []train.Entry `json:"epochs"`
	Files  []string      `json:"files"`
}

func newTrainResult(config *finetune.Config, r *finetune.Result) trainResult {
	return trainResult{Out: config.Out, Result: r, Epochs: epochs(r.History), Files: filesOf(config.Out)}
}

// epochs picks the entries of the ends of epochs.
func epochs(history []train.Entry) []train.Entry {
	list := []train.Entry{}
	for _, e := range history {
		if e.TrainLoss != nil {
			list = append(list, e)
		}
	}
	return list
}

// filesOf lists what stands in a run's folder, what a person opens first.
func filesOf(dir string) []string {
	files := []string{}
	for _, name := range []string{
		"model.safetensors", "model", "adapter", "report.html", "report.txt", "report.json", "log.jsonl", "config.yaml", "settings.json", "loss.svg", "accuracy.svg", "confusion.svg", "calibration.svg",
	} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			files = append(files, filepath.Join(dir, name))
		}
	}
	return files
}

// printTrained prints what a run has led to.
func printTrained(c *console, config *finetune.Config, r *finetune.Result) {
	fmt.Fprintln(c.out)
	printEpochs(c, r)
	if r.Report != nil {
		fmt.Fprintln(c.out)
		printReport(c, r.Report)
	}
	if l := r.Leaks; l != nil {
		fmt.Fprintf(c.out, "\n%s\n", leaksLine(l, r.Dropped))
	}
	fmt.Fprintln(c.out)
	if r.Export != nil {
		fmt.Fprintln(c.out, proofLine(r.Export))
	}
	for i, file := range filesOf(config.Out) {
		name := "files"
		if i > 0 {
			name = ""
		}
		fmt.Fprintf(c.out, "%-8s  %s\n", name, file)
	}
	fmt.Fprintf(c.out, "time      %s\n", duration(r.Seconds))
	if r.Export == nil {
		return
	}
	model := shellQuote(r.Export.Path)
	fmt.Fprintf(c.out, "\nTry next:\n  lorica classify --model %s --text \"...\"\n  lorica eval --model %s --data FILE\n  lorica verify %s\n", model, model, model)
}

// printEpochs prints the table of the epochs, as Trainer's notebook progress does.
func printEpochs(c *console, r *finetune.Result) {
	t := newTable(c)
	header := table.Row{"epoch", "training loss"}
	if r.Report != nil {
		header = append(header, "validation loss", "accuracy", "F1")
	}
	t.AppendHeader(header)
	for _, e := range epochs(r.History) {
		row := table.Row{strconv.FormatFloat(e.Epoch, 'g', 3, 64), optional(e.TrainLoss)}
		if r.Report != nil {
			row = append(row, optional(e.EvalLoss), optional(e.EvalAccuracy), optional(e.EvalMacroF1))
		}
		t.AppendRow(row)
	}
	alignRight(t, len(header))
	fmt.Fprintln(c.out, t.Render())
}

// alignRight puts the values of all columns to the right.
func alignRight(t table.Writer, columns int) {
	var configs []table.ColumnConfig
	for i := range columns {
		configs = append(configs, table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(configs)
}

func optional(v *float64) string {
	if v == nil {
		return "-"
	}
	return decimal(*v, 4)
}

// leaksLine sums up the texts that stand in both halves.
func leaksLine(l *finetune.LeakFacts, dropped int) string {
	if l.ExactEvalRows+l.NearEvalRows == 0 {
		return "leaks     none: no evaluation text stands among the training texts"
	}
	line := fmt.Sprintf("leaks     %d evaluation texts stand among the training texts as well, %d more nearly do (similarity from %g)",
		l.ExactEvalRows, l.NearEvalRows, l.Threshold)
	if l.Conflicts > 0 {
		line += fmt.Sprintf(", %d with another label", l.Conflicts)
	}
	if dropped > 0 {
		return line + fmt.Sprintf("; %d training rows were left out", dropped)
	}
	return line + "; --drop-leaks leaves them out of the training"
}

// shellQuote makes one word of a path for a shell.
func shellQuote(path string) string {
	if path != "" && strings.Trim(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,@%+") == "" {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"github.com/lorica-go/lorica/internal/atomicfile"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/report"
	"github.com/lorica-go/lorica/native/train"
)

// curves shows the log of a training run.
type curves struct{ log, loss string }

func (c *curves) define(flags *flag.FlagSet) {
	flags.StringVar(&c.log, "log", "", "the log.jsonl of a run: a `file`")
	flags.StringVar(&c.loss, "loss", "", "draw the loss into this SVG `file`")
}

func (c *curves) run(out io.Writer) error {
	if c.log == "" {
		return usageError{"-log is needed"}
	}
	entries, err := readLog(c.log)
	if err != nil {
		return err
	}
	if c.loss != "" {
		if err := report.Write(onlyLoss(c.loss), report.Run{History: entries}); err != nil {
			return err
		}
	}
	return printEvaluations(out, entries)
}

// onlyLoss is the path for one file of a report, the curve of the loss; it leaves out the others.
type onlyLoss string

// Write implements encoder.Sink.
func (path onlyLoss) Write(name string, fill func(w io.Writer) error) error {
	if name != report.LossSVG {
		return nil
	}
	return atomicfile.Write(string(path), fill)
}

// maxLine bounds a line of a log.
const maxLine = 1 << 20

func readLog(path string) (entries []train.Entry, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, badinput.Errorf("%w", err)
	}
	defer func() { _ = file.Close() }() // only read
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, maxLine)
	for number := 1; lines.Scan(); number++ {
		var e train.Entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, badinput.Errorf("%s:%d: %w", path, number, err)
		}
		entries = append(entries, e)
	}
	if err := lines.Err(); err != nil {
		return nil, badinput.Errorf("%s: %w", path, err)
	}
	if len(entries) == 0 {
		return nil, badinput.Errorf("%s: no entries", path)
	}
	return entries, nil
}

// printEvaluations prints what was measured during the run, as far as its kind has it.
func printEvaluations(out io.Writer, entries []train.Entry) error {
	columns := []struct {
		name   string
		value  func(e *train.Entry) *float64
		format string
		factor float64
	}{
		{"training loss", func(e *train.Entry) *float64 { return e.TrainLoss }, "%.3f", 1},
		{"held-out loss", func(e *train.Entry) *float64 { return e.EvalLoss }, "%.3f", 1},
		{"accuracy", func(e *train.Entry) *float64 { return e.EvalAccuracy }, "%.1f%%", 100},
		{"macro F1", func(e *train.Entry) *float64 { return e.EvalMacroF1 }, "%.1f%%", 100},
		{"perplexity", func(e *train.Entry) *float64 { return e.EvalPerplexity }, "%.1f", 1},
	}
	b, rule := new(strings.Builder), "| --: | --: |"
	b.WriteString("| epoch | step |")
	shown := make([]bool, len(columns))
	for i, column := range columns {
		for at := range entries {
			shown[i] = shown[i] || column.value(&entries[at]) != nil
		}
		if shown[i] {
			fmt.Fprintf(b, " %s |", column.name)
			rule += " --: |"
		}
	}
	b.WriteString("\n" + rule + "\n")
	for at := range entries {
		e := &entries[at]
		if e.TrainLoss == nil && e.EvalLoss == nil {
			continue
		}
		fmt.Fprintf(b, "| %v | %s |", math.Round(100*e.Epoch)/100, thousands(e.Step))
		for i, column := range columns {
			if !shown[i] {
				continue
			}
			cell := ""
			if v := column.value(e); v != nil {
				cell = fmt.Sprintf(column.format, *v*column.factor)
			}
			fmt.Fprintf(b, " %s |", cell)
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(out, b.String())
	return err
}

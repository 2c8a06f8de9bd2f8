package main

import (
	"context"
	"fmt"
	"os"

	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/native/classify"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/stream"
)

func classifyCommand() *command {
	return &command{
		name: "classify", args: "[FILE]",
		summary: "label texts: a score for every class",
		about: `
Labels the texts of --text, of a file or of standard input (-), and prints one JSON object a text, in input order:

  {"label","score","scores":{name: probability},"logits":[...],"tokens":n,"truncated":bool}

On a terminal it prints a table instead. Answers come while the input is read, so files of any size and pipes that stay
open are fine.

FILE is .jsonl, .json, .csv or .tsv with a text column, or .txt with one text a line (an empty line is an empty text); each
also as .gz. Standard input is read as JSON lines if it begins with an object or an array of them, else as one text a line;
--format settles it otherwise. Rows with "input_ids" (and "token_type_ids") are classified as they are, without a tokenizer.`,
		examples: []example{
			{"two reviews, by the built-in model", `lorica classify --text "a gem" --text "refunded it"`},
			{"a file of reviews, the labels alone", `lorica classify --model run/model.safetensors reviews.jsonl | jq -r .label`},
			{"a base model with its adapter, lines from a pipe", `tail -f chat.log | lorica classify --model minilm --adapter run/adapter -`},
		},
		define: func(f *flags) action {
			var model modelFlags
			var rows dataFlags
			var texts []string
			var device string
			set := f.group("Model")
			model.define(set)
			model.defineLength(set)
			set.StringVar(&device, "device", "cpu", "compute on this `DEVICE`; there is: cpu")
			set = f.group("Input")
			set.StringArrayVarP(&texts, "text", "t", nil, "classify this `TEXT`; may be given again")
			rows.define(set, false, "auto, jsonl, json, csv, tsv or txt")
			return func(ctx context.Context, c *console, args []string) error {
				if err := model.check(); err != nil {
					return err
				}
				if device != "cpu" {
					return usagef("--device %q: there is: cpu", device)
				}
				source, file, closing, err := openTexts(ctx, c, &rows, texts, args)
				if err != nil {
					return err
				}
				defer closing()
				classifier, err := model.open(ctx, c, isLong(file))
				if err != nil {
					return err
				}
				defer classifier.Close()
				return runClassify(ctx, c, classifier, source, classify.Options{File: file, SkipBad: rows.skipBad, Logger: c.logger})
			}
		},
	}
}

// isLong reports whether a file holds more than a few seconds' work. The first answers of a short one, or of a stream, count
// for more than the speed of the later ones.
func isLong(file string) bool {
	const size = 64 << 10
	info, err := os.Stat(file)
	return err == nil && info.Size() > size
}

// openTexts returns the texts of --text, or the rows of the file in args, with the name for messages.
func openTexts(ctx context.Context, c *console, rows *dataFlags, texts, args []string) (source stream.Source, file string, closing func(), err error) {
	options, err := rows.options(ctx, c)
	if err != nil {
		return nil, "", nil, err
	}
	options.PlainText, options.AllowEmpty = true, true
	switch {
	case len(args) > 1:
		return nil, "", nil, usagef("unexpected argument %q: one file at a time", args[1])
	case len(args) == 1 && len(texts) > 0:
		return nil, "", nil, usagef("both --text and a file")
	case len(texts) > 0:
		return stream.Texts(texts), "", func() {}, nil
	case len(args) == 0:
		return nil, "", nil, usagef("nothing to read: give --text, a file, or - for standard input")
	}
	r, err := data.Open(args[0], options)
	if err != nil {
		return nil, "", nil, err
	}
	return r, r.Name(), func() { r.Close() }, nil
}

// runClassify prints answers as they come.
func runClassify(ctx context.Context, c *console, classifier *native.Classifier, source stream.Source, o classify.Options) error {
	table := newAnswerTable(c, classifier.Labels())
	result, err := classify.Run(ctx, classifier.Classifier, source, o, func(answers []classify.Answer) error {
		for i := range answers {
			if c.pretty() {
				table.print(&answers[i])
				continue
			}
			if err := c.print(newAnswer(&answers[i], classifier.Labels())); err != nil {
				return err
			}
		}
		return c.flush()
	})
	skipped(c.logger, o.File, result.Skipped)
	if err == nil && result.Truncated > 0 && !c.quiet {
		fmt.Fprintf(c.err, "%d of %d texts were too long and were cut (--max-length)\n", result.Truncated, result.Rows)
	}
	return err
}

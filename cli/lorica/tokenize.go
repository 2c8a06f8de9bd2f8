package main

import (
	"context"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/builtin"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/hub"
	"github.com/lorica-go/lorica/native/stream"
	"github.com/lorica-go/lorica/native/tokenize"
)

func tokenizeCommand() *command {
	return &command{
		name: "tokenize", args: "[FILE]",
		summary: "show the tokens of texts",
		about: `
Prints what the model's tokenizer makes of each text, as Hugging Face's tokenizers would, one JSON object a text:

  {"ids":[...],"tokens":[...],"offsets":[[start,end],...]}

Offsets count bytes of the text, or with --offsets runes its code points, as Python does; special tokens have [0,0]. For pairs
there is "type_ids", for texts that --max-length cuts "truncated". On a terminal it prints tables instead. Files are read as
classify reads them. --model may also be a tokenizer.json, or a folder without weights.

Hugging Face has two tokenizers for most models, and they differ in a few texts. lorica does as the fast one. --slow shows what the
Python one gives (use_fast=False), for a folder with its SentencePiece model or vocabulary files.`,
		examples: []example{
			{"one text", `lorica tokenize --model roberta-base --text "naïve café"`},
			{"a pair, as the model sees it", `lorica tokenize --model bert-base --text "Is it fun?" --pair "Very much." --json`},
			{"where the Python tokenizer differs", `diff <(lorica tokenize -m deberta-v3-base a.txt) <(lorica tokenize -m deberta-v3-base --slow a.txt)`},
			{"how many tokens the reviews of a file have", `lorica tokenize --model roberta-base reviews.jsonl | jq '.ids | length'`},
		},
		define: func(f *flags) action {
			var v tokenizeFlags
			set := f.group("Tokenizer")
			set.StringVarP(&v.model, "model", "m", builtin.Name, "the model's folder, a bundle, or a tokenizer.json: a `PATH`, org/name[@revision] of the hub"+orBuiltin)
			v.pull.define(set)
			set.BoolVar(&v.noSpecial, "no-special-tokens", false, "leave out tokens such as [CLS] and </s>")
			set.BoolVar(&v.slow, "slow", false, "do as Hugging Face's slow tokenizer, not the fast one")
			set.IntVar(&v.maxLength, "max-length", 0, "cut after `N` tokens (0: nowhere)")
			set.StringVar(&v.offsets, "offsets", "bytes", "count offsets in bytes or runes: `UNIT`")
			set = f.group("Input")
			set.StringArrayVarP(&v.texts, "text", "t", nil, "tokenize this `TEXT`; may be given again")
			set.StringArrayVar(&v.pairs, "pair", nil, "the second `TEXT` of a pair, one for each --text")
			v.rows.define(set, false, "auto, jsonl, json, csv, tsv or txt")
			return v.run
		},
	}
}

type tokenizeFlags struct {
	model, offsets string
	noSpecial      bool
	slow           bool
	maxLength      int
	texts, pairs   []string
	rows           dataFlags
	pull           pullFlag
}

func (v *tokenizeFlags) check() error {
	switch {
	case v.model == "":
		return usagef("--model names nothing")
	case v.offsets != "bytes" && v.offsets != "runes":
		return usagef("--offsets %q: want bytes or runes", v.offsets)
	case v.maxLength < 0:
		return usagef("--max-length %d: want at least 1", v.maxLength)
	case v.pairs != nil && len(v.pairs) != len(v.texts):
		return usagef("%d of --pair for %d of --text", len(v.pairs), len(v.texts))
	}
	return nil
}

// groupRows is how many rows are tokenized before they are shown, unless the input pauses.
const groupRows = 256

func (v *tokenizeFlags) run(ctx context.Context, c *console, args []string) error {
	if err := v.check(); err != nil {
		return err
	}
	source, file, closing, err := openTexts(ctx, c, &v.rows, v.texts, args)
	if err != nil {
		return err
	}
	defer closing()
	if err := v.pull.fetch(ctx, c, v.model, hub.TokenizerOnly); err != nil {
		return err
	}
	open := tokenize.Open
	if v.slow {
		open = tokenize.OpenSlow
	}
	tokenizer, err := open(v.model)
	if err != nil {
		return err
	}
	options := tokenize.Options{NoSpecialTokens: v.noSpecial, MaxTokens: v.maxLength, Runes: v.offsets == "runes"}
	done := 0
	for group, err := range stream.Groups(ctx, source, groupRows) {
		if err != nil {
			return err
		}
		for _, row := range group {
			var second *string
			if v.pairs != nil {
				second = &v.pairs[done]
			}
			if row.InputIDs != nil && row.Text == "" {
				return badinput.Errorf("%w", &data.RowError{File: file, Line: row.Line, Err: fmt.Errorf("a row of token ids has no text to tokenize")})
			}
			tokens, err := tokenize.Encode(tokenizer, row.Text, second, options)
			if err != nil {
				return err
			}
			if c.pretty() {
				printTokens(c, row.Text, second, tokens, options.Runes)
			} else if err := c.print(tokens); err != nil {
				return err
			}
			done++
		}
		if err := c.flush(); err != nil {
			return err
		}
	}
	skipped(c.logger, file, source.Skipped())
	return nil
}

// printTokens prints a table of one text's tokens.
func printTokens(c *console, first string, second *string, tokens *tokenize.Tokens, runes bool) {
	t := newTable(c)
	header := table.Row{"", "id", "token", "from", "to", "text"}
	t.AppendHeader(header)
	for i, id := range tokens.IDs {
		source := first
		if second != nil && tokens.TypeIDs[i] == 1 {
			source = *second
		}
		from, to := tokens.Offsets[i][0], tokens.Offsets[i][1]
		t.AppendRow(table.Row{i, id, printable(tokens.Tokens[i]), from, to, c.style(green, printable(slice(source, int(from), int(to), runes)))})
	}
	number := func(i int) table.ColumnConfig {
		return table.ColumnConfig{Number: i, Align: text.AlignRight, AlignHeader: text.AlignRight}
	}
	t.SetColumnConfigs([]table.ColumnConfig{number(1), number(2), number(4), number(5)})
	fmt.Fprintln(c.out, t.Render())
	if tokens.Truncated {
		fmt.Fprintln(c.out, c.style(faint, "cut by --max-length"))
	}
	fmt.Fprintln(c.out)
}

// slice returns s[from:to], in bytes or code points.
func slice(s string, from, to int, runes bool) string {
	if runes {
		r := []rune(s)
		return string(r[min(from, len(r)):min(to, len(r))])
	}
	return s[min(from, len(s)):min(to, len(s))]
}

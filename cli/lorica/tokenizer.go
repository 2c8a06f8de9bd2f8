package main

import (
	"context"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/lorica-go/lorica/native/vocabulary"
	"github.com/spf13/pflag"
)

func tokenizerCommand() *command {
	return &command{
		name:    "tokenizer",
		summary: "train a tokenizer",
		about:   "Makes tokenizers for models that are trained from scratch. What a tokenizer makes of texts is shown by lorica tokenize.",
		group:   []*command{tokenizerTrainCommand()},
		examples: []example{
			{"8,192 tokens of byte-level BPE, as RoBERTa has them", "lorica tokenizer train reviews.jsonl --out tokenizer"},
		},
	}
}

func tokenizerTrainCommand() *command {
	return &command{
		name: "tokenizer train", args: "FILE...",
		summary: "learn a vocabulary from texts",
		about: `
Learns the vocabulary of a byte-level BPE (RoBERTa's pipeline) or of WordPiece (BERT's) and writes tokenizer.json and
tokenizer_config.json, which Hugging Face's tokenizers and transformers read. The merges are those of their trainers on the same
texts. Files are .txt, with a text a line, or rows in .jsonl, .json, .csv or .tsv, also gzipped; - is standard input. They may be larger
than the memory.

The same texts give the same files, whatever the number of threads. When different words take more than --word-memory, the rarest are
forgotten; the summary says how many.`,
		examples: []example{
			{"for a RoBERTa with 8,192 tokens", "lorica tokenizer train reviews.jsonl --out tokenizer"},
			{"for a BERT without upper case", "lorica tokenizer train books.txt.gz --kind wordpiece --lowercase --vocab-size 30522 --out tokenizer"},
			{"see what it makes of a text", `lorica tokenize --model tokenizer --text "not bad, not great"`},
		},
		define: func(f *flags) action {
			var v tokenizerFlags
			v.define(f)
			return v.run
		},
	}
}

type tokenizerFlags struct {
	config     vocabulary.Config
	kind       string
	wordMemory int64
	progress   bool
	special    []string
	set        *pflag.FlagSet
	rows       dataFlags
}

func (v *tokenizerFlags) define(f *flags) {
	v.config = vocabulary.Default(vocabulary.DefaultKind)
	k := &v.config
	set := f.group("Vocabulary")
	v.set = set
	set.StringVar(&v.kind, "kind", string(k.Kind), "bpe or wordpiece: the `KIND` of vocabulary")
	set.IntVar(&k.VocabSize, "vocab-size", k.VocabSize, "at most `N` tokens, special tokens and alphabet included")
	set.IntVar(&k.MinFrequency, "min-frequency", k.MinFrequency, "merge what occurs at least `N` times")
	set.StringSliceVar(&v.special, "special-tokens", nil, "these `TOKENS` get the first ids (if not given: <s>,<pad>,</s>,<unk>,<mask> or [PAD],[UNK],[CLS],[SEP],[MASK])")
	set.BoolVar(&k.Lowercase, "lowercase", false, "make texts lower case (with wordpiece, drop accents too)")
	set.BoolVar(&k.AddPrefixSpace, "add-prefix-space", false, "bpe: put a space before a text, so that its first word is a word like others")
	set.IntVar(&k.LimitAlphabet, "limit-alphabet", 0, "wordpiece: keep the `N` most frequent characters (0: all)")
	set.IntVar(&k.MaxLength, "max-length", k.MaxLength, "note that the model takes `N` tokens (0: do not)")
	set.Int64Var(&v.wordMemory, "word-memory", k.WordMemory>>20, "keep counts of different words in this many `MB`")
	set = f.group("Output")
	set.StringVarP(&k.Out, "out", "o", "", "write into this `DIR`")
	set.BoolVar(&v.progress, "show-progress", true, "show how far it is; --quiet shows nothing either")
	v.rows.define(f.group("Input"), false, "auto, jsonl, json, csv, tsv or txt")
}

func (v *tokenizerFlags) run(ctx context.Context, c *console, args []string) (err error) {
	k := &v.config
	switch {
	case len(args) == 0:
		return usagef("no file given")
	case k.Out == "":
		return usagef("--out is missing")
	case v.wordMemory < 1 || v.wordMemory > 1<<20:
		return usagef("--word-memory %d: want 1 to %d", v.wordMemory, 1<<20)
	}
	if err := k.SetKind(v.kind); err != nil {
		return usagef("--kind: %s", err)
	}
	if v.set.Changed("special-tokens") {
		k.Special = v.special
	}
	if k.Read, err = v.rows.options(ctx, c); err != nil {
		return err
	}
	k.Read.PlainText = true
	k.Files, k.Threads, k.WordMemory = args, c.threads, v.wordMemory<<20
	if err := k.Validate(); err != nil {
		return usagef("%s", err)
	}
	show := &tokenizerProgress{c: c, size: k.VocabSize}
	if v.progress {
		k.OnProgress = show.set
	}
	s, err := vocabulary.Learn(ctx, *k)
	show.stop()
	if err != nil {
		return err
	}
	if s.BadRows > 0 {
		c.logger.Warn("bad rows were skipped", "rows", s.BadRows)
	}
	if s.Forgotten > 0 {
		c.logger.Warn("rare words were forgotten; a larger --word-memory keeps them", "occurrences", s.Forgotten)
	}
	if s.TooLong > 0 {
		c.logger.Warn("words that are too long were left out", "words", s.TooLong)
	}
	if c.json {
		return c.printIndented(s)
	}
	printVocabulary(c, s, k.VocabSize)
	return nil
}

// tokenizerProgress shows the counting of words, whose end is not known, and then the merges.
type tokenizerProgress struct {
	c        *console
	size     int
	counting *progress
	merging  *progress
}

func (p *tokenizerProgress) set(at vocabulary.Progress) {
	if at.Tokens == 0 {
		if p.counting == nil {
			p.counting = p.c.startProgress("counting words", 0)
		}
		rate := float64(at.Bytes) / p.counting.elapsed().Seconds()
		p.counting.set(at.Texts, fmt.Sprintf("texts  %s, %s/s  %s different words", bytesText(at.Bytes), bytesText(int64(rate)), count(at.Words)))
		return
	}
	if p.merging == nil {
		p.stop()
		p.merging = p.c.startProgress("merging", p.size)
	}
	p.merging.set(at.Tokens, "tokens")
}

func (p *tokenizerProgress) stop() {
	for _, bar := range []*progress{p.counting, p.merging} {
		if bar != nil {
			bar.stop()
		}
	}
}

// printVocabulary prints what was learnt.
func printVocabulary(c *console, s *vocabulary.Summary, asked int) {
	t := newTable(c)
	for _, row := range []table.Row{
		{"kind", s.Kind},
		{"tokens", count(s.Tokens)},
		{"  special", count(s.Tokens - s.Alphabet - s.Merges)},
		{"  alphabet", count(s.Alphabet)},
		{"  merged", count(s.Merges)},
		{"last merge occurs", fmt.Sprintf("%s times", thousands(float64(s.LastCount)))},
		{"texts", fmt.Sprintf("%s, %s", thousands(float64(s.Texts)), bytesText(s.Bytes))},
		{"words", fmt.Sprintf("%s, %s of them different", thousands(float64(s.Occurrences)), count(s.Words))},
		{"time", fmt.Sprintf("%s counting, %s merging", duration(s.CountSeconds), duration(s.LearnSeconds))},
	} {
		t.AppendRow(row)
	}
	fmt.Fprintln(c.out, t.Render())
	if s.Tokens < asked {
		fmt.Fprintf(c.out, "the texts give no more than %s tokens of the %s that were asked for\n", count(s.Tokens), count(asked))
	}
	for _, f := range s.Files {
		fmt.Fprintf(c.out, "written: %s\n", printable(f))
	}
}

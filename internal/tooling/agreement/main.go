// Command agreement classifies texts with a bundle on every instruction set of this machine and in the sandbox with both kinds of
// kernels, and prints how far the answers are from each other, and how fast each is, as the Markdown tables of docs/sandbox.md:
//
//	go run ./internal/tooling/agreement --model MODEL.safetensors --data reviews.jsonl
//
// --answers NAME=FILE adds what something else answered to the same texts, such as a browser: JSON lines as `lorica classify`
// prints them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/kernels"
	"github.com/lorica-go/lorica/native/data"
)

type settings struct {
	model, data, cache string
	count, runs        int
	answers            []string // NAME=FILE
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("agreement: ")
	var s settings
	flag.StringVar(&s.model, "model", "", "the bundle")
	flag.StringVar(&s.data, "data", "", "the texts: a file as lorica classify reads it")
	flag.StringVar(&s.cache, "cache", "", "a folder for the compiled sandbox")
	flag.IntVar(&s.count, "count", 300, "how many texts")
	flag.IntVar(&s.runs, "runs", 20, "how often a text of 128 tokens is timed")
	flag.Func("answers", "NAME=FILE: what something else answered", func(v string) error {
		s.answers = append(s.answers, v)
		return nil
	})
	flag.Parse()
	if err := run(context.Background(), s, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, s settings, out io.Writer) error {
	texts, err := readTexts(s.data, s.count)
	if err != nil {
		return err
	}
	var candidates []*candidate
	defer func() {
		for _, c := range candidates {
			c.close()
		}
	}()
	for _, tier := range kernels.Tiers() {
		c, err := openNative(s.model, tier)
		if err != nil {
			return err
		}
		candidates = append(candidates, c)
	}
	for _, guest := range []bool{false, true} {
		c, err := openSandbox(ctx, s.model, s.cache, guest)
		if err != nil {
			return err
		}
		candidates = append(candidates, c)
	}
	reference, err := candidates[len(kernels.Tiers())-1].answer(ctx, texts)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "| %d texts | other labels | largest difference of a logit | as a part of the largest logit |\n| --- | --- | --- | --- |\n", len(texts))
	for _, c := range candidates {
		got, err := c.answer(ctx, texts)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		if err := printAgreement(out, c.name, got, reference); err != nil {
			return err
		}
	}
	for _, a := range s.answers {
		name, file, _ := strings.Cut(a, "=")
		got, err := readAnswers(file)
		if err != nil {
			return err
		}
		if err := printAgreement(out, name, got, reference); err != nil {
			return err
		}
	}
	return printSpeed(ctx, out, candidates, s.runs)
}

// readTexts returns the first texts of a file.
func readTexts(path string, count int) ([]string, error) {
	r, err := data.Open(path, data.Options{})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var texts []string
	for len(texts) < count {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		texts = append(texts, row.Text)
	}
	if len(texts) == 0 {
		return nil, fmt.Errorf("%s has no texts", path)
	}
	return texts, nil
}

// answerLine is an answer to a text.
type answerLine struct {
	Label  string    `json:"label"`
	Logits []float32 `json:"logits"`
}

// answer classifies the texts, 32 at a time.
func (c *candidate) answer(ctx context.Context, texts []string) ([]answerLine, error) {
	const batch = 32
	var all []answerLine
	for at := 0; at < len(texts); at += batch {
		var inputs []encoder.Input
		for _, text := range texts[at:min(len(texts), at+batch)] {
			inputs = append(inputs, encoder.Input{Text: text})
		}
		predictions, err := c.classifier.Classify(ctx, inputs)
		if err != nil {
			return nil, err
		}
		for _, p := range predictions {
			all = append(all, answerLine{p.Label, p.Logits})
		}
	}
	return all, nil
}

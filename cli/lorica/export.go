package main

import (
	"context"
	"fmt"
	"io"

	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/native/classify"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/export"
)

func exportCommand() *command {
	return &command{
		name:    "export",
		summary: "merge an adapter into its model and write it",
		about: `
Merges the adapter into the weights (in float32, whatever they are stored as), writes the result and proves it: what was
written is opened again, and its logits are compared with those of the model that has its adapter beside it, on fixed
sentences and on rows of --data. The largest difference and the number of changed labels are printed and kept in the bundle.

A bundle is one .safetensors file with configuration, tokenizer, labels and probes: all that lorica needs anywhere. The format
hf is a folder that transformers' from_pretrained reads.

With --dtype int8 the weights of linear layers and the table of words take a byte a value, with a scale for each row, and
products are computed in eight bits. Such a bundle cannot be trained further.`,
		examples: []example{
			{"a bundle of half the size", `lorica export --model roberta-base --adapter run/adapter --out steam.safetensors --dtype bf16`},
			{"a bundle of about a quarter of the size, which also runs faster", `lorica export --model run/model.safetensors --out small.safetensors --dtype int8 --data reviews.jsonl`},
			{"a folder for transformers, proved with reviews as well", `lorica export --model roberta-base --adapter run/adapter --out merged --format hf --data reviews.jsonl`},
		},
		define: func(f *flags) action {
			var v exportFlags
			v.model.define(f.group("Model"))
			set := f.group("Output")
			set.StringVarP(&v.out, "out", "o", "", "write to this `PATH`")
			set.StringVar(&v.format, "format", "bundle", "write this `FORM`: bundle (one file) or hf (a Hugging Face folder)")
			set.StringVar(&v.dtype, "dtype", "f32", "store weights as `TYPE`: f32, bf16, f16 or, in a bundle, int8")
			set = f.group("Proof")
			set.StringVarP(&v.data, "data", "d", "", "compare logits on rows of this `FILE`, too")
			set.IntVar(&v.samples, "samples", 64, "take the first `N` rows of it")
			set.StringVar(&v.textField, "text-field", "", "the `NAME` of its text column")
			return func(ctx context.Context, c *console, args []string) error {
				if err := noArguments(args); err != nil {
					return err
				}
				return v.run(ctx, c)
			}
		},
	}
}

type exportFlags struct {
	model                               modelFlags
	out, format, dtype, data, textField string
	samples                             int
}

func (v *exportFlags) run(ctx context.Context, c *console) error {
	if err := v.model.check(); err != nil {
		return err
	}
	if v.out == "" {
		return usagef("--out is missing")
	}
	config := export.Config{Out: v.out}
	var err error
	if config.Format, err = export.ParseFormat(v.format); err != nil {
		return usagef("--format: %s", err)
	}
	if config.DType, err = export.ParseDType(v.dtype); err != nil {
		return usagef("--dtype: %s", err)
	}
	if config.Format == export.Folder && config.DType == export.Int8 {
		return usagef("--dtype int8 is for bundles, and --format hf writes a folder")
	}
	if v.data != "" {
		reader, err := data.Open(v.data, data.Options{TextField: v.textField, Stdin: newStdin(ctx, c.in), PlainText: true})
		if err != nil {
			return err
		}
		defer reader.Close()
		for len(config.Samples) < v.samples {
			row, err := reader.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
			config.Samples = append(config.Samples, classify.Input(&row))
		}
	}
	if err := v.model.fetch(ctx, c); err != nil {
		return err
	}
	if config.Model, err = native.OpenModel(v.model.model, native.Options{Adapter: v.model.adapter, Threads: c.threads}); err != nil {
		return err
	}
	defer config.Model.Close()
	if b := config.Model.Bundle; b != nil {
		config.Provenance = b.Provenance
	} else {
		config.Provenance.Base = config.Model.Origin()
	}
	if v.model.adapter != "" {
		config.Provenance.Trainable, _ = config.Model.Encoder.Counts()
	}
	config.Provenance.Lorica = thisBuild().Version
	result, err := export.Run(ctx, config)
	if err != nil {
		return err
	}
	if c.json {
		return c.print(result)
	}
	fmt.Fprintf(c.out, "wrote     %s (%s, %s)\n%s\n", result.Path, bytesText(result.Bytes), result.DType, proofLine(result))
	return nil
}

// proofLine says what the comparison of before and after has shown.
func proofLine(r *export.Result) string {
	what := "compared"
	if r.Merged {
		what = "merged  "
	}
	return fmt.Sprintf("%s  logits of %d texts before and after differ by at most %.2g; labels changed: %d", what, r.Proof.Rows, r.Proof.MaxDifference, r.Proof.Flipped)
}

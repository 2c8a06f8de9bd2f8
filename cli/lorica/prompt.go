package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/lorica-go/lorica/native/prompt"
	"github.com/spf13/pflag"
)

func promptCommand() *command {
	return &command{
		name:    "prompt",
		summary: "have a language model label rows, as a baseline",
		about: `
Asks a large language model for the labels of the rows that train would hold out, given the same --data, --test-size, --split,
--split-seed and row lists, and reports as eval does; with --test-size 0, of all rows. The model is behind any server with
OpenAI's chat completions: OpenAI and the many that copy it, or vLLM, llama.cpp and Ollama on this machine. The texts leave for
that server.

Texts go out in chunks, as a JSON object of number and text, so that no text can pose as an instruction. An answer has to be a
JSON object with a label for each number; what is not is asked for again, then in halves, down to single texts. A text that
never gets an answer counts as wrong and is listed. With --shots, examples from the training half go before each chunk; one
whose text is also asked about is an error, and --drop-leaks draws others.

The key is taken from the environment variable that --api-key-env names, and is written nowhere. The folder of --out gets

  answers.jsonl         every answer, as soon as it is there: run again after Ctrl-C or a crash, the command goes on from it
  predictions.jsonl     {"row","line","label","predicted"} for each row: label is the true one, no answer is null
  rows.json             the numbers of the rows, for --rows rows.json:test of eval and compare
  report.html           the measures, the mistakes, tokens, cost and latency; report.txt and report.json
  settings.json, request.json   the settings that were in effect, and the first request

A server that is busy or down is tried again with growing delays, or after the time that it names. --show-prompt prints the
first request and sends nothing.`,
		examples: []example{
			{"zero-shot, on the fifth of the rows that train holds out", `lorica prompt --endpoint https://api.openai.com/v1 --llm gpt-4.1-mini --data reviews.jsonl --out gpt --price-in 0.4 --price-out 1.6`},
			{"five examples of each label, a model on this machine, one request at a time", `lorica prompt --endpoint http://localhost:11434/v1 --llm qwen3:8b --data reviews.jsonl --shots 5 --parallel 1 --out qwen-5`},
			{"say what is to be decided, and look at the request first", `lorica prompt --endpoint http://localhost:8000/v1 --llm mistral --data reviews.jsonl --task "Does the reviewer recommend the game?" --labels no,yes --show-prompt`},
			{"whether a fine-tuned model is better, or merely luckier", `lorica compare run/model.safetensors gpt/predictions.jsonl --missing wrong --data reviews.jsonl --rows gpt/rows.json:test`},
		},
		define: func(f *flags) action {
			v := promptFlags{config: prompt.Default()}
			v.define(f)
			return func(ctx context.Context, c *console, args []string) error {
				if err := noArguments(args); err != nil {
					return err
				}
				if v.showTemplate {
					_, err := c.out.WriteString(prompt.DefaultTemplate)
					return err
				}
				if err := v.finish(ctx, c); err != nil {
					return err
				}
				if v.showPrompt {
					return v.show(c)
				}
				return v.run(ctx, c)
			}
		},
	}
}

// promptFlags are the settings of a run, and those flags that do not go straight into them.
type promptFlags struct {
	config                         prompt.Config
	rows                           dataFlags
	halves                         halvesFlags
	extra, format                  string
	labels                         []string
	temperature, seed              string
	priceIn, priceCached, priceOut float64
	retries                        int
	showPrompt, showTemplate       bool
	costs                          *pflag.FlagSet // to ask what was given
}

func (v *promptFlags) define(f *flags) {
	c := &v.config
	set := f.group("Model")
	set.StringVar(&c.Endpoint, "endpoint", "", "the server's base `URL`, such as https://api.openai.com/v1")
	set.StringVar(&c.LLM, "llm", "", "the model's `NAME`, as the server knows it")
	set.StringVar(&c.KeyName, "api-key-env", c.KeyName, "take the key from the environment `VARIABLE`")
	set.StringVar(&c.KeyHeader, "api-key-header", "", "send the key in the header `NAME`, as it is, instead of as a bearer token")
	set.StringVar(&v.temperature, "temperature", "0", "`T` of the model, 0 (the default) to 2, or none to leave it to the server")
	set.StringVar(&v.seed, "seed", "42", "`SEED` of the model, or none to send none")
	set.IntVar(&c.MaxTokens, "max-tokens", 0, "bound an answer to `N` tokens (0: the server's bound)")
	set.StringVar(&v.extra, "extra", "", "further fields of the request, a `JSON` object")
	set.StringVar(&v.format, "response-format", string(c.Format), "keep the model to the `FORM` of answers by json_schema, json_object or text; auto tries them in this order")

	set = f.group("Data")
	set.StringVarP(&c.Data, "data", "d", "", "the labelled rows: a `FILE` (.jsonl, .json, .csv, .tsv, also .gz), or -")
	v.halves.define(f, set, &c.Sources, "draw examples from", "ask about")
	v.rows.define(set, true, "auto, jsonl, json, csv or tsv")
	set.Var(&nameList{names: &v.labels}, "labels", "label `NAMES` in the order of their ids, as the model is to know them, such as negative,positive")
	set.IntVar(&c.Limit, "limit", 0, "ask about the first `N` rows only (0: all)")

	set = f.group("Prompt")
	set.StringVar(&c.Task, "task", c.Task, "tell the model in a `SENTENCE` what is to be decided")
	set.IntVar(&c.Shots, "shots", 0, "show `N` examples of each label")
	set.Uint64Var(&c.ShotsSeed, "shots-seed", c.ShotsSeed, "`SEED` that draws the examples")
	set.BoolVar(&c.DropLeaks, "drop-leaks", false, "draw no example whose text is asked about, too, or nearly")
	set.IntVar(&c.ChunkSize, "chunk-size", c.ChunkSize, "send `N` texts a request")
	set.IntVar(&c.MaxChars, "max-chars", 0, "cut texts after `N` characters (0: not at all)")
	set.StringVar(&c.PromptFile, "prompt-file", "", "take the prompt from the template in this `FILE`")
	set.BoolVar(&v.showTemplate, "show-template", false, "print the built-in template, to make a prompt file of, and stop")
	set.BoolVar(&v.showPrompt, "show-prompt", false, "print the first request, without sending it, and stop; with --json, its body")

	set = f.group("Requests")
	set.IntVar(&c.Parallel, "parallel", c.Parallel, "run up to `N` requests at once")
	set.IntVar(&c.Attempts, "attempts", c.Attempts, "ask `N` times for what gets no usable answer, before it is halved or given up")
	set.BoolVar(&c.RetryUnanswered, "retry-unanswered", false, "ask again about texts that earlier runs have given up")
	set.DurationVar(&c.Timeout, "timeout", c.Timeout, "wait `TIME` for a reply")
	set.IntVar(&v.retries, "retries", c.Retry.Tries-1, "send a request `N` times more when the server is busy or down")
	set.DurationVar(&c.Retry.Patience, "max-wait", c.Retry.Patience, "stop when the server asks for a wait longer than `TIME`")
	set.Float64Var(&v.priceIn, "price-in", 0, "`PRICE` of a million tokens that are sent, for the tally")
	set.Float64Var(&v.priceCached, "price-cached", 0, "`PRICE` of those of them that the server had in its cache (as --price-in)")
	set.Float64Var(&v.priceOut, "price-out", 0, "`PRICE` of a million tokens of answers")
	v.costs = set

	set = f.group("Output")
	set.StringVarP(&c.Out, "out", "o", "", "the `DIR` of the run")
	set.StringVar(&c.Answers, "answers", "", "keep the answers in this `FILE`, which several runs may use one after the other (default answers.jsonl in --out)")
}

// finish turns the flags into the settings and checks them.
func (v *promptFlags) finish(ctx context.Context, c *console) error {
	k := &v.config
	for _, required := range []struct{ flag, value string }{{"--endpoint", k.Endpoint}, {"--llm", k.LLM}, {"--data", k.Data}, {"--out", k.Out}} {
		if required.value == "" && (required.flag != "--out" || !v.showPrompt) {
			return usagef("%s is missing", required.flag)
		}
	}
	if err := v.halves.finish(&k.Sources); err != nil {
		return err
	}
	var err error
	if k.Labels, err = labelNames(v.labels); err != nil {
		return err
	}
	if k.Format, err = prompt.ParseFormat(v.format); err != nil {
		return usagef("--response-format: %s", err)
	}
	if k.Temperature, err = orNone(v.temperature, func(s string) (float64, error) { return strconv.ParseFloat(s, 64) }); err != nil {
		return usagef("--temperature %q: want a number from 0 to 2, or none", v.temperature)
	}
	if k.Seed, err = orNone(v.seed, func(s string) (int64, error) { return strconv.ParseInt(s, 10, 64) }); err != nil {
		return usagef("--seed %q: want a whole number, or none", v.seed)
	}
	if v.extra != "" {
		if !json.Valid([]byte(v.extra)) {
			return usagef("--extra: want a JSON object")
		}
		k.Extra = json.RawMessage(v.extra)
	}
	for _, price := range []struct {
		flag  string
		value *float64
		to    **float64
	}{{"price-in", &v.priceIn, &k.Prices.Prompt}, {"price-cached", &v.priceCached, &k.Prices.Cached}, {"price-out", &v.priceOut, &k.Prices.Completion}} {
		if v.costs.Changed(price.flag) {
			*price.to = price.value
		}
	}
	if k.Read, err = v.rows.options(ctx, c); err != nil {
		return err
	}
	k.Retry.Tries = v.retries + 1
	k.Key = strings.TrimSpace(os.Getenv(k.KeyName))
	k.Logger, k.Version = c.logger, thisBuild().Version
	if err := k.Validate(); err != nil {
		return usagef("%s", err)
	}
	return nil
}

// orNone reads a flag's value; nil for none.
func orNone[T any](text string, parse func(string) (T, error)) (*T, error) {
	if text == "none" {
		return nil, nil
	}
	value, err := parse(text)
	return &value, err
}

// show prints the first request.
func (v *promptFlags) show(c *console) error {
	messages, body, err := prompt.FirstRequest(v.config)
	if err != nil {
		return v.hint(err)
	}
	if c.json {
		return c.printIndented(json.RawMessage(body))
	}
	for i, m := range messages {
		if i > 0 {
			fmt.Fprintln(c.out)
		}
		fmt.Fprintln(c.out, c.style(bold, "# "+m.Role))
		for line := range strings.Lines(m.Content) {
			fmt.Fprintln(c.out, printable(strings.TrimSuffix(line, "\n")))
		}
	}
	return nil
}

// hint adds to an error which flag helps.
func (v *promptFlags) hint(err error) error {
	if errors.Is(err, prompt.ErrLeak) {
		return fmt.Errorf("%w; --drop-leaks draws others", err)
	}
	return err
}

func (v *promptFlags) run(ctx context.Context, c *console) error {
	show := &promptProgress{c: c}
	v.config.OnStart, v.config.OnProgress = show.start, show.step
	defer show.stop()
	result, err := prompt.Run(ctx, v.config)
	show.stop()
	if err != nil {
		if 0 < show.texts && show.texts < show.rows && !c.quiet {
			fmt.Fprintf(c.err, "%d of %d texts are done; the same command goes on from there\n", show.texts, show.rows)
		}
		return v.hint(err)
	}
	if c.json {
		return c.printIndented(newPromptResult(&v.config, result))
	}
	printPrompted(c, &v.config, result)
	return nil
}

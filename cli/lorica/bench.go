package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/lorica-go/lorica/native/bench"
	"github.com/lorica-go/lorica/native/hub"
	"github.com/lorica-go/lorica/native/inspect"
)

func benchCommand() *command {
	return &command{
		name:    "bench",
		summary: "time the kernels or a model on this machine",
		about: `
With --kernels it times every operation on every instruction set that this machine has, on one thread and on all:

  {"op","tier","threads","m","n","k","gflops","peak_gflops"}   products; operations that are none have "ns_per_element"

peak_gflops is what multiply-adds on registers reach, measured just before. With --model, or --shape for a well-known model's
shape with random weights, it times inference, or with --train LoRA's training steps, optimiser included:

  {"median_ms","min_ms","samples_per_s","tokens_per_s","peak_rss_mb"}

A run is one batch of --batch sequences of --tokens tokens, or with --lengths a pass over texts of those lengths (a JSON list of
token counts, or {"lengths":[...]}) in batches of --batch-size. Ids are random. On a terminal it prints tables.`,
		examples: []example{
			{"all kernels", "lorica bench --kernels"},
			{"the products only, AVX2, one thread", "lorica bench --kernels --op gemm --tier avx2 --threads 1"},
			{"one review at a time", "lorica bench --model run/model.safetensors --batch 1 --tokens 128"},
			{"training a base model on reviews as long as yours", "lorica bench --shape roberta-base --train --lengths lengths.json --limit 80"},
		},
		define: func(f *flags) action {
			v := benchFlags{model: bench.ModelConfig{LoRA: bench.DefaultLoRA()}}
			v.define(f)
			return func(ctx context.Context, c *console, args []string) error {
				if err := noArguments(args); err != nil {
					return err
				}
				return v.run(ctx, c)
			}
		},
	}
}

type benchFlags struct {
	kernels        bool
	ops, tiers     []string
	shape, lengths string
	limit          int
	targets        []string
	timing         bench.Timing
	model          bench.ModelConfig
	pull           pullFlag
}

func (v *benchFlags) define(f *flags) {
	m := &v.model
	set := f.group("Kernels")
	set.BoolVar(&v.kernels, "kernels", false, "time the kernels")
	set.StringSliceVar(&v.ops, "op", nil, "only operations whose `NAME` begins so; several with commas")
	set.StringSliceVar(&v.tiers, "tier", nil, "only this instruction set: `NAME`; several with commas")
	set = f.group("Model")
	set.StringVarP(&m.Model, "model", "m", "", "time this model: a `PATH` (folder or bundle), org/name[@revision] of the hub, or default, the built-in one")
	v.pull.define(set)
	set.StringVar(&m.Adapter, "adapter", "", "apply the PEFT adapter in this `DIR`, or train on from it")
	set.StringVar(&v.shape, "shape", "", "time random weights of a model's shape: `NAME`, one of "+strings.Join(bench.Shapes(), ", "))
	set.IntVar(&m.Batch, "batch", 1, "`N` sequences a batch")
	set.IntVar(&m.Tokens, "tokens", 128, "`N` tokens a sequence")
	set.StringVar(&v.lengths, "lengths", "", "time texts as long as this `FILE` lists, in tokens")
	set.IntVar(&v.limit, "limit", 0, "take the first `N` of --lengths (0: all)")
	set.IntVar(&m.BatchSize, "batch-size", 0, "`N` texts of --lengths a batch (0: 32, in training 8)")
	set.BoolVar(&m.Sort, "sort", false, "take texts of --lengths from the shortest to the longest")
	set = f.group("Training")
	set.BoolVar(&m.Train, "train", false, "time training steps")
	set.BoolVar(&m.Full, "full", false, "train all weights, without adapters")
	set.IntVarP(&m.LoRA.Rank, "rank", "r", m.LoRA.Rank, "`RANK` of the adapters")
	set.Float64Var(&m.LoRA.Dropout, "lora-dropout", m.LoRA.Dropout, "drop the adapters' input with probability `P`")
	set.StringSliceVar(&v.targets, "targets", nil, "ends of the `NAMES` of the layers that get one (default: the query and value projections)")
	set = f.group("Repetition")
	set.IntVar(&v.timing.Runs, "runs", 5, "time at least `N` runs")
	set.DurationVar(&v.timing.MinTime, "min-time", 0, "and for at least so `LONG`, such as 2s (default 50ms for kernels, 1s for inference)")
	set.Lookup("min-time").DefValue = "0s"
}

func (v *benchFlags) run(ctx context.Context, c *console) error {
	chosen := 0
	for _, given := range []bool{v.kernels, v.model.Model != "", v.shape != ""} {
		if given {
			chosen++
		}
	}
	switch {
	case chosen != 1:
		return usagef("want one of --kernels, --model and --shape")
	case v.model.Adapter != "" && v.model.Model == "":
		return usagef("--adapter without --model")
	case v.timing.Runs < 1 || v.timing.MinTime < 0:
		return usagef("--runs %d --min-time %s: want at least 1 run", v.timing.Runs, v.timing.MinTime)
	case v.kernels:
		return v.runKernels(ctx, c)
	}
	if v.shape != "" && !slices.Contains(bench.Shapes(), v.shape) {
		return usagef("--shape %q: want one of %s", v.shape, strings.Join(bench.Shapes(), ", "))
	}
	return v.runModel(ctx, c)
}

func (v *benchFlags) runKernels(ctx context.Context, c *console) error {
	machine, err := inspect.ThisMachine(c.threads)
	if err != nil {
		return err
	}
	config := bench.KernelConfig{Timing: v.timing, Ops: v.ops, Tiers: v.tiers, Threads: []int{1}}
	if config.MinTime == 0 {
		config.MinTime = 50 * time.Millisecond
	}
	switch {
	case c.threads > 0:
		config.Threads = []int{c.threads}
	case machine.Threads > 1:
		config.Threads = append(config.Threads, machine.Threads)
	}
	header := true
	config.OnResult = func(r bench.KernelResult) error {
		if c.pretty() {
			if header {
				fmt.Fprintln(c.out, c.style(bold, fmt.Sprintf("%-20s %-8s %3s  %16s  %9s  %8s  %6s  %7s", "op", "tier", "thr", "m x n x k", "us", "GFLOP/s", "% peak", "ns/elem")))
				header = false
			}
			printKernel(c, r)
		} else if err := c.print(r); err != nil {
			return err
		}
		return c.flush()
	}
	return bench.Kernels(ctx, config)
}

func printKernel(c *console, r bench.KernelResult) {
	shape := fmt.Sprintf("%d x %d", r.M, r.N)
	if r.K > 0 {
		shape += fmt.Sprintf(" x %d", r.K)
	}
	speed := fmt.Sprintf("%8s  %6s  %7.3f", "", "", r.NsPerElement)
	if r.PeakGFLOPS > 0 {
		speed = fmt.Sprintf("%8.1f  %5.1f%%", r.GFLOPS, 100*r.GFLOPS/r.PeakGFLOPS)
	}
	fmt.Fprintf(c.out, "%-20s %-8s %3d  %16s  %9.2f  %s\n", r.Op, r.Tier, r.Threads, shape, r.MedianMicros, speed)
}

func (v *benchFlags) runModel(ctx context.Context, c *console) error {
	config := v.model
	config.Timing, config.Threads, config.LoRA.Targets = v.timing, c.threads, v.targets
	if config.MinTime == 0 && !config.Train {
		config.MinTime = time.Second
	}
	if v.lengths != "" {
		lengths, err := bench.ReadLengths(v.lengths)
		if err != nil {
			return err
		}
		if v.limit > 0 {
			lengths = lengths[:min(v.limit, len(lengths))]
		}
		config.Lengths = lengths
		if config.BatchSize == 0 {
			config.BatchSize = 32
			if config.Train {
				config.BatchSize = 8
			}
		}
	}
	if err := v.pull.fetch(ctx, c, config.Model, hub.Model); err != nil {
		return err
	}
	name := config.Model
	if v.shape != "" {
		name = v.shape
		dir, err := os.MkdirTemp("", "lorica-bench-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		if err := bench.WriteShape(dir, v.shape); err != nil {
			return err
		}
		config.Model = dir
	}
	r, err := bench.Model(ctx, config)
	if err != nil {
		return err
	}
	if !c.pretty() {
		return c.print(benchResult{name, r})
	}
	what := fmt.Sprintf("%d x %d tokens", r.Batch, r.Longest)
	if config.Lengths != nil {
		what = fmt.Sprintf("%d texts, %s tokens, in batches of %d", r.Samples, thousands(float64(r.Tokens)), r.Batch)
	}
	facts(c, fmt.Sprintf("%s, %s", name, map[bool]string{false: "inference", true: "training"}[config.Train]), [][2]string{
		{"a run", what},
		{"runs", fmt.Sprintf("%d on %s, %d threads", r.Runs, r.Tier, r.Threads)},
		{"median", fmt.Sprintf("%.2f ms (fastest %.2f ms)", r.MedianMs, r.MinMs)},
		{"speed", fmt.Sprintf("%.1f samples/s, %s tokens/s", r.SamplesPerSecond, thousands(r.TokensPerSecond))},
		{"memory", fmt.Sprintf("%.0f MB at most", r.PeakRSS)},
		{"opening", fmt.Sprintf("%.0f ms", r.Open)},
	})
	return nil
}

// benchResult is what bench --model --json prints.
type benchResult struct {
	Model string `json:"model"`
	*bench.ModelResult
}

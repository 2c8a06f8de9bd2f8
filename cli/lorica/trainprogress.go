package main

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/lorica-go/lorica/native/builtin"
	"github.com/lorica-go/lorica/native/finetune"
	"github.com/lorica-go/lorica/native/train"
)

// trainProgress shows a run: the facts when it begins, then a bar on a terminal or the log's lines elsewhere, and a line for
// every epoch.
type trainProgress struct {
	c        *console
	base     string // said of the model, if there is something to say
	bar      *progress
	steps    int
	loss     float64 // smoothed
	speed    float64 // tokens per second, smoothed
	accuracy string
	last     time.Time
	forecast bool // a line says early how long it will take
	begun    time.Time
	tokens   int // since begun
	done     int // steps since begun
}

// newTrainProgress hangs itself into the callbacks of the settings.
func newTrainProgress(c *console, config *finetune.Config) *trainProgress {
	p := newLoopProgress(c, &config.Train)
	if builtin.Is(config.Model) { // it may have been taken for want of another
		p.base = " (" + builtin.Name + ", the built-in model)"
	}
	config.OnStart = p.start
	return p
}

// newLoopProgress hangs itself into the callbacks of the loop. The caller sees to begin.
func newLoopProgress(c *console, config *train.Config) *trainProgress {
	p := &trainProgress{c: c, loss: math.NaN()}
	config.OnStep = p.step
	config.OnLog = p.log
	return p
}

func (p *trainProgress) start(f finetune.Facts) {
	if !p.c.json {
		fmt.Fprintf(p.c.out, "trainable params: %s || all params: %s || trainable%%: %.4f\n",
			thousands(float64(f.Trainable)), thousands(float64(f.Parameters)), 100*float64(f.Trainable)/float64(f.Parameters))
		_ = p.c.flush() // tried again at the end, where an error counts
	}
	if p.c.quiet {
		return
	}
	w := p.c.err
	fmt.Fprintf(w, "%s%s on %s with %d threads\n", f.ModelType, p.base, f.Device, f.Threads)
	fmt.Fprintf(w, "train on %s rows (%s)", thousands(float64(f.TrainRows)), counts(f.Labels, f.TrainCounts))
	if f.EvalRows > 0 {
		fmt.Fprintf(w, ", evaluate on %s (%s)", thousands(float64(f.EvalRows)), counts(f.Labels, f.EvalCounts))
	}
	fmt.Fprintf(w, "; %s tokens an epoch, %d rows cut", thousands(float64(f.TrainTokens)), f.TruncatedRows)
	if f.SkippedRows > 0 {
		fmt.Fprintf(w, ", %d bad rows skipped", f.SkippedRows)
	}
	fmt.Fprintln(w)
	if f.Leaks != nil && f.Leaks.ExactEvalRows+f.Leaks.NearEvalRows > 0 {
		fmt.Fprintln(w, leaksLine(f.Leaks, f.Dropped))
	}
	p.begin("training", f.Steps, f.FirstStep)
}

// begin shows the bar.
func (p *trainProgress) begin(what string, steps, first int) {
	p.steps, p.last = steps, time.Now()
	p.begun = p.last
	p.bar = p.c.startProgress(what, steps)
	if first > 0 {
		p.bar.set(first, "resumed")
	}
}

func counts(labels []string, rows []int) string {
	var parts []string
	for i, label := range labels {
		if i == 6 {
			return strings.Join(parts, ", ") + ", ..."
		}
		if i < len(rows) {
			parts = append(parts, fmt.Sprintf("%s %s", printable(label), thousands(float64(rows[i]))))
		}
	}
	return strings.Join(parts, ", ")
}

// step moves the bar. Loss and speed are means over the last twenty steps or so.
func (p *trainProgress) step(s train.Progress) {
	p.tokens += s.Tokens
	p.done++
	p.foresee(s)
	if p.bar == nil || p.bar.bar == nil {
		return // the log's lines tell
	}
	now := time.Now()
	speed := float64(s.Tokens) / max(now.Sub(p.last).Seconds(), 1e-9)
	p.last = now
	const keep = 0.95
	if math.IsNaN(p.loss) {
		p.loss, p.speed = s.Loss, speed
	}
	p.loss = keep*p.loss + (1-keep)*s.Loss
	p.speed = keep*p.speed + (1-keep)*speed
	p.bar.set(s.Step, fmt.Sprintf("epoch %.2f  loss %.4f%s  %s tokens/s", s.Epoch, p.loss, p.accuracy, thousands(p.speed)))
}

// forecastAfter is how much of a run a forecast is made from.
const forecastAfter = 10 * time.Second

// foresee says once, when there is something to judge by, how long the run will take.
func (p *trainProgress) foresee(s train.Progress) {
	spent := time.Since(p.begun)
	if !p.forecast || p.c.quiet || spent < forecastAfter {
		return
	}
	p.forecast = false
	left := time.Duration(float64(spent) / float64(p.done) * float64(s.Steps-s.Step))
	fmt.Fprintf(p.c.err, "%s tokens/s: about %s for the %s steps to come\n",
		thousands(float64(p.tokens)/spent.Seconds()), left.Round(time.Second), thousands(float64(s.Steps-s.Step)))
}

// log prints an entry: those of evaluations always, those of steps where there is no bar.
func (p *trainProgress) log(e train.Entry) {
	if p.c.quiet {
		return
	}
	if e.TrainLoss != nil {
		line := fmt.Sprintf("epoch %.3g: training loss %.4f", e.Epoch, *e.TrainLoss)
		if e.EvalLoss != nil {
			line += fmt.Sprintf(", validation loss %.4f, accuracy %.4f", *e.EvalLoss, *e.EvalAccuracy)
			if e.EvalMacroF1 != nil {
				line += fmt.Sprintf(", F1 %.4f", *e.EvalMacroF1)
			}
			if e.EvalPerplexity != nil {
				line += fmt.Sprintf(", perplexity %.2f", *e.EvalPerplexity)
			}
			p.accuracy = fmt.Sprintf("  accuracy %.2f%%", 100**e.EvalAccuracy)
		}
		fmt.Fprintln(p.c.err, line)
		p.last = time.Now()
		return
	}
	if p.bar != nil && p.bar.bar != nil || e.Loss == nil {
		return
	}
	line := fmt.Sprintf("step %d of %d  epoch %.2f  loss %.4f  lr %.3g  norm %.3g", e.Step, p.steps, e.Epoch, *e.Loss, *e.Rate, *e.GradNorm)
	if e.TokensPerSecond != nil && *e.TokensPerSecond > 0 {
		line += fmt.Sprintf("  %.1f rows/s  %s tokens/s", *e.SamplesPerSecond, thousands(*e.TokensPerSecond))
	}
	fmt.Fprintln(p.c.err, line)
}

func (p *trainProgress) stop() {
	if p.bar != nil {
		p.bar.stop()
	}
}

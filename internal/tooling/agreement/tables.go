package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"time"

	"github.com/lorica-go/lorica/encoder"
)

// readAnswers reads answers as JSON lines.
func readAnswers(path string) ([]answerLine, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []answerLine
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var a answerLine
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, len(all)+1, err)
		}
		all = append(all, a)
	}
	return all, lines.Err()
}

// printAgreement prints a row of the table of differences.
func printAgreement(out io.Writer, name string, got, want []answerLine) error {
	if len(got) != len(want) {
		return fmt.Errorf("%s: %d answers to %d texts", name, len(got), len(want))
	}
	labels, worst, scale := 0, 0.0, 0.0
	for i := range want {
		if got[i].Label != want[i].Label {
			labels++
		}
		if len(got[i].Logits) != len(want[i].Logits) {
			return fmt.Errorf("%s: text %d has %d logits, not %d", name, i, len(got[i].Logits), len(want[i].Logits))
		}
		for j, v := range want[i].Logits {
			d := math.Abs(float64(v) - float64(got[i].Logits[j]))
			if math.IsNaN(d) {
				d = math.Inf(1)
			}
			worst, scale = max(worst, d), max(scale, math.Abs(float64(v)))
		}
	}
	_, err := fmt.Fprintf(out, "| %s | %d | %.1e | %.1e |\n", name, labels, worst, worst/scale)
	return err
}

// printSpeed times one text of 128 tokens, or as many as the model takes, on one thread. The candidates take turns, so that all
// meet the same moments of the machine; the fastest run of each counts.
func printSpeed(ctx context.Context, out io.Writer, candidates []*candidate, runs int) error {
	best := make([]time.Duration, len(candidates))
	tokens := 0
	for r := range runs + 1 {
		for i, c := range candidates {
			tokens = min(128, c.limit)
			ids := make([]int32, tokens)
			for j := range ids {
				ids[j] = int32((7*j + 5) % c.vocabulary)
			}
			start := time.Now()
			if _, err := c.classifier.Classify(ctx, []encoder.Input{{IDs: ids}}); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			if took := time.Since(start); r == 1 || r > 1 && took < best[i] { // the first run warms up
				best[i] = took
			}
		}
	}
	fmt.Fprintf(out, "\n| one text of %d tokens, one thread | ms | times the fastest native one's speed |\n| --- | --- | --- |\n", tokens)
	fastest := slices.Max(best)
	for i, c := range candidates {
		if c.native {
			fastest = min(fastest, best[i])
		}
	}
	for i, c := range candidates {
		if _, err := fmt.Fprintf(out, "| %s | %.1f | %.2f |\n", c.name, best[i].Seconds()*1e3, fastest.Seconds()/best[i].Seconds()); err != nil {
			return err
		}
	}
	return nil
}

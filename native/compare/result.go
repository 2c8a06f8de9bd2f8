package compare

import (
	"fmt"

	"github.com/lorica-go/lorica/native/inspect"
	"github.com/lorica-go/lorica/native/metrics"
)

// Result is a comparison. Its JSON form is what `compare --json` prints and compare.json holds; what is not known is null there,
// or left out.
type Result struct {
	Version   string     `json:"lorica,omitempty"`
	Data      Data       `json:"data"`
	Outcomes  []*Outcome `json:"candidates"`
	Pairs     []Pair     `json:"pairs"` // every two candidates, in their order
	Resamples int        `json:"resamples"`
	Seed      uint64     `json:"seed"`
	// Differences are the rows that not all candidates give the same label: the surest wrong answers first, rows without scores
	// last, in their order.
	Differences []Difference `json:"differences"`
	// Notes are what a reader must know before believing the figures.
	Notes []string `json:"notes"`
}

// Data is what the candidates are compared on.
type Data struct {
	File    string   `json:"file"`
	RowList string   `json:"row_list,omitempty"`
	Rows    int      `json:"rows"`
	Skipped int      `json:"skipped,omitempty"` // bad rows
	Dropped int      `json:"dropped,omitempty"` // rows that some candidate has no prediction for
	Labels  []string `json:"labels"`
	Counts  []int    `json:"counts"` // rows of each label
	Digest  string   `json:"digest"` // SHA-256 of the rows
}

// Outcome is a candidate and what was measured of it.
type Outcome struct {
	Name    string `json:"name"`
	Path    string `json:"path"`
	Adapter string `json:"adapter,omitempty"`
	// Model is what the model consists of; nil for a file of predictions.
	Model *inspect.Model `json:"model,omitempty"`
	// Report has the measures of `eval`.
	Report *metrics.Report `json:"report"`
	// Accuracy and MacroF1 have bootstrap intervals.
	Accuracy metrics.Interval `json:"accuracy"`
	MacroF1  metrics.Interval `json:"f1_macro"`
	// Temperature is fitted to the rows themselves, so that the error after it is a little flattering. nil without logits.
	Temperature *metrics.Temperature `json:"temperature,omitempty"`
	// Speed is nil for a file of predictions.
	Speed     *Speed `json:"speed,omitempty"`
	Tokens    int    `json:"tokens,omitempty"`    // of all rows
	Truncated int    `json:"truncated,omitempty"` // rows that were too long and were cut
	Missing   int    `json:"missing,omitempty"`   // rows without a prediction, which count as wrong

	answers answers
}

// Speed is how fast a model classifies the rows, texts to labels, tokenizing included.
type Speed struct {
	Device          string  `json:"device"`
	Threads         int     `json:"threads"`
	TextsPerSecond  float64 `json:"texts_per_s"`
	TokensPerSecond float64 `json:"tokens_per_s"`
	Texts           int     `json:"texts"` // that were timed
	Tokens          int     `json:"tokens"`
	Seconds         float64 `json:"seconds"`
	// Ratio is the model's time for the same texts, taken in turns, over that of the first model.
	Ratio Ratio `json:"time_ratio"`
}

// Ratio is the median of several ratios, with their quartiles.
type Ratio struct {
	Median metrics.Float `json:"median"`
	Low    metrics.Float `json:"low"`
	High   metrics.Float `json:"high"`
}

// Pair compares two candidates.
type Pair struct {
	A         string `json:"a"`
	B         string `json:"b"`
	BothRight int    `json:"both_right"`
	BothWrong int    `json:"both_wrong"`
	SameLabel int    `json:"same_label"` // rows that both give one label, right or wrong
	metrics.McNemar
	// Holm is McNemar's p-value adjusted for the number of pairs; with one pair it is the same.
	Holm      metrics.Float      `json:"p_holm"`
	Bootstrap *metrics.Bootstrap `json:"bootstrap"` // B's measure less A's
}

// Level is what p-values are held against.
const Level = 0.05

// Better is the name of the candidate that is right more often by more than chance, "" where chance may be all.
func (p *Pair) Better() string {
	switch {
	case float64(p.Holm) >= Level:
		return ""
	case p.OnlyA > p.OnlyB:
		return p.A
	}
	return p.B
}

// Sentence says what the pair's figures mean.
func (p *Pair) Sentence() string {
	if p.OnlyA == p.OnlyB {
		differ := p.BothRight + p.BothWrong - p.SameLabel
		switch {
		case p.OnlyA == 0 && differ == 0:
			return fmt.Sprintf("%s and %s give every row the same label.", p.A, p.B)
		case p.OnlyA == 0:
			return fmt.Sprintf("%s and %s are right on the same rows, and wrong with different labels on %d.", p.A, p.B, differ)
		}
		return fmt.Sprintf("%s and %s are right on equally many rows; %d are right with the one alone, and as many with the other.", p.A, p.B, p.OnlyA)
	}
	ahead, behind, d, macro := p.B, p.A, p.Bootstrap.Accuracy, p.Bootstrap.MacroF1
	if p.OnlyA > p.OnlyB {
		ahead, behind = p.A, p.B
		d.Value, d.Low, d.High = -d.Value, -d.High, -d.Low
		macro.Value, macro.Low, macro.High = -macro.Value, -macro.High, -macro.Low
	}
	test := "p " + PValue(p.Holm)
	if p.Holm != p.P {
		test += " after Holm"
	}
	points := fmt.Sprintf("%.2f points of accuracy (95%% interval %.2f to %.2f)", 100*d.Value, 100*d.Low, 100*d.High)
	sentence := fmt.Sprintf("%s is better than %s by %s, more than chance explains (%s).", ahead, behind, points, test)
	if p.Better() == "" {
		sentence = fmt.Sprintf("%s is ahead of %s by %s, which may be chance (%s).", ahead, behind, points, test)
	}
	if macro.High < 0 { // of unbalanced labels, the commonest alone makes accuracy
		sentence += fmt.Sprintf(" By macro F1, in which rare labels count as much, it is behind by %.2f points (95%% interval %.2f to %.2f).",
			-100*macro.Value, -100*macro.High, -100*macro.Low)
	}
	return sentence
}

// PValue writes a p-value with three decimals and an equals sign, or as below 0.001.
func PValue(p metrics.Float) string {
	if p < 0.001 {
		return "< 0.001"
	}
	return fmt.Sprintf("= %.3f", float64(p))
}

// Difference is a row that not all candidates give the same label.
type Difference struct {
	Row     int      `json:"row"`  // among those compared, from 0
	Line    int      `json:"line"` // of the file, from 1
	ID      string   `json:"id,omitempty"`
	Label   string   `json:"label"` // the true one
	Text    string   `json:"text"`  // its beginning
	Answers []Answer `json:"answers"`
}

// Answer is what a candidate says of a row.
type Answer struct {
	Label string        `json:"label"` // "" for no answer
	Score metrics.Float `json:"score"` // probability of the label; null where it is not known
	Right bool          `json:"right"`
}

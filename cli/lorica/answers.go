package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/lorica-go/lorica/native/classify"
	"github.com/lorica-go/lorica/native/predictions"
)

// answer is the JSON form of a classified text.
type answer struct {
	Label     string             `json:"label"`
	Score     float64            `json:"score"`
	Scores    predictions.Scores `json:"scores"`
	Logits    []float32          `json:"logits"`
	Tokens    int                `json:"tokens"`
	Truncated bool               `json:"truncated"`
}

func newAnswer(a *classify.Answer, labels []string) answer {
	return answer{a.Label, a.Score, predictions.Scores{Labels: labels, Values: a.Scores}, a.Logits, a.Tokens, a.Truncated}
}

// answerTable prints classified texts as aligned columns. It fixes the widths beforehand, as rows appear while others are
// still being read.
type answerTable struct {
	c          *console
	labelWidth int
	textWidth  int
	begun      bool
}

const longestLabel = 24

func newAnswerTable(c *console, labels []string) *answerTable {
	t := &answerTable{c: c, labelWidth: text.StringWidth("label")}
	for _, label := range labels {
		t.labelWidth = max(t.labelWidth, min(text.StringWidth(label), longestLabel))
	}
	t.textWidth = max(c.width-t.labelWidth-len("  100.0%    512  ")-1, 10)
	return t
}

func (t *answerTable) print(a *classify.Answer) {
	if !t.begun {
		t.begun = true
		fmt.Fprintln(t.c.out, t.c.style(bold, fmt.Sprintf("%s  %6s  %6s  %s", text.Pad("label", t.labelWidth, ' '), "score", "tokens", "text")))
	}
	shown := strings.Join(strings.Fields(printable(a.Row.Text)), " ")
	if a.Row.InputIDs != nil && shown == "" {
		shown = strings.Trim(fmt.Sprint(a.Row.InputIDs), "[]")
	}
	tokens := fmt.Sprint(a.Tokens)
	if a.Truncated {
		tokens += "+"
	}
	colour := faint
	if a.Score >= 0.75 {
		colour = green
	}
	fmt.Fprintf(t.c.out, "%s  %s  %6s  %s\n", text.Pad(text.Snip(printable(a.Label), t.labelWidth, "…"), t.labelWidth, ' '),
		t.c.style(colour, fmt.Sprintf("%5.1f%%", 100*a.Score)), tokens, text.Snip(shown, t.textWidth, "…"))
}

// printable replaces what would move a terminal's cursor or change its state.
func printable(s string) string {
	control := func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u202e' }
	if !slices.ContainsFunc([]rune(s), control) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if control(r) {
			return ' '
		}
		return r
	}, s)
}

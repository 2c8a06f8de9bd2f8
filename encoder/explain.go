package encoder

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/badinput"
)

// DefaultExplainSpans is how many spans Explain tells apart unless told otherwise, and MaxExplainSpans how many at most.
const (
	DefaultExplainSpans = 128
	MaxExplainSpans     = 1024
)

// ExplainOptions say what Explain explains.
type ExplainOptions struct {
	// Label is the class whose score is explained; empty means the predicted one.
	Label string
	// MaxSpans is the most spans that are told apart, each of which costs one more text to classify; 0 means
	// DefaultExplainSpans. A text of more words is divided into spans of several.
	MaxSpans int
}

// Explanation says what the words of a text do to the score of a class.
type Explanation struct {
	Prediction Prediction // of the whole text
	Label      string     // the class that is explained
	Score      float64    // its probability
	Words      []WordEffect
}

// WordEffect is a word, or several in a row where a text has more than are told apart, and its effect.
type WordEffect struct {
	Text       string
	Start, End int // where it stands in the text, in bytes
	// Effect is the class's score for the text minus its score for the text without the word: above zero the word speaks for
	// the class, below zero against it.
	Effect float64
}

// Explain classifies a text, and again without each of its words in turn: a word's effect is what the score of the class loses
// with it. That is occlusion (Zeiler and Fergus 2014, who covered parts of images; Li, Monroe and Jurafsky 2016, who erased
// words). It asks nothing of the model but to classify. A blank beside the word goes with it. What stands behind the place
// where a long text is cut has an effect only through what a missing word lets in. All variants go through the model in
// ragged batches. A label that the model lacks and too many spans are input errors.
func (c *Classifier) Explain(ctx Context, text string, o ExplainOptions) (*Explanation, error) {
	if o.MaxSpans == 0 {
		o.MaxSpans = DefaultExplainSpans
	}
	if o.MaxSpans < 1 || o.MaxSpans > MaxExplainSpans {
		return nil, badinput.Errorf("%d spans to explain: 1 to %d are possible", o.MaxSpans, MaxExplainSpans)
	}
	class := slices.Index(c.Labels(), o.Label)
	if o.Label != "" && class < 0 {
		return nil, badinput.Errorf("the model has no label %q: it has %q", o.Label, c.Labels())
	}
	spans := joinSpans(findWords(text), o.MaxSpans)
	inputs := make([]Input, 0, len(spans)+1)
	inputs = append(inputs, Input{Text: text})
	for _, s := range spans {
		inputs = append(inputs, Input{Text: without(text, s)})
	}
	predictions, err := c.Classify(ctx, inputs)
	if err != nil {
		return nil, err
	}
	e := &Explanation{Prediction: predictions[0], Words: make([]WordEffect, len(spans))}
	if class < 0 {
		class = e.Prediction.Index
	}
	e.Label, e.Score = c.Labels()[class], e.Prediction.Scores[class]
	for i, s := range spans {
		e.Words[i] = WordEffect{Text: text[s.start:s.end], Start: s.start, End: s.end, Effect: e.Score - predictions[i+1].Scores[class]}
	}
	return e, nil
}

// span is a part of a text, in bytes.
type span struct{ start, end int }

// findWords returns the words of a text: what stands between blanks, without the punctuation around it. Punctuation and
// symbols that stand alone are words, too, and so is each character of the scripts that put no blanks between words.
func findWords(text string) []span {
	var words []span
	start := -1
	end := func(at int) {
		if start >= 0 {
			words = append(words, trimSpan(text, span{start, at}))
		}
		start = -1
	}
	for at, r := range text {
		switch {
		case unicode.IsSpace(r):
			end(at)
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana):
			end(at)
			words = append(words, span{at, at + utf8.RuneLen(r)})
		case start < 0:
			start = at
		}
	}
	end(len(text))
	return words
}

// trimSpan cuts punctuation and symbols off both ends of a span, unless it has nothing else.
func trimSpan(text string, s span) span {
	spoken := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) }
	first, last := -1, 0
	for at, r := range text[s.start:s.end] {
		if spoken(r) {
			if first < 0 {
				first = s.start + at
			}
			last = s.start + at + utf8.RuneLen(r)
		}
	}
	if first < 0 {
		return s
	}
	return span{first, last}
}

// joinSpans divides spans evenly into at most a number of longer ones.
func joinSpans(spans []span, most int) []span {
	if len(spans) <= most {
		return spans
	}
	joined := make([]span, most)
	for i := range joined {
		joined[i] = span{spans[i*len(spans)/most].start, spans[(i+1)*len(spans)/most-1].end}
	}
	return joined
}

// without returns a text without a span, and without one of two blanks that would meet there or the one that would begin or
// end the text.
func without(text string, s span) string {
	before, after := text[:s.start], text[s.end:]
	left, width := utf8.DecodeLastRuneInString(before)
	right, _ := utf8.DecodeRuneInString(after)
	if unicode.IsSpace(left) && (after == "" || unicode.IsSpace(right)) {
		before = before[:len(before)-width]
	} else if before == "" && unicode.IsSpace(right) {
		after = after[utf8.RuneLen(right):]
	}
	return before + after
}

package prompt

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
)

func emptySet(t testing.TB) *data.Set {
	return &data.Set{Labels: labelsOf(t, "negative", "positive")}
}

func TestExamplesComeFromTheTrainingHalfAloneAndGoBeforeEveryChunk(t *testing.T) {
	s := serve(t, nil)
	for seed := range uint64(8) {
		c := asking(t, s, 100)
		c.TestSize, c.SplitSeed, c.Shots, c.ShotsSeed = data.Size{Fraction: 0.4}, seed, 3, seed
		before := len(s.Requests())
		r := mustRun(t, c)
		halves, err := c.Load(nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.Rows != 40 || r.Train != 60 || !slices.Equal(texts(halves.Eval.Rows)[:15], firstTexts(t, c)) {
			t.Errorf("%d rows are asked about, %d are to draw from", r.Rows, r.Train)
		}
		counts := map[string]int{}
		for _, e := range r.Examples {
			counts[e.Label]++
			if !slices.ContainsFunc(halves.Train.Rows, func(row data.Row) bool { return row.Line == e.Line }) {
				t.Errorf("the example of line %d is not in the training half", e.Line)
			}
		}
		if counts["negative"] != 3 || counts["positive"] != 3 {
			t.Errorf("examples by label: %v", counts)
		}
		for _, sent := range s.Requests()[before:] {
			if len(sent.Messages) != 4 || sent.Messages[2].Role != "assistant" {
				t.Fatalf("the messages are %+v", sent.Messages)
			}
			answer, err := ParseAnswer(sent.Messages[2].Content, 6, halves.Train.Labels)
			if err != nil {
				t.Fatal(err)
			}
			for i, e := range r.Examples {
				text, positive := review(e.Line - 1)
				if !strings.Contains(sent.Messages[1].Content, quoted(text)) || (answer[i] == 1) != positive {
					t.Errorf("the example of line %d is not shown, or with the label %d", e.Line, answer[i])
				}
			}
		}
	}
}

// firstTexts are those of the first request.
func firstTexts(t *testing.T, c Config) []string {
	t.Helper()
	r, err := prepare(c)
	if err != nil {
		t.Fatal(err)
	}
	return r.asker.texts[:15]
}

// leaky is a file whose rows 0 to 9 are to be drawn from and whose others are asked about. Of the former all positive ones
// stand in the latter.
func leaky(t *testing.T, like func(text string) string) (file, list string) {
	t.Helper()
	var b strings.Builder
	for i := range 10 {
		text, positive := review(i)
		fmt.Fprintf(&b, "{\"text\": %q, \"label\": %v}\n", text, positive)
	}
	for i := range 10 {
		text, positive := review(i)
		if positive {
			text = like(text)
		} else {
			text = fmt.Sprintf("Another opinion, of number %d, in other words", i)
		}
		fmt.Fprintf(&b, "{\"text\": %q, \"label\": %v}\n", text, positive)
	}
	return write(t, "leaky.jsonl", b.String()), write(t, "rows.json", `{"test": [10, 11, 12, 13, 14, 15, 16, 17, 18, 19]}`)
}

func TestAnExampleThatIsAskedAboutIsAnErrorThatNamesTheRows(t *testing.T) {
	s := serve(t, nil)
	for name, like := range map[string]func(string) string{
		"exactly":                    func(text string) string { return text },
		"but for case and white":     func(text string) string { return "  " + strings.ToUpper(strings.ReplaceAll(text, " ", "\t ")) },
		"exactly, though not nearly": func(text string) string { return text + "\n" },
	} {
		c := asking(t, s, 1)
		file, list := leaky(t, like)
		c.Data, c.EvalRows, c.Shots, c.Limit = file, list+":test", 2, 1
		_, err := Run(t.Context(), c)
		if err == nil || !badinput.Is(err) || !errors.Is(err, ErrLeak) {
			t.Errorf("%s: got %v", name, err)
			continue
		}
		r, err2 := c.drawn(t)
		if err2 != nil {
			t.Fatal(err2)
		}
		for _, line := range r {
			if want := fmt.Sprintf("leaky.jsonl:%d is also %s:%d", line, file, line+10); !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want %q", name, err, want)
			}
		}
		c.DropLeaks = true
		if _, err := Run(t.Context(), c); err == nil || !strings.Contains(err.Error(), `0 different texts have the label "positive"`) {
			t.Errorf("%s: without the leaks: got %v", name, err)
		}
	}
	if n := len(s.Requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// drawn are the lines of the positive examples, leaks or not.
func (c Config) drawn(t *testing.T) ([]int, error) {
	t.Helper()
	h, err := c.Load(nil)
	if err != nil {
		return nil, err
	}
	rows, err := h.Train.Sample(c.Shots, c.ShotsSeed)
	var all []int
	for _, row := range rows {
		if h.Train.Classes[row] == 1 {
			all = append(all, h.Train.Rows[row].Line)
		}
	}
	return all, err
}

func TestAnExampleThatIsNearlyAskedAboutIsToldOf(t *testing.T) {
	var log logged
	s := serve(t, nil)
	c := asking(t, s, 1)
	file, list := leaky(t, func(text string) string { return text + "!" })
	c.Data, c.EvalRows, c.Shots, c.Logger = file, list+":test", 2, log.logger()
	mustRun(t, c)
	if n := strings.Count(log.String(), "an example nearly stands in the rows that are asked about"); n < 2 {
		t.Errorf("told %d times: %s", n, log.String())
	}
}

func TestRowsThatCannotBeAskedAboutAreBadInput(t *testing.T) {
	s := serve(t, nil)
	one := "{\"text\": \"fine\", \"label\": \"good\"}\n"
	for name, c := range map[string]struct {
		change func(c *Config)
		want   string
	}{
		"no training half": {func(c *Config) { c.Shots = 2 }, "examples are drawn from the training half, and nothing is held out"},
		"too few to draw":  {func(c *Config) { c.Shots, c.TestSize = 30, data.Size{Count: 2} }, "examples: "},
		"one label only":   {func(c *Config) { c.Data = write(t, "one.jsonl", one) }, `only the label "good"`},
		"token ids": {func(c *Config) {
			c.Data = write(t, "ids.jsonl", "{\"input_ids\": [1, 2], \"label\": 1}\n{\"input_ids\": [3], \"label\": 0}\n")
		}, "ids.jsonl:1: the row has token ids"},
		"a label never seen":    {func(c *Config) { c.Labels = []string{"a", "b", "c"}; c.Data = write(t, "x.jsonl", one) }, `x.jsonl:1: field "label": unknown label`},
		"labels that are equal": {func(c *Config) { c.Labels = []string{"a", "a"} }, `"a" is both`},
		"no such file":          {func(c *Config) { c.Data += "x" }, "no such file"},
	} {
		settings := asking(t, s, 20)
		c.change(&settings)
		if _, err := Run(t.Context(), settings); err == nil || !badinput.Is(err) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

package compare

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/internal/tiny"
)

// labelled are four rows, neg pos neg pos.
const labelled = `{"text": "a", "label": "neg", "key": "k0"}
{"text": "b", "label": "pos", "key": "k1"}
{"text": "c", "label": "neg", "key": "k2"}
{"text": "d", "label": "pos", "key": "k3"}
`

// right are predictions that have all of them right.
const right = `{"label": "neg"}
{"label": "pos"}
{"label": "neg"}
{"label": "pos"}
`

// files writes contents into files a.jsonl, b.jsonl and so on, and returns the comparison of them on rows.jsonl.
func files(t *testing.T, rows string, contents ...string) Config {
	t.Helper()
	dir := t.TempDir()
	c := Default()
	c.Data = filepath.Join(dir, "rows.jsonl")
	tiny.Write(t, c.Data, rows)
	for i, content := range contents {
		name := string(rune('a' + i))
		path := filepath.Join(dir, name+".jsonl")
		tiny.Write(t, path, content)
		c.Candidates = append(c.Candidates, Candidate{Name: name, Path: path})
	}
	return c
}

func TestEveryFormOfPredictionsGivesTheSameAnswers(t *testing.T) {
	for name, content := range map[string]string{
		"scores by name": `{"scores": {"neg": 0.75, "pos": 0.25}}
{"scores": {"pos": 0.75, "neg": 0.25}}
{"scores": [{"label": "pos", "score": 0.75}, {"label": "neg", "score": 0.25}]}
{"scores": [0.25, 0.75]}
`,
		"logits": `{"logits": [1.0986122886681098, 0]}
{"logits": {"pos": 1.0986122886681098, "neg": 0}}
{"logits": [0, 1.0986122886681098]}
{"logits": [-100, -98.90138771133189]}
`,
		"labels with scores": `{"label": "neg", "score": 0.75}
{"label": 1, "score": 0.75}
{"label": true, "score": 0.75}
{"label": "POS", "score": 0.75}
`,
		"labels with all there is": `{"label": "neg", "score": 0.75, "scores": {"neg": 0.75, "pos": 0.25}, "logits": [5, 3.9013877113318902]}
{"label": "pos", "predicted": "pos", "scores": {"neg": 0.25, "pos": 0.75}}
{"label": "neg", "predicted": "pos", "scores": {"neg": 0.25, "pos": 0.75}}
{"predicted": "pos", "logits": {"neg": 0, "pos": 1.0986122886681098}}
`,
		"another order": `{"row": 3, "label": "pos", "score": 0.75}
{"row": 1, "label": "pos", "score": 0.75}
{"row": 0, "label": "neg", "score": 0.75}
{"row": 2, "label": "pos", "score": 0.75}
`,
	} {
		c := files(t, labelled, right, content)
		c.Labels = []string{"neg", "pos"}
		r, err := Run(t.Context(), c)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		b := r.Outcomes[1]
		if got := float64(b.Report.Accuracy); got != 0.75 {
			t.Errorf("%s: accuracy %v", name, got)
		}
		if got, want := float64(b.Report.LogLoss), (-3*math.Log(0.75)-math.Log(0.25))/4; math.Abs(got-want) > 1e-12 {
			t.Errorf("%s: log loss %v, want %v", name, got, want)
		}
		if b.Temperature == nil || math.Abs(float64(b.Temperature.Temperature)-1) > 1e-9 {
			t.Errorf("%s: temperature %+v", name, b.Temperature)
		}
		if len(r.Differences) != 1 || r.Differences[0].Line != 3 || r.Differences[0].Answers[1].Label != "pos" || math.Abs(float64(r.Differences[0].Answers[1].Score)-0.75) > 1e-12 {
			t.Errorf("%s: differences %+v", name, r.Differences)
		}
		if p := r.Pairs[0]; p.BothRight != 3 || p.OnlyA != 1 || p.SameLabel != 3 || p.P != 1 {
			t.Errorf("%s: pair %+v", name, p)
		}
	}
}

func TestPredictionsThatContradictThemselvesOrTheDataAreRefused(t *testing.T) {
	rest := strings.Join(strings.SplitAfter(right, "\n")[1:], "")
	for _, c := range []struct{ name, content, want string }{
		{"an unknown label", `{"label": "bad"}` + "\n" + rest, `b.jsonl:1: label: unknown label "bad"; known: neg, pos; --labels names`},
		{"an unknown label in scores", `{"scores": {"neg": 0.5, "bad": 0.5}}` + "\n" + rest, `b.jsonl:1: scores: unknown label "bad"`},
		{"a label twice in scores", `{"scores": [{"label": "neg", "score": 0.5}, {"label": "neg", "score": 0.5}]}` + "\n" + rest, `b.jsonl:1: scores: the label "neg" stands twice`},
		{"another true label", `{"predicted": "neg", "label": "pos"}` + "\n" + rest, `b.jsonl:1: the true label is "pos" here and "neg" on line 1 of the data: these are predictions of other rows`},
		{"an unknown true label", `{"predicted": "neg", "label": "x"}` + "\n" + rest, `b.jsonl:1: true label: unknown label "x"`},
		{"a list of three", `{"logits": [1, 2, 3]}` + "\n" + rest, "b.jsonl:1: a list of 3 logits for the 2 labels neg, pos"},
		{"a list in another order", `{"label": "neg", "logits": [1, 2]}` + "\n" + rest, `b.jsonl:1: the label is "neg", the largest of the logits is the one in the place of "pos": a list has the order neg, pos`},
		{"half a chance for the winner", `{"label": "neg", "score": 0.3}` + "\n" + rest, `b.jsonl:1: the score of the label that the row is given is 0.3, though of two labels`},
		{"scores that are not the softmax", `{"scores": {"neg": 0.9, "pos": 0.1}, "logits": [0, 0]}` + "\n" + rest, "b.jsonl:1: the scores are not the softmax of the logits: neg has 0.9, the logits give 0.5"},
		{"labels in another order", `{"scores": {"neg": 0.5, "pos": 0.5}, "logits": {"pos": 0, "neg": 0}}` + "\n" + rest, "b.jsonl:1: scores and logits have different labels, or another order"},
		{"no answer", `{"label": null}` + "\n" + rest, "b.jsonl: no prediction for 1 of 4 rows, the first of which is line 1 of "},
		{"another number of rows", rest, "b.jsonl: 3 predictions for the 4 rows of "},
		{"no predictions", "", "b.jsonl: no predictions"},
	} {
		config := files(t, labelled, right, c.content)
		if r, err := Run(t.Context(), config); !badinput.Is(err) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %+v, %v; want %q", c.name, r, err, c.want)
		}
	}
}

// Two rows lack an answer of b.
const gaps = `{"row": 0, "label": "neg", "score": 1}
{"row": 2, "label": null}
{"row": 3, "label": "neg", "score": 0.75}
`

func TestMissingPredictionsAreWrongOrLeaveRowsOut(t *testing.T) {
	c := files(t, labelled, right, gaps)
	c.Missing = MissingWrong
	r, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	b := r.Outcomes[1]
	if b.Missing != 2 || b.Report.Accuracy != 0.25 || r.Data.Rows != 4 || len(b.Report.Outside) != 2 || len(r.Differences) != 3 {
		t.Errorf("wrong: %+v, %+v, %d differences", b, b.Report, len(r.Differences))
	}
	if got := float64(b.Report.Calibration.ECE); got != 0.375 || !math.IsNaN(float64(b.Report.LogLoss)) {
		t.Errorf("wrong: calibration error %v, log loss %v", got, b.Report.LogLoss)
	}
	if d := r.Differences[0]; d.Line != 4 || d.Answers[1].Score != 0.75 {
		t.Errorf("the surest wrong answer is not the first: %+v", d)
	}
	if d := r.Differences[1]; d.Line != 2 || d.Answers[1].Label != "" || d.Answers[1].Right || !math.IsNaN(float64(d.Answers[1].Score)) {
		t.Errorf("a missing answer: %+v", d)
	}
	c.Missing = MissingDrop
	if r, err = Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if b = r.Outcomes[1]; b.Missing != 0 || r.Data.Dropped != 2 || r.Data.Rows != 2 || b.Report.Rows != 2 || b.Report.Accuracy != 0.5 || r.Outcomes[0].Report.Rows != 2 {
		t.Errorf("drop: %+v, %+v", r.Data, b.Report)
	}
	c.Missing = MissingError
	if _, err = Run(t.Context(), c); !badinput.Is(err) || !strings.Contains(err.Error(), "no prediction for 2 of 4 rows, the first of which is line 2 of ") {
		t.Errorf("error: %v", err)
	}
}

func TestNoRowLeftIsAnError(t *testing.T) {
	c := files(t, labelled, right, `{"row": 0, "label": null}`)
	c.Missing = MissingDrop
	if _, err := Run(t.Context(), c); !badinput.Is(err) || !strings.Contains(err.Error(), "no row has a prediction of every candidate") {
		t.Errorf("got %v", err)
	}
}

func TestPredictionsAreMatchedByIDAndPickedByARowList(t *testing.T) {
	byKey := `{"key": "k3", "label": "pos"}
{"key": "k0", "label": "neg"}
{"key": "k1", "label": "neg"}
{"key": "k2", "label": "neg"}
`
	withKeys := ""
	for i, label := range []string{"neg", "pos", "neg", "pos"} {
		withKeys += `{"key": "k` + string(rune('0'+i)) + `", "label": "` + label + "\"}\n"
	}
	c := files(t, labelled, withKeys, byKey)
	c.Read.IDField = "key"
	r, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if d := r.Differences; len(d) != 1 || d[0].ID != "k1" || d[0].Line != 2 {
		t.Errorf("by id: %+v", d)
	}
	c = files(t, labelled, right, "{\"label\": \"pos\"}\n{\"label\": \"neg\"}\n")
	c.Rows = filepath.Join(filepath.Dir(c.Data), "list.json:test")
	tiny.Write(t, strings.TrimSuffix(c.Rows, ":test"), `{"test": [3, 1]}`)
	if r, err = Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if r.Data.Rows != 2 || r.Outcomes[0].Report.Accuracy != 1 || r.Outcomes[1].Report.Accuracy != 0.5 || r.Differences[0].Line != 2 || r.Data.RowList != c.Rows {
		t.Errorf("of a row list: %+v, %+v", r.Data, r.Differences)
	}
}

func TestStandardInputIsDataOrPredictions(t *testing.T) {
	c := files(t, labelled, right)
	c.Candidates = append(c.Candidates, Candidate{Name: "stdin", Path: "-"})
	c.Read.Stdin = strings.NewReader(right)
	if r, err := Run(t.Context(), c); err != nil || len(r.Differences) != 0 || !strings.Contains(r.Pairs[0].Sentence(), "give every row the same label") {
		t.Errorf("got %v", err)
	}
	c = files(t, labelled, right, right)
	c.Data, c.Read.Stdin = "-", strings.NewReader(labelled)
	if r, err := Run(t.Context(), c); err != nil || r.Data.File != "stdin" || r.Data.Rows != 4 {
		t.Errorf("got %v", err)
	}
}

func TestLabelsCanBeRenamedAndTakenOut(t *testing.T) {
	c := files(t, labelled, right, `{"label": "bad"}
{"label": "good"}
{"label": "unsure"}
{"label": "bad"}
`)
	var err error
	if c.Renames, err = ParseRenames([]string{"b:bad=neg,good=pos,unsure="}, []string{"a", "b"}); err != nil {
		t.Fatal(err)
	}
	r, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if b := r.Outcomes[1]; b.Report.Accuracy != 0.5 || b.Missing != 0 || r.Differences[0].Answers[1].Label != "unsure" || r.Pairs[0].SameLabel != 2 {
		t.Errorf("got %+v, %+v", b.Report, r.Differences)
	}
}

func TestAColumnOfTextsIsNoLabel(t *testing.T) {
	var rows, predictions strings.Builder
	for i := range 1001 {
		fmt.Fprintf(&rows, "{\"text\": \"a\", \"label\": \"text %d\"}\n", i)
		predictions.WriteString("{\"label\": \"text 1\"}\n")
	}
	c := files(t, rows.String(), predictions.String(), predictions.String())
	if _, err := Run(t.Context(), c); !badinput.Is(err) || !strings.Contains(err.Error(), "1001 labels, more than the limit of 1000: is this the label's column?") {
		t.Errorf("got %v", err)
	}
}

func TestDataOfOneLabelNeedTheOthersNamed(t *testing.T) {
	c := files(t, `{"text": "a", "label": "pos"}`, `{"label": "pos"}`, `{"label": "pos"}`)
	if _, err := Run(t.Context(), c); !badinput.Is(err) || !strings.Contains(err.Error(), `all rows have the label "pos"`) {
		t.Errorf("got %v", err)
	}
	c.Labels = []string{"neg", "pos"}
	if r, err := Run(t.Context(), c); err != nil || r.Outcomes[0].Report.Accuracy != 1 {
		t.Errorf("got %v", err)
	}
	c.Labels = []string{"neg", "good"}
	if _, err := Run(t.Context(), c); !badinput.Is(err) || !strings.Contains(err.Error(), `rows.jsonl:1: field "label": unknown label "pos"; known: neg, good (the labels that were given); --labels names`) {
		t.Errorf("got %v", err)
	}
	if err := os.Remove(c.Data); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), c); !badinput.Is(err) {
		t.Errorf("got %v", err)
	}
}

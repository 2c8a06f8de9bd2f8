package predictions

import (
	"io"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
)

// readText reads a file from memory.
func readText(name, content string, most int, idField string) (*File, int, error) {
	r, err := data.NewRecords(name, strings.NewReader(content), data.Options{})
	if err != nil {
		return nil, 0, err
	}
	return read(r, most, idField)
}

// named are values of labels by name.
func named(labels string, values ...float64) *Values {
	v := &Values{Values: values}
	for _, label := range strings.Fields(labels) {
		v.Labels = append(v.Labels, data.NameValue(label))
	}
	return v
}

func TestEveryFormOfAPredictionIsRead(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name, file, content string
		want                Prediction
	}{
		{"a label", "p.jsonl", `{"label": "pos"}`, Prediction{Line: 1, Label: data.NameValue("pos"), Score: nan, Row: -1}},
		{"a class's number", "p.jsonl", `{"label": 1}`, Prediction{Line: 1, Label: data.IntValue(1), Score: nan, Row: -1}},
		{"a bool and a score", "p.jsonl", `{"label": true, "score": 0.75}`, Prediction{Line: 1, Label: data.BoolValue(true), Score: 0.75, Row: -1}},
		{"no answer", "p.jsonl", `{"label": null}`, Prediction{Line: 1, Score: nan, Row: -1}},
		{"what classify writes", "p.jsonl", `{"label":"pos","score":0.75,"scores":{"neg":0.25,"pos":0.75},"logits":[-1,0.5],"tokens":7,"truncated":false}`,
			Prediction{Line: 1, Label: data.NameValue("pos"), Score: 0.75, Scores: named("neg pos", 0.25, 0.75), Logits: named("neg pos", -1, 0.5), Row: -1}},
		{"what eval writes", "p.jsonl", `{"row":3,"line":4,"label":"neg","predicted":"pos","score":0.75,"scores":{"neg":0.25,"pos":0.75},"logits":[-1,0.5]}`,
			Prediction{Line: 1, Label: data.NameValue("pos"), Truth: data.NameValue("neg"), Score: 0.75, Scores: named("neg pos", 0.25, 0.75),
				Logits: named("neg pos", -1, 0.5), Row: 3, AtLine: 4}},
		{"no answer beside the truth", "p.jsonl", `{"label": "neg", "predicted": null}`, Prediction{Line: 1, Truth: data.NameValue("neg"), Score: nan, Row: -1}},
		{"what a pipeline gives", "p.jsonl", `{"scores": [{"label": "pos", "score": 0.9}, {"score": 0.1, "label": "neg"}]}`,
			Prediction{Line: 1, Score: nan, Scores: named("pos neg", 0.9, 0.1), Row: -1}},
		{"a list of logits", "p.jsonl", `{"logits": [1, -2e1]}`, Prediction{Line: 1, Score: nan, Logits: &Values{Values: []float64{1, -20}}, Row: -1}},
		{"a JSON array", "p.json", "[\n{\"label\": \"pos\", \"row\": 0}]", Prediction{Line: 2, Label: data.NameValue("pos"), Score: nan, Row: 0}},
		{"a table", "p.csv", "label,score,logits\npos,0.5,\"[1,2]\"\n", Prediction{Line: 2, Label: data.NameValue("pos"), Score: 0.5, Logits: &Values{Values: []float64{1, 2}}, Row: -1}},
		{"a table's empty cell", "p.csv", "label,score\n,\n", Prediction{Line: 2, Score: nan, Row: -1}},
		{"rounded probabilities", "p.jsonl", `{"scores": {"a": 0.33, "b": 0.33, "c": 0.33}}`, Prediction{Line: 1, Score: nan, Scores: named("a b c", 0.33, 0.33, 0.33), Row: -1}},
	} {
		f, all, err := readText(c.file, c.content, 9, "")
		if err != nil || all != 1 || len(f.Predictions) != 1 {
			t.Errorf("%s: %v, %d predictions", c.name, err, all)
			continue
		}
		got := f.Predictions[0]
		if math.IsNaN(got.Score) && math.IsNaN(c.want.Score) {
			got.Score, c.want.Score = 0, 0
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestWhatIsNoPredictionIsNamedByFileAndLine(t *testing.T) {
	for _, c := range []struct{ name, content, want string }{
		{"nothing", "", "p.jsonl: no predictions"},
		{"no label", `{"text": "a"}`, `p.jsonl:1: no field "predicted", "label", "scores" or "logits"; columns here: text`},
		{"a label of another type", `{"label": [1]}`, `p.jsonl:1: field "label": want a bool, a label name or 0/1, got array`},
		{"an empty label", `{"label": " "}`, `p.jsonl:1: field "label": the label is empty`},
		{"a score above 1", `{"label": 1, "score": 1.5}`, `p.jsonl:1: field "score": 1.5 is no probability`},
		{"a score that is no number", `{"label": 1, "score": "high"}`, `p.jsonl:1: field "score": want a number, got string`},
		{"negative scores", `{"scores": {"a": -0.5, "b": 1.5}}`, `p.jsonl:1: field "scores": -0.5 is no probability`},
		{"the scores of one label", `{"scores": {"a": 0.7}}`, `p.jsonl:1: field "scores": the probabilities of 1 labels add up to 0.7`},
		{"no scores at all", `{"scores": {}}`, `p.jsonl:1: field "scores": 0 values`},
		{"scores of a text", `{"scores": "a"}`, `p.jsonl:1: field "scores": want an object, got string`},
		{"numbers and objects", `{"scores": [0.5, {"label": "a", "score": 0.5}]}`, `p.jsonl:1: field "scores": numbers and objects`},
		{"objects and numbers", `{"scores": [{"label": "a", "score": 0.5}, 0.5]}`, `p.jsonl:1: field "scores[1]": want a number, or an object with label and score`},
		{"an object without a score", `{"scores": [{"label": "a"}]}`, `p.jsonl:1: field "scores[0]": want an object with label and score`},
		{"a label twice", `{"scores": {"a": 0.5, "a": 0.5}}`, `p.jsonl:1: field "scores": field "a" stands twice`},
		{"logits and scores that do not fit", `{"scores": {"a": 1}, "logits": [1, 2]}`, `p.jsonl:1: 2 logits, but 1 scores`},
		{"a logit out of range", `{"logits": [1, 1e400]}`, `p.jsonl:1: field "logits[1]"`},
		{"a negative row", `{"label": 1, "row": -1}`, `p.jsonl:1: field "row": want a whole number from 0, got -1`},
		{"half a row", `{"label": 1, "row": 0.5}`, `p.jsonl:1: field "row": want a whole number from 0, got 0.5`},
		{"broken JSON on line 2", "{\"label\": 1}\n{\"label\"", "p.jsonl:2: bad JSON"},
	} {
		if f, _, err := readText("p.jsonl", c.content, 9, ""); err == nil || !badinput.Is(err) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %+v, %v; want %q", c.name, f, err, c.want)
		}
	}
	if _, _, err := readText("p.jsonl", `{"label": 1}`, 9, "key"); err == nil || !strings.Contains(err.Error(), `p.jsonl:1: no field "key"`) {
		t.Errorf("a missing id: %v", err)
	}
	if _, _, err := Read("no such file", 9, data.Options{}); !badinput.Is(err) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestPredictionsBeyondTheLimitAreCountedAndNotKept(t *testing.T) {
	f, all, err := readText("p.jsonl", strings.Repeat("{\"label\": 1}\n", 100), 7, "")
	if err != nil || all != 100 || len(f.Predictions) != 8 {
		t.Errorf("%d predictions, %d kept, %v", all, len(f.Predictions), err)
	}
}

func TestWhatIsWrittenReadsBack(t *testing.T) {
	var out strings.Builder
	lines := []Line{
		{Row: 0, Line: 1, Label: "a & b", Predicted: "<c>", Score: 0.75, Scores: Scores{[]string{"<c>", "a & b"}, []float64{0.75, 0.25}}, Logits: []float32{1.5, -0.25}},
		{Row: 1, Line: 3, Label: "<c>", Predicted: "<c>", Score: 1, Scores: Scores{[]string{"<c>", "a & b"}, []float64{1, 0}}, Logits: []float32{900, -900}},
	}
	if err := Write(&out, lines); err != nil {
		t.Fatal(err)
	}
	f, _, err := readText("p.jsonl", out.String(), 9, "")
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range f.Predictions {
		l := lines[i]
		if p.Row != l.Row || p.AtLine != l.Line || p.Truth.Name != l.Label || p.Label.Name != l.Predicted || p.Score != l.Score ||
			p.Scores.Labels[0].Name != "<c>" || !reflect.DeepEqual(p.Scores.Values, l.Scores.Values) || p.Logits.Values[1] != float64(l.Logits[1]) {
			t.Errorf("line %d: wrote %+v, read %+v", i, l, p)
		}
	}
	if err := Write(io.Discard, []Line{{Score: math.NaN()}}); err == nil {
		t.Error("a NaN was written")
	}
}

func FuzzReadingPredictions(f *testing.F) {
	for _, seed := range []string{
		`{"label":"pos","score":0.75,"scores":{"neg":0.25,"pos":0.75},"logits":[-1,0.5]}`, `{"row":3,"line":4,"label":"neg","predicted":null}`,
		`[{"scores": [{"label": "pos", "score": 1}]}]`, "label,scores\npos,\"[0.5, 0.5]\"\n", "{\"label\": 1}\n{\"label\": 0}", "\x1f\x8b", `{"scores":[[[[1]]]]}`,
	} {
		f.Add(seed, "id")
		f.Add(seed, "")
	}
	target := &Target{All: &data.Set{File: "d.jsonl", Rows: []data.Row{{Line: 1}, {Line: 2}, {Line: 4}}}, Numbers: []int{2, 0}}
	f.Fuzz(func(t *testing.T, content, idField string) {
		for _, name := range []string{"p.jsonl", "p.json", "p.csv", "stdin"} {
			file, all, err := readText(name, content, target.Most(), idField)
			if err != nil {
				if !badinput.Is(err) {
					t.Errorf("%s: %v", name, err)
				}
				continue
			}
			if len(file.Predictions) == 0 || len(file.Predictions) > min(all, target.Most()+1) {
				t.Errorf("%s: %d of %d predictions", name, len(file.Predictions), all)
			}
			for _, p := range file.Predictions {
				if !(p.Score >= 0 && p.Score <= 1 || math.IsNaN(p.Score)) || p.Scores != nil && p.Scores.Labels != nil && len(p.Scores.Labels) != len(p.Scores.Values) {
					t.Errorf("%s: %+v", name, p)
				}
			}
			matched, err := file.Match(target, all)
			if err != nil && !badinput.Is(err) || err == nil && len(matched) != 2 {
				t.Errorf("%s: %d matched, %v", name, len(matched), err)
			}
		}
	})
}

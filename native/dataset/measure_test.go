package dataset

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/tokenize"
	"github.com/lorica-go/lorica/tokenizer"
)

func mustMeasure(t *testing.T, c MeasureConfig) *Measures {
	t.Helper()
	m, err := Measure(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The wanted values are numpy.quantile's.
func TestQuantilesAreNumpys(t *testing.T) {
	l := newLengths("words", []int32{7, 1, 3, 100, 2, 9})
	for name, pair := range map[string][2]float64{
		"min": {l.Min, 1}, "p5": {l.P5, 1.25}, "p25": {l.P25, 2.25}, "p50": {l.P50, 5}, "p75": {l.P75, 8.5}, "p90": {l.P90, 54.5}, "p95": {l.P95, 77.25},
		"p99": {l.P99, 95.45}, "max": {l.Max, 100}, "mean": {l.Mean, 122.0 / 6}, "sum": {float64(l.Sum), 122},
	} {
		if math.Abs(pair[0]-pair[1]) > 1e-9 {
			t.Errorf("%s: got %v, want %v", name, pair[0], pair[1])
		}
	}
}

func TestMeasureCountsWhatIsThere(t *testing.T) {
	english := "this game is one of the best that I have played in years and I would buy it again"
	c := DefaultMeasure()
	c.Sources = []string{file(t, "a.jsonl", strings.Join([]string{
		`{"appid":10,"text":"` + english + `","label":true,"n":1}`,
		`{"appid":10,"text":"` + strings.ToUpper(english) + `","label":false,"n":"2.5"}`,
		`{"appid":20,"text":"` + english + `!","label":true,"n":null}`,
		`{"appid":20,"text":" ","label":true}`,
		`{"appid":20,"text":"Das ist ein sehr schönes Spiel, das ich jedem empfehlen kann, der gerne spielt","label":null,"tags":["x"]}`,
		`{"appid":30,"text":"ok","label":false}`,
	}, "\n"))}
	c.By = "appid"
	m := mustMeasure(t, c)
	if m.Rows != 6 || m.Empty != 1 || m.Unlabelled != 1 || m.TextField != "text" || m.LabelField != "label" || m.Above != nil {
		t.Errorf("%+v", m)
	}
	if !reflect.DeepEqual(m.Labels, []Count{{"negative", 2}, {"positive", 3}}) {
		t.Errorf("labels %+v", m.Labels)
	}
	near := 1
	if want := (Duplicates{Exact: 1, Texts: 1, Conflicts: 1, Near: &near, Similarity: 0.8}); !reflect.DeepEqual(m.Duplicates, want) {
		t.Errorf("duplicates %+v", m.Duplicates)
	}
	if l := m.Languages; l == nil || l.Unsure != 2 || len(l.Found) != 2 || l.Found[0] != (LanguageCount{"English", "en", 3, 0.75}) || l.Found[1] != (LanguageCount{"German", "de", 1, 0.25}) {
		t.Errorf("languages %+v", l)
	}
	if len(m.Lengths) != 2 || m.Lengths[0].Unit != "characters" || m.Lengths[0].Min != 1 || m.Lengths[1].Max != 19 || m.Lengths[1].Min != 0 {
		t.Errorf("lengths %+v", m.Lengths)
	}
	want := &Breakdown{Field: "appid", Unit: "characters", Slices: []Slice{
		{"20", 3, []Count{{"negative", 0}, {"positive", 2}}, 78}, {"10", 2, []Count{{"negative", 1}, {"positive", 1}}, 81}, {"30", 1, []Count{{"negative", 1}, {"positive", 0}}, 2},
	}}
	if !reflect.DeepEqual(m.By, want) {
		t.Errorf("by appid: %+v", m.By)
	}
	fields := map[string]FieldFact{}
	for _, f := range m.Fields {
		fields[f.Name] = f
	}
	if f := fields["appid"]; f.Rows != 6 || f.Distinct != 3 || *f.Min != 10 || *f.Max != 30 || !reflect.DeepEqual(f.Top, []Count{{"20", 3}, {"10", 2}, {"30", 1}}) {
		t.Errorf("appid: %+v", f)
	}
	if f := fields["n"]; f.Rows != 3 || f.Missing != 3 || f.Null != 1 || *f.Max != 2.5 || !reflect.DeepEqual(f.Types, []Count{{"null", 1}, {"number", 1}, {"text", 1}}) {
		t.Errorf("n: %+v", f)
	}
	if f := fields["text"]; f.Empty != 1 || f.Characters == nil || f.Characters.Min != 1 || f.Min != nil || f.Distinct != 6 {
		t.Errorf("text: %+v", f)
	}
	if f := fields["tags"]; f.Rows != 1 || f.Types[0].Name != "array" {
		t.Errorf("tags: %+v", f)
	}
}

const wordPiece = `{"version":"1.0","normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"lowercase":true},
	"pre_tokenizer":{"type":"BertPreTokenizer"},"post_processor":{"type":"BertProcessing","sep":["[SEP]",2],"cls":["[CLS]",1]},
	"model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,
	"vocab":{"[UNK]":0,"[CLS]":1,"[SEP]":2,"good":3,"game":4,"##s":5,"bad":6}}}`

func TestTokensAreThoseOfTheModel(t *testing.T) {
	c := DefaultMeasure()
	c.Model, c.MaxLength = file(t, "tokenizer.json", wordPiece), 4
	var rows strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&rows, "{\"text\":%q}\n", strings.Repeat("good games ", i%5))
	}
	c.Sources = []string{file(t, "a.jsonl", rows.String())}
	m := mustMeasure(t, c)
	tok, err := tokenize.Open(c.Model)
	if err != nil {
		t.Fatal(err)
	}
	e, err := tok.Encode("good games good games good games good games ", tokenizer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l := m.Lengths[2]
	if l.Unit != "tokens" || l.Min != 2 || l.Max != float64(len(e.IDs)) || l.Max != 14 || l.P50 != 8 || m.Above == nil || *m.Above != (Above{4, 800, 0.8}) {
		t.Errorf("tokens %+v, above %+v", l, m.Above)
	}
}

func TestLabelsOfTwoKindsAreCountedAsTheyAreSpelled(t *testing.T) {
	c := DefaultMeasure()
	c.Sources = []string{file(t, "a.jsonl", `{"text":"a","label":true}`+"\n"+`{"text":"b","label":"pos"}`+"\n"+`{"text":"a","label":"pos"}`)}
	m := mustMeasure(t, c)
	if !reflect.DeepEqual(m.Labels, []Count{{"true", 1}, {`"pos"`, 2}}) || !strings.Contains(m.LabelProblem, "two kinds") || m.Duplicates.Conflicts != 1 {
		t.Errorf("%+v %q %+v", m.Labels, m.LabelProblem, m.Duplicates)
	}
}

func TestManyValuesAreToldApartUpToALimit(t *testing.T) {
	var rows strings.Builder
	for i := range maxDistinct + 5 {
		fmt.Fprintf(&rows, `{"text":"x","a":%d,"b":%d,"long":%q}`+"\n", i, i%maxDistinct, strings.Repeat("y", 100+i%3))
	}
	c := DefaultMeasure()
	c.Sources, c.Languages, c.Near = []string{file(t, "a.jsonl", rows.String())}, false, false
	m := mustMeasure(t, c)
	at := func(name string) FieldFact {
		return m.Fields[slices.IndexFunc(m.Fields, func(f FieldFact) bool { return f.Name == name })]
	}
	if at("a").Distinct != -1 || at("b").Distinct != maxDistinct || at("long").Distinct != 3 || len(at("long").Top) != 0 || m.Languages != nil || m.Duplicates.Near != nil {
		t.Errorf("%+v", m.Fields)
	}
}

func TestWhatCannotBeMeasuredIsBadInput(t *testing.T) {
	for want, change := range map[string]func(*MeasureConfig){
		"no file to read":       func(c *MeasureConfig) { c.Sources = nil },
		"twice":                 func(c *MeasureConfig) { c.Sources = []string{"-", "-"} },
		"maximum length 0":      func(c *MeasureConfig) { c.MaxLength = 0 },
		"no such model":         func(c *MeasureConfig) { c.Model = "/nowhere/at/all" },
		"no rows":               func(c *MeasureConfig) { c.Sources = []string{file(t, "a.json", "[]")} },
		"a.jsonl:1: bad JSON":   func(c *MeasureConfig) { c.Sources = []string{file(t, "a.jsonl", "{")} },
		"a similarity of 2":     func(c *MeasureConfig) { c.Similarity = 2 },
		"no text field (looked": func(c *MeasureConfig) { c.Sources = []string{file(t, "a.jsonl", `{"x":1}`)} },
	} {
		c := DefaultMeasure()
		c.Sources = []string{file(t, "a.jsonl", `{"text":"a"}`)}
		change(&c)
		if _, err := Measure(t.Context(), c); !badinput.Is(err) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestPickTakesTheSameFewRowsAgain(t *testing.T) {
	path := file(t, "a.jsonl", reviews(500, 4))
	picked := func(change func(*PickConfig)) []Sample {
		t.Helper()
		c := DefaultPick()
		c.Sources, c.Rows = []string{path}, 7
		change(&c)
		s, err := Pick(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	nothing := func(*PickConfig) {}
	one, again, other := picked(nothing), picked(nothing), picked(func(c *PickConfig) { c.Seed = 1 })
	if len(one) != 7 || !reflect.DeepEqual(one, again) || reflect.DeepEqual(one, other) {
		t.Errorf("the draw does not follow the seed")
	}
	if !slices.IsSortedFunc(one, func(a, b Sample) int { return a.Line - b.Line }) {
		t.Errorf("the draw is not in the file's order: %+v", one)
	}
	for i, s := range picked(func(c *PickConfig) { c.By = First }) {
		var row struct {
			Review string
			Author struct{ SteamID string }
		}
		if err := json.Unmarshal(s.Row, &row); err != nil || s.Line != i+1 || row.Review != s.Text || row.Author.SteamID != fmt.Sprint(i) {
			t.Errorf("row %d: %+v, %v", i, s, err)
		}
	}
	long, short := picked(func(c *PickConfig) { c.By = Longest }), picked(func(c *PickConfig) { c.By = Shortest })
	for i := 1; i < 7; i++ {
		if long[i].Characters > long[i-1].Characters || short[i].Characters < short[i-1].Characters {
			t.Errorf("not in the order of lengths")
		}
	}
	if long[6].Characters <= short[6].Characters || short[0].Characters != 0 {
		t.Errorf("longest %d, shortest %d", long[6].Characters, short[0].Characters)
	}
	labels := map[string]int{}
	for _, s := range picked(func(c *PickConfig) { c.PerLabel = true }) {
		labels[s.Label]++
	}
	if !reflect.DeepEqual(labels, map[string]int{"true": 7, "false": 7, "": 7}) {
		t.Errorf("per label: %v", labels)
	}
	for _, s := range picked(func(c *PickConfig) { c.Label, c.Where = "false", []Condition{{"appid", "20"}} }) {
		if s.Label != "false" || !strings.Contains(string(s.Row), `"appid":20`) {
			t.Errorf("%+v", s)
		}
	}
	for want, change := range map[string]func(*PickConfig){
		"no row of 500 is as asked for": func(c *PickConfig) { c.Label = "maybe" }, "choice": func(c *PickConfig) { c.By = "best" }, "0 rows": func(c *PickConfig) { c.Rows = 0 },
		"no file to read": func(c *PickConfig) { c.Sources = nil }, "nowhere": func(c *PickConfig) { c.Sources = []string{"nowhere.jsonl"} },
	} {
		c := DefaultPick()
		c.Sources = []string{path}
		change(&c)
		if _, err := Pick(t.Context(), c); !badinput.Is(err) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

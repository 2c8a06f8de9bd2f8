package dataset

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/internal/shared"
	"github.com/lorica-go/lorica/native/data"
)

// config builds from sources into a fresh folder.
func config(t *testing.T, sources ...string) Config {
	c := Default()
	c.Sources, c.Out, c.Order = sources, filepath.Join(t.TempDir(), "out.jsonl"), Original
	return c
}

func mustBuild(t *testing.T, c Config) *Summary {
	t.Helper()
	s, err := Build(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEveryRowIsInTheResultOrCountedUnderAReason(t *testing.T) {
	for seed := range uint64(6) {
		c := config(t, file(t, "a.jsonl", reviews(700, seed)), file(t, "b.jsonl", reviews(300, seed+100)))
		c.Dropped = filepath.Join(t.TempDir(), "dropped.jsonl")
		c.Order, c.MinChars, c.MaxChars = []Order{Shuffled, Original, Interleaved}[seed%3], 3, 150
		c.Balance, c.PerLabel, c.DropConflicts = seed%2 == 0, int(seed)*20, seed > 2
		c.Where = []Condition{{"appid", "0"}}
		if seed < 4 {
			c.Where = nil
		}
		s := mustBuild(t, c)
		dropped := 0
		for _, d := range s.Dropped {
			dropped += d.Rows
		}
		if s.Read != 1000 || s.Kept+dropped != s.Read || s.Kept == 0 {
			t.Errorf("seed %d: read %d, kept %d, dropped %d: %+v", seed, s.Read, s.Kept, dropped, s.Dropped)
		}
		if rows := rowsOf(t, c.Out); len(rows) != s.Kept {
			t.Errorf("seed %d: %d rows in the file, %d kept", seed, len(rows), s.Kept)
		}
		reasons := map[string]int{}
		for _, d := range jsonLines[droppedRow](t, c.Dropped) {
			reasons[d.Reason]++
			if d.Place == "" || len(d.Row) < 10 || (d.Reason == "near duplicate" || d.Reason == "exact duplicate" || d.Reason == "same id") && d.Of == "" {
				t.Errorf("seed %d: %+v", seed, d)
			}
		}
		if len(reasons) != len(s.Dropped) {
			t.Errorf("seed %d: reasons %v, summary %+v", seed, reasons, s.Dropped)
		}
		for reason, n := range reasons {
			if count(s.Dropped, reason) != n {
				t.Errorf("seed %d: %d rows with the reason %q, %d in the summary", seed, n, reason, count(s.Dropped, reason))
			}
		}
		labelled := 0
		for _, l := range s.Labels {
			labelled += l.Kept
		}
		if labelled != s.Kept {
			t.Errorf("seed %d: labels %+v of %d rows", seed, s.Labels, s.Kept)
		}
	}
}

func TestEachStepDropsWhatItIsFor(t *testing.T) {
	long, nearly := strings.Repeat("a fine story with a long end, ", 8), strings.Repeat("a fine story with a long end, ", 7)+"a fine story with a long END! "
	for name, c := range map[string]struct {
		rows   string
		change func(*Config)
		want   []string // "text|label" of what stays
		reason string
	}{
		"empty texts":                 {`{"text":" \n","label":1} {"text":"a","label":0}`, nil, []string{"a|0"}, "empty"},
		"empty texts, kept":           {`{"text":" \n","label":1} {"text":"a","label":0}`, func(c *Config) { c.KeepEmpty = true }, []string{"|1", "a|0"}, ""},
		"texts that cleaning empties": {`{"text":"[b][/b]","label":1} {"text":"a","label":0}`, func(c *Config) { c.Rules = Rules() }, []string{"a|0"}, "empty"},
		"short texts":                 {`{"text":"é","label":1} {"text":"ab","label":0}`, func(c *Config) { c.MinChars = 2 }, []string{"ab|0"}, "too short"},
		"long texts":                  {`{"text":"éé","label":1} {"text":"abc","label":0}`, func(c *Config) { c.MaxChars = 2 }, []string{"éé|1"}, "too long"},
		"no label":                    {`{"text":"a","label":null} {"text":"b","label":0} {"text":"c"}`, nil, []string{"b|0"}, "no label"},
		"no labels at all":            {`{"text":"a"} {"text":"b"}`, nil, []string{"a|none", "b|none"}, ""},
		"another value":               {`{"text":"a","label":1,"n":10} {"text":"b","label":0,"n":"20"} {"text":"c","label":0}`, func(c *Config) { c.Where = []Condition{{"n", "20"}} }, []string{"b|0"}, "where"},
		"older versions":              {`{"text":"a","label":1,"recommendationid":"7","timestamp_updated":5} {"text":"b","label":0,"recommendationid":7,"timestamp_updated":6} {"text":"c","label":0,"recommendationid":"7","timestamp_updated":6}`, nil, []string{"b|0"}, "same id"},
		"older versions, kept":        {`{"text":"a","label":1,"recommendationid":"7"} {"text":"b","label":0,"recommendationid":"7"}`, func(c *Config) { c.IDField = "" }, []string{"a|1", "b|0"}, ""},
		"an id of another name":       {`{"text":"a","label":1,"id":"7"} {"text":"b","label":0,"id":"7"}`, func(c *Config) { c.IDField = "id" }, []string{"a|1"}, "same id"},
		"the same text":               {`{"text":"Good  game","label":1} {"text":"good game","label":1}`, nil, []string{"Good  game|1"}, "exact duplicate"},
		"the same text, kept":         {`{"text":"Good  game","label":1} {"text":"good game","label":1}`, func(c *Config) { c.Exact, c.Near = false, false }, []string{"Good  game|1", "good game|1"}, ""},
		"near texts without exact":    {`{"text":"Good  game","label":1} {"text":"good game","label":1}`, func(c *Config) { c.Exact = false }, []string{"Good  game|1", "good game|1"}, ""},
		"another label":               {`{"text":"a b","label":1} {"text":"a b","label":0} {"text":"c","label":0}`, nil, []string{"a b|1", "c|0"}, "exact duplicate"},
		"another label, none":         {`{"text":"a b","label":1} {"text":"a b","label":0} {"text":"c","label":0}`, func(c *Config) { c.DropConflicts = true }, []string{"c|0"}, "conflicting labels"},
		"nearly the same text":        {`{"text":"` + long + `","label":1} {"text":"` + nearly + `","label":1} {"text":"x","label":0}`, nil, []string{strings.TrimSpace(long) + "|1", "x|0"}, "near duplicate"},
		"nearly, another label":       {`{"text":"` + long + `","label":1} {"text":"` + nearly + `","label":0}`, nil, []string{strings.TrimSpace(long) + "|1", strings.TrimSpace(nearly) + "|0"}, ""},
		"nearly, kept":                {`{"text":"` + long + `","label":1} {"text":"` + nearly + `","label":1}`, func(c *Config) { c.Near = false }, []string{strings.TrimSpace(long) + "|1", strings.TrimSpace(nearly) + "|1"}, ""},
		"the rarer label":             {`{"text":"a","label":1} {"text":"b","label":0} {"text":"c","label":1}`, func(c *Config) { c.Balance = true }, nil, "balance"},
	} {
		t.Run(name, func(t *testing.T) {
			k := config(t, file(t, "a.jsonl", strings.ReplaceAll(c.rows, "} {", "}\n{")))
			if c.change != nil {
				c.change(&k)
			}
			s := mustBuild(t, k)
			if got := rowsOf(t, k.Out); c.want != nil && !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if c.reason == "" && len(s.Dropped) != 0 || c.reason != "" && (len(s.Dropped) != 1 || s.Dropped[0].Name != c.reason) {
				t.Errorf("dropped %+v, want %q", s.Dropped, c.reason)
			}
			if strings.HasPrefix(name, "another label") && s.Conflicts != 1 || name == "nearly, another label" && s.NearOtherLabel != 1 {
				t.Errorf("%d conflicts, %d near ones of another label", s.Conflicts, s.NearOtherLabel)
			}
		})
	}
}

func TestFilesThatDifferAreMerged(t *testing.T) {
	sources := []string{
		file(t, "a.jsonl", `{"id":1,"review":"one","voted_up":true,"weight":0.50,"author":{"x":"<é>"}}`+"\n"),
		file(t, "b.csv", "label,text,id\nfalse,\"two, \"\"too\"\"\",007\n"),
		file(t, "c.json", `{"response":{"reviews":[{"review":"three","voted_up":true}],"cursor":"*"}}`),
	}
	c := config(t, sources...)
	s := mustBuild(t, c)
	want := `{"id":1,"text":"one","label":true,"weight":0.50,"author":{"x":"<é>"}}` + "\n" + `{"id":"007","text":"two, \"too\"","label":"false"}` + "\n" +
		`{"text":"three","label":true}` + "\n"
	if got := read(t, c.Out); got != want || s.TextField != "text" || s.LabelField != "label" {
		t.Errorf("got %s (text %q, label %q), want %s", got, s.TextField, s.LabelField, want)
	}
	c.Labels, c.TextName, c.LabelName, c.Fields = []string{"neg", "pos"}, "body", "class", []string{"class", "body"}
	c.Out = filepath.Join(t.TempDir(), "out.tsv")
	mustBuild(t, c)
	if got, want := read(t, c.Out), "class\tbody\npos\tone\nneg\t\"two, \"\"too\"\"\"\npos\tthree\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTextsAndLabelsComeThroughEveryFormat(t *testing.T) {
	source := file(t, "a.jsonl", `{"text":"tab\tand \"quotes\", commas;\nlines \\ <tag> é 👩‍🚀","label":"a, \"b\"","n":[1,{"x":null}],"z":null}`+"\n"+`{"text":"plain","label":"c"}`+"\n")
	want := rowsOf(t, source)
	for _, ending := range []string{".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".jsonl.gz", ".json.gz", ".csv.gz", ".tsv.GZ"} {
		c := config(t, source)
		c.Out = filepath.Join(t.TempDir(), "out"+ending)
		mustBuild(t, c)
		if got := rowsOf(t, c.Out); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", ending, got, want)
		}
		if zipped := strings.HasPrefix(read(t, c.Out), "\x1f\x8b"); zipped != strings.HasSuffix(strings.ToLower(ending), ".gz") {
			t.Errorf("%s: gzipped %v", ending, zipped)
		}
	}
	c := config(t, file(t, "a.jsonl", `{"text":"","label":1}`+"\n"+`{"text":"x","label":0}`+"\n"))
	c.Out, c.KeepEmpty, c.Fields = filepath.Join(t.TempDir(), "out.csv"), true, []string{"text"}
	mustBuild(t, c)
	if got := rowsOf(t, c.Out); !slices.Equal(got, []string{"|none", "x|none"}) {
		t.Errorf("one column with an empty text: got %q", got)
	}
}

func TestTheResultDoesNotDependOnProcessorsAndFollowsTheSeed(t *testing.T) {
	source := file(t, "a.jsonl", reviews(1500, 9))
	built := func(order Order, seed uint64, processors int) string {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		c := config(t, source)
		c.Order, c.Seed, c.Balance, c.PerLabel = order, seed, true, 100
		mustBuild(t, c)
		return read(t, c.Out)
	}
	for _, order := range []Order{Shuffled, Original, Interleaved} {
		one := built(order, 42, 1)
		if other := built(order, 42, 8); other != one {
			t.Errorf("%s: another result with more processors", order)
		}
		if other := built(order, 43, 8); other == one {
			t.Errorf("%s: the same result with another seed", order)
		}
	}
	c := config(t, source)
	mustBuild(t, c)
	original := rowsOf(t, c.Out)
	c.Order = Shuffled
	mustBuild(t, c)
	shuffled := rowsOf(t, c.Out)
	for to, from := range data.Permutation(len(original), c.Seed) {
		if shuffled[to] != original[from] {
			t.Fatalf("row %d is not that of Dataset.shuffle", to)
		}
	}
}

func TestBalancedAndInterleavedRowsTakeTurns(t *testing.T) {
	c := config(t, file(t, "a.jsonl", reviews(600, 3)))
	c.Order, c.Balance = Interleaved, true
	s := mustBuild(t, c)
	rows := rowsOf(t, c.Out)
	for i, row := range rows {
		if strings.HasSuffix(row, "|true") != (i%2 == 1) {
			t.Fatalf("row %d is %q", i, row)
		}
	}
	if s.Labels[0].Kept != s.Labels[1].Kept || s.Labels[0].Kept == 0 || 2*s.Labels[0].Kept != len(rows) {
		t.Errorf("labels %+v, %d rows", s.Labels, len(rows))
	}
}

func TestWhatCannotBeBuiltLeavesNoFile(t *testing.T) {
	good, dir := file(t, "good.jsonl", `{"text":"a","label":1}`+"\n"), t.TempDir()
	for name, c := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"a bad row in the second file": {func(c *Config) { c.Sources = append(c.Sources, file(t, "bad.jsonl", "{\"text\":\"a\"}\n{")) }, "bad.jsonl:2: "},
		"a file that is not there":     {func(c *Config) { c.Sources = []string{filepath.Join(dir, "nowhere.csv")} }, "nowhere.csv"},
		"labels of two kinds":          {func(c *Config) { c.Sources = append(c.Sources, file(t, "b.jsonl", `{"text":"b","label":"pos"}`)) }, "b.jsonl:1; name the classes"},
		"a label that is none": {func(c *Config) {
			c.Labels = []string{"neg", "pos"}
			c.Sources = append(c.Sources, file(t, "b.jsonl", `{"text":"b","label":"meh"}`))
		}, `b.jsonl:1: field "label": unknown label "meh"`},
		"a field that is not there":        {func(c *Config) { c.Fields = []string{"text", "x"} }, `no field "x" in the rows; there is text, label`},
		"a field named twice":              {func(c *Config) { c.Fields = []string{"text", "text"} }, `field "text" is named twice`},
		"two columns of one name":          {func(c *Config) { c.TextName = "label" }, `two columns of the result would be called "label"`},
		"nothing left":                     {func(c *Config) { c.MinChars = 5 }, "no row is left of 1: too short 1"},
		"nothing there":                    {func(c *Config) { c.Sources = []string{file(t, "none.json", `{"response":{}}`)} }, "none.json: no rows"},
		"token ids":                        {func(c *Config) { c.Sources = []string{file(t, "ids.jsonl", `{"input_ids":[1],"label":1}`)} }, "ids.jsonl:1: a row of token ids has no text"},
		"no labels to balance":             {func(c *Config) { c.Balance = true; c.Sources = []string{file(t, "t.jsonl", `{"text":"a"}`)} }, "rows without labels"},
		"no labels to interleave":          {func(c *Config) { c.Order = Interleaved; c.Sources = []string{file(t, "t.jsonl", `{"text":"a"}`)} }, "rows without labels"},
		"a label column that is not there": {func(c *Config) { c.Read.LabelField = "nope" }, "no row is left of 1: no label 1"},
		"an ending that is none":           {func(c *Config) { c.Out += ".parquet" }, "want a name that ends in .jsonl"},
		"no folder":                        {func(c *Config) { c.Out = filepath.Join(dir, "no", "out.jsonl") }, "no"},
		"a similarity of nothing":          {func(c *Config) { c.Similarity = 0.01 }, "similarity of 0.01"},
		"a length of nothing":              {func(c *Config) { c.MinChars, c.MaxChars = 3, 2 }, "texts of 3 to 2 characters"},
	} {
		t.Run(name, func(t *testing.T) {
			k := config(t, good)
			k.Dropped = filepath.Join(t.TempDir(), "dropped.jsonl")
			c.change(&k)
			_, err := Build(t.Context(), k)
			if !badinput.Is(err) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			for _, path := range []string{k.Out, k.Dropped} {
				if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
					t.Errorf("%s: %v", path, err)
				}
			}
		})
	}
}

func TestReviewsAsSteamGivesThemComeThroughWithoutLoss(t *testing.T) {
	var rows []map[string]any
	objects := shared.Path(t, "data", "steam-api", "raw-objects-2019.jsonl")
	rows = append(rows, jsonLines[map[string]any](t, objects)...)
	c := config(t, objects)
	for _, name := range []string{"sample-appreviews-2026-09.json", "sample-GetAppReviews-v1-RECONSTRUCTED.json"} {
		path := shared.Path(t, "data", "steam-api", name)
		var answer struct {
			Reviews  []map[string]any
			Response struct{ Reviews []map[string]any }
		}
		if err := json.Unmarshal([]byte(read(t, path)), &answer); err != nil {
			t.Fatal(err)
		}
		rows = append(append(rows, answer.Reviews...), answer.Response.Reviews...)
		c.Sources = append(c.Sources, path)
	}
	c.Rules, c.KeepEmpty, c.IDField, c.Exact, c.Near = nil, true, "", false, false
	mustBuild(t, c)
	if got := jsonLines[map[string]any](t, c.Out); len(rows) != 2082 || !reflect.DeepEqual(got, rows) {
		t.Errorf("%d rows became %d, or others", len(rows), len(got))
	}
}

func TestBadRowsAreCountedWhenTheyArePassedOver(t *testing.T) {
	c := config(t, file(t, "a.jsonl", "{\"text\":\"a\",\"label\":\"pos\"}\n{\n{\"text\":\"b\",\"label\":\"meh\"}\n{\"text\":\"c\",\"label\":\"NEG\"}\n"))
	c.Read.SkipBad, c.Labels = true, []string{"neg", "pos"}
	s := mustBuild(t, c)
	if s.Sources[0].BadRow != 2 || s.Sources[0].Rows != 2 || !slices.Equal(rowsOf(t, c.Out), []string{"a|pos", "c|neg"}) {
		t.Errorf("%+v", s.Sources)
	}
}

func TestBuildingEndsWithItsContextAndLeavesNothing(t *testing.T) {
	c := config(t, file(t, "a.jsonl", reviews(3000, 1)))
	for _, stage := range []string{"reading", "comparing", "writing"} {
		ctx, cancel := context.WithCancel(t.Context())
		c.OnProgress = func(at string, _, _ int) {
			if at == stage {
				cancel()
			}
		}
		if _, err := Build(ctx, c); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled while %s: %v", stage, err)
		}
		if entries, err := os.ReadDir(filepath.Dir(c.Out)); err != nil || len(entries) != 0 {
			t.Errorf("cancelled while %s: left %v, %v", stage, entries, err)
		}
		cancel()
	}
}

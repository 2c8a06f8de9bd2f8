package dataset

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
)

// plainRows returns n different rows with labels and groups.
func plainRows(n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, `{"text":"row %d of %x","label":%v,"appid":%d}`+"\n", i, i*i*2654435761, i%3 == 0, 10*(i%11))
	}
	return out.String()
}

func divideConfig(t *testing.T, content string) DivideConfig {
	c := DefaultDivide()
	c.Source, c.Out = file(t, "rows.jsonl", content), t.TempDir()
	return c
}

func mustDivide(t *testing.T, c DivideConfig) *Division {
	t.Helper()
	d, err := Divide(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// lists reads the positions of the parts' rows.
func lists(t *testing.T, c DivideConfig) map[string][]int {
	t.Helper()
	var l map[string][]int
	if err := json.Unmarshal([]byte(read(t, filepath.Join(c.Out, ListFile))), &l); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestDivideDrawsWhatTheLibrariesDraw(t *testing.T) {
	content := plainRows(200)
	lines := strings.SplitAfter(content, "\n")
	classes := make([]int, 200)
	for i := range classes {
		if i%3 == 0 {
			classes[i] = 1
		}
	}
	for _, method := range Methods() {
		c := divideConfig(t, content)
		c.Method, c.Validation = method, data.Size{Fraction: 0.1}
		d := mustDivide(t, c)
		k := data.SplitConfig{Test: c.Test, Seed: 42}
		if method == Sklearn || method == SklearnStratified {
			k.Library = data.ScikitLearn
		}
		if method == Stratified || method == SklearnStratified {
			k.Stratify = classes
		}
		first, err := data.TrainTestSplit(200, k)
		if err != nil {
			t.Fatal(err)
		}
		if k.Stratify != nil {
			k.Stratify = nil
			for _, at := range first.Train {
				k.Stratify = append(k.Stratify, classes[at])
			}
		}
		k.Test = data.Size{Count: 20} // a tenth of all rows
		second, err := data.TrainTestSplit(160, k)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string][]int{"test": first.Test, "train": pick(first.Train, second.Train), "validation": pick(first.Train, second.Test)}
		got := lists(t, c)
		for i, part := range Parts {
			if !slices.Equal(got[part], want[part]) {
				t.Errorf("%s: %s has the rows %v, want %v", method, part, got[part], want[part])
			}
			content := ""
			for _, at := range want[part] {
				content += lines[at]
			}
			if d.Parts[i].Name != part || d.Parts[i].Rows != len(want[part]) || read(t, d.Parts[i].File) != content {
				t.Errorf("%s: %+v does not hold its rows", method, d.Parts[i])
			}
		}
	}
}

func TestTheListsNameTheRowsForTraining(t *testing.T) {
	c := divideConfig(t, plainRows(50))
	mustDivide(t, c)
	set, err := data.Load(c.Source, nil, data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"train", "test"} {
		rows, err := data.ReadRowList(filepath.Join(c.Out, ListFile) + ":" + part)
		if err != nil {
			t.Fatal(err)
		}
		taken, err := set.Take(rows)
		if err != nil {
			t.Fatal(err)
		}
		written, err := data.Load(filepath.Join(c.Out, part+".jsonl"), nil, data.Options{})
		if err != nil || written.Digest() != taken.Digest() {
			t.Errorf("%s: other rows than listed, %v", part, err)
		}
	}
	if _, listed := lists(t, c)["validation"]; listed {
		t.Error("a list of validation rows, of which there are none")
	}
}

func TestNoGroupStandsInTwoParts(t *testing.T) {
	c := divideConfig(t, plainRows(300))
	c.Group, c.Test, c.Validation = "appid", data.Size{Fraction: 0.2}, data.Size{Count: 2}
	d := mustDivide(t, c)
	part := map[int]string{}
	for name, rows := range lists(t, c) {
		for _, at := range rows {
			group := at % 11
			if part[group] != "" && part[group] != name {
				t.Fatalf("group %d stands in %s and %s", group, part[group], name)
			}
			part[group] = name
		}
	}
	if d.Parts[test].Groups != 3 || d.Parts[validation].Groups != 2 || d.Parts[train].Groups != 6 {
		t.Errorf("%+v", d.Parts)
	}
}

func TestTextsInTwoPartsAreCountedAndDropped(t *testing.T) {
	content := reviews(800, 5)
	c := divideConfig(t, content)
	c.Validation = data.Size{Fraction: 0.2}
	d := mustDivide(t, c)
	set, err := data.LoadTexts(c.Source, data.Options{AllowEmpty: true})
	if err != nil {
		t.Fatal(err)
	}
	l := lists(t, c)
	for _, leaks := range d.Leaks {
		report, err := data.FindLeaks(set.Select(l[leaks.In]), set.Select(l[leaks.Part]), 0)
		if err != nil || leaks.Exact != report.ExactTestRows || leaks.Near != report.NearTestRows || leaks.Exact == 0 {
			t.Errorf("%+v, want %d exact and %d near, %v", leaks, report.ExactTestRows, report.NearTestRows, err)
		}
	}
	if len(d.Leaks) != 3 || d.Dropped != 0 {
		t.Errorf("%+v, %d dropped", d.Leaks, d.Dropped)
	}
	c.DropLeaks, c.Out = true, t.TempDir()
	dropped := mustDivide(t, c)
	after := lists(t, c)
	if !slices.Equal(after["test"], l["test"]) || len(after["train"])+len(after["validation"])+dropped.Dropped != len(l["train"])+len(l["validation"]) || dropped.Dropped == 0 {
		t.Errorf("%d dropped of %d and %d rows, left %d and %d", dropped.Dropped, len(l["train"]), len(l["validation"]), len(after["train"]), len(after["validation"]))
	}
	gone := map[string]map[int]bool{"train": {}, "validation": {}}
	for _, pair := range [][2]string{{"train", "test"}, {"train", "validation"}, {"validation", "test"}} {
		report, err := data.FindLeaks(set.Select(l[pair[0]]), set.Select(l[pair[1]]), 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range report.TrainRows {
			gone[pair[0]][at] = true
		}
	}
	for part, rows := range gone {
		if len(after[part]) != len(l[part])-len(rows) {
			t.Errorf("%s: %d rows are left of %d, of which %d leak", part, len(after[part]), len(l[part]), len(rows))
		}
	}
	for _, pair := range [][2]string{{"train", "test"}, {"train", "validation"}, {"validation", "test"}} {
		report, err := data.FindLeaks(set.Select(after[pair[0]]), set.Select(after[pair[1]]), 0)
		if err != nil || len(report.Leaks) != 0 {
			t.Errorf("%v: %d leaks are left, %v", pair, len(report.Leaks), err)
		}
	}
}

func TestRowsOfOnePartMayBeAlike(t *testing.T) {
	var rows strings.Builder
	for group, text := range []string{"a long walk through the quiet woods of the north", "seven bosses in a row and every one a puzzle", "my friends and I built a farm beside the sea"} {
		for _, end := range []string{"", "!", "."} {
			fmt.Fprintf(&rows, `{"text":"%s%s","label":1,"appid":%d}`+"\n", text, end, group)
		}
	}
	c := divideConfig(t, rows.String())
	c.Group, c.Test, c.Validation, c.DropLeaks = "appid", data.Size{Count: 1}, data.Size{Count: 1}, true
	d := mustDivide(t, c)
	for _, p := range d.Parts {
		if p.Rows != 3 {
			t.Errorf("%s has %d rows, %d dropped", p.Name, p.Rows, d.Dropped)
		}
	}
}

func TestDivideKeepsFormatsAndFields(t *testing.T) {
	c := DefaultDivide()
	c.Source, c.Out = file(t, "r.csv", "text,label,x\na,1,007\nb,0,\n\"c\nd\",1,\"1,5\"\n"), t.TempDir()
	c.Test = data.Size{Count: 1}
	d := mustDivide(t, c)
	joined := ""
	for i, part := range d.Parts {
		content := read(t, part.File)
		if filepath.Base(part.File) != Parts[i]+".csv" || !strings.HasPrefix(content, "text,label,x\n") {
			t.Errorf("%s: %q", part.File, content)
		}
		joined += strings.TrimPrefix(content, "text,label,x\n")
	}
	for _, row := range []string{"a,1,007\n", "b,0,\n", "\"c\nd\",1,\"1,5\"\n"} {
		if !strings.Contains(joined, row) {
			t.Errorf("no row %q in %q", row, joined)
		}
	}
	c.Ending, c.Out = ".json.gz", filepath.Join(t.TempDir(), "new", "folder")
	if d := mustDivide(t, c); rowsOf(t, d.Parts[0].File) == nil || !strings.HasSuffix(d.Parts[0].File, ".json.gz") {
		t.Errorf("%+v", d.Parts)
	}
	for path, want := range map[string]string{"a/b.JSONL.gz": ".jsonl.gz", "x.txt": "", "x": "", "-": "", "x.gz": "", "x.tsv": ".tsv"} {
		if got := endingOf(path); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

func TestWhatCannotBeDividedLeavesNoFile(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		change  func(*DivideConfig)
		want    string
	}{
		"too few rows":         {plainRows(1), nil, "leaves nothing to train on"},
		"too few for both":     {plainRows(4), func(c *DivideConfig) { c.Validation = data.Size{Count: 3} }, "validation: split: 3 test rows of 3"},
		"no row":               {"", nil, "rows.jsonl: no rows"},
		"a bad row":            {plainRows(3) + "{", nil, "rows.jsonl:4: "},
		"no such group":        {plainRows(3), func(c *DivideConfig) { c.Group = "game" }, `rows.jsonl:1: no group in field "game"`},
		"one group":            {`{"text":"a","g":1}` + "\n" + `{"text":"b","g":1}`, func(c *DivideConfig) { c.Group = "g" }, "of 1 groups"},
		"a row without label":  {`{"text":"a","label":1}` + "\n" + `{"text":"b"}`, func(c *DivideConfig) { c.Method = Stratified }, "line 2: a row without a label"},
		"a class of one":       {`{"text":"a","label":1}` + "\n" + `{"text":"b","label":0}` + "\n" + `{"text":"c","label":0}`, func(c *DivideConfig) { c.Method = SklearnStratified; c.Test = data.Size{Count: 2} }, "one row only"},
		"an unknown method":    {plainRows(3), func(c *DivideConfig) { c.Method = "random" }, `split "random"`},
		"an unknown ending":    {plainRows(3), func(c *DivideConfig) { c.Ending = "jsonl" }, `ending "jsonl"`},
		"a test half of none":  {plainRows(3), func(c *DivideConfig) { c.Test = data.Size{} }, "no rows"},
		"a folder that is one": {plainRows(9), func(c *DivideConfig) { c.Out = c.Source }, "output folder"},
	} {
		t.Run(name, func(t *testing.T) {
			k := divideConfig(t, c.content)
			out := k.Out
			if c.change != nil {
				c.change(&k)
			}
			if _, err := Divide(t.Context(), k); !badinput.Is(err) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if entries, err := os.ReadDir(out); err != nil || len(entries) != 0 {
				t.Errorf("left %v, %v", entries, err)
			}
		})
	}
}

func TestSkippedRowsLeaveNoListThatWouldNameOthers(t *testing.T) {
	c := divideConfig(t, plainRows(10)+"{\n")
	c.Read.SkipBad = true
	d := mustDivide(t, c)
	if _, err := os.Stat(filepath.Join(c.Out, ListFile)); !errors.Is(err, os.ErrNotExist) || d.List != "" || d.Source.BadRow != 1 {
		t.Errorf("%+v, %v", d, err)
	}
}

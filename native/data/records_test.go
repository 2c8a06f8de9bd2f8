package data

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
)

// recordsOf reads a whole file and spells each record's fields a and b, "-" for those that are not there.
func recordsOf(name, content string) (string, error) {
	r, err := NewRecords(name, strings.NewReader(content), Options{MaxRowBytes: 1000, MaxDepth: 5})
	if err != nil {
		return "", err
	}
	defer r.Close()
	var lines []string
	for {
		rec, err := r.Next()
		if err == io.EOF {
			return strings.Join(lines, "; "), nil
		}
		if err != nil {
			return "", err
		}
		line := fmt.Sprint(rec.Line())
		for _, name := range []string{"a", "b"} {
			spelled := "-"
			if v, ok := rec.Field(name); ok {
				if spelled, err = v.ID(); err != nil {
					return "", rec.Error(err)
				}
			}
			line += " " + spelled
		}
		lines = append(lines, line)
	}
}

func TestRecordsAreReadFromEveryFormat(t *testing.T) {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = io.WriteString(w, "{\"a\": 1}\n")
	_ = w.Close()
	for _, c := range []struct{ name, content, want string }{
		{"r.jsonl", "{\"a\": 1, \"b\": \"x\"}\n\n{\"b\": null, \"a\": \"y\"}\n", "1 1 x; 3 y -"},
		{"r.jsonl.gz", zipped.String(), "1 1 -"},
		{"r.json", "[{\"a\": 2.0},\n {\"b\": \" \\u00e9\"}]", "1 2 -; 2 -  é"},
		{"r.json", "{\"a\":\n 1, \"b\": \"x\"}\n{\"a\": 2}", "1 1 x; 3 2 -"},
		{"r.csv", "b,a\nx,1\n,\"2\"\n", "2 1 x; 3 2 -"},
		{"r.tsv", "a\tb\n1\tx\n", "2 1 x"},
		{"stdin", "{\"a\": 1}\n{\"a\": 2}\n", "1 1 -; 2 2 -"},
		{"empty.jsonl", "", ""},
		{"empty.json", "[]", ""},
	} {
		if got, err := recordsOf(c.name, c.content); err != nil || got != c.want {
			t.Errorf("%s %q: got %q, %v; want %q", c.name, c.content, got, err, c.want)
		}
	}
}

func TestBadRecordsAreNamedByFileAndLine(t *testing.T) {
	for _, c := range []struct{ name, content, want string }{
		{"r.jsonl", "{\"a\": 1}\n[1]\n", "r.jsonl:2: want a JSON object, got array"},
		{"r.jsonl", "{\"a\": 1, \"a\": 2}\n", `r.jsonl:1: field "a" stands twice`},
		{"r.jsonl", "{\"a\": \"" + strings.Repeat("x", 1000) + "\"}\n", "r.jsonl:1: the row is larger than 1000 bytes"},
		{"r.jsonl", "{\"c\": [[[[[[1]]]]]]}\n", "r.jsonl:1: JSON is nested deeper than 5"},
		{"r.jsonl", "{\"a\": 1.5}\n", `r.jsonl:1: field "a": want a text or a whole number, got 1.5`},
		{"r.jsonl", "{\"a\": [1]}\n", `r.jsonl:1: field "a": want a text or a whole number, got array`},
		{"r.jsonl", "{\"a\": \" \"}\n", `r.jsonl:1: field "a": the id is empty`},
		{"r.json", "[{\"a\": 1}, 2]", "r.json:1: row 2: want a JSON object, got number"},
		{"r.json", "7", "r.json:1: want a JSON array or object"},
		{"r.csv", "a,b\n1\n", "r.csv:2: want 2 columns as in the header, got 1"},
		{"r.csv", "\xff\xfea", "r.csv: the file is UTF-16"},
	} {
		if got, err := recordsOf(c.name, c.content); err == nil || !badinput.Is(err) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %q: got %q, %v; want %q", c.name, c.content, got, err, c.want)
		}
	}
	if _, err := OpenRecords("no such file", Options{}); !badinput.Is(err) {
		t.Errorf("got %v", err)
	}
}

func TestValuesAreReadAsWhatTheyAreWantedFor(t *testing.T) {
	const row = `{"n": -1.5e1, "w": 3.0, "s": "7", "list": [1, "x"], "object": {"p": 0.25, "q": null}, "big": 1e999}`
	for _, file := range []struct{ name, content string }{
		{"r.jsonl", row},
		{"r.csv", "n,w,s,list,object,big\n-1.5e1,3.0,7,\"[1, \"\"x\"\"]\",\"{\"\"p\"\": 0.25, \"\"q\"\": null}\",1e999\n"},
	} {
		r, err := NewRecords(file.name, strings.NewReader(file.content), Options{})
		if err != nil {
			t.Fatal(err)
		}
		rec, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		value := func(name string) Value {
			v, ok := rec.Field(name)
			if !ok {
				t.Fatalf("%s: no field %q", file.name, name)
			}
			return v
		}
		if x, err := value("n").Number(); x != -15 || err != nil {
			t.Errorf("%s: number %v, %v", file.name, x, err)
		}
		if n, err := value("w").Whole(); n != 3 || err != nil {
			t.Errorf("%s: whole number %v, %v", file.name, n, err)
		}
		if list, err := value("list").List(); err != nil || len(list) != 2 || list[1].Name() != "list[1]" || !value("list").IsList() || value("object").IsList() {
			t.Errorf("%s: list %v, %v", file.name, list, err)
		}
		if members, err := value("object").Members(); err != nil || len(members) != 2 || members[0].Name() != "p" || members[1].Name() != "q" {
			t.Errorf("%s: members %v, %v", file.name, members, err)
		}
		for what, err := range map[string]error{
			"a number too large":    second(value("big").Number()),
			"a negative as whole":   second(value("n").Whole()),
			"a list as a number":    second(value("list").Number()),
			"an object as a list":   second(value("object").List()),
			"a list as an object":   second(value("list").Members()),
			"a number as an object": second(value("n").Members()),
		} {
			if err == nil || !strings.Contains(err.Error(), "field ") {
				t.Errorf("%s: %s: %v", file.name, what, err)
			}
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestRowsHaveTheIDsOfTheirColumn(t *testing.T) {
	const content = "{\"text\": \"a\", \"label\": 1, \"key\": 17}\n{\"text\": \"b\", \"label\": 0, \"key\": \"k\"}\n"
	r, err := NewReader("r.jsonl", strings.NewReader(content), Options{IDField: "key"})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for row, err := range r.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, row.ID)
	}
	if strings.Join(ids, ",") != "17,k" {
		t.Errorf("ids %q", ids)
	}
	for _, content := range []string{`{"text": "a", "label": 1}`, `{"text": "a", "label": 1, "key": ""}`, `{"text": "a", "label": 1, "key": {}}`} {
		r, err := NewReader("r.jsonl", strings.NewReader(content), Options{IDField: "key"})
		if err != nil {
			t.Fatal(err)
		}
		if row, err := r.Next(); err == nil || !badinput.Is(err) || !strings.Contains(err.Error(), `r.jsonl:1: `) || !strings.Contains(err.Error(), `"key"`) {
			t.Errorf("%s: got %+v, %v", content, row, err)
		}
	}
}

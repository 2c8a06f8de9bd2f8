package settings

import (
	"fmt"
	"io"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
)

// shown writes what was read on one line.
func shown(f *File) string {
	var parts []string
	for _, e := range f.Entries {
		var values []string
		for _, v := range e.Values {
			values = append(values, fmt.Sprintf("%d%q", v.Kind, v.Text))
		}
		text := strings.Join(values, " ")
		if e.List {
			text = "[" + text + "]"
		}
		parts = append(parts, fmt.Sprintf("%d:%s=%s", e.Line, e.Name, text))
	}
	return strings.Join(parts, "; ")
}

func TestSettingsAreReadWithTheirKindsAndLines(t *testing.T) {
	for name, c := range map[string]struct{ file, content, want string }{
		"YAML": {"a.yaml", "# a comment\nrank: 4\nlr: 2e-4\nfull: true\nname: \"4\"\nlist: [a, 2, 0.5]\nblock:\n  - x\n  - \"\"\n",
			`2:rank=2"4"; 3:lr=3"2e-4"; 4:full=1"true"; 5:name=4"4"; 6:list=[4"a" 2"2" 3"0.5"]; 7:block=[4"x" 4""]`},
		"words that only old YAML takes for truth values": {"a.yaml", "a: no\nb: off\nc: y\n", `1:a=4"no"; 2:b=4"off"; 3:c=4"y"`},
		"nothing, a date, and a long text":                {"a.yaml", "a:\nb: 2026-01-02\nc: |\n  x\n  y\n", `1:a=0""; 2:b=4"2026-01-02"; 3:c=4"x\ny\n"`},
		"nothing at all":                                  {"a.yaml", "# only this\n---\n", ""},
		"an empty file":                                   {"a.yaml", "", ""},
		"a byte order mark":                               {"a.yaml", "\ufeffa: 1\r\n", `1:a=2"1"`},
		"JSON": {"a.json", "{\n  \"rank\": 4,\n  \"lr\": 2e-4, \"full\": false,\n\n  \"x\": null, \"list\": [\"a\", 1,\n true], \"e\": []}\n",
			`2:rank=2"4"; 3:lr=3"2e-4"; 3:full=1"false"; 5:x=0""; 5:list=[4"a" 2"1" 1"true"]; 6:e=[]`},
		"JSON without its ending":  {"settings", `{"a": "\ud83d\ude00 \/"}`, `1:a=4"😀 /"`},
		"a mapping in braces":      {"settings", `{a: 1, b: x}`, `1:a=2"1"; 1:b=4"x"`},
		"names that are no texts":  {"a.yaml", "1: a\ntrue: b\n", `1:1=4"a"; 2:true=4"b"`},
		"keys of JSON that escape": {"a.json", `{"\u0061": 1}`, `1:a=2"1"`},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Parse(c.file, []byte(c.content))
			if err != nil || shown(f) != c.want {
				t.Errorf("got %s, %v; want %s", shown(f), err, c.want)
			}
		})
	}
}

func TestNamesWithAMeaningOfTheirOwnAreSetApart(t *testing.T) {
	f, err := Parse("a.yaml", []byte("command: data build\nabout: |\n  what for\nrank: 4\narguments: [a.jsonl, \"1\"]\n"))
	if err != nil || f.Command != "data build" || f.About != "what for\n" || !reflect.DeepEqual(f.Arguments, []string{"a.jsonl", "1"}) || shown(f) != `4:rank=2"4"` {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestWhatIsNoFileOfSettingsNamesThePlace(t *testing.T) {
	deep := strings.Repeat("[", 20_000)
	for name, c := range map[string]struct{ file, content, want string }{
		"a list":                  {"a.yaml", "\n- a\n", `a.yaml:2: want settings as "name: value", got a list`},
		"a text":                  {"a.yaml", "hello", `a.yaml:1: want settings as "name: value", got a single value`},
		"levels":                  {"a.yaml", "a: 1\nlora:\n  rank: 4\n", `a.yaml:3: "lora": want a value or a list of values, got a mapping`},
		"a list in a list":        {"a.yaml", "a: [1,\n [2]]\n", `a.yaml:2: "a": want a value or a list of values, got a list`},
		"the same name twice":     {"a.yaml", "a: 1\nb: 2\na: 3\n", `a.yaml:3: `},
		"an anchor":               {"a.yaml", "a: &x 1\n", `a.yaml:1: "a": anchors and aliases are not taken`},
		"an alias":                {"a.yaml", "a: [1]\nb: &y [2]\nc: *y\n", `a.yaml:2: "b": anchors and aliases are not taken`},
		"a merge":                 {"a.yaml", "<<: {a: 1}\n", `a.yaml:1: want the name of a setting, got "<<"`},
		"a name that is nothing":  {"a.yaml", "? \n: 1\n", "a.yaml:1: want the name of a setting"},
		"a name that is a list":   {"a.yaml", "? [a]\n: 1\n", "a.yaml:1: want a value"},
		"a type of its own":       {"a.yaml", "a: !!python/object x\n", `a.yaml:1: "a": values of the type`},
		"bytes":                   {"a.yaml", "a: !!binary aGk=\n", "!!binary are not taken"},
		"two documents":           {"a.yaml", "a: 1\n---\nb: 2\n", "a.yaml:2: a second document"},
		"bad YAML":                {"a.yaml", "a: 1\nb: [\n", "a.yaml:"},
		"tabs":                    {"a.yaml", "a:\n\tb: 1\n", "a.yaml:2: bad YAML: "},
		"no UTF-8":                {"a.yaml", "a: \xff\n", "a.yaml: not UTF-8"},
		"too deep":                {"a.yaml", "a: " + deep, "a.yaml"},
		"too large":               {"a.yaml", strings.Repeat("#", maxBytes+1), "a.yaml: more than 1048576 bytes"},
		"too many":                {"a.yaml", manyNames(maxEntries + 1), "a.yaml: more than 1000 settings"},
		"too many of JSON":        {"a.json", "{\"" + strings.NewReplacer(": 1\n", "\": 1,\"").Replace(manyNames(maxEntries+1)) + "\":1}", "a.json: more than 1000 settings"},
		"a long list":             {"a.yaml", "a: [" + strings.Repeat("1,", maxValues+1) + "]", `a.yaml:1: "a": more than 10000 values`},
		"a long list of JSON":     {"a.json", `{"a": [` + strings.Repeat("1,", maxValues+1) + "1]}", `a.json:1: "a": more than 10000 values`},
		"a command of two":        {"a.yaml", "command: [a, b]\n", `a.yaml:1: "command": want text`},
		"arguments of numbers":    {"a.yaml", "arguments: 1\n", `a.yaml:1: "arguments": want text, got a whole number`},
		"a JSON array":            {"a.json", "[1]", "a.json:1: want a JSON object"},
		"a JSON object in one":    {"a.json", "{\"a\": 1,\n\"b\": {}}", `a.json:2: "b": want a value or a list of values, got a mapping`},
		"a JSON list in a list":   {"a.json", `{"b": [[]]}`, `a.json:1: "b": want a value or a list of values, got a list`},
		"JSON with an end":        {"a.json", "{\"a\": 1}\n\n{}", "a.json:1: bad JSON: something follows"},
		"JSON without an end":     {"a.json", "{\"a\":\n", "a.json:2: bad JSON: the file ends too early"},
		"bad JSON":                {"a.json", "{\n\"a\": tru\n}", "a.json:2: bad JSON: "},
		"JSON with a comma":       {"a.json", "{\"a\": 1,}", "a.json:1: bad JSON: "},
		"an empty JSON":           {"a.json", "", "a.json:1: bad JSON: the file ends too early"},
		"the same JSON key twice": {"a.json", "{\"a\": 1,\n \"a\": 1}", `a.json:2: "a" stands on line 1 already`},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Parse(c.file, []byte(c.content))
			if !badinput.Is(err) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, %v; want %s", f, err, c.want)
			}
		})
	}
	if _, err := Read(filepath.Join(t.TempDir(), "none.yaml")); !badinput.Is(err) || !strings.Contains(err.Error(), "none.yaml") {
		t.Errorf("got %v", err)
	}
}

func manyNames(n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, "n%d: 1\n", i)
	}
	return out.String()
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	all := []Setting{
		{Name: "model", Kind: Text, Values: []string{"microsoft/deberta-v3-base"}, Comment: "recipe\nsteam"}, {Name: "rank", Kind: Integer, Values: []string{"4"}},
		{Name: "full", Kind: Bool, Values: []string{"true"}}, {Name: "lr", Kind: Float, Values: []string{"0.0002"}},
		{Name: "epochs", Kind: Integer, Values: []string{"3"}, Default: true, Comment: "default"},
		{Name: "list", Kind: Text, List: true, Values: []string{"query", "a, b", "[x]", "true", "1", "", "no", "é.", ".5", "~", "null", "a: b", "# x", "\"q\"\n\\", "\u2028", "-"}},
		{Name: "none", Kind: Text, List: true},
		{Name: "quoted", Kind: Text, Values: []string{"1e3"}},
	}
	want := `model=4"microsoft/deberta-v3-base"; rank=2"4"; full=1"true"; lr=3"0.0002"; list=[`
	for _, v := range all[5].Values {
		want += fmt.Sprintf("4%q ", v)
	}
	want = strings.TrimSuffix(want, " ") + `]; none=[]; quoted=4"1e3"`
	for name, write := range map[string]func(io.Writer, string, []Setting) error{"a.yaml": WriteYAML, "a.json": WriteJSON} {
		var out strings.Builder
		if err := write(&out, "data build", all); err != nil {
			t.Fatal(err)
		}
		f, err := Parse(name, []byte(out.String()))
		if err != nil {
			t.Fatalf("%v in %s", err, out.String())
		}
		got := regexp.MustCompile(`(^|; )\d+:`).ReplaceAllString(shown(f), "$1")
		if f.Command != "data build" || got != want {
			t.Errorf("%s:\ngot  %s\nwant %s\n%s", name, got, want, out.String())
		}
		if name == "a.yaml" && !strings.HasPrefix(out.String(), "command: data build\nmodel: microsoft/deberta-v3-base  # recipe steam\nrank: 4\nfull: true\nlr: 0.0002\n# epochs: 3  # default\nlist: [query,") {
			t.Errorf("got %s", out.String())
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"a: 1\nb: [x, \"y\"]\n", "{\"a\": [1, null]}", "a: &x 1\nb: *x", "<<: {}", "? [", "--- !!map\na: !x 1", "a: |\n  b\n...\n", "%YAML 1.2\n---\na: b", "\t", "{a: {b: [c"} {
		f.Add("a.yaml", []byte(s))
		f.Add("a.json", []byte(s))
	}
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		if name != "a.json" {
			name = "a.yaml"
		}
		file, err := Parse(name, content)
		if err != nil {
			if !badinput.Is(err) || !strings.HasPrefix(err.Error(), name+":") {
				t.Fatalf("want an input error that names the file, got %q", err)
			}
			return
		}
		var again []Setting
		for _, e := range file.Entries {
			s := Setting{Name: e.Name, Kind: Text, List: e.List}
			for _, v := range e.Values {
				if v.Line < 1 || v.Line > 2+strings.Count(strings.ReplaceAll(string(content), "\r", "\n"), "\n") && !strings.ContainsAny(string(content), "\u0085\u2028\u2029") {
					t.Fatalf("line %d of %q", v.Line, content)
				}
				s.Values = append(s.Values, v.Text)
			}
			again = append(again, s)
		}
		var out strings.Builder
		if err := WriteJSON(&out, "x", again); err != nil {
			t.Fatal(err)
		}
		if _, err := Parse("b.json", []byte(out.String())); err != nil {
			t.Fatalf("%v in what was written: %s", err, out.String())
		}
	})
}

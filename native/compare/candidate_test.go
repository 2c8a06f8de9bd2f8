package compare

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/internal/tiny"
)

func TestCandidatesAreNamedByWhatTellsThemApart(t *testing.T) {
	for _, c := range []struct {
		name           string
		args, adapters []string
		want           []Candidate
	}{
		{"last parts", []string{"models/minilm", "answers.jsonl"}, nil, []Candidate{{Name: "minilm", Path: "models/minilm"}, {Name: "answers.jsonl", Path: "answers.jsonl"}}},
		{"given names", []string{"a=x/y", "b=-"}, nil, []Candidate{{Name: "a", Path: "x/y"}, {Name: "b", Path: "-"}}},
		{"standard input", []string{"x", "-"}, nil, []Candidate{{Name: "x", Path: "x"}, {Name: "stdin", Path: "-"}}},
		{"more parts where they are needed", []string{"a/run", "b/run/", "c"}, nil, []Candidate{{Name: "a/run", Path: "a/run"}, {Name: "b/run", Path: "b/run/"}, {Name: "c", Path: "c"}}},
		{"one path inside the other", []string{"run", "b/run"}, nil, []Candidate{{Name: "run", Path: "run"}, {Name: "b/run", Path: "b/run"}}},
		{"a given name wins", []string{"run=x", "b/run"}, nil, []Candidate{{Name: "run", Path: "x"}, {Name: "b/run", Path: "b/run"}}},
		{"bundles of runs", []string{"r1/model.safetensors", "r2/model.safetensors", "model.safetensors"}, nil,
			[]Candidate{{Name: "r1", Path: "r1/model.safetensors"}, {Name: "r2", Path: "r2/model.safetensors"}, {Name: "model.safetensors", Path: "model.safetensors"}}},
		{"adapters", []string{"a=m", "m"}, []string{"m=d=1", "a=d2"}, []Candidate{{"a", "m", "d2"}, {"m", "m", "d=1"}}},
	} {
		got, err := ParseCandidates(c.args, c.adapters)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v, %v; want %+v", c.name, got, err, c.want)
		}
	}
}

func TestAPathWithAnEqualsSignIsAPath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r=4.jsonl")
	tiny.Write(t, path, "{}")
	got, err := ParseCandidates([]string{path, "x=" + path}, nil)
	if err != nil || got[0] != (Candidate{Name: "r=4.jsonl", Path: path}) || got[1] != (Candidate{Name: "x", Path: path}) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestCandidatesThatCannotBeToldApartAreRefused(t *testing.T) {
	for _, c := range []struct {
		args, adapters []string
		want           string
	}{
		{[]string{"m", "m"}, nil, `two of those compared are called "m"; name them, as in a=m b=m`},
		{[]string{"m", "./m"}, nil, `two of those compared are called "m"`},
		{[]string{"a=m", "a=n"}, nil, `two of those compared are called "a"`},
		{[]string{"=m", "n"}, nil, `"=m": the name is empty`},
		{[]string{"a=", "n"}, nil, `"a=": no path`},
		{[]string{"", "n"}, nil, `"": no path`},
		{[]string{"a\x1b=m", "n"}, nil, "characters that cannot be shown"},
		{[]string{strings.Repeat("x", 61) + "=m", "n"}, nil, "longer than 60 characters"},
		{[]string{"a=m", "b=m"}, []string{"c=d"}, `adapter "c=d": none of those compared is called "c"`},
		{[]string{"a=m", "b=m"}, []string{"d"}, `adapter "d": want NAME=DIR`},
		{[]string{"a=m", "b=m"}, []string{"a=d", "a=e"}, `adapter "a=e": a has one already`},
	} {
		if got, err := ParseCandidates(c.args, c.adapters); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q, %q: got %+v, %v; want %q", c.args, c.adapters, got, err, c.want)
		}
	}
}

func TestModelsAreToldFromFilesOfPredictions(t *testing.T) {
	dir := t.TempDir()
	put := func(name, content string) string {
		path := filepath.Join(dir, name)
		tiny.Write(t, path, content)
		return path
	}
	for _, c := range []struct {
		path  string
		model bool
		bad   string
	}{
		{dir, true, ""},
		{put("a.safetensors", "cut off"), true, ""},
		{put("bundle", "\x02\x00\x00\x00\x00\x00\x00\x00{}"), true, ""},
		{put("predictions", `{"label": 1}`+"\n"), false, ""},
		{put("short", "x"), false, ""},
		{put("p.jsonl", "\x02\x00\x00\x00\x00\x00\x00\x00{}"), false, ""},
		{put("p.csv.gz", ""), false, ""},
		{"-", false, ""},
		{filepath.Join(dir, "nowhere"), true, ""},
		{filepath.Join(dir, "nowhere.jsonl"), false, "nowhere.jsonl: no such file of predictions"},
		{filepath.Join(dir, "nowhere.csv.gz"), false, "nowhere.csv.gz: no such file of predictions"},
	} {
		candidate := Candidate{Path: c.path}
		got, err := candidate.isModel()
		switch {
		case c.bad == "" && (err != nil || got != c.model):
			t.Errorf("%s: got %v, %v; want %v", c.path, got, err, c.model)
		case c.bad != "" && (!badinput.Is(err) || !strings.Contains(err.Error(), c.bad)):
			t.Errorf("%s: got %v, want %q", c.path, err, c.bad)
		}
	}
}

func TestSettingsThatMakeNoSenseAreRefused(t *testing.T) {
	two := []Candidate{{Name: "a", Path: "a"}, {Name: "b", Path: "b"}}
	for name, c := range map[string]struct {
		change func(c *Config)
		want   string
	}{
		"one candidate":       {func(c *Config) { c.Candidates = two[:1] }, "1 to compare: want two at least"},
		"too many candidates": {func(c *Config) { c.Candidates = make([]Candidate, 51) }, "51 to compare"},
		"one name":            {func(c *Config) { c.Candidates = []Candidate{two[0], two[0]} }, `a and a are both called "a"`},
		"no name":             {func(c *Config) { c.Candidates = []Candidate{two[0], {Path: "x"}} }, "the name is empty"},
		"no data":             {func(c *Config) { c.Data = "" }, "no data"},
		"missing":             {func(c *Config) { c.Missing = "ignore" }, `missing predictions "ignore": want error, wrong or drop`},
		"too few resamples":   {func(c *Config) { c.Resamples = 9 }, "9 resamples: want 10 to 1000000"},
		"threads":             {func(c *Config) { c.Threads = -1 }, "want none below 0"},
		"no clock":            {func(c *Config) { c.Now = nil }, "begin with Default"},
		"standard input twice": {func(c *Config) {
			c.Data, c.Candidates = "-", []Candidate{two[0], {Name: "stdin", Path: "-"}}
		}, "standard input cannot be read twice"},
	} {
		config := Default()
		config.Candidates, config.Data = two, "rows.jsonl"
		if err := config.Validate(); err != nil {
			t.Fatal(err)
		}
		c.change(&config)
		if err := config.Validate(); !badinput.Is(err) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

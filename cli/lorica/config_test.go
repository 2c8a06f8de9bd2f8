package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/native/recipes"
	"github.com/spf13/pflag"
)

// printed returns what --print-config --json prints.
func printed(t *testing.T, args ...string) map[string]any {
	t.Helper()
	o := succeed(t, "", append(args, "--print-config", "--json")...)
	var settings map[string]any
	if err := json.Unmarshal([]byte(o.stdout), &settings); err != nil {
		t.Fatalf("%v in %s", err, o.stdout)
	}
	return settings
}

func TestFlagsComeBeforeTheFileAndTheFileBeforeTheRecipe(t *testing.T) {
	yaml := file(t, "c.yaml", "recipe: steam-minilm\nrank: 16\nlr: 3e-4\nbatch_size: 2\nlabels: [\"yes\", \"no\"]\nclass-weights: balanced\n")
	got := printed(t, "train", "--config", yaml, "--lr", "0.5", "--epochs", "7", "--data", "d.jsonl")
	want := map[string]any{
		"command": "train", "model": "sentence-transformers/all-MiniLM-L6-v2", "data": "d.jsonl", "max-length": 256.0, "rank": 16.0, "alpha": 32.0, "lora-dropout": 0.1,
		"targets": []any{"query", "key", "value"}, "epochs": 7.0, "batch-size": 2.0, "lr": 0.5, "weight-decay": 0.01, "labels": []any{"yes", "no"}, "class-weights": "balanced",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	for args, want := range map[string]any{"--recipe steam-deberta": []any{"query_proj", "value_proj"}, "--recipe steam-deberta --targets a,b": []any{"a", "b"}} {
		if got := printed(t, append([]string{"train"}, strings.Fields(args)...)...)["targets"]; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: got %v, want %v", args, got, want)
		}
	}
}

func TestJSONFilesAreTakenToo(t *testing.T) {
	got := printed(t, "data", "build", "--config", file(t, "c.json", `{"out": "x.csv", "min_chars": 3, "where": ["a=b", "c=d,e"], "dedupe": [], "arguments": ["a.jsonl", "-"]}`))
	want := map[string]any{"command": "data build", "out": "x.csv", "min-chars": 3.0, "where": []any{"a=b", "c=d,e"}, "dedupe": []any{}, "arguments": []any{"a.jsonl", "-"}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if got := printed(t, "data", "build", "b.csv", "--config", file(t, "c.json", `{"arguments": ["a.jsonl"]}`))["arguments"]; fmt.Sprint(got) != "[b.csv]" {
		t.Errorf("arguments of the command line: %v", got)
	}
}

func TestAFlagSilencesWhatMeansNothingBesideIt(t *testing.T) {
	yaml := file(t, "c.yaml", "model: m\ndata: d\nout: o\ntest-size: 0.5\nsplit-seed: 7\nrank: 8\n")
	got := printed(t, "train", "--config", yaml, "--eval-data", "e.jsonl", "--full")
	for _, name := range []string{"test-size", "split-seed", "rank"} {
		if got[name] != nil {
			t.Errorf("%s is %v", name, got[name])
		}
	}
	both := file(t, "b.yaml", "model: m\ndata: d\nout: o\ntest-size: 0.5\neval-data: e\n")
	if o := lorica(t, "", "train", "--config", both); o.status != exitUsage || !strings.Contains(o.stderr, "--test-size is for splitting") {
		t.Errorf("both in a file: status %d, %s", o.status, o.stderr)
	}
}

func TestWhatIsWrongInAFileNamesItsLine(t *testing.T) {
	for _, c := range []struct{ command, content, want string }{
		{"train", "model: m\nepoch: 3\n", `c.yaml:2: unknown setting "epoch": did you mean epochs?`},
		{"train", "learning_rate: 3\n", `c.yaml:1: unknown setting "learning_rate"`},
		{"train", "print-config: true\n", `c.yaml:1: unknown setting "print-config"`},
		{"train", "batch-size: 2\nbatch_size: 2\n", `c.yaml:2: "batch_size" stands on line 1 already`},
		{"train", "# so\n\nepochs: three\n", `c.yaml:3: "epochs": want a whole number, got text (three)`},
		{"train", "epochs: 2.5\n", `"epochs": want a whole number, got a number (2.5)`},
		{"train", "epochs: 9999999999999999999\n", `c.yaml:1: "epochs": 9999999999999999999: `},
		{"train", "rank: 4\nalpha: [1]\n", `c.yaml:2: "alpha": want a number, got a list`},
		{"train", "lr: .nan\n", `c.yaml:1: "lr": .nan: must be a number`},
		{"train", "seed: -1\n", `c.yaml:1: "seed": -1: `},
		{"train", "lr: \"2e-4\"\n", `"lr": want a number, got text (2e-4)`},
		{"train", "full: yes\n", `"full": want true or false, got text (yes)`},
		{"train", "model: true\n", `"model": want text, got a truth value (true)`},
		{"train", "model:\n", `c.yaml:1: "model": want text, got nothing`},
		{"train", "model: [a]\n", `"model": want text, got a list`},
		{"train", "targets:\n - a\n - true\n", `c.yaml:3: "targets": want text, got a truth value (true)`},
		{"train", "lora:\n  rank: 4\n", `c.yaml:2: "lora": want a value or a list of values, got a mapping`},
		{"train", "model: m\ncommand: eval\n", "c.yaml:2: settings of lorica eval, not of lorica train"},
		{"train", "model: m\n  x: 1\n", "c.yaml:2: bad YAML"},
		{"bench", "min-time: 2\n", `"min-time": want a duration such as 2s, got a whole number (2)`},
		{"data stats", "by: [a, b]\n", `"by": want text, got a list`},
	} {
		checkBadInput(t, lorica(t, "", append(strings.Fields(c.command), "--config", file(t, "c.yaml", c.content))...), c.command, c.want)
	}
	checkBadInput(t, lorica(t, "", "eval", "--config", filepath.Join(t.TempDir(), "none.yaml")), "eval", "none.yaml")
	if o := lorica(t, "", "train", "--recipe", "steam"); o.status != exitUsage || !strings.Contains(o.stderr, `recipe "steam": want one of demo, steam-deberta`) {
		t.Errorf("status %d, %s", o.status, o.stderr)
	}
	if o := lorica(t, "", "eval", "--recipe", "steam"); o.status != exitUsage || !strings.Contains(o.stderr, "unknown flag --recipe") {
		t.Errorf("status %d, %s", o.status, o.stderr)
	}
}

// A command of any kind must print settings that it takes again.
func TestEveryCommandTakesTheSettingsThatItPrints(t *testing.T) {
	values := map[string]string{"bool": "true", "string": "a, \"b\": #c", "duration": "3s", "stringArray": "x,y", "stringSlice": "x,y"}
	for _, cmd := range runnable() {
		t.Run(cmd.name, func(t *testing.T) {
			words := strings.Fields(cmd.name)
			args := slices.Clone(words)
			set := 0
			allFlags(cmd).VisitAll(func(f *pflag.Flag) {
				if slices.Contains(notSaved, f.Name) || f.Name == "resume" {
					return
				}
				value, ok := values[f.Value.Type()]
				if !ok {
					value = "7"
				}
				args = append(args, "--"+f.Name+"="+value)
				set++
			})
			args = append(args, "an argument", "1")
			for _, format := range [][]string{nil, {"--json"}} {
				print := append([]string{"--print-config"}, format...)
				first := succeed(t, "", append(slices.Clone(args), print...)...).stdout
				ending := "c.yaml"
				if format != nil {
					ending = "c.json"
				}
				saved := file(t, ending, first)
				again := succeed(t, "", append(append(slices.Clone(words), "--config", saved), print...)...).stdout
				if strip(again) != strip(first) || strings.Count(first, "\n") < set {
					t.Errorf("%d flags: printed\n%s\nand then\n%s", set, first, again)
				}
			}
		})
	}
}

// strip takes comments with places away.
func strip(yaml string) string {
	var out strings.Builder
	for line := range strings.Lines(yaml) {
		if at := strings.LastIndex(line, "  # "); at >= 0 {
			line = line[:at] + "\n"
		}
		out.WriteString(line)
	}
	return out.String()
}

func TestEveryRecipeFitsItsCommand(t *testing.T) {
	n := 0
	for _, cmd := range runnable() {
		for _, name := range recipes.Names(cmd.name) {
			n++
			words := strings.Fields(cmd.name)
			settings := printed(t, append(slices.Clone(words), "--recipe", name)...)
			if len(settings) < 5 {
				t.Errorf("%s: %v", name, settings)
			}
			if o := succeed(t, "", append(slices.Clone(words), "--list-recipes")...); !strings.Contains(o.stdout, name+"\n  ") {
				t.Errorf("--list-recipes: %s", o.stdout)
			}
		}
	}
	facts := parse[recipeFact](t, succeed(t, "", "train", "--list-recipes", "--json").stdout)
	if n == 0 || len(facts) != n || facts[0].About == "" {
		t.Errorf("%d recipes, %+v", n, facts)
	}
}

func TestARunIsDoneAgainFromItsConfiguration(t *testing.T) {
	dir := t.TempDir()
	first, second := filepath.Join(dir, "first"), filepath.Join(dir, "second")
	args := trainArgs(file(t, "r.jsonl", reviews(40)), first, "--quiet", "--epochs", "2", "--class-weights", "1,2")
	succeed(t, "", args...)
	saved := filepath.Join(first, "config.yaml")
	succeed(t, "", "train", "--config", saved, "--out", second)
	for _, name := range []string{"adapter/adapter_model.safetensors", "settings.json"} {
		one, err := os.ReadFile(filepath.Join(first, name))
		if err != nil {
			t.Fatal(err)
		}
		two, err := os.ReadFile(filepath.Join(second, name))
		if err != nil || !bytes.Equal(one, two) {
			t.Errorf("%s differs, %v", name, err)
		}
	}
	succeed(t, "", "train", "--config", saved, "--resume", "--quiet")
	content, err := os.ReadFile(saved)
	if err != nil || strings.Contains(string(content), "\nresume:") || !strings.Contains(string(content), "\nrank: 4\n") {
		t.Errorf("%s, %v", content, err)
	}
}

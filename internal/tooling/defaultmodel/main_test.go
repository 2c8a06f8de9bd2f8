package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
)

// put writes files, given as name and text in turn, and returns their folder.
func put(t *testing.T, namesAndTexts ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(namesAndTexts); i += 2 {
		path := filepath.Join(dir, namesAndTexts[i])
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(namesAndTexts[i+1]), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// call runs the program and returns what it prints.
func call(t *testing.T, args ...string) string {
	t.Helper()
	var out, errOut bytes.Buffer
	if err := run(context.Background(), args, &out, &errOut); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, &errOut)
	}
	return out.String()
}

func TestSentencesThatTrainingSeesAreLeftOut(t *testing.T) {
	dir := put(t,
		"sst2-glue/dev.tsv", "text\tlabel\na film of quiet and lasting beauty . \t1\nloud and hollow\t0\n",
		"mr-rt-polarity/rt-polarity.pos", "A film, of quiet and lasting joy\nwarm \x96 and funny .\nwarm and funny\n",
		"mr-rt-polarity/rt-polarity.neg", "cold , and never funny\nsay what you will , it is full of holes that nobody cared about\n",
		"seen.txt", "Cold and never FUNNY!\nfull of holes that nobody cared about, said the critic\n",
		"more.jsonl", `{"review":"a film of quiet and lasting beaut"}`+"\n",
	)
	path := func(name string) string { return filepath.Join(dir, name) }
	got := call(t, "prepare", "-data", dir, "-seen", path("seen.txt"), "-seen", path("more.jsonl"), "-out", path("sets"))
	want := `| set | sentences | whole in the training texts | 25 letters in a row in them | repeated | left | of these positive |
| --- | --: | --: | --: | --: | --: | --: |
| sst2-dev | 2 | 0 | 1 | 0 | 1 | 0 |
| mr | 5 | 1 | 1 | 1 | 2 | 2 |
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	for name, want := range map[string]string{
		"sst2-dev.jsonl":        `{"text":"a film of quiet and lasting beauty .","label":true}` + "\n" + `{"text":"loud and hollow","label":false}` + "\n",
		"sst2-dev-unseen.jsonl": `{"text":"loud and hollow","label":false}` + "\n",
		"mr-unseen.jsonl":       `{"text":"A film, of quiet and lasting joy","label":true}` + "\n" + `{"text":"warm – and funny .","label":true}` + "\n",
	} {
		raw, err := os.ReadFile(path("sets/" + name))
		if err != nil || string(raw) != want {
			t.Errorf("%s: %v\n%swant\n%s", name, err, raw, want)
		}
	}
}

func TestTextsAreSeenByTheirLetters(t *testing.T) {
	s := newSearch()
	few := map[string]howSeen{
		"It 's no fun.": whole,
		"it's fun":      unseen,
		"a tale of wit , warmth and some more woe": inPart,
		"a tale of wit and grace":                  unseen,
		"!!!":                                      unseen,
	}
	for text := range few {
		s.add(text)
	}
	for _, text := range []string{"its no fun", "...", "Not: \"A tale of wit, warmth and some more\"", "a tale of wit and gracE, too"} {
		s.meet(text)
	}
	for text, want := range few {
		if got := s.result(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// reviews are texts that tell their label by a word.
func reviews(n int) string {
	b := new(strings.Builder)
	b.WriteString("text\tlabel\n")
	for i := range n {
		b.WriteString([]string{"good game, would play again\t1\n", "bad game, want my money back\t0\n", "good story and good music\t1\n"}[i%3])
	}
	return b.String()
}

func TestTheTableMeasuresTheBaseline(t *testing.T) {
	dir := put(t, "train.tsv", reviews(30), "validation.tsv", reviews(9),
		"test.tsv", "text\tlabel\ngood\t1\nbad\t0\ngood music\t1\nbad money\t1\n")
	path := func(name string) string { return filepath.Join(dir, name) }
	want := `| set | rows | positive | | accuracy | macro F1 | F1 of negative | ROC AUC | p |
| --- | --: | --: | --- | --: | --: | --: | --: | --: |
| a set | 4 | 75.0% | bigrams | 75.0% | 73.3 | 66.7 | 66.7 |  |
`
	for name, args := range map[string][]string{
		"one C":     {"-c", "10"},
		"chosen":    {"-c", "10,20", "-validation", path("validation.tsv")},
		"both sets": {"-c", "10,20", "-validation", path("validation.tsv"), "-refit"},
	} {
		args = append([]string{"table", "-train", path("train.tsv"), "-set", "a set=" + path("test.tsv")}, args...)
		if got := call(t, args...); got != want {
			t.Errorf("%s:\n%swant\n%s", name, got, want)
		}
	}
}

func TestCurvesShowWhatTheLogHas(t *testing.T) {
	dir := put(t, "log.jsonl", `{"step":50,"epoch":0.5,"loss":8.5}
{"step":100,"epoch":1,"loss":7.5}
{"step":100,"epoch":1,"train_loss":8,"eval_loss":7.25,"eval_accuracy":0.125,"eval_perplexity":1408.1}
`)
	svg := filepath.Join(dir, "loss.svg")
	got := call(t, "curves", "-log", filepath.Join(dir, "log.jsonl"), "-loss", svg)
	want := "| epoch | step | training loss | held-out loss | accuracy | perplexity |\n| --: | --: | --: | --: | --: | --: |\n| 1 | 100 | 8.000 | 7.250 | 12.5% | 1408.1 |\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	drawing, err := os.ReadFile(svg)
	if err != nil || !bytes.Contains(drawing, []byte("<svg ")) {
		t.Errorf("the drawing: %v, %.80q", err, drawing)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("other files were written: %v", entries)
	}
}

func TestBadInputIsToldByFileAndLine(t *testing.T) {
	dir := put(t, "log.jsonl", "{\"step\":1}\nx\n", "empty.jsonl", "", "train.tsv", "text\tlabel\ngood good\t1\nbad\t2\n", "same.tsv", "text\tlabel\ngood\t1\n")
	path := func(name string) string { return filepath.Join(dir, name) }
	for want, args := range map[string][]string{
		path("log.jsonl") + ":2: ":                       {"curves", "-log", path("log.jsonl")},
		path("empty.jsonl") + ": no entries":             {"curves", "-log", path("empty.jsonl")},
		path("train.tsv") + ":3: ":                       {"table", "-c", "1", "-train", path("train.tsv"), "-set", "a=" + path("same.tsv")},
		path("same.tsv") + ": all 1 texts have the same": {"table", "-c", "1", "-train", path("same.tsv"), "-set", "a=" + path("same.tsv")},
		path("sst2-glue/dev.tsv"):                        {"prepare", "-data", dir, "-seen", path("same.tsv"), "-out", path("out")},
	} {
		err := run(context.Background(), args, new(bytes.Buffer), new(bytes.Buffer))
		if err == nil || !badinput.Is(err) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", args, err, want)
		}
	}
}

func TestWrongUsageIsRefused(t *testing.T) {
	for _, args := range [][]string{
		{}, {"drink"}, {"table"}, {"curves"}, {"prepare"}, {"curves", "-log", "x", "y"}, {"curves", "-speed"},
		{"table", "-train", "x", "-set", "y"}, {"table", "-train", "x", "-set", "a=y"}, {"table", "-train", "x", "-set", "a=y", "-c", "0"},
		{"table", "-train", "x", "-set", "a=y", "-c", "1", "-refit"},
	} {
		err := run(context.Background(), args, new(bytes.Buffer), new(bytes.Buffer))
		if !errors.As(err, new(usageError)) {
			t.Errorf("%q: %v, want a usage error", args, err)
		}
	}
}

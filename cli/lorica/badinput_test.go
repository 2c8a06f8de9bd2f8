package main

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// copyModel copies the tiny model, with one file replaced; an empty content removes it.
func copyModel(t *testing.T, name, content string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(model)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if content != "" {
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// header makes a safetensors file of a header alone.
func header(json string) string {
	return string(binary.LittleEndian.AppendUint64(nil, uint64(len(json)))) + json
}

func TestBadModelsAreOneLineAndStatus3(t *testing.T) {
	weights, err := os.ReadFile(filepath.Join(model, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ model, want string }{
		"no such path":                {filepath.Join(t.TempDir(), "nowhere"), "nowhere: no such model folder or bundle"},
		"an empty folder":             {t.TempDir(), "config.json"},
		"no config":                   {copyModel(t, "config.json", ""), "config.json"},
		"a broken config":             {copyModel(t, "config.json", "{"), "config.json"},
		"an unknown model type":       {copyModel(t, "config.json", `{"model_type": "gpt2"}`), "gpt2"},
		"a config without sizes":      {copyModel(t, "config.json", `{"model_type": "bert"}`), "config.json"},
		"an absurd size":              {copyModel(t, "config.json", strings.Replace(tinyConfig, `"vocab_size": 32`, `"vocab_size": 1e12`, 1)), "vocab_size"},
		"another size than the files": {copyModel(t, "config.json", strings.Replace(tinyConfig, `"hidden_size": 16`, `"hidden_size": 18`, 1)), "embeddings"},
		"no weights":                  {copyModel(t, "model.safetensors", ""), "model.safetensors"},
		"truncated weights":           {copyModel(t, "model.safetensors", string(weights[:len(weights)/2])), "model.safetensors"},
		"a header of 2^62 bytes":      {copyModel(t, "model.safetensors", "\x00\x00\x00\x00\x00\x00\x00\x40{}"), "model.safetensors"},
		"a tensor beyond the file":    {copyModel(t, "model.safetensors", header(`{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}`)), "model.safetensors"},
		"no tensor that is needed":    {copyModel(t, "model.safetensors", header(`{}`)), "embeddings"},
		"no tokenizer":                {copyModel(t, "vocab.txt", ""), "tokenizer"},
		"a broken tokenizer.json":     {copyModel(t, "tokenizer.json", "[1, 2"), "tokenizer.json"},
		"a bundle that is none":       {file(t, "a.safetensors", "hello, world"), "a.safetensors"},
	} {
		t.Run(name, func(t *testing.T) {
			o := lorica(t, "", "classify", "--model", c.model, "--text", "great")
			checkBadInput(t, o, "classify", c.want)
		})
	}
}

// checkBadInput wants one line that names the command and the place.
func checkBadInput(t *testing.T, o outcome, command, want string) {
	t.Helper()
	if o.status != exitBadInput || !strings.HasPrefix(o.stderr, "lorica: "+command+": ") || !strings.Contains(o.stderr, want) || strings.Count(o.stderr, "\n") != 1 {
		t.Errorf("status %d, stderr %q; want status %d and %q in one line", o.status, o.stderr, exitBadInput, want)
	}
	if o.stdout != "" {
		t.Errorf("stdout %q", o.stdout)
	}
}

func TestBadRowsAreOneLineAndStatus3(t *testing.T) {
	long := `{"text": "` + strings.Repeat("great ", 2<<20) + `", "label": 1, "x": [`
	for name, c := range map[string]struct{ file, content, want string }{
		"bad JSON":              {"r.jsonl", "{\"text\":\"great\",\"label\":1}\n{\"text\":\n", "r.jsonl:2: bad JSON"},
		"invalid UTF-8":         {"r.jsonl", "{\"text\":\"\xff\",\"label\":1}\n", "r.jsonl:1: invalid UTF-8"},
		"an empty text":         {"r.jsonl", "{\"text\":\" \",\"label\":1}\n", `r.jsonl:1: field "text": the text is empty`},
		"a label never seen":    {"r.jsonl", "{\"text\":\"a\",\"label\":\"maybe\"}\n", `r.jsonl:1: field "label"`},
		"a label of a bad kind": {"r.jsonl", "{\"text\":\"a\",\"label\":{}}\n", `r.jsonl:1: field "label": want a bool, a label name or 0/1, got object`},
		"no label":              {"r.jsonl", "{\"text\":\"a\"}\n", "r.jsonl:1: no label field"},
		"no rows":               {"r.jsonl", "", "r.jsonl: no rows"},
		"a short row of CSV":    {"r.csv", "text,label\na\n", "r.csv:2: want 2 columns"},
		"a broken row of 12 MB": {"r.jsonl", long, "r.jsonl:1: bad JSON"},
		"a token out of range":  {"r.jsonl", "{\"input_ids\":[2,3],\"label\":1}\n{\"input_ids\":[77],\"label\":1}\n", "r.jsonl:2: "},
	} {
		t.Run(name, func(t *testing.T) {
			checkBadInput(t, lorica(t, "", "eval", "--model", model, "--data", file(t, c.file, c.content)), "eval", c.want)
			if name == "a label never seen" || name == "no label" {
				checkBadInput(t, lorica(t, "", "train", "--model", model, "--out", t.TempDir(), "--data", file(t, c.file, c.content)), "train", c.want)
			}
		})
	}
	rows := file(t, "r.jsonl", reviews(4))
	for name, c := range map[string]struct {
		command, want string
		args          []string
	}{
		"an unreadable file":           {"eval", "no such file", []string{"--data", rows + "x"}},
		"a folder for a file":          {"eval", "directory", []string{"--data", t.TempDir()}},
		"a row that is not there":      {"eval", "row 4 of 4", []string{"--data", rows, "--rows", file(t, "l.json", "[4]")}},
		"a list that is none":          {"eval", "want a list of row numbers", []string{"--data", rows, "--rows", file(t, "l.json", "{}")}},
		"a key that is not there":      {"eval", `no key "x"`, []string{"--data", rows, "--rows", file(t, "l.json", "{}") + ":x"}},
		"a field that is not there":    {"eval", `no field "body"`, []string{"--data", rows, "--text-field", "body"}},
		"an adapter that is not there": {"eval", "adapter", []string{"--data", rows, "--adapter", t.TempDir()}},
		"a length beyond the model's":  {"eval", "maximum length 25: the model takes 1 to 24 tokens", []string{"--data", rows, "--max-length", "25"}},
		"targets that match nothing":   {"train", "nothing_such", []string{"--data", rows, "--out", t.TempDir(), "--targets", "nothing_such"}},
		"lengths that are none":        {"bench", "lengths", []string{"--lengths", file(t, "l.json", `{"a": 1}`)}},
	} {
		t.Run(name, func(t *testing.T) {
			checkBadInput(t, lorica(t, "", append([]string{c.command, "--model", model}, c.args...)...), c.command, c.want)
		})
	}
}

func TestAnUnknownInstructionSetIsBadInput(t *testing.T) {
	t.Setenv("LORICA_CPU", "avx9000")
	var stderr strings.Builder
	status := run(t.Context(), []string{"info"}, strings.NewReader(""), &strings.Builder{}, &stderr)
	if status != exitBadInput || !strings.Contains(stderr.String(), "avx9000") || !strings.Contains(stderr.String(), "generic") {
		t.Errorf("status %d, stderr %q", status, stderr.String())
	}
}

func TestAFullDiskIsToldOf(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		return // the platform has no such device
	}
	defer full.Close()
	var stderr strings.Builder
	status := run(t.Context(), []string{"classify", "--model", model, "--text", "great"}, strings.NewReader(""), full, &stderr)
	if status != exitFailed || !strings.Contains(stderr.String(), "no space left") || strings.Count(stderr.String(), "\n") != 1 {
		t.Errorf("status %d, stderr %q", status, stderr.String())
	}
}

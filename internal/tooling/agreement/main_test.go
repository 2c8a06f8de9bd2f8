package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/kernels"
	"github.com/lorica-go/lorica/wasm/testbundle"
)

func TestTheTablesHaveARowForEveryCandidate(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	model := write("model.safetensors", string(testbundle.New(t, testbundle.Options{})))
	texts := write("texts.jsonl", strings.Repeat("{\"text\":\"a very good game\"}\n", 40))
	wrong := write("wrong.jsonl", strings.Repeat("{\"label\":\"none\",\"logits\":[0,1]}\n", 35))
	var out bytes.Buffer
	s := settings{model: model, data: texts, cache: dir, count: 35, runs: 2, answers: []string{"elsewhere=" + wrong}}
	if err := run(t.Context(), s, &out); err != nil {
		t.Fatal(err)
	}
	same := regexp.MustCompile(`(?m)^\| (native|sandbox), [a-z0-9 -]+ \| 0 \| (0\.0e\+00|[0-9.]+e-(0[5-9]|1[0-9])) \|`)
	if n := len(same.FindAllString(out.String(), -1)); n != len(kernels.Tiers())+2 {
		t.Errorf("%d rows agree:\n%s", n, &out)
	}
	if !strings.Contains(out.String(), "| elsewhere | 35 | ") || !strings.Contains(out.String(), "| one text of 64 tokens, one thread |") {
		t.Errorf("got:\n%s", &out)
	}
	s.answers = []string{"short=" + texts}
	if err := run(t.Context(), s, &out); err == nil {
		t.Error("40 answers to 35 texts are taken")
	}
}

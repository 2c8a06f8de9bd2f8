package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lorica-go/lorica/native/tokenize"
	"github.com/lorica-go/lorica/native/vocabulary"
)

func TestATrainedTokenizerTokenizes(t *testing.T) {
	for _, kind := range []string{"bpe", "wordpiece"} {
		out := filepath.Join(t.TempDir(), "tokenizer")
		o := succeed(t, "", "tokenizer", "train", file(t, "r.jsonl", reviews(300)), "--kind", kind, "--vocab-size", "320", "--out", out, "--json")
		s := parse[vocabulary.Summary](t, o.stdout)[0]
		if s.Texts != 300 || s.Merges == 0 || len(s.Files) != 2 || o.stderr != "" {
			t.Errorf("%+v, %q", s, o.stderr)
		}
		tokens := parse[tokenize.Tokens](t, succeed(t, "", "tokenize", "--model", out, "--text", "the game is").stdout)[0]
		if len(tokens.IDs) != 5 { // a word is a token, for all are frequent
			t.Errorf("%s: %q", kind, tokens.Tokens)
		}
	}
	out := filepath.Join(t.TempDir(), "tokenizer")
	succeed(t, "the game\nno game\n", "tokenizer", "train", "-", "--vocab-size", "300", "--min-frequency", "1", "--add-prefix-space", "--out", out)
	for _, answer := range parse[tokenize.Tokens](t, succeed(t, "game\nno game\n", "tokenize", "--model", out, "--format", "txt", "-").stdout) {
		if got := answer.Tokens[len(answer.Tokens)-2]; got != "\u0120game" {
			t.Errorf("the word is the token %q", got)
		}
	}
	o := succeed(t, "one line\nanother line\n", "tokenizer", "train", "-", "--out", t.TempDir())
	for _, part := range []string{"kind ", "bpe", "tokenizer.json", "the texts give no more than"} {
		if !strings.Contains(o.stdout, part) {
			t.Errorf("no %q in %s", part, o.stdout)
		}
	}
}

func TestTokenizerTrainIsInterrupted(t *testing.T) {
	out := filepath.Join(t.TempDir(), "tokenizer")
	cmd := exec.Command(program, "tokenizer", "train", "-", "--out", out)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Write([]byte("a text\n")); err != nil {
		t.Fatal(err)
	}
	time.Sleep(500 * time.Millisecond) // for the program to wait for more
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // the status says it
	if cmd.ProcessState.ExitCode() != exitInterrupted || stderr.String() != "lorica: tokenizer train: interrupted\n" {
		t.Errorf("status %d, %q", cmd.ProcessState.ExitCode(), stderr.String())
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("the folder was made")
	}
}

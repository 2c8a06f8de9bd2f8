package main

import (
	"errors"
	"fmt"
	"testing"
)

func TestDidYouMean(t *testing.T) {
	names := []string{"train", "eval", "classify", "export", "verify", "tokenize", "info", "bench", "version"}
	for word, want := range map[string]string{
		"trian": ": did you mean train?", "clas": ": did you mean classify?", "verfiy": ": did you mean verify?", "xyzzy": "", "tokenise": ": did you mean tokenize?",
	} {
		if got := didYouMean(word, names); got != want {
			t.Errorf("%s: got %q, want %q", word, got, want)
		}
	}
}

func TestEditDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "abc", 3}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"kitten", "sitting", 3}, {"model", "modle", 1}} {
		if got := editDistance(c.a, c.b); got != c.want {
			t.Errorf("%s, %s: got %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestNumbersAreWrittenForPeople(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{thousands(184423682), "184,423,682"}, {thousands(999), "999"}, {thousands(1000), "1,000"}, {thousands(-12345), "-12,345"}, {thousands(0), "0"},
		{duration(0.4234), "0.42 s"}, {duration(17), "17 s"}, {duration(200), "3 m 20 s"}, {duration(3900), "1 h 5 m"},
		{bytesText(91097784), "91.1 MB"}, {bytesText(12), "12 bytes"}, {bytesText(1500), "1.5 KB"}, {bytesText(2e9), "2.0 GB"},
		{shellQuote("run/model.safetensors"), "run/model.safetensors"}, {shellQuote("my run's"), `'my run'\''s'`}, {shellQuote(""), "''"},
		{oneLine("a\nb\r\n\x1b[31mc"), "a; b; \ufffd[31mc"},
		{printable("a\x1b[2Jb\u202ec"), "a [2Jb c"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestAPanicIsOneLine(t *testing.T) {
	if got := oneLine(fmt.Sprint(errors.New("runtime error\ngoroutine 1"))); got != "runtime error; goroutine 1" {
		t.Errorf("got %q", got)
	}
}

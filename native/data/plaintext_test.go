package data

import (
	"io"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
)

func TestPlainTextHasOneTextALine(t *testing.T) {
	plain := Options{PlainText: true, AllowEmpty: true}
	for name, c := range map[string]struct {
		file, content string
		opts          Options
		want          string
	}{
		"a file called .txt":            {"a.txt", "good\r\n\n bad \nlast", plain, "1:good|2:|3: bad |4:last"},
		"a .txt of JSON stays text":     {"a.txt", "{\"text\":\"a\"}\n", plain, `1:{"text":"a"}`},
		"an unknown name":               {"", "good, really\nbad\n", plain, "1:good, really|2:bad"},
		"an unknown ending":             {"a.log", "good\n", plain, "1:good"},
		"a text that begins with [":     {"", "[h1]good[/h1]\n", plain, "1:[h1]good[/h1]"},
		"a text that begins with {":     {"", "{not json}\n", plain, "1:{not json}"},
		"JSON lines of unknown name":    {"", "{\"text\":\"a\"}\n{\"text\":\"b\"}\n", plain, "1:a|2:b"},
		"one JSON line of unknown name": {"", "{\"text\":\"a\"}", plain, "1:a"},
		"an array of unknown name":      {"", "[ {\"text\":\"a\"},\n{\"text\":\"b\"}]\n", plain, "1:a|2:b"},
		"an object of several lines":    {"", "{\n\"text\": \"a\"\n}\n{\n\"text\": \"b\"\n}\n", plain, "4:b"},
		"a table keeps its name":        {"a.csv", "text,x\na,1\n", plain, "2:a"},
		"a .json is never text":         {"a.json", "[{\"text\":\"a\"}]", plain, "1:a"},
		"without PlainText a table":     {"a.txt", "text,label\na,1\n", Options{}, `2:a="1"`},
		"a named format":                {"a.csv", "a,b\nc\n", Options{Format: Text}, "1:a,b|2:c"},
		"an empty file":                 {"a.txt", "", plain, ""},
	} {
		t.Run(name, func(t *testing.T) {
			rows, _, err := readAll(c.file, c.content, c.opts)
			if err != nil {
				t.Fatal(err)
			}
			if got := show(rows); !strings.HasSuffix(got, c.want) || c.want == "" && got != "" {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestPlainTextErrorsNameTheLine(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		opts    Options
		want    string
	}{
		"invalid UTF-8":  {"a\n\xff\n", Options{Format: Text}, "a.txt:2: invalid UTF-8 at byte 1 (0xff)"},
		"an empty text":  {"a\n\nb\n", Options{Format: Text}, `a.txt:2: field "text": the text is empty`},
		"too long a row": {"a\nbbbbbbbbbb\nc\n", Options{Format: Text, MaxRowBytes: 4}, "a.txt:2: the row is larger than 4 bytes"},
		"another field":  {"a\n", Options{Format: Text, TextField: "body"}, `a.txt:1: no field "body"; columns here: text`},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := readAll("a.txt", c.content, c.opts)
			if err == nil || err.Error() != c.want || !badinput.Is(err) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// A person who types texts, or a program that asks one at a time, gets each row before the next is there.
func TestPlainTextDoesNotWaitForMoreThanARow(t *testing.T) {
	for _, lines := range [][]string{{"first text\n", "second\n"}, {"{\"text\":\"first text\"}\n", "{\"text\":\"second\"}\n"}} {
		in, out := io.Pipe()
		answered := make(chan bool)
		go func() {
			for _, line := range lines {
				_, _ = io.WriteString(out, line) // a reader that stops early shows in the test
				<-answered
			}
			out.Close()
		}()
		r, err := NewReader("", in, Options{PlainText: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"first text", "second"} {
			if row, err := r.Next(); err != nil || row.Text != want {
				t.Fatalf("got %q, %v, want %q", row.Text, err, want)
			}
			answered <- true
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"a\nb\r\n\n", "\xff\n", "\x00", "{\"text\":1}", "[{", "{\n", "\ufeffa\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, content []byte) { checkReader(t, "f.txt", content, Text) })
}

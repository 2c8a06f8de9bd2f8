package prompt

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/data"
)

func TestTheFirstRequestIsShownAsItWouldBeSent(t *testing.T) {
	s := serve(t, nil)
	c := asking(t, s, 100)
	c.TestSize, c.Shots, c.Parallel = data.Size{Fraction: 0.2}, 2, 1
	messages, body, err := FirstRequest(c)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Requests()) != 0 {
		t.Error("something was sent")
	}
	mustRun(t, c)
	if got := s.Requests()[0]; string(got.Body) != string(body) || len(got.Messages) != len(messages) || got.Messages[3].Content != messages[3].Content {
		t.Errorf("sent %s, shown %s", got.Body, body)
	}
	var saved json.RawMessage = readFile(t, c.Out, RequestFile)
	var a, b any
	if json.Unmarshal(saved, &a) != nil || json.Unmarshal(body, &b) != nil {
		t.Fatal("no JSON")
	}
	one, _ := json.Marshal(a)
	two, _ := json.Marshal(b)
	if string(one) != string(two) {
		t.Errorf("%s has %s", RequestFile, saved)
	}
}

func TestAPromptFileTakesThePlaceOfTheBuiltInPrompt(t *testing.T) {
	labels := labelsOf(t, "no", "yes & so")
	file := write(t, "p.tmpl", `{{define "system"}}{{if eq .Task "quiet"}}{{else}}Task: {{.Task}} {{.Labels}}{{end}}{{end}}
{{define "user"}}
{{.Count}} texts:
{{.Texts}}
{{end}}`)
	examples := &data.Set{Labels: labels, Rows: []data.Row{{Text: "an example"}}, Classes: []int{1}}
	for task, want := range map[string][]Message{
		"quiet": {{"user", "1 texts:\n{\"1\": \"an example\"}"}, {"assistant", `{"1": "yes & so"}`}, {"user", "2 texts:\n{\"1\": \"a\",\n\"2\": \"<b>\"}"}},
		"loud":  {{"system", `Task: loud ["no","yes & so"]`}, {"user", "1 texts:\n{\"1\": \"an example\"}"}, {"assistant", `{"1": "yes & so"}`}, {"user", "2 texts:\n{\"1\": \"a\",\n\"2\": \"<b>\"}"}},
	} {
		p, err := newPrompter(file, task, labels, 0, examples)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.messages([]string{"a", "<b>"})
		if err != nil || len(got) != len(want) {
			t.Fatalf("%s: got %q, %v", task, got, err)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: message %d is %q, want %q", task, i, got[i], want[i])
			}
		}
	}
}

func TestPromptFilesThatCannotServeAreBadInput(t *testing.T) {
	for name, c := range map[string]struct{ content, want string }{
		"no template":        {"{{define", "unclosed action"},
		"no block user":      {`{{define "system"}}x{{end}}`, `no block {{define "user"}}`},
		"no texts":           {`{{define "user"}}Label them.{{end}}`, `the block "user" leaves out {{.Texts}}`},
		"an unknown field":   {`{{define "user"}}{{.Reviews}}{{.Texts}}{{end}}`, "can't evaluate field Reviews"},
		"texts by a detour":  {`{{define "user"}}{{range $t := .Texts}}{{$t}}{{end}}{{end}}`, "range can't iterate over"},
		"texts cut":          {`{{define "user"}}{{slice .Texts 0 3}}{{end}}`, `leaves out {{.Texts}}`},
		"a block that fails": {`{{define "system"}}{{index .Labels 999}}{{end}}{{define "user"}}{{.Texts}}{{end}}`, `the block "system"`},
		"something enormous": {strings.Repeat(" ", maxTemplate+1), "more than 1048576 bytes"},
	} {
		path := write(t, "p.tmpl", c.content)
		_, err := newPrompter(path, DefaultTask, labelsOf(t, "no", "yes"), 0, emptySet(t))
		if err == nil || !badinput.Is(err) || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), path) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	if _, err := newPrompter(filepath.Join(t.TempDir(), "none"), DefaultTask, labelsOf(t, "no", "yes"), 0, emptySet(t)); !badinput.Is(err) {
		t.Errorf("no file: got %v", err)
	}
}

func TestLongTextsAreCutByCharactersAndCounted(t *testing.T) {
	for _, c := range []struct {
		text string
		most int
		want string
	}{{"日本語のレビュー", 3, "日本語"}, {"abc", 3, "abc"}, {"abc", 4, "abc"}, {"abc", 0, "abc"}, {"", 1, ""}, {"é!", 1, "é"}, {"\xff\xfe", 1, "\xff"}} {
		if got := cut(c.text, c.most); got != c.want {
			t.Errorf("%q cut to %d is %q, want %q", c.text, c.most, got, c.want)
		}
	}
	s := serve(t, nil)
	c := asking(t, s, 30)
	c.MaxChars = 28 // "My friends and I cannot stop" and the like; "Worth every cent, review 13" fits
	r := mustRun(t, c)
	want := 0
	for i := range 30 {
		if text, _ := review(i); len(text) > 28 {
			want++
		}
	}
	longest := 0
	for _, sent := range s.Requests() {
		for _, text := range sent.Texts {
			longest = max(longest, len(text))
		}
	}
	if r.Cut != want || longest != 28 {
		t.Errorf("%d rows were cut, want %d; the longest that was sent has %d characters", r.Cut, want, longest)
	}
}

package notebook

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/fakellm"
	"github.com/lorica-go/lorica/native/internal/fakehub"
	"github.com/lorica-go/lorica/native/internal/fakesteam"
	"github.com/lorica-go/lorica/native/internal/tiny"
)

// chain is the world in which the page's commands run: a folder, and servers in place of Steam, the hub and the language model.
type chain struct {
	program, dir string
	env          []string
	replace      *strings.Replacer
	outputs      map[string]string // what commands printed, by their first words
}

// TestTheNotebook runs every command of the page as it stands there, but for the addresses of the servers and fewer reviews.
func TestTheNotebook(t *testing.T) {
	c := newChain(t)
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "notebook.md"))
	if err != nil {
		t.Fatal(err)
	}
	commands := commandsOf(string(page))
	if len(commands) < 12 {
		t.Fatalf("%d commands on the page", len(commands))
	}
	for _, command := range commands {
		c.run(t, command)
	}
	c.checkRows(t)
	c.checkRuns(t)
	c.checkComparison(t)
}

func newChain(t *testing.T) *chain {
	t.Helper()
	const app = 322170
	reviews := fakesteam.Reviews(11, 600, 0.6)
	positive := map[string]bool{}
	for _, r := range reviews {
		positive[spaced(r.Text)] = r.Positive
	}
	steam, err := fakesteam.Start(fakesteam.Options{Apps: []*fakesteam.App{{ID: app, Reviews: reviews}}})
	if err != nil {
		t.Fatal(err)
	}
	hub, err := fakehub.Start(fakehub.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for id, family := range map[string]string{"microsoft/deberta-v3-base": "deberta-v2", "FacebookAI/roberta-base": "roberta"} {
		repo, err := fakehub.ReadRepo(tiny.Model(t, tiny.Options{Type: family}))
		if err != nil {
			t.Fatal(err)
		}
		repo.Task, repo.Tags = "fill-mask", []string{"en"}
		hub.Put(id, repo)
	}
	llm := fakellm.New(func(text string) string {
		if positive[spaced(text)] != mistaken(text) {
			return "positive"
		}
		return "negative"
	})
	t.Cleanup(func() {
		_, _ = steam.Close(), hub.Close() // nothing hangs on them any more
		llm.Close()
	})
	c := &chain{dir: t.TempDir(), outputs: map[string]string{}}
	c.program = new(tiny.Program).Path(t, t.TempDir())
	c.env = append(os.Environ(), "HF_ENDPOINT="+hub.URL, "HF_HOME="+filepath.Join(c.dir, "cache"), "HF_HUB_OFFLINE=", "HF_TOKEN=", "HF_HUB_CACHE=")
	c.replace = strings.NewReplacer(
		"http://localhost:11434/v1", llm.URL,
		"steam fetch ", "steam fetch --base-url "+steam.URL+" ",
		"--balanced 10000", "--balanced 60",
	)
	return c
}

// spaced returns a text with its words one space apart: cleaning changes no more of the fake reviews than what is between words.
func spaced(text string) string { return strings.Join(strings.Fields(text), " ") }

// mistaken says which texts the language model gets wrong.
func mistaken(text string) bool { return len(spaced(text))%5 == 0 }

// commandsOf returns the commands in the page's blocks of shell lines, continued lines joined.
func commandsOf(page string) []string {
	var commands []string
	for _, block := range strings.Split(page, "```sh\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		for line := range strings.Lines(strings.ReplaceAll(block, "\\\n", " ")) {
			if line = strings.TrimSpace(line); line != "" {
				commands = append(commands, line)
			}
		}
	}
	return commands
}

// wordsOf splits a command at spaces outside double quotes, as far as the page needs a shell's rules.
func wordsOf(command string) []string {
	var words []string
	for i, part := range strings.Split(command, `"`) {
		if i%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}

func (c *chain) run(t *testing.T, command string) {
	t.Helper()
	words := wordsOf(c.replace.Replace(command))
	if words[0] != "lorica" {
		t.Fatalf("%s: not a command of lorica", command)
	}
	cmd := exec.CommandContext(t.Context(), c.program, words[1:]...)
	var stdout, stderr bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = c.dir, c.env, &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, &stderr)
	}
	c.outputs[strings.Join(words[1:3], " ")] = stdout.String()
}

func (c *chain) read(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(c.dir, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func (c *chain) readJSON(t *testing.T, name string, into any) {
	t.Helper()
	if err := json.Unmarshal(c.read(t, name), into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// checkRows looks at what was fetched and split: as many of each label as asked for, in turns, and nothing lost on the way.
func (c *chain) checkRows(t *testing.T) {
	t.Helper()
	lines := bytes.Split(bytes.TrimSpace(c.read(t, "fetched.jsonl")), []byte("\n"))
	if len(lines) != 120 {
		t.Fatalf("%d reviews were fetched, not 60 of each label", len(lines))
	}
	for i, line := range lines {
		var row struct {
			VotedUp bool `json:"voted_up"`
		}
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		if row.VotedUp != (i%2 == 0) {
			t.Fatalf("row %d: voted_up %t, the labels do not take turns", i, row.VotedUp)
		}
	}
	count := func(name string) int { return bytes.Count(c.read(t, name), []byte("\n")) }
	if all, train, test := count("reviews.jsonl"), count("parts/train.jsonl"), count("parts/test.jsonl"); all != train+test || test != (all+4)/5 {
		t.Errorf("%d rows were split into %d and %d", all, train, test)
	}
}

// checkRuns looks at what training and prompting left.
func (c *chain) checkRuns(t *testing.T) {
	t.Helper()
	for _, name := range []string{"deberta/adapter/adapter_model.safetensors", "deberta/report.html", "roberta/model.safetensors", "zero-shot/report.html"} {
		if len(c.read(t, name)) == 0 {
			t.Errorf("%s is empty", name)
		}
	}
	var adapter struct {
		Rank    int      `json:"r"`
		Alpha   float64  `json:"lora_alpha"`
		Targets []string `json:"target_modules"`
		Saved   []string `json:"modules_to_save"`
	}
	c.readJSON(t, "deberta/adapter/adapter_config.json", &adapter)
	slices.Sort(adapter.Targets)
	if adapter.Rank != 4 || adapter.Alpha != 32 || strings.Join(adapter.Targets, ",") != "query_proj,value_proj" || !slices.Contains(adapter.Saved, "pooler") {
		t.Errorf("the adapter is %+v", adapter)
	}
	if answers := strings.Count(c.outputs["classify --model"], `"label"`); answers != 4 {
		t.Errorf("%d answers for four sentences", answers)
	}
}

// checkComparison looks for all four candidates, and for what the language model is known to have got right.
func (c *chain) checkComparison(t *testing.T) {
	t.Helper()
	c.read(t, "comparison/compare.html")
	test := bytes.Split(bytes.TrimSpace(c.read(t, "parts/test.jsonl")), []byte("\n"))
	right := 0
	for _, line := range test {
		var row struct{ Review string }
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		if !mistaken(row.Review) {
			right++
		}
	}
	if right == 0 || right == len(test) {
		t.Fatalf("the language model is right on %d of %d rows: nothing to be told apart", right, len(test))
	}
	var comparison struct {
		Candidates []struct {
			Name   string
			Report struct{ Accuracy float64 }
		}
	}
	c.readJSON(t, "comparison/compare.json", &comparison)
	var names []string
	for _, candidate := range comparison.Candidates {
		names = append(names, candidate.Name)
		if want := float64(right) / float64(len(test)); strings.HasSuffix(candidate.Name, "-shot") && candidate.Report.Accuracy != want {
			t.Errorf("%s: accuracy %v, want %v", candidate.Name, candidate.Report.Accuracy, want)
		}
	}
	if strings.Join(names, " ") != "deberta roberta zero-shot few-shot" {
		t.Errorf("the comparison is of %v", names)
	}
}

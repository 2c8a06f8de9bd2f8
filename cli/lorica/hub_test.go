package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/lorica-go/lorica/native/hub"
)

// fakeHub builds the fake hub once, beside the program; it is internal to native, so it runs as a program of its own.
var fakeHub = sync.OnceValues(func() (string, error) {
	serve := filepath.Join(filepath.Dir(program), "serve.exe")
	if output, err := exec.Command("go", "build", "-o", serve, "github.com/lorica-go/lorica/native/internal/fakehub/serve").CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, output)
	}
	return serve, nil
})

// hubWith starts the fake hub as a program, with the tiny model as example-org/tiny and a pickle as example-org/pickle, and points
// the environment at it, with an empty cache. It returns the folder of the cache.
func hubWith(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	serve, err := fakeHub()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(root, "example-org", "tiny"), os.DirFS(model)); err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string]string{
		"tiny/hub.json":      `{"task": "fill-mask", "library": "transformers", "licence": "mit", "downloads": 1234567, "likes": 89, "modified": "2025-02-03T04:05:06Z", "tags": ["en"]}`,
		"pickle/config.json": `{"model_type": "bert"}`, "pickle/pytorch_model.bin": "x", "pickle/hub.json": `{"downloads": 5}`,
	} {
		path = filepath.Join(root, "example-org", filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(serve, "--root", root)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	cache := filepath.Join(t.TempDir(), "cache")
	for name, value := range map[string]string{
		"HF_ENDPOINT": strings.TrimSpace(address), "HF_HUB_CACHE": cache, "HF_HOME": t.TempDir(), "HF_TOKEN": "", "HUGGING_FACE_HUB_TOKEN": "", "HF_HUB_OFFLINE": "", "TRANSFORMERS_OFFLINE": "",
	} {
		t.Setenv(name, value)
	}
	return cache
}

func TestHubSearchListsModels(t *testing.T) {
	hubWith(t)
	o := succeed(t, "", "hub", "search", "--limit", "5")
	found := parse[hub.Info](t, o.stdout)
	if len(found) != 2 || found[0].ID != "example-org/tiny" || !found[0].Trainable || found[0].Downloads != 1234567 || found[1].Trainable || o.stderr != "listed 2 of 2 models looked at\n" {
		t.Errorf("got %+v, stderr %q", found, o.stderr)
	}
	for args, want := range map[string]string{
		"tin --format markdown": "| example-org/tiny | bert | 5.7k | 1.2M | 89 | 2025-02-03 | mit | no: a BertForSequenceClassification | yes |",
		"--format table":        "example-org/tiny    bert        5.7k       1.2M     89  2025-02-03  mit      no: a BertForSequenceClassification  yes",
	} {
		if o := succeed(t, "", append([]string{"hub", "search", "--quiet"}, strings.Fields(args)...)...); !strings.Contains(o.stdout, want) || o.stderr != "" {
			t.Errorf("%s: got\n%swant %s\nstderr %q", args, o.stdout, want, o.stderr)
		}
	}
	list := file(t, "tried.txt", "# seen\nexample-org/t*\n")
	for args, want := range map[string]string{
		"--trainable": "example-org/tiny", "--exclude *tiny": "example-org/pickle", "--exclude-from " + list: "example-org/pickle", "--direction ascending --limit 1": "example-org/pickle",
		"--base": "example-org/pickle", "--max-parameters 1k": "example-org/pickle", "--filter en": "example-org/tiny", "--task fill-mask": "example-org/tiny", "--type bert,roberta tiny": "example-org/tiny",
		"--author nobody": "",
	} {
		o := succeed(t, "", append([]string{"hub", "search", "--json"}, strings.Fields(args)...)...)
		var ids []string
		for _, i := range parse[hub.Info](t, o.stdout) {
			ids = append(ids, i.ID)
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("%s: got %s, want %s", args, got, want)
		}
	}
}

func TestHubInfoAndCompareShowWhatModelsAre(t *testing.T) {
	hubWith(t)
	found := parse[hub.Info](t, succeed(t, "", "hub", "info", "example-org/tiny", "--json").stdout)
	if len(found) != 1 || !found[0].Trainable || found[0].Parameters == nil || !found[0].Parameters.Headers || found[0].Parameters.Total != 5714 {
		t.Errorf("got %+v", found)
	}
	page := succeed(t, "", "hub", "info", "example-org/tiny", "--format", "table").stdout
	for _, want := range []string{"author        example-org\n", "parameters    5,714 (F32 5,714)\n", "trainable     yes\n", "licence       mit\n", "downloads     1,234,567\n", "tokenizer_config.json"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	both := succeed(t, "", "hub", "compare", "example-org/tiny", "example-org/pickle", "--format", "markdown").stdout
	for _, want := range []string{"|  | example-org/tiny | example-org/pickle |\n| --- | --- | --- |\n", "| downloads | 1,234,567 | 5 |", "| trainable | yes | no: no model.safetensors, only pytorch_model.bin, a Python pickle", "config.json "} {
		if !strings.Contains(both, want) {
			t.Errorf("the comparison lacks %q:\n%s", want, both)
		}
	}
	if got := parse[hub.Info](t, succeed(t, "", "hub", "compare", "example-org/pickle", "example-org/tiny").stdout); len(got) != 2 || got[0].ID != "example-org/pickle" {
		t.Errorf("got %+v", got)
	}
	if table := succeed(t, "", "hub", "compare", "example-org/tiny", "example-org/pickle", "--format", "table").stdout; !strings.Contains(table, "trainable     yes") {
		t.Errorf("got\n%s", table)
	}
}

func TestHubPullFetchesWhatOtherCommandsThenFind(t *testing.T) {
	cache := hubWith(t)
	o := lorica(t, "", "classify", "--model", "example-org/tiny", "--text", "great fun")
	if o.status != exitBadInput || !strings.Contains(o.stderr, "lorica: classify: example-org/tiny: no such model folder or bundle, and not in the cache "+cache+"; `lorica hub pull example-org/tiny`, or --pull, fetches it") ||
		strings.Count(o.stderr, "\n") != 1 {
		t.Errorf("not fetched: status %d, %s", o.status, o.stderr)
	}
	o = succeed(t, "", "hub", "pull", "example-org/tiny")
	path := strings.TrimSpace(o.stdout)
	if _, err := os.Stat(filepath.Join(path, "model.safetensors")); err != nil || !strings.HasPrefix(path, cache) || strings.Count(o.stderr, "fetched, checked\n") != 4 {
		t.Errorf("%s, %v, stderr %s", path, err, o.stderr)
	}
	if p := parse[hub.Pulled](t, succeed(t, "", "hub", "pull", "example-org/tiny@main", "--json", "--quiet").stdout); len(p) != 1 || p[0].Path != path || len(p[0].Files) != 4 || p[0].Files[0].How != hub.Cached {
		t.Errorf("got %+v", p)
	}
	t.Setenv("HF_HUB_OFFLINE", "1")
	for _, args := range [][]string{
		{"classify", "--model", "example-org/tiny", "--text", "great fun"}, {"tokenize", "--model", "example-org/tiny", "--text", "great fun"}, {"info", "--model", "example-org/tiny"},
		{"bench", "--model", "example-org/tiny", "--runs", "1", "--min-time", "1ms", "--tokens", "8"}, {"export", "--model", "example-org/tiny", "--out", filepath.Join(t.TempDir(), "bundle")},
		{"eval", "--model", "example-org/tiny", "--data", file(t, "rows.jsonl", `{"text": "great fun", "label": 1}`), "--pull"}, {"hub", "pull", "example-org/tiny"},
	} {
		succeed(t, "", args...)
	}
}

func TestPullFetchesForTheCommandThatNeedsIt(t *testing.T) {
	hubWith(t)
	o := succeed(t, "", "tokenize", "--model", "example-org/tiny", "--pull", "--text", "great fun")
	if !strings.Contains(o.stdout, `"ids"`) || strings.Contains(o.stderr, "model.safetensors") {
		t.Errorf("stdout %s, stderr %s", o.stdout, o.stderr)
	}
	rows := file(t, "rows.jsonl", reviews(20))
	o = succeed(t, "", "train", "--model", "example-org/tiny", "--pull", "--data", rows, "--epochs", "1", "--out", filepath.Join(t.TempDir(), "run"))
	if !strings.Contains(o.stderr, "model.safetensors") {
		t.Errorf("stderr %s", o.stderr)
	}
	if o := lorica(t, "", "train", "--model", "example-org/pickle", "--pull", "--data", rows, "--out", filepath.Join(t.TempDir(), "run")); o.status != exitBadInput || !strings.Contains(o.stderr, "Python pickle") {
		t.Errorf("a pickle: status %d, %s", o.status, o.stderr)
	}
}

func TestHubErrorsAreOneLineWithTheirStatus(t *testing.T) {
	hubWith(t)
	for _, test := range []struct {
		args, environment string
		status            int
		want              string
	}{
		{"hub pull example-org/none", "", exitBadInput, "lorica: hub pull: example-org/none is not on the hub http://127.0.0.1:"},
		{"hub info example-org/tiny@v9", "", exitBadInput, `lorica: hub info: example-org/tiny: revision "v9" is not on the hub`},
		{"hub pull example-org/tiny", "HF_HUB_OFFLINE=1", exitBadInput, "HF_HUB_OFFLINE is set"},
		{"hub search", "HF_HUB_OFFLINE=1", exitFailed, "HF_HUB_OFFLINE is set"},
		{"hub search", "HF_ENDPOINT=nonsense", exitBadInput, "HF_ENDPOINT: endpoint \"nonsense\": want an address"},
		{"hub search --exclude-from nowhere.txt", "", exitBadInput, "--exclude-from: open nowhere.txt"},
		{"hub search --exclude-from " + file(t, "bad.txt", "a\n[\n"), "", exitBadInput, `bad.txt: line 2: "["`},
	} {
		if name, value, ok := strings.Cut(test.environment, "="); ok {
			t.Run(test.args, func(t *testing.T) {
				t.Setenv(name, value)
				checkError(t, test.args, test.status, test.want)
			})
			continue
		}
		checkError(t, test.args, test.status, test.want)
	}
}

func checkError(t *testing.T, args string, status int, want string) {
	t.Helper()
	o := lorica(t, "", strings.Fields(args)...)
	if o.status != status || o.stdout != "" || !strings.Contains(o.stderr, want) || strings.Count(o.stderr, "\n") != 1 {
		t.Errorf("lorica %s: status %d, stdout %q, stderr %q; want %d, %q", args, o.status, o.stdout, o.stderr, status, want)
	}
}

func TestCountsAreReadAndWritten(t *testing.T) {
	for text, want := range map[string]int64{"200M": 200e6, "1.5B": 1.5e9, "30k": 30e3, "30K": 30e3, "7": 7, " 2G ": 2e9} {
		if got, err := parseCount(text); err != nil || got != want {
			t.Errorf("%s: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "M", "-1", "1e99", "NaN", "200MB", "many"} {
		if got, err := parseCount(text); err == nil {
			t.Errorf("%s: %d", text, got)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1.0k", 184_423_682: "184.4M", 7e9: "7.0B"} {
		if got := short(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
	if got := wrapLines("config.json 1 KB\na long line of words", 12); got != "config.json\n1 KB\na long line\nof words" {
		t.Errorf("got %q", got)
	}
}

package hub_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/hub"
)

// commits of the hand-made cache.
const (
	oneCommit   = "1111111111111111111111111111111111111111"
	otherCommit = "2222222222222222222222222222222222222222"
)

// handMade is a cache with files of little content.
func handMade(t *testing.T, files map[string]string) hub.Cache {
	t.Helper()
	dir := t.TempDir()
	for path, content := range files {
		path = filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return hub.Cache{Dir: dir}
}

func TestWhatACacheFinds(t *testing.T) {
	const dir = "models--org--name/"
	whole := map[string]string{dir + "snapshots/" + oneCommit + "/config.json": "{}", dir + "snapshots/" + oneCommit + "/model.safetensors": "x"}
	with := func(more map[string]string) map[string]string {
		files := map[string]string{}
		for _, some := range []map[string]string{whole, more} {
			for path, content := range some {
				files[path] = content
			}
		}
		return files
	}
	main := with(map[string]string{dir + "refs/main": oneCommit})
	for what, test := range map[string]struct {
		files map[string]string
		id    string
		need  hub.Need
		want  string // of the error; "" for none
	}{
		"a branch":                            {main, "org/name", hub.Model, ""},
		"named":                               {main, "org/name@main", hub.Model, ""},
		"a commit":                            {whole, "org/name@" + oneCommit, hub.Model, ""},
		"an old name":                         {map[string]string{"models--name/refs/main": oneCommit, "models--name/snapshots/" + oneCommit + "/config.json": "", "models--name/snapshots/" + oneCommit + "/model.safetensors": ""}, "name", hub.Model, ""},
		"a pull request":                      {with(map[string]string{dir + "refs/refs/pr/1": oneCommit + "\n"}), "org/name@refs/pr/1", hub.Model, ""},
		"no ref":                              {whole, "org/name", hub.Model, "not in the cache"},
		"another commit":                      {main, "org/name@" + otherCommit, hub.Model, "not in the cache"},
		"a ref to nothing":                    {with(map[string]string{dir + "refs/main": otherCommit}), "org/name", hub.Model, "not in the cache"},
		"an empty ref":                        {with(map[string]string{dir + "refs/main": ""}), "org/name", hub.Model, "holds no commit"},
		"a ref that is a path":                {with(map[string]string{dir + "refs/main": "../../.."}), "org/name", hub.Model, "holds no commit"},
		"a long ref":                          {with(map[string]string{dir + "refs/main": strings.Repeat("1", 4000)}), "org/name", hub.Model, "more than the limit"},
		"a tokenizer only":                    {map[string]string{dir + "refs/main": oneCommit, dir + "snapshots/" + oneCommit + "/vocab.txt": ""}, "org/name", hub.TokenizerOnly, ""},
		"a tokenizer, for a model":            {map[string]string{dir + "refs/main": oneCommit, dir + "snapshots/" + oneCommit + "/vocab.txt": ""}, "org/name", hub.Model, "there is no config.json"},
		"a configuration, for models":         {map[string]string{dir + "refs/main": oneCommit, dir + "snapshots/" + oneCommit + "/config.json": ""}, "org/name", hub.Model, "there is no model.safetensors"},
		"a pickle, for the model's own error": {map[string]string{dir + "refs/main": oneCommit, dir + "snapshots/" + oneCommit + "/config.json": "", dir + "snapshots/" + oneCommit + "/pytorch_model.bin": ""}, "org/name", hub.Model, ""},
		"a bad index":                         {map[string]string{dir + "refs/main": oneCommit, dir + "snapshots/" + oneCommit + "/config.json": "", dir + "snapshots/" + oneCommit + "/model.safetensors.index.json": "["}, "org/name", hub.Model, "index.json"},
	} {
		t.Run(what, func(t *testing.T) {
			s, err := handMade(t, test.files).Find(parseID(t, test.id), test.need)
			switch {
			case test.want == "" && (err != nil || s.Commit != oneCommit || !strings.HasSuffix(s.Dir, oneCommit)):
				t.Errorf("got %+v, %v", s, err)
			case test.want != "" && (!badinput.Is(err) || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), test.id)):
				t.Errorf("got %v, want %q", err, test.want)
			case test.want != "" && strings.HasPrefix(test.want, "not in") != errors.Is(err, hub.ErrNotCached) && !strings.HasPrefix(test.want, "there is"):
				t.Errorf("%v is or is not ErrNotCached", err)
			}
		})
	}
}

func TestALinkToNothingIsNoFile(t *testing.T) {
	c := handMade(t, map[string]string{"models--org--name/refs/main": oneCommit, "models--org--name/snapshots/" + oneCommit + "/config.json": "{}"})
	link := filepath.Join(c.Dir, "models--org--name/snapshots", oneCommit, "model.safetensors")
	if err := os.Symlink("../../blobs/gone", link); err != nil {
		t.Skip("this platform lacks links that everybody may make")
	}
	if _, err := c.Find(parseID(t, "org/name"), hub.Model); !errors.Is(err, hub.ErrNotCached) {
		t.Errorf("got %v", err)
	}
}

func TestAnArgumentIsAPathFirstThenAModelOfTheCache(t *testing.T) {
	c := handMade(t, map[string]string{
		"models--org--name/refs/main": oneCommit, "models--org--name/snapshots/" + oneCommit + "/config.json": "{}", "models--org--name/snapshots/" + oneCommit + "/model.safetensors": "",
		"models--org--part/refs/main": oneCommit, "models--org--part/snapshots/" + oneCommit + "/config.json": "{}",
	})
	t.Chdir(t.TempDir())
	if err := os.MkdirAll("mine/name", 0o777); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ model, path, want string }{
		{"mine/name", "mine/name", ""},
		{"org/name", filepath.Join(c.Dir, "models--org--name", "snapshots", oneCommit), ""},
		{"org/name@main", filepath.Join(c.Dir, "models--org--name", "snapshots", oneCommit), ""},
		{"org/other", "", "no such model folder or bundle, and not in the cache " + c.Dir + "; `lorica hub pull org/other`, or --pull, fetches it from the hub"},
		{"org/part", "", "as a whole: there is no model.safetensors; `lorica hub pull org/part`"},
		{"org/name@v2", "", "`lorica hub pull org/name@v2`"},
		{"roberta-base", "", "`lorica hub pull roberta-base`"},
		{"mine/other", "", "no such model folder or bundle"}, // a folder mine is there
		{"./org/name", "", "no such model folder or bundle"},
		{"a/b/c", "", "no such model folder or bundle"},
		{"run/model.safetensors", "", "no such model folder or bundle"},
		{"", "", "no such model folder or bundle"},
	} {
		at, err := hub.Locate(test.model, hub.Model, lookup("HF_HUB_CACHE="+c.Dir))
		switch {
		case test.want == "" && (err != nil || at.Path != test.path || (at.Snapshot != nil) != (test.model != test.path)):
			t.Errorf("%s: %+v, %v", test.model, at, err)
		case test.want != "" && (!badinput.Is(err) || !strings.Contains(err.Error(), test.want) || errors.Is(err, hub.ErrNotCached) != strings.Contains(test.want, "hub pull")):
			t.Errorf("%s: got %v, want %q", test.model, err, test.want)
		}
	}
	if _, err := hub.Locate("org/name", hub.Model, lookup()); !badinput.Is(err) || !strings.Contains(err.Error(), "HF_HOME names one") {
		t.Errorf("without a home: %v", err)
	}
}

package hub_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/hub"
)

// lookup is an environment of the variables "NAME=value".
func lookup(variables ...string) func(string) string {
	return func(name string) string {
		for _, v := range variables {
			if value, ok := strings.CutPrefix(v, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

func TestTheEnvironmentIsReadAsHuggingFaceHubReadsIt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("this platform lacks HOME")
	}
	home := t.TempDir()
	token := func(dir string) string {
		path := filepath.Join(home, dir, "token")
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("hf_"+dir+"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	token("a")
	usual := filepath.Join(home, ".cache", "huggingface")
	for _, test := range []struct {
		variables string // separated by blanks
		cache     string
		change    func(want *hub.Config)
	}{
		{"", usual + "/hub", nil},
		{"HF_HOME=/x", "/x/hub", nil},
		{"HF_HOME=~/h", home + "/h/hub", nil},
		{"HF_HOME=$BASE/h BASE=/b", "/b/h/hub", nil},
		{"HF_HOME=${NOWHERE}/h", "$NOWHERE/h/hub", nil},
		{"XDG_CACHE_HOME=/xdg", "/xdg/huggingface/hub", nil},
		{"XDG_CACHE_HOME=/xdg HF_HOME=/x", "/x/hub", nil},
		{"HF_HOME=/x HUGGINGFACE_HUB_CACHE=/old", "/old", nil},
		{"HF_HOME=/x HUGGINGFACE_HUB_CACHE=/old HF_HUB_CACHE=/c", "/c", nil},
		{"HF_ENDPOINT=https://mirror.example/hf/", usual + "/hub", func(c *hub.Config) { c.Endpoint = "https://mirror.example/hf" }},
		{"HF_TOKEN=hf_1 HUGGING_FACE_HUB_TOKEN=hf_2", usual + "/hub", func(c *hub.Config) { c.Token, c.TokenSource = "hf_1", "HF_TOKEN" }},
		{"HUGGING_FACE_HUB_TOKEN=hf_2", usual + "/hub", func(c *hub.Config) { c.Token, c.TokenSource = "hf_2", "HUGGING_FACE_HUB_TOKEN" }},
		{"HF_HOME=~/a", home + "/a/hub", func(c *hub.Config) { c.Token, c.TokenSource = "hf_a", home+"/a/token" }},
		{"HF_TOKEN_PATH=~/a/token", usual + "/hub", func(c *hub.Config) { c.Token, c.TokenSource = "hf_a", home+"/a/token" }},
		{"HF_HOME=~/a HF_TOKEN=hf_1", home + "/a/hub", func(c *hub.Config) { c.Token, c.TokenSource = "hf_1", "HF_TOKEN" }},
		{"HF_HOME=~/a HF_TOKEN=hf_1 HF_HUB_DISABLE_IMPLICIT_TOKEN=1", home + "/a/hub", nil},
		{"HF_HUB_OFFLINE=yes", usual + "/hub", func(c *hub.Config) { c.Offline = true }},
		{"TRANSFORMERS_OFFLINE=1", usual + "/hub", func(c *hub.Config) { c.Offline = true }},
		{"TRANSFORMERS_OFFLINE=1 HF_HUB_OFFLINE=0", usual + "/hub", nil},
		{"HF_HUB_DISABLE_SYMLINKS=on", usual + "/hub", func(c *hub.Config) { c.CopyFiles = true }},
		{"HF_HUB_DOWNLOAD_TIMEOUT=90", usual + "/hub", func(c *hub.Config) { c.Timeout = 90 * time.Second }},
	} {
		get := lookup(append(strings.Fields(test.variables), "HOME="+home)...)
		got, err := hub.FromEnvironment(get)
		if err != nil {
			t.Errorf("%s: %v", test.variables, err)
			continue
		}
		want := hub.Default()
		want.Cache, want.Logger = test.cache, got.Logger
		if test.change != nil {
			test.change(&want)
		}
		got.Retry.OnRetry, want.Retry.OnRetry = nil, nil
		if got.Endpoint != want.Endpoint || got.Token != want.Token || got.TokenSource != want.TokenSource || got.Cache != want.Cache ||
			got.Offline != want.Offline || got.CopyFiles != want.CopyFiles || got.Timeout != want.Timeout {
			t.Errorf("%s:\ngot  %+v\nwant %+v", test.variables, got, want)
		}
		if cache, err := hub.CacheFromEnvironment(get); err != nil || cache.Dir != test.cache {
			t.Errorf("%s: cache %s, %v", test.variables, cache.Dir, err)
		}
	}
}

func TestMistakesInTheEnvironmentAreNamed(t *testing.T) {
	home := t.TempDir()
	large := filepath.Join(home, "large")
	if err := os.WriteFile(large, make([]byte, 10_000), 0o666); err != nil {
		t.Fatal(err)
	}
	for variables, want := range map[string]string{
		"HF_ENDPOINT=huggingface.co": "HF_ENDPOINT", "HF_ENDPOINT=ftp://x": "HF_ENDPOINT", "HF_ENDPOINT=https://u:p@x": "HF_ENDPOINT",
		"HF_HUB_DOWNLOAD_TIMEOUT=soon": "HF_HUB_DOWNLOAD_TIMEOUT", "HF_HUB_DOWNLOAD_TIMEOUT=0": "HF_HUB_DOWNLOAD_TIMEOUT", "HF_TOKEN=hf_ä": "HF_TOKEN",
		"HF_TOKEN_PATH=" + large: "the token file", "HF_TOKEN_PATH=" + home: "the token file", "HOME=": "HOME is not set",
	} {
		if strings.HasPrefix(variables, "HOME") && runtime.GOOS == "windows" {
			continue
		}
		_, err := hub.FromEnvironment(lookup(variables, "HOME="+home, "USERPROFILE="+home))
		if !badinput.Is(err) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hf_") {
			t.Errorf("%s: got %v", variables, err)
		}
	}
}

func TestAConfigurationThatCannotWorkIsRefused(t *testing.T) {
	good := hub.Default()
	good.Cache = "x"
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for what, change := range map[string]func(c *hub.Config){
		"endpoint": func(c *hub.Config) { c.Endpoint = "" }, "cache": func(c *hub.Config) { c.Cache = "" }, "0 files": func(c *hub.Config) { c.Parallel = 0 },
		"timeout": func(c *hub.Config) { c.Timeout = 0 }, "logger": func(c *hub.Config) { c.Logger = nil }, "attempts": func(c *hub.Config) { c.Retry.Tries = 0 },
	} {
		c := good
		change(&c)
		if _, err := hub.New(c); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: got %v", what, err)
		}
	}
}

func TestIDs(t *testing.T) {
	for s, want := range map[string]hub.ID{
		"org/name": {Name: "org/name"}, "roberta-base": {Name: "roberta-base"}, "a/b.c_d-e": {Name: "a/b.c_d-e"}, "org/name@v1.0": {Name: "org/name", Revision: "v1.0"},
		"org/name@refs/pr/12": {Name: "org/name", Revision: "refs/pr/12"}, "org/name@" + oneCommit: {Name: "org/name", Revision: oneCommit},
	} {
		if got, err := hub.ParseID(s); err != nil || got != want || got.String() != s {
			t.Errorf("%s: %+v, %v", s, got, err)
		}
	}
	for _, s := range []string{
		"", "/", "a/", "/a", "a/b/c", "a//b", "../x", "a/..", "a--b/c", "a..b", ".a/b", "a/-b", "a/b-", "a/b.git", "a b/c", "ä/b", "a/b@", "a/b@../x", "a/b@x/../y", "a/b@/x", "a/b@x/",
		"a/b@x//y", "a/b@.x", "a/b@x.lock", "a/b@-x", "a/b@x y", "a/b@x@y", strings.Repeat("a", 97), "a/b@" + strings.Repeat("a", 256), "C:\\x", "a\\b", "http://x/y",
	} {
		if id, err := hub.ParseID(s); !badinput.Is(err) {
			t.Errorf("%q: %+v, %v", s, id, err)
		}
	}
}

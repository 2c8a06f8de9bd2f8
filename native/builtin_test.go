package native_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/encoder"
	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native"
	"github.com/lorica-go/lorica/native/builtin"
)

// inEmptyFolders has the test run in an empty folder, with others for temporary and personal files, and returns them all.
func inEmptyFolders(t *testing.T) []string {
	t.Helper()
	folders := []string{t.TempDir(), t.TempDir(), t.TempDir()}
	t.Chdir(folders[0])
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(name, folders[1])
	}
	for _, name := range []string{"HOME", "XDG_CACHE_HOME", "USERPROFILE", "LOCALAPPDATA"} {
		t.Setenv(name, folders[2])
	}
	return folders
}

func TestTheBuiltinModelOpensWithoutAFile(t *testing.T) {
	folders := inEmptyFolders(t)
	c, err := native.Open("default", native.Options{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	answers, err := c.Classify(t.Context(), []encoder.Input{{Text: "Absolutely loved it."}, {Text: "Refunded after forty minutes."}})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range answers {
		if !slices.Contains([]string{"negative", "positive"}, a.Label) || a.Score < 0.5 {
			t.Errorf("got %+v", a)
		}
	}
	for _, folder := range folders {
		if entries, err := os.ReadDir(folder); err != nil || len(entries) > 0 {
			t.Errorf("%s: %v, %v", folder, entries, err)
		}
	}
}

func TestTheBuiltinModelSaysWhatItIs(t *testing.T) {
	m, err := native.OpenModel("default", native.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	content, err := builtin.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	if m.Name() != "default" || m.Origin() != "default" || m.Location != "" || m.Bytes != int64(len(content)) || m.Tokenizer == nil || m.MaxTokens < 64 {
		t.Errorf("%s from %q at %q, %d bytes, cut at %d", m.Name(), m.Origin(), m.Location, m.Bytes, m.MaxTokens)
	}
	if names, err := native.ModelLabels("default", ""); err != nil || !slices.Equal(names, m.Encoder.Config.Labels) || !native.IsBundle("default") {
		t.Errorf("labels %q, %v", names, err)
	}
}

// Which model a command means must not hang on where it is started.
func TestDefaultIsNoPath(t *testing.T) {
	folders := inEmptyFolders(t)
	if err := os.Mkdir(filepath.Join(folders[0], "default"), 0o777); err != nil {
		t.Fatal(err)
	}
	m, err := native.OpenModel("default", native.Options{Threads: 1})
	if err != nil {
		t.Fatalf("beside a folder of that name: %v", err)
	}
	_ = m.Close()
	if _, err := native.OpenModel("./default", native.Options{Threads: 1}); !badinput.Is(err) || !strings.Contains(err.Error(), "config.json") {
		t.Errorf("the folder itself, which is empty: got %v", err)
	}
}

package checks

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// maxBytes is how large a file of the repository may be; largeFiles has the exceptions, with the limit for each.
const maxBytes = 256 << 10

var largeFiles = map[string]int64{
	"native/builtin/default.safetensors": 16 << 20, // the built-in model
}

// mayExit names the functions in the rooms of exitFree that may panic or exit, each with the reason.
var mayExit = map[string]string{
	"native/internal/fakehub/serve/main.go:main":   "a program's exit status",
	"native/internal/fakesteam/serve/main.go:main": "a program's exit status",
}

// exitFree are the rooms whose packages return errors, whatever they are given.
var exitFree = []string{"encoder", "tokenizer", "native", "internal/badinput"}

// unwanted is what no file may say.
var unwanted = []struct {
	pattern *regexp.Regexp
	reason  string
}{
	{regexp.MustCompile("(^|[\\s\"'`(=:,])/(home|root|Users|work|tmp)/[\\w.-]"), "names a path of one machine"},
	{regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`), "leaves work for later"},
}

func TestEveryPackageHasOnePackageComment(t *testing.T) {
	report(t, packageCommentMistakes(goFiles(t)))
}

func TestEveryExportedNameHasADocComment(t *testing.T) {
	for _, f := range goFiles(t) {
		report(t, undocumented(f))
	}
}

func TestNoGoFileIsTooLong(t *testing.T) {
	report(t, longFiles(goFiles(t), maxLines))
}

func TestNoFileImportsC(t *testing.T) {
	for _, f := range goFiles(t) {
		report(t, cgoImports(f))
	}
}

func TestBadInputNeverEndsTheProcess(t *testing.T) {
	used := make(map[string]bool)
	for _, f := range goFiles(t) {
		if slices.ContainsFunc(exitFree, func(room string) bool { return within(f.path, room) }) {
			report(t, exits(f, mayExit, used))
		}
	}
	for place := range mayExit {
		if !used[place] {
			t.Errorf("mayExit lists %s, which needs no exception", place)
		}
	}
}

func TestNoFileIsTooLarge(t *testing.T) {
	paths, err := listFiles()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		info, err := os.Stat(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		limit := int64(maxBytes)
		if listed, ok := largeFiles[path]; ok {
			limit = listed
		}
		if info.Size() > limit {
			t.Errorf("%s has %d bytes, more than %d", path, info.Size(), limit)
		}
	}
	for path := range largeFiles {
		if !slices.Contains(paths, path) {
			t.Errorf("largeFiles lists %s, which is not there", path)
		}
	}
}

func TestNoFileSaysWhatItShouldNot(t *testing.T) {
	paths, err := listFiles()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		report(t, unwantedText(path, text))
	}
}

// unwantedText returns one line for each line of the text that says what no file may say. Binary files say nothing.
func unwantedText(path string, text []byte) []string {
	if bytes.IndexByte(text[:min(len(text), 8000)], 0) >= 0 {
		return nil
	}
	var found []string
	number := 0
	for line := range bytes.Lines(text) {
		number++
		for _, u := range unwanted {
			if u.pattern.Match(line) {
				found = append(found, fmt.Sprintf("%s:%d: %s: %s", path, number, u.reason, strings.TrimSpace(string(line))))
			}
		}
	}
	return found
}

// report makes each finding an error of the test.
func report(t *testing.T, findings []string) {
	t.Helper()
	for _, finding := range findings {
		t.Error(finding)
	}
}

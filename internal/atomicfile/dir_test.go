package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
)

// version fills a folder with files that say which version they are of, one of them deeper.
func version(text string) func(Folder) error {
	return func(folder Folder) error {
		return errors.Join(folder.Write("weights", content(text)), folder.Write(filepath.Join("deep", "er", "config"), content(text)))
	}
}

// wholeVersion returns the version that a folder holds, or what is wrong with it.
func wholeVersion(dir string) string {
	weights, config := readString(filepath.Join(dir, "weights")), readString(filepath.Join(dir, "deep", "er", "config"))
	if weights != config {
		return fmt.Sprintf("mixed: %q and %q", weights, config)
	}
	return weights
}

func TestAFolderIsCreatedAndReplacedWhole(t *testing.T) {
	for _, canExchange := range []bool{true, false} {
		parent := t.TempDir()
		path := filepath.Join(parent, "adapter")
		for _, text := range []string{"first", "second", "third"} {
			do, _ := crashing(1000, canExchange)
			must(t, writeDir(path, version(text), do))
			if got := wholeVersion(path); got != text {
				t.Errorf("got %s, want %s", got, text)
			}
			wantEntries(t, parent, "adapter")
			wantEntries(t, path, "deep", "weights")
			must(t, os.WriteFile(filepath.Join(path, "stray"), nil, 0o600))
		}
	}
}

func TestAKillAtAnyStepLeavesAWholeFolder(t *testing.T) {
	for _, canExchange := range []bool{true, false} {
		for n, done := 0, false; !done; n++ {
			parent := t.TempDir()
			path := filepath.Join(parent, "adapter")
			must(t, WriteDir(path, version("old")))
			do, left := crashing(n, canExchange)
			err := writeDir(path, version("new"), do)
			if done = *left >= 0; done {
				must(t, err)
				if n < 6 {
					t.Fatalf("only %d steps were taken", n)
				}
			}
			must(t, Recover(path))
			got := wholeVersion(path)
			if got != "new" && (got != "old" || done) {
				t.Errorf("exchange %v, killed after step %d: got %s", canExchange, n, got)
			}
			must(t, Recover(path))
			if again := wholeVersion(path); again != got {
				t.Errorf("exchange %v, killed after step %d: recovering again turns %s into %s", canExchange, n, got, again)
			}
			must(t, WriteDir(path, version("newer")))
			if got := wholeVersion(path); got != "newer" {
				t.Errorf("exchange %v, killed after step %d, written again: got %s", canExchange, n, got)
			}
			wantEntries(t, parent, "adapter")
		}
	}
}

func TestAFailingRenameKeepsTheOldFolder(t *testing.T) {
	for _, failing := range []int{1, 2, 3} {
		parent := t.TempDir()
		path := filepath.Join(parent, "adapter")
		must(t, WriteDir(path, version("old")))
		do := system()
		do.exchange = func(string, string) error { return errors.ErrUnsupported }
		count := 0
		do.rename = func(from, to string) error {
			if count++; count == failing {
				return errCrash
			}
			return os.Rename(from, to)
		}
		if err := writeDir(path, version("new"), do); !errors.Is(err, errCrash) {
			t.Errorf("rename %d fails: got %v", failing, err)
		}
		if got := wholeVersion(path); got != "old" {
			t.Errorf("rename %d fails: got %s", failing, got)
		}
		wantEntries(t, parent, "adapter")
	}
}

func TestAFailingFillLeavesTheOldFolderAndNothingElse(t *testing.T) {
	errFill := errors.New("weights are NaN")
	parent := t.TempDir()
	path := filepath.Join(parent, "adapter")
	fail := func(folder Folder) error {
		return errors.Join(version("new")(folder), folder.Write("more", func(io.Writer) error { return errFill }))
	}
	err := WriteDir(path, fail)
	if !errors.Is(err, errFill) || badinput.Is(err) || err.Error() != "writing "+path+": more: weights are NaN" {
		t.Errorf("got %v", err)
	}
	wantEntries(t, parent)
	must(t, WriteDir(path, version("old")))
	if err := WriteDir(path, fail); !errors.Is(err, errFill) {
		t.Errorf("got %v", err)
	}
	if got := wholeVersion(path); got != "old" {
		t.Errorf("got %s", got)
	}
	wantEntries(t, parent, "adapter")
}

func TestAFolderIsWrittenThroughALink(t *testing.T) {
	parent := t.TempDir()
	must(t, os.Mkdir(filepath.Join(parent, "far"), 0o777))
	path := filepath.Join(parent, "link")
	if err := os.Symlink(filepath.Join("far", "adapter"), path); err != nil {
		t.Skipf("this platform lacks symbolic links: %v", err)
	}
	for _, text := range []string{"first", "second"} {
		must(t, WriteDir(path, version(text)))
		if got := wholeVersion(filepath.Join(parent, "far", "adapter")); got != text {
			t.Errorf("got %s, want %s", got, text)
		}
		wantEntries(t, filepath.Join(parent, "far"), "adapter")
	}
	far := filepath.Join(parent, "far", "adapter")
	must(t, os.Rename(far, sibling(far, oldMark)))
	must(t, Recover(path))
	if got := wholeVersion(path); got != "second" {
		t.Errorf("recovered through the link: got %s", got)
	}
}

func TestPlacesAndNamesThatCannotHoldAFolderAreBadInput(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	must(t, os.WriteFile(file, []byte("kept"), 0o600))
	for _, path := range []string{file, filepath.Join(file, "x"), filepath.Join(dir, "missing", "x")} {
		err := WriteDir(path, version("x"))
		if !badinput.Is(err) || !strings.HasPrefix(err.Error(), "writing "+path+": ") || strings.Contains(err.Error(), temporaryMark) {
			t.Errorf("got %v", err)
		}
	}
	for _, name := range []string{"", "..", "../x", filepath.Join(dir, "x")} {
		err := WriteDir(filepath.Join(dir, "adapter"), func(folder Folder) error { return folder.Write(name, content("x")) })
		if !badinput.Is(err) {
			t.Errorf("a file named %q: got %v", name, err)
		}
	}
	must(t, Recover(filepath.Join(dir, "nothing")))
	wantContent(t, file, "kept")
	wantEntries(t, dir, "file")
}

func TestRecoveringPrefersTheNewerWholeFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "adapter")
	must(t, WriteDir(sibling(path, newMark), version("new")))
	must(t, WriteDir(sibling(path, oldMark), version("old")))
	must(t, Recover(path))
	if got := wholeVersion(path); got != "new" {
		t.Errorf("got %s", got)
	}
}

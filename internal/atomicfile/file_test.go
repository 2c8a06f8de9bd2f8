package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
)

func TestAFileIsCreatedAndReplaced(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "model")
	for _, text := range []string{"first", "", strings.Repeat("long ", bufferSize), "last"} {
		must(t, Write(path, content(text)))
		wantContent(t, path, text)
		wantEntries(t, dir, "model")
	}
}

func TestANewFileHasThePermissionsOfAnyOther(t *testing.T) {
	dir := t.TempDir()
	must(t, Write(filepath.Join(dir, "a"), content("")))
	must(t, os.WriteFile(filepath.Join(dir, "b"), nil, 0o666))
	a, errA := os.Stat(filepath.Join(dir, "a"))
	b, errB := os.Stat(filepath.Join(dir, "b"))
	if errA != nil || errB != nil || a.Mode() != b.Mode() {
		t.Errorf("mode %v, want %v", a.Mode(), b.Mode())
	}
}

func TestAReplacedFileKeepsItsPermissions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("this platform lacks such permissions")
	}
	path := filepath.Join(t.TempDir(), "a")
	must(t, os.WriteFile(path, []byte("old"), 0o600))
	must(t, os.Chmod(path, 0o640))
	must(t, Write(path, content("new")))
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestLinksKeepTheirPlace(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "far"), 0o777))
	if err := os.Symlink(filepath.Join("far", "file"), filepath.Join(dir, "link")); err != nil {
		t.Skipf("this platform lacks symbolic links: %v", err)
	}
	must(t, os.Symlink("link", filepath.Join(dir, "chain")))
	for _, text := range []string{"created through a link to nothing", "replaced"} {
		must(t, Write(filepath.Join(dir, "chain"), content(text)))
		wantContent(t, filepath.Join(dir, "far", "file"), text)
		wantEntries(t, dir, "chain", "far", "link")
		wantEntries(t, filepath.Join(dir, "far"), "file")
	}
	must(t, os.Symlink("loop", filepath.Join(dir, "loop")))
	if err := Write(filepath.Join(dir, "loop"), content("")); !badinput.Is(err) {
		t.Errorf("a link to itself: %v", err)
	}
}

func TestAFailingFillLeavesTheOldFileAndNothingElse(t *testing.T) {
	errFill := errors.New("weights are NaN")
	for name, fill := range map[string]func(io.Writer) error{
		"at once":          func(io.Writer) error { return errFill },
		"after some bytes": func(w io.Writer) error { return errors.Join(content("some")(w), errFill) },
		"after many bytes": func(w io.Writer) error { return errors.Join(content(strings.Repeat("x", 3*bufferSize))(w), errFill) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "model")
			err := Write(path, fill)
			if !errors.Is(err, errFill) || badinput.Is(err) || err.Error() != "writing "+path+": weights are NaN" {
				t.Errorf("got %v", err)
			}
			wantEntries(t, dir)
			must(t, Write(path, content("old")))
			if err := Write(path, fill); !errors.Is(err, errFill) {
				t.Errorf("got %v", err)
			}
			wantEntries(t, dir, "model")
			wantContent(t, path, "old")
		})
	}
}

func TestAPanickingFillLeavesTheOldFileAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "model")
	must(t, Write(path, content("old")))
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is swallowed")
			}
		}()
		_ = Write(path, func(io.Writer) error { panic("bug") })
	}()
	wantEntries(t, dir, "model")
	wantContent(t, path, "old")
}

func TestAKillAtAnyStepLeavesTheOldOrTheNewFile(t *testing.T) {
	for n := 0; ; n++ {
		dir := t.TempDir()
		path := filepath.Join(dir, "model")
		must(t, Write(path, content("old")))
		must(t, os.WriteFile(sibling(path, temporaryMark+"0123456789abcdef"), nil, 0o600)) // left by an earlier kill
		do, left := crashing(n, true)
		err := write(path, content("new"), do)
		if *left >= 0 {
			must(t, err)
			if n < 3 {
				t.Fatalf("only %d steps were taken", n)
			}
			wantContent(t, path, "new")
			wantEntries(t, dir, "model")
			return
		}
		if !errors.Is(err, errCrash) {
			t.Errorf("killed after step %d: got %v", n, err)
		}
		want := "old"
		if n >= 2 { // the leftover's removal, the rename
			want = "new"
		}
		wantContent(t, path, want)
		must(t, Write(path, content("newer")))
		wantContent(t, path, "newer")
		wantEntries(t, dir, "model")
	}
}

func TestOnlyOwnLeftoversAreRemoved(t *testing.T) {
	dir := t.TempDir()
	names := []string{".model.tmp-", ".model.tmp-0123456789abcde", ".model.tmp-0123456789abcdeg", ".model.tmp-x.tmp-0123456789abcdef",
		".other.tmp-0123456789abcdef", "model", "model.tmp-0123456789abcdef"}
	for _, name := range append(names, ".model.tmp-0123456789abcdef") {
		must(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	must(t, Write(filepath.Join(dir, "model"), content("new")))
	wantEntries(t, dir, names...)
}

func TestPlacesThatCannotHoldAFileAreBadInputWithoutTemporaryNames(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	must(t, os.WriteFile(file, nil, 0o600))
	for name, test := range map[string]struct {
		path  string
		cause error
		want  string
	}{
		"a folder":          {dir, nil, ": not a regular file"},
		"in a missing one":  {filepath.Join(dir, "missing", "x"), fs.ErrNotExist, ": "},
		"below a file":      {filepath.Join(file, "x"), nil, ": "},
		"name far too long": {filepath.Join(dir, strings.Repeat("x", 300)), nil, ": "},
	} {
		err := Write(test.path, content("x"))
		switch {
		case !badinput.Is(err) || test.cause != nil && !errors.Is(err, test.cause):
			t.Errorf("%s: got %v", name, err)
		case !strings.HasPrefix(err.Error(), "writing "+test.path+test.want) || strings.Contains(err.Error(), temporaryMark):
			t.Errorf("%s: got %q", name, err)
		}
	}
	wantEntries(t, dir, "file")
}

func TestAFolderWithoutWritePermissionIsBadInput(t *testing.T) {
	if os.Geteuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("root may write everywhere")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "model")
	must(t, Write(path, content("old")))
	must(t, os.Chmod(dir, 0o555))
	defer os.Chmod(dir, 0o755)
	if err := Write(path, content("new")); !errors.Is(err, fs.ErrPermission) || !badinput.Is(err) {
		t.Errorf("got %v", err)
	}
	if err := WriteDir(filepath.Join(dir, "adapter"), func(Folder) error { return nil }); !errors.Is(err, fs.ErrPermission) || !badinput.Is(err) {
		t.Errorf("got %v", err)
	}
	wantContent(t, path, "old")
	wantEntries(t, dir, "model")
}

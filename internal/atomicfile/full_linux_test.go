package atomicfile

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/lorica-go/lorica/internal/badinput"
)

func TestAFullDiskLeavesWhatWasThere(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("this platform lacks the right to mount a file system: %v", err)
	}
	defer unix.Unmount(dir, unix.MNT_DETACH)
	file, folder := filepath.Join(dir, "model"), filepath.Join(dir, "adapter")
	must(t, Write(file, content("old")))
	must(t, WriteDir(folder, version("old")))

	tooMuch := func(w io.Writer) error {
		_, err := io.Copy(w, bytes.NewReader(make([]byte, 2<<20)))
		return err
	}
	checkFull := func(err error, want string) {
		t.Helper()
		if !badinput.Is(err) || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	checkFull(Write(file, tooMuch), "writing "+file+": no space left on device")
	checkFull(WriteDir(folder, func(f Folder) error { return f.Write("weights", tooMuch) }),
		"writing "+folder+": weights: no space left on device")
	wantContent(t, file, "old")
	if got := wholeVersion(folder); got != "old" {
		t.Errorf("got %s", got)
	}
	wantEntries(t, dir, "adapter", "model")
	must(t, Write(file, content(strings.Repeat("fits", 100_000))))
}

package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

var errCrash = errors.New("killed")

// crashing returns steps of which the first n are taken and all later ones are not: what a kill after step n leaves. left is
// how many steps would still be taken.
func crashing(n int, canExchange bool) (do steps, left *int) {
	left = &n
	step := func(take func() error) error {
		if *left <= 0 {
			*left--
			return errCrash
		}
		*left--
		return take()
	}
	return steps{
		rename: func(from, to string) error { return step(func() error { return os.Rename(from, to) }) },
		exchange: func(a, b string) error {
			if !canExchange {
				return errors.ErrUnsupported
			}
			return step(func() error { return exchange(a, b) })
		},
		remove:  func(path string) error { return step(func() error { return os.RemoveAll(path) }) },
		syncDir: func(path string) error { return step(func() error { return syncDir(path) }) },
	}, left
}

// content writes text.
func content(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

// wantEntries checks what a folder holds, hidden names included.
func wantEntries(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if len(got) != len(want) {
		t.Errorf("the folder holds %q, want %q", got, want)
		return
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("the folder holds %q, want %q", got, want)
		}
	}
}

func wantContent(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
	} else if string(got) != want {
		t.Errorf("%s holds %.40q, want %.40q", filepath.Base(path), got, want)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func readString(path string) string {
	got, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(got)
}

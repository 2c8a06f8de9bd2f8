package linelog

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
)

const limit = 100

// open opens a log and returns its lines.
func open(t *testing.T, path string) (*File, []string) {
	t.Helper()
	var lines []string
	l, err := Open(path, limit, func(number int, text []byte) error {
		if lines = append(lines, string(text)); number != len(lines) {
			t.Errorf("line %d is called %d", len(lines), number)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l, lines
}

// reopen closes a log and returns what is then read from it.
func reopen(t *testing.T, l *File, path string) []string {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l, lines := open(t, path)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestLinesAreReadBackInTheirOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "answers.jsonl")
	l, lines := open(t, path)
	if len(lines) != 0 {
		t.Errorf("a new file has lines: %q", lines)
	}
	var want []string
	for i := range 20 {
		text := strings.Repeat("x", i*limit/19)
		want = append(want, text)
		if err := l.Append([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if got := reopen(t, l, path); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAnUnfinishedLineIsTakenAwayAndNothingElse(t *testing.T) {
	whole := "first\nsecond\n\nthird, longer\n"
	for cut := range len(whole) + 1 {
		path := filepath.Join(t.TempDir(), "answers.jsonl")
		if err := os.WriteFile(path, []byte(whole[:cut]), 0o600); err != nil {
			t.Fatal(err)
		}
		finished := strings.Count(whole[:cut], "\n")
		want := strings.Split(whole, "\n")[:finished]
		l, lines := open(t, path)
		if rest := int64(cut - strings.LastIndexByte(whole[:cut], '\n') - 1); !slices.Equal(lines, want) || l.Repaired != rest {
			t.Errorf("cut at %d: got %q, %d bytes repaired; want %q, %d", cut, lines, l.Repaired, want, rest)
		}
		if err := l.Append([]byte("new")); err != nil {
			t.Fatal(err)
		}
		if got := reopen(t, l, path); !slices.Equal(got, append(want, "new")) {
			t.Errorf("cut at %d and appended to: got %q", cut, got)
		}
	}
}

func TestManyWriteAtOnceAndNoLineIsTorn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "answers.jsonl")
	l, _ := open(t, path)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for k := range 10 {
				if err := l.Append(fmt.Appendf(nil, "%d-%d", i, k)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	got := reopen(t, l, path)
	next := map[byte]int{}
	for _, line := range got {
		if want := fmt.Sprintf("%c-%d", line[0], next[line[0]]); line != want {
			t.Errorf("got %q, want %q", line, want)
		}
		next[line[0]]++
	}
	if len(got) != 80 {
		t.Errorf("%d lines of 80", len(got))
	}
}

func TestAFileHasOneWriterAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "answers.jsonl")
	l, _ := open(t, path)
	_, err := Open(path, limit, nil)
	if err == nil || !badinput.Is(err) || err.Error() != path+": another process is writing it" {
		t.Errorf("got %v", err)
	}
	reopen(t, l, path)
}

func TestWhatCannotBeALogIsBadInput(t *testing.T) {
	dir := t.TempDir()
	long := filepath.Join(dir, "long")
	if err := os.WriteFile(long, []byte("short\n"+strings.Repeat("x", limit+1)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		long:                               long + ":2: the line is longer than 100 bytes",
		dir:                                "directory",
		filepath.Join(dir, "nowhere", "x"): "no such file",
	} {
		if _, err := Open(path, limit, func(int, []byte) error { return nil }); err == nil || !badinput.Is(err) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
	refused := errors.New("no answer")
	if _, err := Open(long, limit, func(int, []byte) error { return refused }); !errors.Is(err, refused) || err.Error() != long+":1: no answer" {
		t.Errorf("got %v", err)
	}
	l, _ := open(t, filepath.Join(dir, "fine"))
	if err := l.Append([]byte("two\nlines")); err == nil {
		t.Error("a line feed goes into a line")
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte("one\ntwo\nthr"))
	f.Add([]byte("\n\n"))
	f.Add(bytes.Repeat([]byte("x"), 3*limit))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "answers.jsonl")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		var lines [][]byte
		l, err := Open(path, limit, func(_ int, text []byte) error {
			lines = append(lines, bytes.Clone(text))
			return nil
		})
		if err != nil {
			if !badinput.Is(err) {
				t.Error(err)
			}
			return
		}
		defer l.Close()
		left, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want := content[:bytes.LastIndexByte(content, '\n')+1]
		if !bytes.Equal(left, want) || !bytes.Equal(bytes.Join(append(lines, nil), []byte("\n")), want) {
			t.Errorf("%q left %q and the lines %q", content, left, lines)
		}
	})
}

func TestNothingFollowsALineThatCouldNotBeTakenAway(t *testing.T) {
	path := filepath.Join(t.TempDir(), "answers.jsonl")
	l, _ := open(t, path)
	if err := l.Append([]byte("first")); err != nil {
		t.Fatal(err)
	}
	writable := l.file
	readable, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer readable.Close()
	l.file = readable // neither written to nor cut
	if err := l.Append([]byte("second")); !badinput.Is(err) {
		t.Errorf("got %v", err)
	}
	l.file = writable
	if err := l.Append([]byte("third")); err == nil {
		t.Error("a line follows one that may be torn")
	}
	if got := reopen(t, l, path); !slices.Equal(got, []string{"first"}) {
		t.Errorf("got %q", got)
	}
}

package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
)

// The script of the tests: operation i appends rows, or every fifth time writes all rows anew, in reverse.
const operations = 23

func isRewrite(i int) bool { return i%5 == 4 }

func rowsOf(i int) []string {
	rows := make([]string, i*7%4)
	for k := range rows {
		rows[k] = fmt.Sprintf("{\"row\": \"%d.%d %s\"}\n", i, k, strings.Repeat("x", i*k))
	}
	return rows
}

// after returns the rows after the first n operations.
func after(n int) []string {
	var rows []string
	for i := range n {
		if isRewrite(i) {
			slices.Reverse(rows)
		} else {
			rows = append(rows, rowsOf(i)...)
		}
	}
	return rows
}

// operate makes operation i.
func operate(j *Journal, i int) error {
	if !isRewrite(i) {
		return j.Append([]byte(strings.Join(rowsOf(i), "")), i)
	}
	return j.Rewrite(func(w io.Writer) error {
		old, err := io.ReadAll(j.Rows())
		if err != nil {
			return err
		}
		rows := slices.Collect(strings.Lines(string(old)))
		slices.Reverse(rows)
		_, err = io.WriteString(w, strings.Join(rows, ""))
		return err
	}, i)
}

// played opens a journal and returns how many operations it has, having compared its rows and notes with them.
func played(t *testing.T, rows, state string, d disk) (*Journal, int, error) {
	t.Helper()
	n := 0
	j, err := open(rows, state, func(note json.RawMessage) error {
		if string(note) != fmt.Sprint(n) {
			t.Fatalf("note %d is %s", n, note)
		}
		n++
		return nil
	}, d)
	if err != nil {
		return nil, n, err
	}
	content, err := io.ReadAll(j.Rows())
	if want := strings.Join(after(n), ""); err != nil || string(content) != want {
		t.Fatalf("after %d operations: %v, rows %q, want %q", n, err, content, want)
	}
	if j.Empty() != (n == 0) {
		t.Fatalf("after %d operations: empty %v", n, j.Empty())
	}
	return j, n, nil
}

// crashes runs the script on a disk that crashes again and again, after steps() steps each time, until it is through, and returns how
// often it crashed.
func crashes(t *testing.T, powerCut bool, seed uint64, steps func() int) int {
	t.Helper()
	d := newCrashingDisk(seed)
	for count := 0; ; count++ {
		d.reboot(powerCut, steps())
		j, n, err := played(t, "rows", "state", d)
		for ; err == nil && n < operations; n++ {
			err = operate(j, n)
		}
		if err == nil {
			if whole := strings.Join(after(operations), ""); string(d.files["rows"].now) != whole {
				t.Fatalf("after %d crashes the file is %q, want %q", count, d.files["rows"].now, whole)
			}
			return count
		}
		if !errors.Is(err, errCrash) {
			t.Fatalf("crash %d: %v", count, err)
		}
		if j != nil {
			if again := j.Append(nil, 0); again == nil {
				t.Fatal("a journal that failed takes more")
			}
		}
	}
}

func TestACrashAtAnyStepLosesAndDoublesNothing(t *testing.T) {
	for _, powerCut := range []bool{false, true} {
		for seed := range uint64(20) {
			for at := 1; ; at++ {
				first := true
				if crashes(t, powerCut, seed, func() int {
					if first {
						first = false
						return at
					}
					return 1 << 30
				}) == 0 {
					if at < 4*operations-30 {
						t.Fatalf("the script took only %d steps", at)
					}
					break
				}
			}
		}
	}
}

func TestCrashesThatFollowEachOtherLoseAndDoubleNothing(t *testing.T) {
	for _, powerCut := range []bool{false, true} {
		total := 0
		for seed := range uint64(200) {
			rng := rand.New(rand.NewPCG(seed, 2))
			total += crashes(t, powerCut, seed, func() int { return 1 + rng.IntN(14) })
		}
		if total < 2000 {
			t.Errorf("power cut %v: only %d crashes", powerCut, total)
		}
	}
}

func TestAJournalOnDiskGoesOnWhereItStopped(t *testing.T) {
	dir := t.TempDir()
	rows, state := filepath.Join(dir, "rows.jsonl"), filepath.Join(dir, "rows.jsonl.state")
	for i := range operations {
		j, n, err := played(t, rows, state, osDisk{})
		if err != nil || n != i {
			t.Fatalf("opened %d times: %d operations, %v", i, n, err)
		}
		if err := errors.Join(operate(j, i), j.Close()); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(rows)
		if want := strings.Join(after(i+1), ""); err != nil || string(content) != want {
			t.Fatalf("after %d operations the file is %q, %v; want %q", i+1, content, err, want)
		}
		if i%3 == 0 { // what a crash leaves behind the rows that count
			appendTo(t, rows, "{\"row\": \"torn")
			appendTo(t, state, `{"end":99`)
		}
	}
	j, n, err := played(t, rows, state, osDisk{})
	if err != nil || n != operations {
		t.Fatalf("%d operations, %v", n, err)
	}
	if j.Uncommitted() != 0 || j.End() != int64(len(strings.Join(after(n), ""))) {
		t.Errorf("%d bytes count, %d do not", j.End(), j.Uncommitted())
	}
	if _, err := Open(rows, state, ignore); err == nil || !strings.Contains(err.Error(), "rows.jsonl: another process is writing it") {
		t.Errorf("opened twice: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Remove(rows, state); err != nil {
		t.Fatal(err)
	}
	if j, n, err := played(t, rows, state, osDisk{}); err != nil || n != 0 {
		t.Errorf("removed and opened: %d operations, %v", n, err)
	} else if err := j.Close(); err != nil {
		t.Error(err)
	}
}

func ignore(json.RawMessage) error { return nil }

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, append(content, text...), 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestFilesThatOthersChangedAreErrorsAndStayAsTheyAre(t *testing.T) {
	const committed = "{\"end\":0}\n{\"end\":4,\"note\":1}\n"
	for name, c := range map[string]struct{ rows, state, want string }{
		"rows without a state":         {"[1]\n", "", "rows is there already, and no state file says"},
		"an empty state":               {"[1]\n", "\n", "state:1: "},
		"a state that is none":         {"[1]\n", "hello\n", "state:1: "},
		"rows that are gone":           {"", committed, "rows is gone, but"},
		"rows that were cut":           {"[1]", committed, "rows has 3 bytes, but"},
		"rows that were edited":        {"[1] [2]\n", committed, "rows: no row ends at byte 4"},
		"a damaged line in the middle": {"[1]\n", "{\"end\":0}\n{\"end\":\n{\"end\":4}\n", "state:2: "},
		"an unknown member":            {"[1]\n", "{\"end\":0}\n{\"und\":4}\n{\"end\":4}\n", "state:2: "},
		"a negative end":               {"[1]\n", "{\"end\":0}\n{\"end\":-4}\n{\"end\":4}\n", "state:2: "},
		"two values":                   {"[1]\n", "{\"end\":0} {}\n{\"end\":4}\n", "state:1: "},
		"done without an intent":       {"[1]\n", "{\"end\":0}\n{\"end\":4,\"done\":true}\n{\"end\":4}\n", "state:2: "},
		"a note that is refused":       {"[1]\n", "{\"end\":0}\n{\"end\":4,\"note\":\"bad\"}\n", "state:2: a bad note"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			rows, state := filepath.Join(dir, "rows"), filepath.Join(dir, "state")
			for path, content := range map[string]string{rows: c.rows, state: c.state} {
				if content == "" {
					continue
				}
				if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			j, err := Open(rows, state, func(note json.RawMessage) error {
				if string(note) == `"bad"` {
					return errors.New("a bad note")
				}
				return nil
			})
			if err == nil {
				j.Close()
			}
			if !badinput.Is(err) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			content, err := os.ReadFile(rows)
			if c.rows != "" && (err != nil || string(content) != c.rows) {
				t.Errorf("the rows are now %q, %v", content, err)
			}
		})
	}
}

func TestPlacesThatCannotHoldAJournalAreBadInput(t *testing.T) {
	dir := t.TempDir()
	for _, rows := range []string{dir, filepath.Join(dir, "missing", "rows")} {
		if _, err := Open(rows, rows+".state", ignore); !badinput.Is(err) || !strings.Contains(err.Error(), rows) || strings.Contains(err.Error(), ".lock") {
			t.Errorf("%s: got %v", rows, err)
		}
	}
}

func TestRowsWithoutANewlineAreRefused(t *testing.T) {
	dir := t.TempDir()
	j, err := Open(filepath.Join(dir, "rows"), filepath.Join(dir, "state"), ignore)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	write := func(w io.Writer) error { _, err := io.WriteString(w, "[1]"); return err }
	if j.Append([]byte("[1]"), 1) == nil || j.Rewrite(write, 1) == nil || !j.Empty() {
		t.Error("rows without a newline are taken")
	}
	changing := 0
	if err := j.Rewrite(func(w io.Writer) error { changing++; _, err := fmt.Fprintln(w, changing); return err }, 1); err == nil {
		t.Error("rows that change from call to call are taken")
	}
	if j.Append(nil, 1) == nil {
		t.Error("a journal that failed takes more")
	}
}

func FuzzAnyStateFileIsReadOrRefused(f *testing.F) {
	f.Add([]byte("{\"end\":0}\n{\"end\":4,\"note\":1}\n"), []byte("[1]\n"))
	f.Add([]byte("{\"end\":0}\n{\"end\":4,\"note\":1,\"sha256\":\"00\"}\n{\"end\":4,\"done\":true}\n"), []byte("[1]\n[2"))
	f.Add([]byte("{\"end\":0}\n{\"en"), []byte{})
	f.Fuzz(func(t *testing.T, state, rows []byte) {
		d := newCrashingDisk(1)
		d.reboot(false, 1<<30)
		d.files["state"], d.files["rows"] = &memory{now: state}, &memory{now: rows}
		j, err := open("rows", "state", ignore, d)
		if err != nil {
			if !badinput.Is(err) {
				t.Errorf("not bad input: %v", err)
			}
			return
		}
		if err := j.Append([]byte("new\n"), 1); err != nil {
			t.Fatal(err)
		}
		end := j.End()
		again, err := open("rows", "state", ignore, d)
		if err != nil || again.End() != end {
			t.Errorf("opened again: %v", err)
		}
	})
}

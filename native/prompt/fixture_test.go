package prompt

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lorica-go/lorica/internal/fakellm"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/internal/retry"
	"github.com/lorica-go/lorica/native/metrics"
)

// review is a made-up review whose label its words give away.
func review(i int) (text string, positive bool) {
	good := []string{"A joy from start to finish", "Worth every cent", "My friends and I cannot stop playing"}
	bad := []string{"Crashes on every launch", "A waste of an evening", "The servers are never up"}
	if positive = i%2 == 1; positive {
		return fmt.Sprintf("%s, review %d", good[i/2%3], i), true
	}
	return fmt.Sprintf("%s, review %d", bad[i/2%3], i), false
}

// feeling labels reviews as a model that reads them does. It is wrong about every review whose number ends in 7.
func feeling(text string) string {
	positive := strings.Contains(text, "joy") || strings.Contains(text, "Worth") || strings.Contains(text, "friends")
	if positive != strings.HasSuffix(text, "7") {
		return "positive"
	}
	return "negative"
}

// reviewFile writes n reviews.
func reviewFile(t testing.TB, n int) string {
	t.Helper()
	var b strings.Builder
	for i := range n {
		text, positive := review(i)
		fmt.Fprintf(&b, "{\"review\": %q, \"voted_up\": %v}\n", text, positive)
	}
	return write(t, "reviews.jsonl", b.String())
}

func write(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// serve starts a fake server.
func serve(t testing.TB, behave func(r *fakellm.Request) fakellm.Behaviour) *fakellm.Server {
	t.Helper()
	s := fakellm.New(feeling)
	s.Behave = behave
	t.Cleanup(s.Close)
	return s
}

// asking are settings that ask a server about n rows, and wait for nothing long.
func asking(t testing.TB, s *fakellm.Server, n int) Config {
	t.Helper()
	c := Default()
	c.Endpoint, c.LLM, c.Out, c.Version = s.URL, "tiny-chat", filepath.Join(t.TempDir(), "run"), "test"
	c.Data, c.TestSize = reviewFile(t, n), data.Size{}
	c.Retry = retry.Policy{Tries: 4, First: time.Millisecond, Most: 4 * time.Millisecond, Patience: 5 * time.Second}
	c.Parallel, c.Timeout, c.Grace = 2, 10*time.Second, time.Second
	return c
}

// mustRun runs and checks what holds for every run: all rows are accounted for.
func mustRun(t *testing.T, c Config) *Result {
	t.Helper()
	r, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	lines := readLines[prediction](t, filepath.Join(c.Out, PredictionsFile))
	silent := 0
	var listed struct{ Test []int }
	if err := json.Unmarshal(readFile(t, c.Out, RowsFile), &listed); err != nil || len(listed.Test) != len(lines) {
		t.Fatalf("%s lists %d rows, %v", RowsFile, len(listed.Test), err)
	}
	for i, p := range lines {
		if p.Row != listed.Test[i] || p.Line != p.Row+1 { // the files have a row a line
			t.Errorf("line %d is about row %d, line %d; listed is row %d", i+1, p.Row, p.Line, listed.Test[i])
		}
		if p.Predicted == nil {
			silent++
		}
	}
	outside := 0
	for _, n := range r.Report.Outside {
		outside += n
	}
	if len(lines) != r.Rows || r.Report.Rows != r.Rows || silent != len(r.Unanswered) || outside != silent {
		t.Errorf("%d rows: %d predictions, %d measured, %d without answer, of which the report has %d and the result lists %d",
			r.Rows, len(lines), r.Report.Rows, silent, outside, len(r.Unanswered))
	}
	return r
}

func readLines[T any](t *testing.T, path string) []T {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []T
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var v T
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatalf("%s: %v in %s", path, err, lines.Text())
		}
		all = append(all, v)
	}
	return all
}

// rightOf is how many of the first n reviews feeling is right about.
func rightOf(n int) int {
	right := 0
	for i := range n {
		if i%10 != 7 {
			right++
		}
	}
	return right
}

// checkAccuracy wants so many rows to be right.
func checkAccuracy(t *testing.T, r *Result, right int) {
	t.Helper()
	if want := metrics.Float(float64(right) / float64(r.Rows)); r.Report.Accuracy != want {
		t.Errorf("accuracy %v, want %v: %d of %d rows", r.Report.Accuracy, want, right, r.Rows)
	}
}

// logged collects log records as lines.
type logged struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *logged) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

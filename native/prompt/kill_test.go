package prompt

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/lorica-go/lorica/internal/fakellm"
)

// childVariable makes the test binary the child of the kill test: it names the file with the settings of the run.
const childVariable = "LORICA_TEST_PROMPT"

// childConfig is what a child is told.
type childConfig struct{ Endpoint, Data, Out string }

func TestMain(m *testing.M) {
	if path := os.Getenv(childVariable); path != "" {
		if err := child(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func child(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var told childConfig
	if err := json.Unmarshal(text, &told); err != nil {
		return err
	}
	c := Default()
	c.Endpoint, c.LLM, c.Out, c.Data, c.ChunkSize, c.Parallel = told.Endpoint, "tiny-chat", told.Out, told.Data, 6, 3
	c.TestSize.Fraction = 0.5
	c.Retry.First = time.Millisecond
	_, err = Run(context.Background(), c)
	return err
}

// moody misbehaves on what the texts say, the same in every run, so that there are attempts, halves and texts given up.
func moody(r *fakellm.Request) fakellm.Behaviour {
	wait := time.Duration(3+r.Number%5*3) * time.Millisecond
	for part, b := range map[string]fakellm.Behaviour{"review 13": fakellm.Refuse, "review 40": prefix("Well: ", ""), "review 77": fakellm.CutOff} {
		if about(part, b)(r) != nil {
			return fakellm.Slow(wait, b)
		}
	}
	if r.Number%11 == 0 {
		return busy(503, "")
	}
	return fakellm.Slow(wait, fakellm.Answer)
}

// asked identifies a question as the server sees it.
func asked(texts []string, seed int64) string { return fmt.Sprint(seed, texts) }

func TestARunThatIsKilledGoesOnAndAsksNothingTwice(t *testing.T) {
	const rows = 240
	s := serve(t, moody)
	dir := t.TempDir()
	told := childConfig{s.URL, reviewFile(t, rows), filepath.Join(dir, "run")}
	text, err := json.Marshal(told)
	if err != nil {
		t.Fatal(err)
	}
	path := write(t, "told.json", string(text))
	random := rand.New(rand.NewPCG(5, uint64(os.Getpid())))
	var kills, repeats int
	answered := map[string]bool{} // questions whose answers had reached the journal before a kill
	life := 50 * time.Millisecond
	for done := false; !done; {
		before, known := len(s.Requests()), len(answered)
		done = runChild(t, path, time.Duration(float64(life)*(0.5+random.Float64())))
		for _, r := range s.Requests()[before:] {
			if answered[asked(r.Texts, *r.Seed)] {
				repeats++
			}
		}
		if !done {
			kills++
		}
		for _, e := range wholeExchanges(t, filepath.Join(told.Out, AnswersFile)) {
			answered[asked(e.textsOf(t, told), 42+int64(e.Attempt-1))] = true
		}
		if len(answered) == known {
			life += life / 2 // too short for a slow machine to get anywhere
		}
		if kills > 300 {
			t.Fatal("no end")
		}
	}
	t.Logf("killed %d times, %d requests, %d answers", kills, len(s.Requests()), len(answered))
	if kills < 3 || repeats > 0 {
		t.Errorf("killed %d times, %d requests repeated whose answers were known", kills, repeats)
	}
	whole := childConfig{s.URL, told.Data, filepath.Join(dir, "whole")}
	if text, err = json.Marshal(whole); err != nil {
		t.Fatal(err)
	}
	if !runChild(t, write(t, "whole.json", string(text)), time.Minute) {
		t.Fatal("the undisturbed run does not end")
	}
	for _, name := range []string{PredictionsFile, RequestFile} {
		if !bytes.Equal(readFile(t, told.Out, name), readFile(t, whole.Out, name)) {
			t.Errorf("%s differs from that of a run that was never killed", name)
		}
	}
	if p := readFile(t, told.Out, PredictionsFile); bytes.Count(p, []byte("\n")) != rows/2 || !bytes.Contains(p, []byte("null")) {
		t.Errorf("the predictions are\n%s", p)
	}
}

// runChild runs a child and kills it after a time. It reports whether the child came to its end before.
func runChild(t *testing.T, told string, life time.Duration) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), life)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+told)
	output, err := cmd.CombinedOutput()
	if err != nil && ctx.Err() == nil {
		t.Fatalf("%v: %s", err, output)
	}
	return err == nil // otherwise it was killed, perhaps before it began
}

// wholeExchanges reads the lines of a journal that are whole.
func wholeExchanges(t *testing.T, path string) []*Exchange {
	t.Helper()
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil // killed before it began
	}
	if err != nil {
		t.Fatal(err)
	}
	content = content[:bytes.LastIndexByte(content, '\n')+1]
	var all []*Exchange
	for line := range bytes.Lines(content) {
		e, err := parseExchange(line)
		if err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		all = append(all, e)
	}
	return all
}

// textsOf are the texts that the exchange was about.
func (e *Exchange) textsOf(t *testing.T, told childConfig) []string {
	t.Helper()
	c := Default()
	c.Data, c.TestSize.Fraction = told.Data, 0.5
	h, err := c.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	all := make([]string, len(e.Rows))
	for i, row := range e.Rows {
		all[i] = h.Eval.Rows[row].Text
	}
	return all
}

func readFile(t *testing.T, path ...string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestARunThatIsCancelledLetsItsRequestsEndAndGoesOn(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("Ctrl-C")
	s := serve(t, func(r *fakellm.Request) fakellm.Behaviour {
		if r.Number == 3 {
			cancel(cause)
		}
		return fakellm.Slow(30*time.Millisecond, fakellm.Answer)
	})
	c := asking(t, s, 150)
	if _, err := Run(ctx, c); !errors.Is(err, cause) {
		t.Fatalf("got %v", err)
	}
	sent, kept := len(s.Requests()), len(wholeExchanges(t, filepath.Join(c.Out, AnswersFile)))
	if sent != kept || sent > 4 {
		t.Errorf("%d requests were sent, %d answers kept", sent, kept)
	}
	if _, err := os.Stat(filepath.Join(c.Out, PredictionsFile)); err == nil {
		t.Error("a run that was cancelled leaves predictions")
	}
	r := mustRun(t, c)
	checkAccuracy(t, r, rightOf(150))
	if total := len(s.Requests()); total != 10 || r.Tally.Requests != 10 || r.Tally.Reused != kept {
		t.Errorf("%d requests in all, the tally says %d, %d of them reused; want 10, 10, %d", total, r.Tally.Requests, r.Tally.Reused, kept)
	}
}

func TestARequestThatOutlastsItsGraceIsGivenUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, func(*fakellm.Request) fakellm.Behaviour {
		cancel()
		return fakellm.Slow(time.Minute, fakellm.Answer)
	})
	c := asking(t, s, 30)
	c.Grace = 50 * time.Millisecond
	begin := time.Now()
	if _, err := Run(ctx, c); !errors.Is(err, context.Canceled) || time.Since(begin) > 5*time.Second {
		t.Errorf("after %s: %v", time.Since(begin), err)
	}
}

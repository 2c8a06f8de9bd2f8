package steam

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
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/lorica-go/lorica/native/internal/fakesteam"
	"github.com/lorica-go/lorica/native/internal/tiny"
)

// The program, and the folder that it is built in.
var (
	built      tiny.Program
	programDir string
)

func TestMain(m *testing.M) {
	var err error
	if programDir, err = os.MkdirTemp("", "lorica-steam-"); err != nil {
		panic(err)
	}
	status := m.Run()
	os.RemoveAll(programDir)
	os.Exit(status)
}

// program returns the path of the command line.
func program(t *testing.T) string {
	t.Helper()
	return built.Path(t, programDir)
}

// fetching returns a run of lorica steam fetch against a server, without waits.
func fetching(t *testing.T, server *fakesteam.Server, args ...string) (cmd *exec.Cmd, stdout, stderr *bytes.Buffer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	cmd = exec.CommandContext(ctx, program(t), append([]string{"steam", "fetch", "--base-url", server.URL, "--retry-wait", "1ms"}, args...)...)
	stdout, stderr = new(bytes.Buffer), new(bytes.Buffer)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return cmd, stdout, stderr
}

// serving starts a server with faults.
func serving(t *testing.T, faults bool, apps ...*fakesteam.App) *fakesteam.Server {
	t.Helper()
	server, err := fakesteam.Start(fakesteam.Options{Apps: apps})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() }) // nothing hangs on it any more
	if faults {
		server.Fault(fakesteam.Everything()...)
	}
	return server
}

// wholeRows returns the ids of the whole lines of a file, each of which must be a review that has not stood before.
func wholeRows(t *testing.T, path string) map[string]bool {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for line := range strings.Lines(string(content)) {
		if !strings.HasSuffix(line, "\n") {
			break
		}
		var r row
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.ID == "" {
			t.Fatalf("after a kill: %v in %s", err, line)
		}
		if ids[r.ID] {
			t.Fatalf("after a kill review %s stands twice", r.ID)
		}
		ids[r.ID] = true
	}
	return ids
}

// killAfter kills a program when a server has had so many requests and some time has passed, unless it ends before.
func killAfter(cmd *exec.Cmd, server *fakesteam.Server, requests int, behind time.Duration, ended <-chan struct{}) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for len(server.Requests()) < requests {
		select {
		case <-ended:
			return
		case <-tick.C:
		}
	}
	time.Sleep(behind)
	_ = cmd.Process.Kill() // it may have ended
}

func TestTwentyThousandReviewsSurviveKillsAtAnyTime(t *testing.T) {
	for _, test := range []struct {
		name  string
		args  []string
		count int
		kills int
	}{
		{"all", nil, 20000, 25},
		{"balanced, in a table", []string{"--balanced", "2000", "--fields", "recommendationid,review,voted_up,timestamp_updated"}, 6000, 8},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := game(322170, test.count, true, fakesteam.SameCursor)
			server := serving(t, true, a)
			out := output(t, "reviews.jsonl")
			args := append(test.args, "--app", "322170", "--out", out, "--json")
			rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1)) // a failure is worth more than its repetition
			killed, most := 0, 0
			var summary Summary
			for runs := 0; ; runs++ {
				cmd, stdout, stderr := fetching(t, server, args...)
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				ended := make(chan struct{})
				if killed < test.kills {
					go killAfter(cmd, server, len(server.Requests())+1+rng.IntN(6), time.Duration(rng.IntN(30))*time.Millisecond, ended)
				}
				err := cmd.Wait()
				close(ended)
				if err == nil {
					if err := json.Unmarshal(stdout.Bytes(), &summary); err != nil {
						t.Fatal(err)
					}
					break
				}
				if code := cmd.ProcessState.ExitCode(); runtime.GOOS != "windows" && code >= 0 || runs > test.kills+5 {
					t.Fatalf("run %d: status %d: %s", runs, code, stderr)
				}
				killed++
				ids := wholeRows(t, out)
				if len(ids) < most-pageSize { // less than what counts plus a page
					t.Fatalf("%d rows after a kill, %d before it", len(ids), most)
				}
				most = max(most, len(ids))
			}
			if killed != test.kills {
				t.Errorf("%d kills", killed)
			}
			truth := a.Truth(nil, false)
			if test.args != nil {
				few := map[bool]int{}
				for _, r := range readRows(t, out) {
					few[r.Vote]++
					if want := truth[r.ID]; r.Text != want.Text || r.Vote != want.Positive {
						// An edit may stand further back in the list than the fetch went.
						if !strings.Contains(want.Text, "EDIT") {
							t.Errorf("review %s is %+v", r.ID, r)
						}
					}
				}
				if few[true] > 2000 || few[true] < 1990 || few[false] != min(2000, summary.Labels.Negative) || len(wholeRows(t, out)) != few[true]+few[false] {
					t.Errorf("rows %v, summary %+v", few, summary)
				}
				return
			}
			checkTruth(t, readRows(t, out), truth)
			if summary.Fetched != len(truth) || summary.Empty != test.count-len(truth) || !summary.Complete {
				t.Errorf("summary %+v", summary)
			}
		})
	}
}

func TestCtrlCKeepsWhatIsThere(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("this platform lacks signals that a test could send")
	}
	a := game(7, 3000, false, fakesteam.EmptyPage)
	server := serving(t, false, a)
	out := output(t, "reviews.jsonl")
	cmd, stdout, stderr := fetching(t, server, "--app", "7", "--out", out, "--pause", "50ms")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for len(server.Requests()) < 5 {
		time.Sleep(5 * time.Millisecond)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	rows := len(readRows(t, out))
	if code := cmd.ProcessState.ExitCode(); code != 130 || stdout.Len() > 0 || rows < 300 || rows > 2500 {
		t.Fatalf("status %d, %v, %d rows, stdout %s", code, err, rows, stdout)
	}
	if want := fmt.Sprintf("lorica: steam fetch: interrupted; %d reviews are kept: run it again to go on\n", rows); !strings.HasSuffix(strings.ReplaceAll(stderr.String(), ",", ""), want) {
		t.Errorf("got %s, want %s", stderr, want)
	}
	cmd, stdout, stderr = fetching(t, server, "--app", "7", "--out", out)
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	checkTruth(t, readRows(t, out), a.Truth(nil, false))
	if !strings.Contains(stdout.String(), "2,969") || !strings.Contains(stderr.String(), "2,969 reviews") {
		t.Errorf("stdout %s, stderr %s", stdout, stderr)
	}
}

func TestTheProgramsErrorsAreOneLine(t *testing.T) {
	server := serving(t, false, game(7, 10, false, fakesteam.EmptyPage))
	folder := t.TempDir()
	for name, test := range map[string]struct {
		args   []string
		status int
		want   string
	}{
		"an unknown app":    {[]string{"--app", "5", "--out", filepath.Join(folder, "a.jsonl"), "--quiet"}, 3, "lorica: steam fetch: app 5: Steam has no such app"},
		"a missing folder":  {[]string{"--app", "7", "--out", filepath.Join(folder, "none", "a.jsonl")}, 3, "a.jsonl: "},
		"no such server":    {[]string{"--app", "7", "--out", filepath.Join(folder, "b.jsonl"), "--base-url", "http://127.0.0.1:1", "--tries", "2", "--quiet"}, 1, "app 7: dial tcp 127.0.0.1:1"},
		"no app":            {[]string{"--out", "x.jsonl"}, 2, "--app is missing"},
		"an unknown ending": {[]string{"--app", "7", "--out", "x.txt"}, 2, "x.txt: want a name that ends in .jsonl, .csv or .parquet"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd, stdout, stderr := fetching(t, server, test.args...)
			_ = cmd.Run() // judged by its status
			lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
			if code := cmd.ProcessState.ExitCode(); code != test.status || stdout.Len() > 0 || !strings.Contains(lines[len(lines)-1], test.want) || len(lines) > 1 && name != "no such server" {
				t.Errorf("status %d, stdout %s, stderr %s", code, stdout, stderr)
			}
		})
	}
}

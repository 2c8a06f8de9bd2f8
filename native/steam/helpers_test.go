package steam

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lorica-go/lorica/native/internal/fakesteam"
	"github.com/parquet-go/parquet-go"
)

// inMemory carries requests to a handler without a network, so that the clock of a synctest bubble can pass in between.
type inMemory struct {
	handler http.Handler
	before  func(r *http.Request) // may be nil
}

func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	if m.before != nil {
		m.before(r)
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	m.handler.ServeHTTP(w, r)
	response := w.Result()
	response.Request = r
	return response, nil
}

// config is a configuration for a handler and an output.
func config(handler http.Handler, out string, apps ...int64) Config {
	c := Default()
	c.Apps, c.Out, c.Transport = apps, out, inMemory{handler: handler}
	return c
}

// game is an app of a fake Steam.
func game(id int64, reviews int, restless bool, end fakesteam.End) *fakesteam.App {
	return &fakesteam.App{ID: id, Reviews: fakesteam.Reviews(uint64(id), reviews, 0.7), Restless: restless, End: end}
}

// output returns a path in a fresh folder.
func output(t *testing.T, name string) string {
	t.Helper()
	return filepath.Join(t.TempDir(), name)
}

// inBubble runs a test in a bubble where waiting takes no time.
func inBubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, test)
}

// mustFetch fetches and fails the test if that does not work.
func mustFetch(t *testing.T, c Config) *Summary {
	t.Helper()
	s, err := Fetch(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if !s.Complete {
		t.Fatalf("not complete: %+v", s)
	}
	return s
}

// row is what tests look at in a row.
type row struct {
	App     int64  `json:"appid"`
	ID      string `json:"recommendationid"`
	Text    string `json:"review"`
	Vote    bool   `json:"voted_up"`
	Updated int64  `json:"timestamp_updated"`
}

// readRows reads JSON lines, every one of which must end in a newline.
func readRows(t *testing.T, path string) []row {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(content) > 0 && content[len(content)-1] != '\n' {
		t.Fatalf("%s ends in %q", path, content[max(0, len(content)-80):])
	}
	var rows []row
	for line := range strings.Lines(string(content)) {
		var r row
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		rows = append(rows, r)
	}
	return rows
}

// checkTruth compares rows with what there is.
func checkTruth(t *testing.T, rows []row, truth map[string]fakesteam.Review) {
	t.Helper()
	seen := map[string]bool{}
	wrong := 0
	for _, r := range rows {
		want, ok := truth[r.ID]
		switch {
		case seen[r.ID]:
			t.Errorf("review %s stands twice", r.ID)
		case !ok:
			t.Errorf("review %s is not one that was wanted", r.ID)
		case r.Text != want.Text || r.Vote != want.Positive || r.Updated != want.Updated:
			t.Errorf("review %s is %+v, in truth %+v", r.ID, r, want)
		default:
			seen[r.ID] = true
			continue
		}
		if wrong++; wrong > 5 {
			t.FailNow()
		}
	}
	if len(seen) != len(truth) {
		t.Errorf("%d reviews, in truth %d", len(seen), len(truth))
	}
}

// log is a logger into a buffer.
func log() (*slog.Logger, *bytes.Buffer) {
	var b bytes.Buffer
	return slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug})), &b
}

var errStopped = errors.New("stopped by the test")

// stopAt returns a context that ends when so many requests have been begun, and the transport that counts them.
func stopAt(t *testing.T, handler http.Handler, requests int) (context.Context, http.RoundTripper) {
	ctx, cancel := context.WithCancelCause(t.Context())
	count := 0
	return ctx, inMemory{handler: handler, before: func(*http.Request) {
		if count++; count > requests {
			cancel(errStopped)
		}
	}}
}

// answering is a handler that answers everything with one body.
func answering(body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(body))
	})
}

// gaps returns the times between a fake's requests.
func gaps(requests []fakesteam.Request) []time.Duration {
	var list []time.Duration
	for i := 1; i < len(requests); i++ {
		list = append(list, requests[i].At.Sub(requests[i-1].At))
	}
	return list
}

// checkParquet compares a Parquet file with what there is.
func checkParquet(t *testing.T, path string, truth map[string]fakesteam.Review) {
	t.Helper()
	type review struct {
		ID       string   `parquet:"recommendationid"`
		App      int64    `parquet:"appid"`
		Text     string   `parquet:"review"`
		Vote     bool     `parquet:"voted_up"`
		Updated  int64    `parquet:"timestamp_updated"`
		Score    *float64 `parquet:"weighted_vote_score,optional"`
		Released *int64   `parquet:"app_release_date,optional"`
		Played   *int64   `parquet:"author.playtime_forever,optional"`
		Deck     *bool    `parquet:"primarily_steam_deck,optional"`
	}
	reviews, err := parquet.ReadFile[review](path)
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	decks := 0
	for _, r := range reviews {
		rows = append(rows, row{r.App, r.ID, r.Text, r.Vote, r.Updated})
		if r.Score == nil || r.Released == nil || *r.Released != 1461110400 || r.Played == nil {
			t.Fatalf("review %+v", r)
		}
		if r.Deck != nil {
			decks++
		}
	}
	checkTruth(t, rows, truth)
	if decks == 0 || decks == len(rows) {
		t.Errorf("%d reviews have a member that few have", decks)
	}
}

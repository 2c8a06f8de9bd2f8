package steam

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/internal/fakesteam"
)

func TestEveryReviewComesOnceHoweverTheListEnds(t *testing.T) {
	for _, api := range []API{V1, Legacy} {
		for _, end := range []fakesteam.End{fakesteam.EmptyPage, fakesteam.SameCursor, fakesteam.FirstCursor, fakesteam.OnlyKnown} {
			for _, restless := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, end %d, restless %v", api, end, restless), func(t *testing.T) {
					inBubble(t, func(t *testing.T) {
						a := game(7, 700, restless, end)
						server := fakesteam.New(fakesteam.Options{Apps: []*fakesteam.App{a}})
						if restless {
							server.Fault(fakesteam.Everything()...)
						}
						c := config(server, output(t, "r.jsonl"), 7)
						c.API = api
						s := mustFetch(t, c)
						truth := a.Truth(nil, false)
						checkTruth(t, readRows(t, c.Out), truth)
						if s.Fetched != len(truth) || s.Empty != 700-len(truth) || (s.Edited > 5) != restless || (s.Duplicates > 5) != (restless || end == fakesteam.OnlyKnown) {
							t.Errorf("summary %+v", s)
						}
						if (s.Retries > 0) != restless || s.Requests != len(server.Requests()) {
							t.Errorf("%d requests, %d of them again; the server saw %d", s.Requests, s.Retries, len(server.Requests()))
						}
						if !restless && end != fakesteam.OnlyKnown && s.Requests > 8 {
							t.Errorf("%d requests for 7 pages whose totals are true", s.Requests)
						}
					})
				})
			}
		}
	}
}

func TestAFetchThatStopsAnywhereGoesOnThere(t *testing.T) {
	for _, balanced := range []bool{false, true} {
		inBubble(t, func(t *testing.T) {
			a := game(7, 900, true, fakesteam.SameCursor)
			server := fakesteam.New(fakesteam.Options{Apps: []*fakesteam.App{a}})
			server.Fault(fakesteam.Everything()...)
			c := config(server, output(t, "r.jsonl"), 7)
			if balanced {
				c.Balanced, c.Count = true, 5000
			}
			stops, last := 0, 0
			for {
				requests := stops % 5
				if stops >= 30 {
					requests = 1000 // to doubt the end takes more than a few
				}
				ctx, transport := stopAt(t, server, requests)
				c.Transport = transport
				s, err := Fetch(ctx, c)
				if err == nil {
					break
				}
				if !errors.Is(err, errStopped) || s == nil {
					t.Fatal(err)
				}
				stops++
				rows := readRows(t, c.Out)
				seen := map[string]bool{}
				for _, r := range rows {
					if seen[r.ID] {
						t.Fatalf("review %s stands twice after a stop", r.ID)
					}
					seen[r.ID] = true
				}
				if len(rows) < last || s.Fetched > len(rows) {
					t.Fatalf("%d reviews after a stop, %d before it, %d counted", len(rows), last, s.Fetched)
				}
				last = len(rows)
			}
			if stops != 30 {
				t.Errorf("%d stops", stops)
			}
			checkTruth(t, readRows(t, c.Out), a.Truth(nil, false))
		})
	}
}

func TestTheOrderOfAnInterruptedFetchIsThatOfOneInOneGo(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		server := fakesteam.New(fakesteam.Options{Apps: []*fakesteam.App{game(7, 900, false, fakesteam.EmptyPage)}})
		whole := config(server, output(t, "whole.jsonl"), 7)
		mustFetch(t, whole)
		parts := config(server, output(t, "parts.jsonl"), 7)
		for range 4 {
			ctx, transport := stopAt(t, server, 2)
			parts.Transport = transport
			if _, err := Fetch(ctx, parts); !errors.Is(err, errStopped) {
				t.Fatal(err)
			}
			// As a kill would leave it: half a page that is not in the state.
			f, err := os.OpenFile(parts.Out, os.O_APPEND|os.O_WRONLY, 0)
			if err == nil {
				_, err = f.WriteString("{\"appid\":7,\"recommendationid\":\"1\",\"review\":\"x\",\"voted_up\":true}\n{\"appid\":7,\"recomm")
			}
			if err := errors.Join(err, f.Close()); err != nil {
				t.Fatal(err)
			}
		}
		parts.Transport = whole.Transport
		s := mustFetch(t, parts)
		a, errA := os.ReadFile(whole.Out)
		b, errB := os.ReadFile(parts.Out)
		if errA != nil || errB != nil || string(a) != string(b) {
			t.Errorf("the files differ: %v, %v", errA, errB)
		}
		if s.Duplicates != 0 || s.Empty != 9 || s.New == s.Fetched {
			t.Errorf("summary %+v", s)
		}
	})
}

func TestACountStopsInTheMiddleOfAPageAndALargerOneGoesOnThere(t *testing.T) {
	for _, api := range []API{V1, Legacy} {
		inBubble(t, func(t *testing.T) {
			server := fakesteam.New(fakesteam.Options{Apps: []*fakesteam.App{game(7, 1000, false, fakesteam.EmptyPage)}})
			c := config(server, output(t, "r.jsonl"), 7)
			c.API = api
			for _, count := range []int{1, 130, 99, 131, 400, 400, 2000, 2000} {
				before := len(server.Requests())
				old := 0
				if c.Count > 0 {
					old = len(readRows(t, c.Out))
				}
				c.Count = count
				s := mustFetch(t, c)
				rows := readRows(t, c.Out)
				want := max(old, min(count, 1000-10))
				if len(rows) != want || s.Fetched != want || s.New != want-old || s.Duplicates != 0 {
					t.Errorf("count %d: %d rows, summary %+v", count, len(rows), s)
				}
				if asked := len(server.Requests()) - before; want == old && asked != 0 {
					t.Errorf("count %d: %d requests for nothing", count, asked)
				}
				if s.Asked != count || s.Expected != min(count, 1000) {
					t.Errorf("count %d: asked %d, expected %d", count, s.Asked, s.Expected)
				}
			}
			checkTruth(t, readRows(t, c.Out), game(7, 1000, false, fakesteam.EmptyPage).Truth(nil, false))
		})
	}
}

func TestBalancedReviewsComeInTurns(t *testing.T) {
	for _, api := range []API{V1, Legacy} {
		inBubble(t, func(t *testing.T) {
			one, two := game(7, 3000, true, fakesteam.EmptyPage), game(8, 400, true, fakesteam.SameCursor)
			server := fakesteam.New(fakesteam.Options{Apps: []*fakesteam.App{one, two}})
			c := config(server, output(t, "r.jsonl"), 7, 8)
			c.API, c.Balanced, c.Count, c.Languages = api, true, 250, []string{"english"}
			s := mustFetch(t, c)
			rows := readRows(t, c.Out)
			for i, r := range rows[:500] {
				if r.App != 7 || r.Vote != (i%2 == 0) {
					t.Fatalf("row %d is of app %d, %v", i, r.App, r.Vote)
				}
			}
			truth := two.Truth([]string{"english"}, false)
			negative := 0
			for _, r := range truth {
				if !r.Positive {
					negative++
				}
			}
			few := rows[500:]
			for i, r := range few {
				if r.App != 8 || r.Vote != (i%2 == 0 || i >= 2*negative) {
					t.Fatalf("row %d of the small app is of app %d, %v", i, r.App, r.Vote)
				}
			}
			var want Counts
			want.Labels.Positive, want.Labels.Negative = 250+len(few)-negative, 250+negative
			if s.Labels != want.Labels || s.Asked != 1000 || len(few) != min(250, len(truth)-negative)+negative {
				t.Errorf("summary %+v, want labels %+v", s, want.Labels)
			}
			again := mustFetch(t, c)
			if again.Requests != 0 || again.Labels != s.Labels {
				t.Errorf("fetched again: %+v", again)
			}
		})
	}
}

func TestLanguagesAndWaysToBuyAreAskedFor(t *testing.T) {
	a := game(7, 800, false, fakesteam.EmptyPage)
	for _, api := range []API{V1, Legacy} {
		for _, purchase := range []Purchase{Anywhere, OnSteam, Elsewhere} {
			for _, label := range []Label{All, Positive, Negative} {
				inBubble(t, func(t *testing.T) {
					c := config(fakesteam.New(fakesteam.Options{Apps: []*fakesteam.App{a}}), output(t, "r.jsonl"), 7)
					c.API, c.Purchase, c.Label, c.Languages, c.KeepEmpty = api, purchase, label, []string{"german"}, true
					mustFetch(t, c)
					truth := a.Truth([]string{"german"}, true)
					for id, r := range truth {
						if label != All && r.Positive != (label == Positive) || purchase != Anywhere && r.Bought != (purchase == OnSteam) {
							delete(truth, id)
						}
					}
					if len(truth) == 0 {
						t.Fatal("nothing to compare")
					}
					checkTruth(t, readRows(t, c.Out), truth)
				})
			}
		}
	}
}

func TestAllFormatsHoldTheSameReviewsThatTrainingReads(t *testing.T) {
	a := game(7, 700, true, fakesteam.EmptyPage)
	server := fakesteam.New(fakesteam.Options{Apps: []*fakesteam.App{a}})
	dir := t.TempDir()
	truth := a.Truth(nil, false)
	for _, c := range []struct {
		name   string
		fields []string
	}{{"r.jsonl", nil}, {"fields.jsonl", []string{"review", "voted_up", "author.playtime_forever"}}, {"r.csv", nil}, {"fields.csv", []string{"voted_up", "review"}}, {"r.parquet", nil}} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(dir, c.name)
			inBubble(t, func(t *testing.T) {
				k := config(server, path, 7)
				k.Fields = c.fields
				ctx, transport := stopAt(t, server, 3)
				k.Transport = transport
				if _, err := Fetch(ctx, k); !errors.Is(err, errStopped) {
					t.Fatal(err)
				}
				if _, err := os.Stat(path); (err == nil) != (c.name == "r.jsonl") {
					t.Errorf("before the end: %v", err)
				}
				k.Transport = inMemory{handler: server}
				mustFetch(t, k)
				if again := mustFetch(t, k); again.Requests != 0 || again.Fetched != len(truth) {
					t.Errorf("fetched again: %+v", again)
				}
			})
			if strings.HasSuffix(path, ".parquet") {
				checkParquet(t, path, truth)
				return
			}
			labels, err := data.NewLabels("negative", "positive")
			if err != nil {
				t.Fatal(err)
			}
			set, err := data.Load(path, labels, data.Options{NeedLabel: true})
			if err != nil {
				t.Fatal(err)
			}
			texts := map[string]int{}
			for _, r := range truth {
				texts[fmt.Sprint(unixLines(r.Text), r.Positive)]++
			}
			for i := range set.Len() {
				texts[fmt.Sprint(unixLines(set.Rows[i].Text), set.Labels.Name(set.Classes[i]) == "positive")]--
			}
			for text, n := range texts {
				if n != 0 {
					t.Errorf("%d times too few: %s", n, text)
				}
			}
			if c.fields != nil && strings.HasSuffix(path, ".jsonl") {
				var first map[string]json.RawMessage
				content, err := os.ReadFile(path)
				line, _, _ := strings.Cut(string(content), "\n")
				if err != nil || json.Unmarshal([]byte(line), &first) != nil || len(first) != 3 || first["author.playtime_forever"] == nil {
					t.Errorf("the first row is %s", line)
				}
			}
		})
	}
}

// unixLines ends lines with a newline alone, as CSV's readers do.
func unixLines(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

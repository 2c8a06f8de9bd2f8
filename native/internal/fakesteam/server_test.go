package fakesteam

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// get asks a server for a page and returns the ids and texts of its reviews, the cursor and the whole answer.
func get(t *testing.T, s *Server, target string) (rows []map[string]any, cursor, body string) {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("GET", target, nil))
	body = w.Body.String()
	if w.Code != 200 {
		return nil, "", fmt.Sprintf("%d %s", w.Code, body)
	}
	type page struct {
		Reviews []map[string]any
		Cursor  string
	}
	var answer struct {
		page
		Response *page
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatalf("%v in %.300s", err, body)
	}
	if answer.Response != nil {
		answer.page = *answer.Response
	}
	return answer.Reviews, answer.Cursor, body
}

func newerURL(app int64, cursor string) string {
	input := fmt.Sprintf(`{"appid":%d,"filter":1,"languages":["all"],"review_type":0,"purchase_type":1,"num_per_page":100,"cursor":%q}`, app, cursor)
	return "/IUserReviewsService/GetAppReviews/v1/?input_json=" + url.QueryEscape(input)
}

func olderURL(app int64, cursor string) string {
	return fmt.Sprintf("/appreviews/%d?json=1&filter=recent&language=all&purchase_type=all&num_per_page=100&cursor=%s", app, url.QueryEscape(cursor))
}

func TestAWalkOverAllPagesSeesEveryReviewAndItsNewestVersion(t *testing.T) {
	a := &App{ID: 7, Reviews: Reviews(1, 3000, 0.7), Restless: true}
	for name, address := range map[string]func(int64, string) string{"newer": newerURL, "older": olderURL} {
		t.Run(name, func(t *testing.T) {
			s := New(Options{Apps: []*App{a}})
			seen, rows, short, empty, edited := map[string]string{}, 0, 0, 0, 0
			for cursor, silent := "*", 0; silent < 6; {
				page, next, _ := get(t, s, address(a.ID, cursor))
				switch {
				case len(page) == 0:
					silent++
					empty++
				case len(page) < 100:
					short++
					fallthrough
				default:
					silent, cursor = 0, next
				}
				for _, r := range page {
					id := r["recommendationid"].(string)
					if old, again := seen[id]; again && old != r["review"] {
						edited++
					}
					seen[id] = r["review"].(string)
					rows++
				}
			}
			truth := a.Truth(nil, true)
			if len(seen) != 3000 || len(truth) != 3000 {
				t.Errorf("%d reviews seen, %d true", len(seen), len(truth))
			}
			for id, text := range seen {
				if truth[id].Text != text {
					t.Fatalf("review %s: %q, in truth %q", id, text, truth[id].Text)
				}
			}
			if rows <= 3030 || short < 5 || empty < 8 || edited < 10 {
				t.Errorf("%d rows, %d short pages, %d empty ones, %d edits", rows, short, empty, edited)
			}
		})
	}
}

func TestACursorThatWasNotEncodedLeadsAstray(t *testing.T) {
	s := New(Options{Apps: []*App{{ID: 7, Reviews: Reviews(1, 500, 0.5)}}})
	first, cursor, _ := get(t, s, olderURL(7, "*"))
	if !strings.ContainsAny(cursor, "+") || !strings.Contains(cursor, "/") || !strings.HasSuffix(cursor, "=") {
		t.Errorf("the cursor %s has nothing to encode", cursor)
	}
	raw := strings.Split(olderURL(7, ""), "&cursor=")[0] + "&cursor=" + cursor
	if again, _, _ := get(t, s, raw); len(again) == 0 || again[0]["recommendationid"] != first[0]["recommendationid"] {
		t.Error("the older endpoint does not begin again")
	}
	if _, _, body := get(t, s, newerURL(7, strings.ReplaceAll(cursor, "+", " "))); !strings.HasPrefix(body, "400") {
		t.Errorf("the newer endpoint answers %s", body)
	}
}

func TestAnswersThatHaveNoReviews(t *testing.T) {
	s := New(Options{Apps: []*App{{ID: 7}}})
	for target, want := range map[string]string{
		newerURL(1, "*"): `{"response":{}}`,
		newerURL(7, "*"): `{"response":{"query_summary":{"num_reviews":0,"review_score":8,"review_score_desc":"Very Positive","total_positive":0,"total_negative":0,"total_reviews":0},"cursor":"*","total_matching":0}}`,
		olderURL(7, "*"): `{"success":1,"query_summary":{"num_reviews":0,"review_score":8,"review_score_desc":"Very Positive","total_positive":0,"total_negative":0,"total_reviews":0},"reviews":[],"cursor":"*"}`,
		"/elsewhere":     "400 there is nothing here\n",
	} {
		if _, _, body := get(t, s, target); body != want {
			t.Errorf("%s: got %s, want %s", target, body, want)
		}
	}
}

func TestFaultsComeWhenTheyAreDue(t *testing.T) {
	s := New(Options{Apps: []*App{{ID: 7, Reviews: Reviews(1, 10, 0.5)}}})
	s.Fault(Fault{Kind: TooMany, Every: 3, After: 1, Times: 2, RetryAfter: "5"})
	var codes []int
	for range 12 {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest("GET", newerURL(7, "*"), nil))
		codes = append(codes, w.Code)
		if (w.Code == 429) != (w.Header().Get("Retry-After") == "5") {
			t.Errorf("status %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
		}
	}
	if got := fmt.Sprint(codes); got != "[200 200 200 429 200 200 429 200 200 200 200 200]" {
		t.Errorf("got %s", got)
	}
	if n := len(s.Requests()); n != 12 {
		t.Errorf("%d requests are noted", n)
	}
}

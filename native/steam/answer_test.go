package steam

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lorica-go/lorica/internal/shared"
	"github.com/lorica-go/lorica/native/data"
	"github.com/lorica-go/lorica/native/internal/fakesteam"
)

func TestAnswersOfBothEndpointsAreRead(t *testing.T) {
	const one = `{"recommendationid":"1","review":"good","voted_up":true,"timestamp_updated":5,"weighted_vote_score":0.5}`
	for name, test := range map[string]struct {
		body  string
		label Label
		want  answer
	}{
		"the newer": {`{"response":{"query_summary":{"num_reviews":1,"total_positive":3,"total_negative":4,"total_reviews":7},"reviews":[` + one + `],"cursor":"AoJ+/=","total_matching":6}}`, All,
			answer{cursor: "AoJ+/=", known: true, total: 6, positive: 3, negative: 4}},
		"the newer, nothing there":     {`{"response":{"query_summary":{"num_reviews":0}}}`, All, answer{known: true, total: -1, positive: -1, negative: -1}},
		"the newer, an unknown app":    {`{"response":{}}`, All, answer{total: -1, positive: -1, negative: -1}},
		"the older":                    {`{"success":1,"query_summary":{"num_reviews":1,"total_positive":3,"total_negative":"4","total_reviews":7},"reviews":[` + one + `],"cursor":"*"}`, Negative, answer{cursor: "*", known: true, total: 4, positive: 3, negative: 4}},
		"the older, behind the first":  {`{"success":true,"query_summary":{"num_reviews":1},"reviews":[` + one + `],"cursor":"x"}`, Positive, answer{cursor: "x", known: true, total: -1, positive: -1, negative: -1}},
		"numbers that are strings":     {`{"response":{"query_summary":{},"reviews":null,"cursor":17,"total_matching":"6"}}`, All, answer{cursor: "17", known: true, total: 6, positive: -1, negative: -1}},
		"a byte order mark and spaces": {"\xef\xbb\xbf \n{\"success\": \"1\", \"query_summary\": {}, \"reviews\": []}\n", All, answer{known: true, total: -1, positive: -1, negative: -1}},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := parseAnswer([]byte(test.body), 7, test.label)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(test.body, `"1","review"`) {
				if len(a.reviews) != 1 || string(a.reviews[0].row) != `{"appid":7,`+one[1:] || a.reviews[0].updated != 5 || !a.reviews[0].positive {
					t.Errorf("reviews %+v", a.reviews)
				}
			}
			a.reviews = nil
			if w := test.want; a.cursor != w.cursor || a.known != w.known || a.total != w.total || a.positive != w.positive || a.negative != w.negative || a.malformed != nil {
				t.Errorf("got %+v, want %+v", *a, w)
			}
		})
	}
}

func TestWhatIsNoAnswerIsRefused(t *testing.T) {
	for _, body := range []string{
		``, `null`, `[]`, `"x"`, `{`, `{}`, `{"success":2}`, `{"response":[]}`, `{"response":null}`, `{"response":{"reviews":{}}}`, `{"success":1,"reviews":[}`,
		`{"success":1,"success":1}`, `{"success":1,"query_summary":3}`, "<html></html>",
	} {
		if a, err := parseAnswer([]byte(body), 7, All); err == nil {
			t.Errorf("%s: got %+v", body, a)
		}
	}
	if _, err := parseAnswer([]byte(`{"success":2}`), 7, All); !errors.Is(err, errUnanswered) {
		t.Errorf("success 2: %v", err)
	}
}

func TestObjectsThatAreNoReviewsAreLeftOutWithTheirReason(t *testing.T) {
	body := `{"success":1,"query_summary":{},"cursor":"x","reviews":[
		{"review":"a","voted_up":true}, {"recommendationid":"","review":"a","voted_up":true}, {"recommendationid":1,"review":"a"},
		{"recommendationid":"2","review":"a","voted_up":"yes"}, {"recommendationid":"3","voted_up":false}, {"recommendationid":"4","review":null,"voted_up":false},
		{"recommendationid":"5","review":5,"voted_up":false}, 17, null, {"recommendationid":"6","review":"a","review":"b","voted_up":false},
		{"recommendationid":"7","review":"a","voted_up":false,"appid":9},
		{"recommendationid":"9","review":"a","voted_up":false,"x":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `},
		{"recommendationid":8,"review":"kept \" [[[[[[[[[[[[[[[[[[[[","voted_up":false}]}`
	a, err := parseAnswer([]byte(body), 7, All)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.reviews) != 1 || a.reviews[0].id != "8" || len(a.malformed) != 12 {
		t.Fatalf("%d reviews, malformed %v", len(a.reviews), a.malformed)
	}
	for i, want := range []string{"recommendationid", "recommendationid", "review 1: voted_up: want true or false, got nothing", `got "yes"`, "review 3: want a text, got nothing",
		"got null", "got 5", "want a JSON object", "want a JSON object", `"review" stands twice`, "review 7: appid 9", "nested deeper than 16"} {
		if !strings.Contains(a.malformed[i].Error(), want) {
			t.Errorf("malformed %d: %v, want %s", i, a.malformed[i], want)
		}
	}
	inBubble(t, func(t *testing.T) {
		c := config(answering(body), output(t, "r.jsonl"), 7)
		logger, text := log()
		c.Logger = logger
		s, err := Fetch(t.Context(), c)
		if err != nil || s.Malformed < 12 || s.Fetched != 1 || !strings.Contains(text.String(), "review 3: want a text, got nothing") {
			t.Errorf("summary %+v, %v, log %s", s, err, text)
		}
	})
}

func TestTextsWithoutUTF8AreMended(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{`"plain \" \\ \n"`, `"plain \" \\ \n"`},
		{`"wolf \ud83d\udc3a"`, `"wolf \ud83d\udc3a"`},
		{`"half \ud83d"`, `"half \ufffd"`},
		{`"half \ud83d\u0041"`, `"half \ufffd\u0041"`},
		{`"half \ud83d\ud83d\udc3a"`, `"half \ufffd\ud83d\udc3a"`},
		{`"half \udc3a x"`, `"half \ufffd x"`},
		{`"no escape \\ud83d"`, `"no escape \\ud83d"`},
		{"\"bytes \xff\xfe \xf0\x9f\"", "\"bytes \ufffd \ufffd\""},
		{`\u`, `\u`}, {`\ud8`, `\ud8`}, {`\`, `\`}, {`\ud83d\u`, `\ufffd\u`},
	} {
		if got := string(mend([]byte(test.in))); got != test.want {
			t.Errorf("%s becomes %s, want %s", test.in, got, test.want)
		}
	}
}

// sample returns a file of Steam's answers.
func sample(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(shared.Path(t, "data", "steam-api", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestSampleAnswersAreReadWithoutLoss(t *testing.T) {
	for _, test := range []struct {
		file      string
		wrapped   bool
		positive  int
		total     int
		reviews   int
		cursor    string
		totalIsOf Label
	}{
		{"sample-GetAppReviews-v1-RECONSTRUCTED.json", true, 1282283, 1505369, 1, "AoJ485fhw6ADeJH2/wY=", All},
		{"sample-appreviews-2026-09.json", false, 1282283, 1505369, 1, "AoJ485fhw6ADeJH2/wY=", All},
		{"sample-appreviews-summary-only-620.json", false, 208479, 2465, 0, "*", Negative},
	} {
		body := sample(t, test.file)
		a, err := parseAnswer(bytes.Clone(body), 620, test.totalIsOf)
		if err != nil {
			t.Fatal(err)
		}
		if len(a.reviews) != test.reviews || a.malformed != nil || a.cursor != test.cursor || a.positive != test.positive || a.total != test.total {
			t.Errorf("%s: %+v", test.file, a)
		}
		var whole struct {
			Reviews  []json.RawMessage
			Response struct{ Reviews []json.RawMessage }
		}
		if err := json.Unmarshal(body, &whole); err != nil {
			t.Fatal(err)
		}
		for i, object := range append(whole.Reviews, whole.Response.Reviews...) {
			var compact bytes.Buffer
			if err := json.Compact(&compact, object); err != nil {
				t.Fatal(err)
			}
			if got, want := string(a.reviews[i].row), `{"appid":620,`+compact.String()[1:]; got != want {
				t.Errorf("%s: the row is %s\nwant %s", test.file, got, want)
			}
		}
		rows, err := data.Open(shared.Path(t, "data", "steam-api", test.file), data.Options{NeedLabel: true})
		if err != nil {
			t.Fatal(err)
		}
		read := 0
		for row, err := range rows.Rows() {
			if err != nil || row.Text != "great gambling. would recommend" || row.Label != data.BoolValue(true) {
				t.Errorf("%s, read for training: %+v, %v", test.file, row, err)
			}
			read++
		}
		if err := rows.Close(); err != nil || read != test.reviews {
			t.Errorf("%s, read for training: %d rows, %v", test.file, read, err)
		}
	}
}

func TestRealReviewsComeThroughAFetchWithoutLoss(t *testing.T) {
	apps := map[int64]*fakesteam.App{}
	var ids []int64
	var list []*fakesteam.App
	want := map[string]string{}
	for line := range bytes.Lines(sample(t, "raw-objects-2019.jsonl")) {
		r, err := parseReview(line, 0)
		if err != nil {
			t.Fatal(err)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, line); err != nil {
			t.Fatal(err)
		}
		want[r.id] = compact.String()
		if apps[r.app] == nil {
			apps[r.app] = &fakesteam.App{ID: r.app}
			ids, list = append(ids, r.app), append(list, apps[r.app])
		}
		apps[r.app].Reviews = append(apps[r.app].Reviews, fakesteam.Review{ID: r.id, Positive: r.positive, Raw: bytes.Clone(line)})
	}
	if len(want) != 2080 || len(ids) != 5 {
		t.Fatalf("%d objects of %d apps", len(want), len(ids))
	}
	server := fakesteam.New(fakesteam.Options{Apps: list})
	server.Fault(fakesteam.Everything()...)
	inBubble(t, func(t *testing.T) {
		c := config(server, output(t, "r.jsonl"), ids...)
		mustFetch(t, c)
		content, err := os.ReadFile(c.Out)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(content)) {
			r, err := parseReview([]byte(line), 0)
			if err != nil || want[r.id] != strings.TrimSuffix(line, "\n") {
				t.Fatalf("%v: row %s, want %s", err, line, want[r.id])
			}
			delete(want, r.id)
		}
		if len(want) > 0 {
			t.Errorf("%d are missing", len(want))
		}
		set, err := data.Load(c.Out, nil, data.Options{NeedLabel: true})
		if err != nil || set.Len() != 2080 || set.Labels.Name(1) != "positive" {
			t.Errorf("read for training: %v", err)
		}
	})
}

func FuzzAnyAnswerIsReadOrRefused(f *testing.F) {
	f.Add([]byte(`{"response":{"query_summary":{"num_reviews":1},"reviews":[{"recommendationid":"1","review":"\ud800 a","voted_up":true}],"cursor":"*","total_matching":1}}`))
	f.Add([]byte(`{"success":1,"query_summary":{"num_reviews":0},"reviews":[{"appid":3,"recommendationid":1,"review":"","voted_up":false}],"cursor":"AoJ+/="}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := parseAnswer(body, 7, All)
		if err != nil {
			return
		}
		for _, r := range a.reviews {
			again, err := parseReview(r.row, 0)
			if err != nil || again.id != r.id || again.positive != r.positive || again.empty != r.empty || again.updated != r.updated || !bytes.Equal(again.row, r.row) {
				t.Fatalf("%v: a row that reads otherwise: %s", err, r.row)
			}
			if !utf8.Valid(r.row) || bytes.ContainsRune(r.row, '\n') {
				t.Fatalf("a row that is no line of UTF-8: %q", r.row)
			}
			reader, err := data.NewReader("row.jsonl", bytes.NewReader(r.row), data.Options{NeedLabel: true, AllowEmpty: true})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := reader.Next(); err != nil {
				t.Fatalf("training does not read %s: %v", r.row, err)
			}
		}
	})
}

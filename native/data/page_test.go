package data

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

const reviewA, reviewB = `{"recommendationid":"9007199254740993","review":"gg","voted_up":true,"weighted_vote_score":0.5,"author":{"steamid":"7"}}`,
	`{"recommendationid":"2","review":"refund","voted_up":false,"weighted_vote_score":"0.52","author":{"steamid":"8"}}`

// textsOf reads rows and returns what they say, with lines.
func textsOf(t *testing.T, name, content string, o Options) (texts []string, err error) {
	t.Helper()
	r, err := NewReader(name, strings.NewReader(content), o)
	if err != nil {
		t.Fatal(err)
	}
	for {
		row, err := r.Next()
		if err == io.EOF {
			return texts, nil
		}
		if err != nil {
			return texts, err
		}
		texts = append(texts, fmt.Sprintf("%d:%s:%s", row.Line, row.Text, row.Label))
	}
}

func TestSavedAnswersOfBothSteamAPIsAreRows(t *testing.T) {
	old := func(reviews string) string {
		return `{"success":1,"query_summary":{"num_reviews":2,"total_positive":7},"reviews":[` + reviews + `],"cursor":"AoJ4+/="}`
	}
	young := func(reviews string) string {
		return `{"response":{"query_summary":{"num_reviews":2},"reviews":[` + reviews + `],"cursor":"AoJ4+/=","total_matching":7}}`
	}
	none, unknown := `{"response":{"query_summary":{"num_reviews":0},"cursor":"*"}}`, `{"response":{}}`
	for name, c := range map[string]struct{ file, content, want string }{
		"the old one":                        {"a.json", old(reviewA + ",\n" + reviewB), "1:gg:true 2:refund:false"},
		"the new one":                        {"a.json", young(reviewA + ",\n" + reviewB), "1:gg:true 2:refund:false"},
		"the old one, one after another":     {"a.json", old(reviewA) + "\n" + old(reviewB), "1:gg:true 2:refund:false"},
		"the new one, one after another":     {"a.json", young(reviewA) + "\n" + young(reviewB), "1:gg:true 2:refund:false"},
		"one a line":                         {"a.jsonl", old(reviewA) + "\n" + old("") + "\n" + young(reviewB) + "\n", "1:gg:true 3:refund:false"},
		"a list of them":                     {"a.json", "[" + young(reviewA) + ",\n" + old(reviewB) + "]", "1:gg:true 2:refund:false"},
		"none of the old":                    {"a.json", old(""), ""},
		"none of the new":                    {"a.json", none, ""},
		"an app that there is not":           {"a.json", unknown, ""},
		"none, then some":                    {"a.json", none + unknown + young(reviewA), "1:gg:true"},
		"none, then some, one a line":        {"a.jsonl", none + "\n" + unknown + "\n" + young(reviewA), "3:gg:true"},
		"the list before the other members":  {"a.json", `{"reviews":[` + reviewA + `],"query_summary":{}}`, "1:gg:true"},
		"a row that has an answer as well":   {"a.jsonl", `{"text":"hi","label":1,"response":{"reviews":[]}}`, "1:hi:1"},
		"the column of reviews of a CSV":     {"a.csv", "reviews,voted_up\ngg,1\n", `1:gg:"1"`},
		"rows under another name, no answer": {"a.json", `{"rows":[` + reviewA + `],"n":1}`, "1:gg:true"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := textsOf(t, c.file, c.content, Options{NeedLabel: true})
			if strings.HasSuffix(c.file, ".csv") {
				c.want = strings.Replace(c.want, "1:", "2:", 1)
			}
			if err != nil || strings.Join(got, " ") != c.want {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

func TestAnswersThatCannotBeReadNameThePlace(t *testing.T) {
	for name, c := range map[string]struct{ file, content, want string }{
		"a refused query":             {"a.json", `{"success":2}`, "a.json:1: neither an array of rows nor a row"},
		"a wrapper of something else": {"a.jsonl", `{"response":{"error":"x"}}`, "a.jsonl:1: an answer of Steam's without a list of reviews"},
		"reviews that are no rows":    {"a.jsonl", `{"response":{"reviews":[1]}}`, "a.jsonl:1: row 1: want a JSON object, got number"},
		"a review without a text":     {"a.jsonl", "\n" + `{"response":{"reviews":[` + reviewA + `,{"review":null}]}}`, `a.jsonl:2: row 2: field "review": want a text, got null`},
		"a cut answer":                {"a.json", `{"response":{"reviews":[` + reviewA, "a.json:1: the file ends"},
		"two lists":                   {"a.json", `{"response":{"reviews":[` + reviewA + `],"more":[` + reviewA + `]}}`, `two arrays of rows: "reviews" and "more"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := textsOf(t, c.file, c.content, Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestARecordHasAllFieldsAsTheFileHasThem(t *testing.T) {
	for name, c := range map[string]struct{ file, content, want string }{
		"a line":                {"a.jsonl", reviewA, ""},
		"an answer":             {"a.json", `{"response":{"reviews":[` + reviewA + `]}}`, ""},
		"a single object":       {"a.json", reviewA, ""},
		"columns":               {"a.json", `{"text":["gg"],"id":[1.50],"note":["<&>"]}`, `text="gg" id=1.50 note="<&>"`},
		"a table":               {"a.csv", "text,id\n\"g \"\"<g>\",007\n", `text="g \"<g>" id="007"`},
		"a list beside a text":  {"a.json", `{"text":"gg","tags":[1,2]}`, `text="gg" tags=[1,2]`},
		"nothing but one field": {"a.jsonl", `{"text":"x"}`, `text="x"`},
	} {
		t.Run(name, func(t *testing.T) {
			if c.want == "" {
				c.want = `recommendationid="9007199254740993" review="gg" voted_up=true weighted_vote_score=0.5 author={"steamid":"7"}`
			}
			r, err := NewReader(c.file, strings.NewReader(c.content), Options{KeepFields: true})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Next(); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range r.Record() {
				got = append(got, fmt.Sprintf("%s=%s", f.Name, f.JSON))
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("got %s, want %s", strings.Join(got, " "), c.want)
			}
		})
	}
}

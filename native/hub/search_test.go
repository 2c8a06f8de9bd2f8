package hub_test

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/native/hub"
	"github.com/lorica-go/lorica/native/internal/fakehub"
	"github.com/lorica-go/lorica/native/internal/tiny"
)

// shelf puts models of many kinds on a hub. Model n has n downloads, and so on; "m00" is the least.
func shelf(t *testing.T, h *fakehub.Hub) {
	t.Helper()
	config := func(kind, architecture string) map[string][]byte {
		return map[string][]byte{
			"config.json": fmt.Appendf(nil, `{"model_type": %q, "architectures": [%q]}`, kind, architecture), "model.safetensors": weights(t, "a"),
		}
	}
	for n := range 30 {
		r := fakehub.Repo{Files: config("bert", "BertForMaskedLM"), Task: "fill-mask", Library: "transformers", Downloads: n, Likes: 100 - n}
		r.Created = time.Date(2024, 1, 1+n*7%30, 0, 0, 0, 0, time.UTC)
		r.Modified = time.Date(2025, 1, 1+n*11%30, 0, 0, 0, 0, time.UTC)
		author := "even"
		if n%2 == 1 {
			author, r.Licence = "odd", "mit"
			r.Tags = []string{"en"}
		}
		switch n {
		case 3:
			r.Files = config("roberta", "RobertaForMaskedLM")
		case 5:
			r.Files = config("gpt2", "GPT2LMHeadModel")
		case 7:
			r.BaseModels = []string{"finetune:even/m00"}
		case 9:
			r.Task = "text-classification"
		case 11:
			r.Files = config("bert", "BertForSequenceClassification")
		case 13:
			r.Tags = append(r.Tags, "sentence-transformers")
		case 15:
			r.Tags = append(r.Tags, "biology")
		case 17:
			r.Files = map[string][]byte{"config.json": []byte(`{"model_type": "bert"}`), "pytorch_model.bin": nil}
		case 21:
			r.BaseModels = []string{"even/m00"}
		case 19:
			r.Files["model.safetensors"] = weights(t, "a", "b", "c")
		}
		h.Put(fmt.Sprintf("%s/m%02d", author, n), r)
	}
}

// ids returns the numbers of the found models, as "29 28 27".
func ids(f *hub.Found) string {
	var numbers []string
	for _, i := range f.Models {
		numbers = append(numbers, i.ID[strings.LastIndexByte(i.ID, 'm')+1:])
	}
	return strings.Join(numbers, " ")
}

func TestASearchFindsWhatFits(t *testing.T) {
	h := start(t)
	shelf(t, h)
	c := client(t, h, nil)
	odd := func(q *hub.Query) { q.Author, q.Limit = "odd", 30 }
	for what, test := range map[string]struct {
		change func(q *hub.Query)
		want   string
	}{
		"the most downloaded":         {func(q *hub.Query) { q.Limit = 3 }, "29 28 27"},
		"the most liked":              {func(q *hub.Query) { q.Sort, q.Limit = hub.ByLikes, 2 }, "00 01"},
		"the newest":                  {func(q *hub.Query) { q.Sort, q.Limit = hub.ByCreated, 3 }, "17 04 21"},
		"the oldest":                  {func(q *hub.Query) { q.Sort, q.Ascending, q.Limit = hub.ByCreated, true, 3 }, "00 13 26"},
		"the last changed":            {func(q *hub.Query) { q.Sort, q.Limit = hub.ByModified, 2 }, "19 08"},
		"the least downloaded":        {func(q *hub.Query) { q.Ascending, q.Limit = true, 3 }, "00 01 02"},
		"trending":                    {func(q *hub.Query) { q.Sort, q.Limit = hub.ByTrending, 1 }, "00"},
		"of an author, over pages":    {odd, "29 27 25 23 21 19 17 15 13 11 09 07 05 03 01"},
		"by a part of the name":       {func(q *hub.Query) { q.Text = "M1" }, "19 18 17 16 15 14 13 12 11 10"},
		"by two tags":                 {func(q *hub.Query) { q.Filters, q.Limit = []string{"en", "license:mit"}, 2 }, "29 27"},
		"by task":                     {func(q *hub.Query) { q.Task = "text-classification" }, "09"},
		"base models":                 {func(q *hub.Query) { odd(q); q.BaseOnly = true }, "29 27 25 23 19 17 05 03 01"},
		"trainable ones":              {func(q *hub.Query) { odd(q); q.TrainableOnly = true }, "29 27 25 23 21 19 15 13 11 09 07 03 01"},
		"of a type":                   {func(q *hub.Query) { odd(q); q.ModelTypes = []string{"roberta", "gpt2"} }, "05 03"},
		"small ones":                  {func(q *hub.Query) { odd(q); q.MaxParameters = 1000 }, "29 27 25 23 21 17 15 13 11 09 07 05 03 01"},
		"without an author's":         {func(q *hub.Query) { q.Limit, q.Exclude = 3, []string{"EVEN/*"} }, "29 27 25"},
		"without names":               {func(q *hub.Query) { q.Limit, q.Exclude = 3, []string{"m2?", "odd/m19", "M18"} }, "17 16 15"},
		"nothing":                     {func(q *hub.Query) { q.Text = "nothing like it" }, ""},
		"what comes on the last page": {func(q *hub.Query) { q.ModelTypes = []string{"roberta"} }, "03"},
	} {
		t.Run(what, func(t *testing.T) {
			q := hub.DefaultQuery()
			test.change(&q)
			found, err := c.Search(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			if got := ids(found); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestASearchLooksAtNoMoreThanItMay(t *testing.T) {
	h := start(t)
	shelf(t, h)
	c := client(t, h, nil)
	q := hub.DefaultQuery()
	q.ModelTypes, q.Limit, q.LookAt = []string{"roberta"}, 1, 10
	found, err := c.Search(t.Context(), q)
	if err != nil || len(found.Models) != 0 || !found.More || found.Looked != 14 || len(h.Requests()) != 2 { // two pages of seven
		t.Errorf("got %+v, %v after %d requests", found, err, len(h.Requests()))
	}
	q = hub.DefaultQuery()
	q.Ascending, q.LookAt = true, 20
	if _, err := c.Search(t.Context(), q); !badinput.Is(err) || !strings.Contains(err.Error(), "from the top only, and more than 20 models fit") {
		t.Errorf("got %v", err)
	}
}

func TestASearchTellsWhatTheHubTells(t *testing.T) {
	h := start(t)
	r := tinyRepo(t, tiny.Options{})
	r.Downloads, r.Likes, r.Gated, r.BaseModels = 5, 6, "manual", []string{"merge:a/b"}
	h.Put(name, r)
	found, err := client(t, h, nil).Search(t.Context(), hub.DefaultQuery())
	if err != nil || len(found.Models) != 1 {
		t.Fatal(found, err)
	}
	i := found.Models[0]
	want := elements(t, r.Files["model.safetensors"])["F32"]
	if i.ID != name || i.Author != "example-org" || i.Task != "fill-mask" || i.ModelType != "bert" || i.Gated != "manual" || !i.Modified.Equal(r.Modified) || i.Licence != "mit" ||
		!i.Trainable || i.Specialised != "merge of a/b" || !slices.Equal(i.BaseModels, []string{"a/b"}) || i.Parameters == nil || i.Parameters.Total != want || i.Parameters.Headers {
		t.Errorf("got %+v", i)
	}
}

func TestQueriesThatMakeNoSenseAreRefused(t *testing.T) {
	h := start(t)
	for want, change := range map[string]func(q *hub.Query){
		"sort": func(q *hub.Query) { q.Sort = "size" }, "limit 0": func(q *hub.Query) { q.Limit = 0 }, "look at 5": func(q *hub.Query) { q.LookAt = 5 },
		"trending": func(q *hub.Query) { q.Sort, q.Ascending = hub.ByTrending, true }, `exclude "["`: func(q *hub.Query) { q.Exclude = []string{"["} },
		"at most -1": func(q *hub.Query) { q.MaxParameters = -1 },
	} {
		q := hub.DefaultQuery()
		change(&q)
		if _, err := client(t, h, nil).Search(t.Context(), q); !badinput.Is(err) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if got := h.Requests(); len(got) > 0 {
		t.Errorf("asked %v", got)
	}
}

func TestAMirrorsPagesAreAskedOfTheMirror(t *testing.T) {
	h := start(t)
	shelf(t, h)
	first := `[{"id": "odd/m29"}, {"id": "--no name--"}, {"id": "../x"}]`
	link := fmt.Sprintf(`<https://huggingface.co/api/models?%s>; rel="next"`, url.Values{"cursor": {"28"}, "sort": {"downloads"}}.Encode())
	h.Fault(fakehub.Fault{Path: "/api/models", Times: 1, Status: 200, Header: map[string]string{"Content-Type": "application/json", "Link": link}, Body: first})
	found, err := client(t, h, nil).Search(t.Context(), hub.DefaultQuery())
	if err != nil || ids(found) != "29 01 00" {
		t.Errorf("got %s, %v", ids(found), err)
	}
	h.Fault(fakehub.Fault{Path: "/api/models", Status: 200, Header: map[string]string{"Content-Type": "application/json", "Link": `<http://evil.example/x>; rel="next"`}, Body: first})
	if _, err := client(t, h, nil).Search(t.Context(), hub.DefaultQuery()); err == nil || !strings.Contains(err.Error(), "not understood") {
		t.Errorf("got %v", err)
	}
}

func TestAListOfExcludesHasCommentsAndMistakes(t *testing.T) {
	got, err := hub.ReadExcludes(strings.NewReader("# seen already\n\n  org/* \n*-japanese\r\n"))
	if err != nil || !slices.Equal(got, []string{"org/*", "*-japanese"}) {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := hub.ReadExcludes(strings.NewReader("a\n[\n")); !badinput.Is(err) || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("got %v", err)
	}
	if _, err := hub.ReadExcludes(errorReader{}); !badinput.Is(err) {
		t.Errorf("got %v", err)
	}
}

type errorReader struct{}

func (errorReader) Read([]byte) (int, error) { return 0, errors.New("unreadable") }

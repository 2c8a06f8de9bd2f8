package demo

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/lorica-go/lorica/native/data"
)

// load reads embedded rows as a user's file is read.
func load(t *testing.T, name string, text []byte) *data.Set {
	t.Helper()
	labels, err := data.NewLabels("negative", "positive")
	if err != nil {
		t.Fatal(err)
	}
	r, err := data.NewReader(name, bytes.NewReader(text), data.Options{NeedLabel: true})
	if err != nil {
		t.Fatal(err)
	}
	s := &data.Set{File: name, Labels: labels}
	for row, err := range r.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		class, err := labels.ID(row.Label)
		if err != nil {
			t.Fatalf("%s:%d: %v", name, row.Line, err)
		}
		s.Rows = append(s.Rows, row)
		s.Classes = append(s.Classes, class)
	}
	return s
}

func loadReviews(t *testing.T) *data.Set {
	t.Helper()
	return load(t, "reviews.jsonl", Reviews())
}

func loadCustom(t *testing.T) *data.Set {
	t.Helper()
	return load(t, "custom.jsonl", Custom())
}

// line is a line of either file, all of its fields.
type line struct {
	Review  *string `json:"review"`
	VotedUp *bool   `json:"voted_up"`
	Genre   string  `json:"genre"`
	Kind    string  `json:"kind"`
}

// decode reads lines strictly: a field that the documentation does not name is an error.
func decode(t *testing.T, name string, text []byte) []line {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var lines []line
	for d.More() {
		var l line
		if err := d.Decode(&l); err != nil {
			t.Fatalf("%s: object %d: %v", name, len(lines)+1, err)
		}
		if l.Review == nil || l.VotedUp == nil {
			t.Fatalf("%s: object %d lacks review or voted_up", name, len(lines)+1)
		}
		lines = append(lines, l)
	}
	return lines
}

func TestReviewsAreAsManyForAsAgainst(t *testing.T) {
	s := loadReviews(t)
	if lines := bytes.Count(Reviews(), []byte("\n")); lines != s.Len() {
		t.Errorf("%d rows on %d lines", s.Len(), lines)
	}
	if s.Len() < 640 {
		t.Errorf("%d reviews; want 640 at least", s.Len())
	}
	if c := s.Counts(); c[0] != c[1] {
		t.Errorf("%d negative and %d positive reviews; want as many of each", c[0], c[1])
	}
}

func TestFilesAreCleanText(t *testing.T) {
	for name, text := range map[string][]byte{"reviews.jsonl": Reviews(), "custom.jsonl": Custom()} {
		if !utf8.Valid(text) {
			t.Errorf("%s is not UTF-8", name)
		}
		if !bytes.HasSuffix(text, []byte("}\n")) {
			t.Errorf("%s does not end with a whole line", name)
		}
		for i, l := range decode(t, name, text) {
			if *l.Review != strings.TrimSpace(*l.Review) {
				t.Errorf("%s: object %d begins or ends with white space", name, i+1)
			}
			for _, r := range *l.Review {
				if r == utf8.RuneError || unicode.IsControl(r) && r != '\n' {
					t.Errorf("%s: object %d has the character %U", name, i+1, r)
				}
			}
		}
	}
}

// Real reviews are mostly short and sometimes very long; a demonstration on texts of one length would show the wrong thing.
func TestReviewsAreShortAndLong(t *testing.T) {
	short, long, longest := 0, 0, 0
	for _, row := range loadReviews(t).Rows {
		n := len(strings.Fields(row.Text))
		if n < 8 {
			short++
		}
		if n > 120 {
			long++
		}
		longest = max(longest, n)
	}
	if short < 60 || long < 40 || longest < 400 {
		t.Errorf("%d below 8 words, %d above 120, the longest %d; want 60, 40 and 400 at least", short, long, longest)
	}
}

// A genre whose reviews were nearly all of one kind would give the label away.
func TestEveryGenreIsPraisedAndPanned(t *testing.T) {
	votes := make(map[string][2]int)
	for i, l := range decode(t, "reviews.jsonl", Reviews()) {
		if l.Genre == "" || l.Genre != strings.ToLower(l.Genre) {
			t.Errorf("object %d: genre %q; want lower-case words", i+1, l.Genre)
		}
		if l.Kind != "" {
			t.Errorf("object %d has a kind", i+1)
		}
		v := votes[l.Genre]
		if *l.VotedUp {
			v[1]++
		} else {
			v[0]++
		}
		votes[l.Genre] = v
	}
	if len(votes) < 12 {
		t.Errorf("%d genres; want 12 at least", len(votes))
	}
	for genre, v := range votes {
		if total := v[0] + v[1]; total < 15 || 5*min(v[0], v[1]) < 2*total {
			t.Errorf("%s: %d negative and %d positive reviews; want 15 in all, and neither below two fifths", genre, v[0], v[1])
		}
	}
}

func TestNoReviewIsLikeAnother(t *testing.T) {
	s := loadReviews(t)
	const threshold = 0.4
	within, err := data.FindLeaks(s, s, threshold)
	if err != nil {
		t.Fatal(err)
	}
	itself := 0
	for _, l := range within.Leaks {
		if l.Exact && len(l.TestRows) == 1 {
			itself++
			continue
		}
		t.Errorf("lines %v and %v: similarity %.2f", l.TrainLines, l.TestLines, l.Similarity)
	}
	if itself == 0 {
		t.Error("no review was found to be like itself")
	}
	across, err := data.FindLeaks(s, loadCustom(t), threshold)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range across.Leaks {
		t.Errorf("reviews.jsonl %v and custom.jsonl %v: similarity %.2f", l.TrainLines, l.TestLines, l.Similarity)
	}
}

// words splits at whatever is neither letter nor digit nor within a word such as don't.
func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '\''
	})
}

// Sentences filled in from a template share long runs of words, which reviews by different people do not.
func TestNoTwoReviewsShareEightWordsInARow(t *testing.T) {
	const run = 8
	type place struct {
		file string
		line int
	}
	first := make(map[string]place)
	for _, s := range []*data.Set{loadReviews(t), loadCustom(t)} {
		for _, row := range s.Rows {
			here := place{s.File, row.Line}
			w := words(row.Text)
			for i := 0; i+run <= len(w); i++ {
				phrase := strings.Join(w[i:i+run], " ")
				if there, ok := first[phrase]; ok && there != here {
					t.Errorf("%s:%d and %s:%d share %q", there.file, there.line, here.file, here.line, phrase)
				} else {
					first[phrase] = here
				}
			}
		}
	}
	if len(first) == 0 {
		t.Error("no review has eight words")
	}
}

func TestCustomSentencesAreOneOfEachKind(t *testing.T) {
	if got := loadCustom(t).Counts(); !slices.Equal(got, []int{2, 2}) {
		t.Errorf("%v negative and positive sentences; want two of each", got)
	}
	var kinds []string
	for _, l := range decode(t, "custom.jsonl", Custom()) {
		kinds = append(kinds, l.Kind)
		if l.Kind == "positive" && !*l.VotedUp || l.Kind == "negative" && *l.VotedUp {
			t.Errorf("the %s sentence is labelled %v", l.Kind, *l.VotedUp)
		}
	}
	if want := []string{"positive", "negative", "sarcastic", "mixed"}; !slices.Equal(kinds, want) {
		t.Errorf("kinds %q; want %q", kinds, want)
	}
}

func TestCallersGetBytesOfTheirOwn(t *testing.T) {
	for name, read := range map[string]func() []byte{"Reviews": Reviews, "Custom": Custom} {
		clear(read())
		if read()[0] != '{' {
			t.Errorf("%s returned what an earlier caller wrote", name)
		}
	}
}

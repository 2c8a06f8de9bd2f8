package data

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/lorica-go/lorica/internal/badinput"
	"github.com/lorica-go/lorica/internal/shared"
)

func reviewSet(lines ...string) *Set {
	s := &Set{}
	s.Labels, _ = NewLabels("neg", "pos")
	for i, l := range lines {
		text, pos := strings.CutSuffix(l, " +")
		class := 0
		if pos {
			class = 1
		}
		s.Rows = append(s.Rows, Row{Line: 10 + i, Text: text})
		s.Classes = append(s.Classes, class)
	}
	return s
}

const long = "this game has the best story that i have ever seen in a shooter, and the music is great as well"

func TestLeaksAreFoundWithTheirRows(t *testing.T) {
	train := reviewSet("Great  game! +", "bad", long+" +", "something else entirely", "great game! +", "", "good")
	test := reviewSet("nothing alike", "great game!\n", "Bad", strings.Replace(long, "great", "grand", 1)+" +", " ", "goods", "bad")
	got, err := FindLeaks(train, test, 0)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, l := range got.Leaks {
		lines = append(lines, fmt.Sprintf("%v %v %v %v %v %v %.4f", l.TrainRows, l.TestRows, l.TrainLines, l.TestLines, l.Exact, l.Conflict, l.Similarity))
	}
	want := []string{
		"[0 4] [1] [10 14] [11] true true 1.0000",
		"[1] [2 6] [11] [12 16] true false 1.0000",
		"[2] [3] [12] [13] false false " + fmt.Sprintf("%.4f", bruteJaccard(long, strings.Replace(long, "great", "grand", 1))),
	}
	if !slices.Equal(lines, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	if got.ExactTestRows != 3 || got.NearTestRows != 1 || !slices.Equal(got.TrainRows, []int{0, 1, 2, 4}) {
		t.Errorf("%d exact, %d near, training rows %v; want 3, 1, [0 1 2 4]", got.ExactTestRows, got.NearTestRows, got.TrainRows)
	}
	if again, _ := FindLeaks(train.Without(got.TrainRows), test, 0); len(again.Leaks) != 0 {
		t.Errorf("leaks are left after dropping the training rows: %+v", again.Leaks)
	}
	for _, bad := range []float64{-1, 1.1, math.NaN()} {
		if _, err := FindLeaks(train, test, bad); !badinput.Is(err) {
			t.Errorf("threshold %v: got %v, want a bad input error", bad, err)
		}
	}
}

func TestRowsOfTokenIDsLeakToo(t *testing.T) {
	ids := func(v ...int32) *Set { return &Set{Rows: []Row{{Line: 1, InputIDs: v}}} }
	a := []int32{1, 70000, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}
	b := append(slices.Clone(a), 15)
	if r, err := FindLeaks(ids(a...), ids(a...), 0); err != nil || r.ExactTestRows != 1 {
		t.Errorf("equal ids: %+v, %v", r, err)
	}
	if r, err := FindLeaks(ids(a...), ids(b...), 0); err != nil || r.NearTestRows != 1 || math.Abs(r.Leaks[0].Similarity-12./13) > 1e-15 {
		t.Errorf("12 of 13 shingles: %+v, %v", r, err)
	}
	if r, err := FindLeaks(ids(1, 2, 3), ids(4, 5, 6), 0); err != nil || len(r.Leaks) != 0 {
		t.Errorf("other ids: %+v, %v", r, err)
	}
}

// bruteJaccard is the definition, on the shingles themselves.
func bruteJaccard(a, b string) float64 {
	set := func(s string) map[string]bool {
		m, r := map[string]bool{}, []rune(s)
		for i := 0; i == 0 || i+shingleRunes <= len(r); i++ {
			m[string(r[i:min(len(r), i+shingleRunes)])] = true
		}
		return m
	}
	x, y := set(a), set(b)
	common := 0
	for s := range x {
		if y[s] {
			common++
		}
	}
	return float64(common) / float64(len(x)+len(y)-common)
}

func TestNoNearDuplicateIsMissed(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields(long + " the a of and fun bugs crash price early access never again dog cat tank 10/10")
	sentence := func() []string {
		s := make([]string, 1+rng.IntN(25))
		for i := range s {
			s[i] = words[rng.IntN(len(words))]
		}
		return s
	}
	var left, right []string
	for range 70 {
		s := sentence()
		left = append(left, strings.Join(s, " "))
		s = slices.Clone(s)
		for range rng.IntN(3) {
			s[rng.IntN(len(s))] = words[rng.IntN(len(words))]
		}
		right = append(right, strings.Join(s, " "))
	}
	for _, threshold := range []float64{0.3, 0.5, 0.8, 0.95, 1} {
		a, b := groupTexts(reviewSet(left...)), groupTexts(reviewSet(right...))
		var want, got []string
		for i := range a {
			for j := range b {
				if v := bruteJaccard(a[i].text, b[j].text); v >= threshold && a[i].text != b[j].text {
					want = append(want, fmt.Sprintf("%d %d %.12f", i, j, v))
				}
			}
		}
		for _, p := range similar(a, b, threshold) {
			got = append(got, fmt.Sprintf("%d %d %.12f", p.left, p.right, p.index))
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) || threshold < 0.95 && len(want) < 10 {
			t.Errorf("threshold %v: %d pairs, want %d", threshold, len(got), len(want))
		}
	}
}

// The shorter text is all in the longer, which has just 1/0.8 as many shingles, and what they share is frequent: the one case
// in which the last shingle that is indexed decides.
func TestATextOnTheThresholdIsFound(t *testing.T) {
	const whole = "abcdefghijklmnopqrstuvwx" // 20 shingles
	part := whole[:20]                       // 16 of them
	train := reviewSet(whole, part+" and quite a lot more that has nothing to do with it")
	r, err := FindLeaks(train, reviewSet(part), 0.8)
	if err != nil || len(r.Leaks) != 1 || math.Abs(r.Leaks[0].Similarity-0.8) > 1e-15 {
		t.Errorf("got %+v, %v; want one leak of similarity 0.8", r, err)
	}
}

func reviewHalves(tb testing.TB) (train, test *Set) {
	s, err := Load(shared.Path(tb, "data", "steam-101games-2019", "reviews.jsonl"), nil, Options{})
	if err == nil {
		train, test, err = s.Split(SplitConfig{Test: Size{Fraction: 0.2}, Seed: 42}, false)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return train, test
}

// The exact count was found with Python: " ".join(text.lower().split()) in both halves.
func TestRandomSplitOfReviewsLeaks(t *testing.T) {
	train, test := reviewHalves(t)
	r, err := FindLeaks(train, test, 0)
	if err != nil {
		t.Fatal(err)
	}
	if r.ExactTestRows != 343 || r.NearTestRows == 0 {
		t.Errorf("%d exact and %d near test rows of %d; want 343 and some", r.ExactTestRows, r.NearTestRows, test.Len())
	}
}

func BenchmarkFindLeaks(b *testing.B) {
	train, test := reviewHalves(b)
	for b.Loop() {
		if _, err := FindLeaks(train, test, 0); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*(train.Len()+test.Len()))/b.Elapsed().Seconds(), "rows/s")
}
